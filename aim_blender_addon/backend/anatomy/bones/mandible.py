# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A mandible of usual shape, hung between its landmarks and laid at tissue depth under the skin.

It is a sheet, swept from one condyle round the chin to the other. Each station has a section from the lower border
up to the teeth, or to notch, coronoid process and condyle. Each section has a thickness of its own.
"""

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import PchipInterpolator
from scipy.ndimage import gaussian_filter

from ..head.usual_thickness import OuterSkin

#: Points of a section, from the lower border up.
ROWS = 15
STATIONS = 61  #: on one side, the middle included
#: Least depth of bone below the skin, mm; the finished bones keep 2.
LEAST_DEPTH = 2.6
#: Farthest that the usual shape is moved for the tissue depth, mm on an average face.
FARTHEST = 9.0

#: Key sections from the back of the ramus (0) to the middle (1). Each end lies on the line between two anchors, at
#: a fraction of its length. To that adds an offset (left, up, front) in mm of an average face. Then half thickness
#: (mm) below and above.
SECTIONS: tuple[tuple[float, tuple, tuple, float, float], ...] = (
    (
        0.00,
        ("gonion", "condyle", 0.16, (0, 0, -1.5)),
        ("condyle", "condyle", 0, (0, -1.5, -4.5)),
        3.5,
        8.0,
    ),
    (0.06, ("gonion", "condyle", 0.03, (0, 0, 1)), ("condyle", "condyle", 0, (0, 0.5, 0)), 4, 11.0),
    (
        0.12,
        ("gonion", "menton", 0.06, (0, -0.5, 0)),
        ("condyle", "condyle", 0, (-1, -3, 5)),
        4.2,
        7.0,
    ),
    (
        0.19,
        ("gonion", "menton", 0.13, (0, -1, 0)),
        ("condyle", "condyle", 0, (-2, -12.5, 12)),
        4.2,
        2.8,
    ),
    (
        0.27,
        ("gonion", "menton", 0.22, (2, 0, 0)),
        ("condyle", "condyle", 0, (-4, -3, 22)),
        4.4,
        2.2,
    ),
    (
        0.33,
        ("gonion", "menton", 0.30, (4, 0.5, 0)),
        ("condyle", "condyle", 0, (-5, -1, 28)),
        4.6,
        2.0,
    ),
    (0.40, ("gonion", "menton", 0.38, (6, 1, 0)), ("condyle", "molar", 0.50, (-1, 1, 8)), 5, 3.0),
    (0.47, ("gonion", "menton", 0.46, (7, 1, 1)), ("molar", "molar", 0, (0, 1, -3)), 5.3, 5.0),
    (
        0.58,
        ("gonion", "menton", 0.59, (8, 1, 3)),
        ("molar", "incisor", 0.34, (2.5, 0, 3)),
        5.6,
        5.5,
    ),
    (
        0.70,
        ("gonion", "menton", 0.72, (9, -1, 6)),
        ("molar", "incisor", 0.62, (5.5, 0, 8)),
        5.6,
        4.8,
    ),
    (
        0.82,
        ("gonion", "menton", 0.84, (10, -2.5, 9)),
        ("molar", "incisor", 0.80, (5.5, 0.5, 7)),
        6.0,
        3.8,
    ),
    (
        0.92,
        ("gonion", "menton", 0.93, (7, -1.5, 5)),
        ("molar", "incisor", 0.92, (3, 0, 3)),
        6.6,
        3.0,
    ),
    (1.00, ("menton", "menton", 0, (0, 0, 0)), ("incisor", "incisor", 0, (0, 0, 0)), 7.0, 2.6),
)


@dataclass(frozen=True)
class Anchors:
    """Bone landmarks in face coordinates, mm, [3] each; index 0 the person's left, 1 the right.

    Attributes:
        condyle: [2, 3] centres of the condyles.
        gonion: [2, 3] middle of the bone at the angles of the jaw.
        molar: [2, 3] top of the last lower molars.
        menton: [3] middle of the bone at the lowest point of the chin.
        incisor: [3] edge of the lower central incisors.
    """

    condyle: np.ndarray
    gonion: np.ndarray
    molar: np.ndarray
    menton: np.ndarray
    incisor: np.ndarray


def mandible(
    anchors: Anchors, skin: OuterSkin, depths: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Vertices [V, 3] in face coordinates and triangles [T, 3] of a closed mandible.

    Args:
        anchors: bone landmarks.
        skin: the outer skin.
        depths: [N] tissue depths at its samples, mm.
    """
    scale = skin.view.frame.scale
    left_half, right_half = (_side(anchors, side, scale) for side in (0, 1))
    centres = np.concatenate([left_half[0], right_half[0][-2::-1]])  # [U, K, 3]
    half = np.concatenate([left_half[1], right_half[1][-2::-1]])  # [U, K]
    centres = gaussian_filter(centres, (1.5, 0, 0), mode="nearest")
    outwards = _outwards(centres)
    centres = _at_tissue_depth(centres, half, outwards, skin, depths, scale)
    vertices, triangles = _closed_sheet(centres, half, outwards)
    return _inside(vertices, skin, scale), triangles


