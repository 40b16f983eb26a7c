# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cranium: what lies deeper than the usual soft tissue, with orbits, nose, palate and skull base cut out."""

import numpy as np
from scipy.spatial import cKDTree

from ...geometry.isosurface import smooth_quads, surface_nets
from ...geometry.sampling import dense_samples
from ...geometry.smooth import smooth_step
from ..head.usual_thickness import OuterSkin
from .mandible import LEAST_DEPTH, Anchors

#: Side of a cell of the grid, mm on an average face.
CELL = 2.8
#: Cells from the bone's surface beyond which distances do not matter.
FARTHEST = 3.0
#: Gap between cranium and mandible, mm (joint space and the teeth's freeway space).
GAP = 2.0
#: Half axes of a usual brain case, mm on an average face. It bounds a mask, which has no back; a head that reaches
#: farther back or up has its own.
BRAIN_CASE = (82.0, 102.0, 118.0)

#: Half the thickness of a cheek's arch, mm on an average face.
ARCH_RADIUS = 3.8
#: Soft tissue over the arch, mm on an average face: the depth at the zygion [Stephan2008].
ARCH_DEPTH = 6.0


def cranium(
    skin: OuterSkin,
    depths: np.ndarray,
    anchors: Anchors,
    places: dict[str, np.ndarray],
    jaw: tuple[np.ndarray, np.ndarray],
) -> tuple[np.ndarray, np.ndarray]:
    """Vertices [V, 3] in face coordinates and triangles [T, 3] of a closed cranium.

    Args:
        skin: the outer skin.
        depths: [N] tissue depths at its samples, mm.
        anchors: of the mandible.
        places: landmarks in face coordinates, among them the eyes' middles.
        jaw: vertices and triangles of the mandible, face coordinates.
    """
    scale = skin.view.frame.scale
    cell = CELL * scale
    pivot = anchors.condyle.mean(axis=0)
    case = _case_size(skin, pivot, scale)
    centre = _case_centre(pivot, scale)
    low = np.array(
        [-case[0] - 2 * cell, anchors.incisor[1] - 2 * scale, centre[2] - case[2] - 2 * cell]
    )
    high = np.array([case[0] + 2 * cell, centre[1] + case[1] + 2 * cell, 0.0])
    low[:2] = np.maximum(low[:2], skin.points.min(axis=0)[:2])
    high[1] = min(high[1], skin.points[:, 1].max())
    axes = [np.arange(a, b, cell) for a, b in zip(low, high, strict=True)]
    points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    field = np.full(len(points), -cell)
    hopeful = np.flatnonzero(_brain_case(points, pivot, case, scale) > -cell)
    field[hopeful] = _field(points[hopeful], skin, depths, anchors, places, pivot, case, scale)
    near = hopeful[field[hopeful] > -2 * cell]
    room = GAP * scale + 0.35 * cell
    away = _from_jaw(points[near], jaw, scale, room + FARTHEST * cell)
    field[near] = np.minimum(field[near], away - room)
    field = np.clip(field, -FARTHEST * cell, FARTHEST * cell).reshape([len(a) for a in axes])
    vertices, quads = surface_nets(field)
    vertices = smooth_quads(low + cell * vertices, quads, 5)
    triangles = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    return _kept_clear(vertices, skin, jaw, scale), triangles


def _field(
    points, skin: OuterSkin, depths, anchors: Anchors, places, pivot, case, scale
) -> np.ndarray:
    """Positive inside the bone [P], about in mm, without the gap to the mandible."""
    field = np.minimum(
        _brain_case(points, pivot, case, scale), _beside_ears(points, anchors, scale)
    )
    field = np.minimum(field, points[:, 1] - _lower_side(points, anchors, pivot, scale))
    for side in ("left", "right"):
        field = np.minimum(field, -_orbit(points, places[f"eye_{side}"], scale))
    field = np.minimum(field, -_nose(points, places, scale))
    field = np.minimum(field, -_arch_gap(points, anchors, scale))
    # Where these say that there is no bone nearby, the skin is not asked: that takes longest.
    asked = np.flatnonzero(field > -FARTHEST * CELL * scale)
    below, index, weights = skin.depth(points[asked])
    below -= np.einsum("pk,pk->p", depths[index], weights)
    field[asked] = np.minimum(field[asked], below)
    return np.maximum(field, _arch(points, anchors, places, scale))


def _case_centre(pivot, scale) -> np.ndarray:
    return pivot + np.array([0, 50, 10]) * scale


