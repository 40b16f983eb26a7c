# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tangent-space normal maps of height maps, in the conventions of engines (numpy only).

Heights h over a surface P turn its normal N to ``N - grad h`` (Blinn 1978), where ``grad h`` lies in the surface and
``grad h . P_u = h_u``, ``grad h . P_v = h_v``. The surface is the subdivided base of the shape itself, in mm, so a
pixel counts as much skin as it shows. The result is written in the tangents of MikkTSpace.
"""

import numpy as np

from ..geometry.mesh import Mesh, vertex_normals
from .plain_skin import PlainSkin
from .tangents import uv_tangents
from .uv import UvMap, to_pixels

#: Where green points: up the picture, or down.
OPENGL, DIRECTX = "opengl", "directx"
#: Engines and programs by convention.
CONVENTIONS = {
    OPENGL: ("Unity", "Godot", "glTF", "Blender", "Maya"),
    DIRECTX: ("Unreal Engine", "3ds Max", "CryEngine"),
}
_FLAT = np.array([0.0, 0.0, 1.0])
_LEAST = 1e-20


def normal_map(
    height: np.ndarray, skin: PlainSkin, shape: Mesh, uv: UvMap, convention: str = OPENGL
) -> np.ndarray:
    """[S, S, 3] float32 unit normals in tangent space, row 0 at v = 1.

    Args:
        height: [S, S] mm, row 0 at v = 1.
        skin: at these pixels.
        shape: the mesh that the heights are on, mm.
        uv: that of the skin's chart.
        convention: ``OPENGL`` or ``DIRECTX``.
    """
    smooth = skin.smooth(shape.vertices)
    normal = skin.normals(smooth)
    gradient = _gradient(height, skin, smooth)
    corners = vertex_normals(np.asarray(shape.vertices, np.float64), shape.triangles)
    tangents, signs = uv_tangents(shape, uv, corners)
    tangent = skin.at_flat(tangents)
    tangent -= normal * np.einsum("ij,ij->i", tangent, normal)[:, None]
    tangent /= np.maximum(np.linalg.norm(tangent, axis=1), 1e-12)[:, None]
    sign = np.where(skin.at_flat(signs[:, None])[:, 0] < 0, -1.0, 1.0)
    if convention == DIRECTX:
        sign = -sign
    bitangent = np.cross(normal, tangent) * sign[:, None]
    turned = np.stack(
        [
            -np.einsum("ij,ij->i", gradient, tangent),
            -np.einsum("ij,ij->i", gradient, bitangent),
            np.ones(len(normal)),
        ],
        axis=1,
    )
    turned /= np.linalg.norm(turned, axis=1, keepdims=True)
    return skin.image(turned, _FLAT).astype(np.float32)


def encoded(normals: np.ndarray) -> np.ndarray:
    """[S, S, 3] uint16 of unit normals, as engines read them: 0 to 65535 for -1 to 1."""
    return np.round((np.clip(normals, -1, 1) * 0.5 + 0.5) * 65535).astype(np.uint16)


def _gradient(height: np.ndarray, skin: PlainSkin, smooth: np.ndarray) -> np.ndarray:
    """[N, 3] the steepest rise of heights along the skin, mm a mm."""
    right, down = (
        skin.at_points(_steps(skin, smooth).reshape(-1, 6)).reshape(-1, 2, 3).swapaxes(0, 1)
    )
    by_right, by_down = _slopes(height, skin)
    rr, rd, dd = (
        np.einsum("ij,ij->i", *pair) for pair in ((right, right), (right, down), (down, down))
    )
    whole = rr * dd - rd**2
    whole = np.where(whole > 1e-6 * rr * dd, whole, np.inf)  # noqa: PLR2004 - a fold has no slope
    along = (dd * by_right - rd * by_down) / whole
    across = (rr * by_down - rd * by_right) / whole
    return along[:, None] * right + across[:, None] * down


def _steps(skin: PlainSkin, smooth: np.ndarray) -> np.ndarray:
    """[U', 2, 3] mm of skin in a pixel to the right and in one down, at the points of the last level's UV."""
    flat = to_pixels(skin.uv, skin.size)[skin.uv_triangles]
    places = smooth[skin.triangles]
    one, two = flat[:, 1] - flat[:, 0], flat[:, 2] - flat[:, 0]
    area = one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0]
    first, second = places[:, 1] - places[:, 0], places[:, 2] - places[:, 0]
    # times the area, so that the mean over triangles is one by area
    right = two[:, 1, None] * first - one[:, 1, None] * second
    down = one[:, 0, None] * second - two[:, 0, None] * first
    both = np.concatenate([right, down], axis=1) * np.sign(area)[:, None]
    corner, count = skin.uv_triangles.ravel(), len(skin.uv)
    weight = np.bincount(corner, np.repeat(np.abs(area), 3), minlength=count)
    total = np.stack(
        [np.bincount(corner, np.repeat(column, 3), minlength=count) for column in both.T], axis=1
    )
    return (total / np.maximum(weight, _LEAST)[:, None]).reshape(-1, 2, 3)


def _slopes(height: np.ndarray, skin: PlainSkin) -> tuple[np.ndarray, np.ndarray]:
    """[N] change of height a pixel to the right, and a pixel down; one-sided where the skin ends."""
    picture, mask = np.asarray(height, np.float64), skin.mask
    found = []
    for axis in (1, 0):
        rise, count = np.zeros(picture.shape), np.zeros(picture.shape)
        first, second = [slice(None)] * 2, [slice(None)] * 2
        first[axis], second[axis] = slice(None, -1), slice(1, None)
        step = np.diff(picture, axis=axis)
        sound = mask[tuple(first)] & mask[tuple(second)]
        for side in (first, second):
            rise[tuple(side)] += np.where(sound, step, 0)
            count[tuple(side)] += sound
        found.append((rise / np.maximum(count, 1)).ravel()[skin.rows])
    return found[0], found[1]