def _side(anchors: Anchors, side: int, scale: float) -> tuple[np.ndarray, np.ndarray]:
    """Centres [STATIONS, ROWS, 3] and half thickness [STATIONS, ROWS] of one half, from back to middle."""
    sign = np.array([-1.0 if side else 1.0, 1.0, 1.0]) * scale
    points = {
        "condyle": anchors.condyle[side],
        "gonion": anchors.gonion[side],
        "molar": anchors.molar[side],
        "menton": anchors.menton,
        "incisor": anchors.incisor,
    }

    def place(first, second, fraction, offset):
        return (
            points[first] + fraction * (points[second] - points[first]) + np.multiply(offset, sign)
        )

    keys = np.array([section[0] for section in SECTIONS])
    at = np.linspace(0, 1, STATIONS)
    bottom = PchipInterpolator(keys, [place(*section[1]) for section in SECTIONS])(at)
    top = PchipInterpolator(keys, [place(*section[2]) for section in SECTIONS])(at)
    thick = PchipInterpolator(keys, [section[3:] for section in SECTIONS])(at) * scale
    height = np.linspace(0, 1, ROWS)[None, :, None]
    centres = bottom[:, None] + height * (top - bottom)[:, None]
    half = thick[:, :1] + (thick[:, 1:] - thick[:, :1]) * np.linspace(0, 1, ROWS) ** 1.5
    # The condyle's neck and the ramus are thinner than condyle and border.
    waist = 1 - 0.35 * np.sin(np.pi * np.linspace(0, 1, ROWS)) * np.clip(
        (0.45 - at[:, None]) / 0.2, 0, 1
    )
    return centres, half * waist


def _outwards(centres: np.ndarray) -> np.ndarray:
    """Horizontal unit directions [U, K, 3] out of the arch, one for each station."""
    along = np.gradient(gaussian_filter(centres.mean(axis=1), (3, 0)), axis=0)
    out = np.stack([-along[:, 2], np.zeros(len(along)), along[:, 0]], axis=1)
    middle = len(out) // 2
    out *= 1.0 if out[middle, 2] > 0 else -1.0
    out /= np.linalg.norm(out, axis=1, keepdims=True)
    return np.repeat(out[:, None], centres.shape[1], axis=1)