def _case_size(skin: OuterSkin, pivot, scale) -> np.ndarray:
    """Half axes [3] of the brain case: the usual ones, or what the skin of a whole head holds."""
    centre = _case_centre(pivot, scale)
    above = skin.points[skin.points[:, 1] > centre[1] - 20 * scale] - centre
    size = np.array(BRAIN_CASE) * scale
    if len(above):
        whole = above[:, 2].min() < -60 * scale
        size[0] = (1.1 if whole else 0.93) * np.abs(above[above[:, 1] > 0, 0]).max(
            initial=0.5 * size[0]
        )
        size[1] = max(size[1], 1.1 * above[:, 1].max())
        size[2] = max(size[2], -1.1 * above[:, 2].min())
    return size


def _brain_case(points, pivot, half, scale) -> np.ndarray:
    """Positive inside the brain case of half axes [3], or the face's block before it."""
    centre = _case_centre(pivot, scale)
    offset = np.abs((points - centre) / half)
    case = (1 - (offset**3).sum(axis=1) ** (1 / 3)) * half.min()
    face = points[:, 2] - pivot[2]
    return np.maximum(case, np.minimum(face, 75 * scale - (points[:, 1] - pivot[1])))


def _beside_ears(points, anchors: Anchors, scale) -> np.ndarray:
    """Positive nearer to the middle than the ears begin; no bound before and above them."""
    condyle = anchors.condyle
    side = np.where(points[:, 0] > 0, np.abs(condyle[0, 0]), np.abs(condyle[1, 0]))
    up, front = (points - condyle.mean(axis=0)).T[1:] / scale
    free = (
        0.8 * np.clip(up - 25, 0, None)
        + np.clip(front - 5, 0, None)
        + 0.4 * np.clip(-front - 35, 0, None)
    )
    return side + (18 + free) * scale - np.abs(points[:, 0])


def _lower_side(points, anchors: Anchors, pivot, scale) -> np.ndarray:
    """Height [P] of the cranium's lower side above or below each point, mm."""
    across = np.abs(points[:, 0]) / scale
    ahead = (points[:, 2] - pivot[2]) / scale
    bite = (anchors.incisor[1] - pivot[1]) / scale
    # Back of the joint: mastoid beside, occiput behind. Before it: the joint's roof and the arch of the cheek.
    base = np.interp(
        ahead, [-110, -75, -45, -20, -8, 5, 35, 60, 90], [8, -8, -16, -14, -6, 4, 3, -4, -8]
    )
    mastoid = -14 * np.exp(-(((across - 52) / 9) ** 2) - ((ahead + 22) / 10) ** 2)
    base = base + mastoid
    # The upper jaw: a block behind the front teeth, widest at the molars, with the palate hollowed out.
    behind = (anchors.incisor[2] - points[:, 2]) / scale
    width = np.interp(behind, [-12, -6, 0, 8, 20, 45, 52], [10, 14, 18, 23, 28, 33, 30])
    block = np.minimum(width - across, 52 - behind)
    floor = bite + 2.2
    palate = np.clip(np.minimum(width - 12 - across, behind - 10), 0, 8) * 1.7
    jaw = floor + palate
    # Walls of the block rise to the cheekbone outside, to the base behind.
    rise = smooth_step(-block / 11)
    lower = jaw + rise * (np.maximum(base, jaw) - jaw)
    return lower * scale + pivot[1]


def _orbit(points, eye, scale) -> np.ndarray:
    """Positive inside an eye's socket: a cone that narrows backwards and towards the middle."""
    side = np.sign(eye[0]) or 1.0
    back = (eye[2] + 8 * scale - points[:, 2]) / scale
    axis = eye[0] - side * 0.35 * scale * np.clip(back - 8, 0, 60)
    wide = np.interp(back, [-60, 0, 14, 30, 52], [24, 22, 19.5, 16, 3]) * scale
    tall = np.interp(back, [-60, 0, 14, 30, 52], [19, 18, 17, 13.5, 3]) * scale
    height = eye[1] - 1.0 * scale
    radius = (
        np.abs((points[:, 0] - axis) / wide) ** 2.4 + np.abs((points[:, 1] - height) / tall) ** 2.4
    ) ** (1 / 2.4)
    return np.minimum((1 - radius) * tall, (52 - back) * scale)


def _nose(points, places, scale) -> np.ndarray:
    """Positive inside the pear-shaped opening of the nose."""
    top = places["rhinion"][1] - 1 * scale
    bottom = places["subnasale"][1] + 2 * scale
    descent = np.clip((top - points[:, 1]) / (top - bottom), 0, 1)
    wide = np.interp(descent, [0, 0.25, 0.75, 1], [2.5, 7, 12, 9.5]) * scale
    across = wide - np.abs(points[:, 0])
    along = np.minimum(top - points[:, 1], points[:, 1] - bottom)
    back = places["subnasale"][2] - 40 * scale
    return np.minimum(np.minimum(across, along), points[:, 2] - back)