def _at_tissue_depth(centres, half, outwards, skin: OuterSkin, depths, scale: float) -> np.ndarray:
    """Centres [U, K, 3] moved across the sheet until the outer side lies at the usual tissue depth."""
    rows = np.linspace(0, 1, centres.shape[1])
    station = np.abs(np.linspace(-1, 1, len(centres)))  # 1 at the backs, 0 in the middle
    # Condyle and coronoid process keep their place: no depth is known there, and the arch over them hides it.
    free = 1 - np.clip((station[:, None] - 0.5) / 0.1, 0, 1) * np.clip((rows - 0.25) / 0.35, 0, 1)
    fading = 1 - 0.7 * np.clip((rows - 0.6) / 0.4, 0, 1)
    teeth = (station < 0.55)[:, None] & (rows > 0.6)
    total = np.zeros(half.shape)
    for _ in range(4):
        outer = centres + (total + half)[..., None] * outwards
        below, index, weights = skin.depth(outer.reshape(-1, 3))
        wanted = np.einsum("pk,pk->p", depths[index], weights)
        gap = (below - wanted).reshape(half.shape)
        step = gaussian_filter(np.clip(gap, -8 * scale, 8 * scale), (2.5, 1.5), mode="nearest")
        # At the teeth the groove between the lips misleads; they stand on the bone below them.
        step = np.where(teeth, fading * step[:, [ROWS * 3 // 5]], step)
        total = np.clip(total + 0.8 * step * free, -FARTHEST * scale, FARTHEST * scale)
    total = (
        total + total[::-1]
    ) / 2 * 0.5 + total * 0.5  # half of what the sides differ by is noise
    return centres + total[..., None] * outwards


def _closed_sheet(centres, half, outwards) -> tuple[np.ndarray, np.ndarray]:
    """Vertices and triangles, outward, of the sheet [U, K, 3] with round borders."""
    stations, rows = half.shape
    up = np.gradient(centres, axis=1)
    up /= np.linalg.norm(up, axis=2, keepdims=True)
    profile = np.ones(rows)
    profile[[0, -1]] = 0.72
    thick = half * profile
    thick[[0, -1]] *= 0.55
    outer = centres + thick[..., None] * outwards
    inner = centres - thick[..., None] * outwards
    bottom = centres[:, :1] - 0.45 * half[:, :1, None] * up[:, :1]
    top = centres[:, -1:] + 0.45 * half[:, -1:, None] * up[:, -1:]
    loops = np.concatenate([outer, top, inner[:, ::-1], bottom], axis=1)  # [U, 2 K + 2, 3]
    count = loops.shape[1]
    number = np.arange(stations * count).reshape(stations, count)
    a, b = number[:-1], number[1:]
    quads = np.stack([a, b, np.roll(b, -1, 1), np.roll(a, -1, 1)], axis=-1).reshape(-1, 4)
    faces = [quads]
    faces += [_cap(np.roll(number[0], 1)), _cap(number[-1][::-1])]  # both from the lower border up
    triangles = np.concatenate(
        [f[:, [0, i, i + 1]] for f in faces for i in range(1, f.shape[1] - 1)]
    )
    vertices = loops.reshape(-1, 3)
    corner = vertices[triangles]
    volume = np.einsum("tc,tc->t", corner[:, 0], np.cross(corner[:, 1], corner[:, 2])).sum()
    return vertices, triangles if volume > 0 else triangles[:, ::-1]


def _cap(ring: np.ndarray) -> np.ndarray:
    """Triangles [T, 3] that close a loop [L], L even, zigzag across between its two long sides."""
    low, high = 1, len(ring) - 1
    triangles = [(ring[0], ring[low], ring[high])]
    while high - low > 1:
        triangles.append((ring[low], ring[low + 1], ring[high]))
        low += 1
        if high - low > 1:
            triangles.append((ring[low], ring[high - 1], ring[high]))
            high -= 1
    return np.array(triangles)


def _inside(vertices: np.ndarray, skin: OuterSkin, scale: float) -> np.ndarray:
    """Vertices moved in until they lie at least :data:`LEAST_DEPTH` below the skin."""
    farthest = 2.0 * scale
    for _ in range(2):
        below, index, _ = skin.depth(vertices)
        short = np.where(below > -farthest, np.clip(LEAST_DEPTH - below, 0, farthest), 0)
        vertices = vertices - short[:, None] * skin.normals[index[:, 0]]
    return vertices