def _arch_gap(points, anchors: Anchors, scale) -> np.ndarray:
    """Positive in the room between the cheek's arch and the side of the skull, where the temporal muscle runs."""
    best = np.full(len(points), -np.inf)
    for condyle, sign in zip(anchors.condyle, (1.0, -1.0), strict=True):
        centre = condyle + np.array([-5.0 * sign, 12, 36]) * scale
        half = np.array([8.0, 30, 21]) * scale
        offset = (points - centre) * [sign, 1, 1]
        # Above and below the arch the room is open to the outside.
        arch = np.clip(4.0 - np.abs(offset[:, 1] / scale + 1.0) / 2.0, 0, 1)
        offset[:, 0] = np.where(offset[:, 0] > 0, offset[:, 0] * arch, offset[:, 0])
        best = np.maximum(best, (1 - np.linalg.norm(offset / half, axis=1)) * half[0])
    return best


def _arch(points, anchors: Anchors, places, scale) -> np.ndarray:
    """Positive inside the arches of the cheeks: bars from the cheekbone to the root above the joint."""
    best = np.full(len(points), -np.inf)
    parameter = np.linspace(0, 1, 25)[:, None]
    for condyle, side, sign in zip(anchors.condyle, ("left", "right"), (1.0, -1.0), strict=True):
        if not {f"malar_{side}", f"zygion_{side}"} <= places.keys():
            continue
        start = places[f"malar_{side}"] + np.array([-8.0 * sign, -1, -12]) * scale
        peak = (
            places[f"zygion_{side}"] + np.array([-(ARCH_DEPTH + ARCH_RADIUS) * sign, 0, 0]) * scale
        )
        end = condyle + np.array([8.0 * sign, 11, 1]) * scale
        bend = 2 * peak - (start + end) / 2  # of the parabola that goes through the peak half way
        line = (
            (1 - parameter) ** 2 * start
            + 2 * parameter * (1 - parameter) * bend
            + parameter**2 * end
        )
        near = np.flatnonzero(
            (points[:, 0] * sign > 0) & (np.abs(points[:, 1] - peak[1]) < 25 * scale)
        )
        distance, _ = cKDTree(line).query(points[near], distance_upper_bound=14 * scale, workers=-1)
        best[near] = np.maximum(best[near], ARCH_RADIUS * scale - distance)
    return best


def _from_jaw(points, jaw, scale, farthest) -> np.ndarray:
    """Signed distance [P] from the mandible, mm, negative inside; infinite from ``farthest`` mm on."""
    vertices, triangles = jaw
    samples = dense_samples(vertices, triangles, 2.0 * scale)
    tree = cKDTree(samples.points)
    thickest = 12.0 * scale  # no bone of a mandible is thicker
    found, _ = tree.query(points, distance_upper_bound=max(farthest, thickest), workers=-1)
    close = np.flatnonzero(np.isfinite(found))
    distance, index = tree.query(points[close], k=4, workers=-1)
    heights = np.einsum(
        "pkc,pkc->pk", points[close, None] - samples.points[index], samples.normals[index]
    )
    inside = (heights.sum(axis=1) < 0) & (distance[:, 0] < thickest)
    found[close] = np.where(inside, -distance[:, 0], distance[:, 0])
    return found


def _kept_clear(vertices, skin: OuterSkin, jaw, scale) -> np.ndarray:
    """Vertices after the last nudges off the skin and off the mandible, of a millimetre or so."""
    farthest = 2.5 * scale
    below, index, _ = skin.depth(vertices)
    short = np.where(below > -farthest, np.clip(LEAST_DEPTH - below, 0, farthest), 0)
    vertices = vertices - short[:, None] * skin.normals[index[:, 0]]
    samples = dense_samples(*jaw, 1.5 * scale)
    tree = cKDTree(samples.points)
    distance, near = tree.query(vertices, distance_upper_bound=GAP * scale, workers=-1)
    close = np.flatnonzero(np.isfinite(distance))
    offset = vertices[close] - samples.points[near[close]]
    outside = np.einsum("nc,nc->n", offset, samples.normals[near[close]]) > 0
    direction = np.where(outside[:, None], offset, samples.normals[near[close]])
    direction /= np.maximum(np.linalg.norm(direction, axis=1, keepdims=True), 1e-9)
    short = 0.5 * GAP * scale - np.where(outside, distance[close], -distance[close])
    vertices[close] += np.clip(short, 0, farthest)[:, None] * direction
    return vertices
