# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Small pictures of a face from the front, drawn from its vertices (numpy only).

Blender renders previews of poses only through the scene's camera and never without a window; these need neither.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...backend.anatomy.jaw.joint import JawJoint
from ...backend.geometry.mesh import Mesh
from .poses import rest_bones

#: Width and height of the picture, pixels.
SIZE = 128
#: Colour of the skin, linear RGB, and how bright it is where the light does not reach, in 0..1.
SKIN = np.array([0.82, 0.74, 0.67])
_AMBIENT = 0.22
#: Direction to the light, of length 1: towards the face's left, front and up.
_LIGHT = np.array([0.35, 0.8, 0.5]) / np.linalg.norm([0.35, 0.8, 0.5])
#: What the picture shows around the jaw's hinge, in lengths from hinge to incisors.
HALF_WIDTH = 1.2


@dataclass(frozen=True)
class View:
    """A view of a face that is the same for all its expressions.

    Attributes:
        axes: [3, 3] rows: to the right of the picture, towards the viewer, up the picture.
        centre: [3] mm, the middle of the picture.
        half_mm: from the middle to the border.
    """

    axes: np.ndarray
    centre: np.ndarray
    half_mm: float


def front_view(joint: JawJoint) -> View:
    """The view from the front of the face that has this joint."""
    skull = rest_bones(joint)["skull"]
    up = (skull.tail - skull.head) / np.linalg.norm(skull.tail - skull.head)
    axes = np.stack([np.cross(up, skull.up), skull.up, up])
    return View(axes, joint.pivot, HALF_WIDTH * joint.length)


def draw(mesh: Mesh, view: View, size: int = SIZE) -> np.ndarray:
    """[size, size, 4] float32 RGBA, the lowest row first: the side of ``mesh`` (mm) that faces the viewer."""
    return draw_all([(mesh, SKIN)], view, size)


def draw_all(meshes: Sequence[tuple[Mesh, np.ndarray]], view: View, size: int = SIZE) -> np.ndarray:
    """The same of several meshes, each with its colour [3] or the colours of its vertices [V, 3], linear RGB."""
    dots = [_dots(mesh, colour, view, size) for mesh, colour in meshes if len(mesh.vertices)]
    depth, row, column, value = (np.concatenate(part) for part in zip(*dots, strict=True))
    order = np.argsort(depth, kind="stable")  # what is nearest is painted last
    row, column, value = row[order], column[order], value[order]
    image = np.zeros((size, size, 4), np.float32)
    inside = (row >= 0) & (row < size) & (column >= 0) & (column < size)
    image[row[inside], column[inside], :3] = value[inside]
    image[row[inside], column[inside], 3] = 1.0
    return image


def _dots(
    mesh: Mesh, colour: np.ndarray, view: View, size: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Depth, row, column [N] and colour [N, 3] of the pixels that a mesh paints."""
    seen = np.flatnonzero(mesh.normals @ view.axes[1] > 0)
    normals = mesh.normals[seen] @ view.axes.T
    points = (mesh.vertices[seen] - view.centre) @ view.axes.T
    bright = _AMBIENT + (1 - _AMBIENT) * np.clip(normals @ _LIGHT, 0, 1)
    place = ((points[:, [2, 0]] / view.half_mm + 1) * size / 2).astype(np.int64)
    reach = _dot_radius(mesh, 2 * view.half_mm / size)
    steps = np.arange(-reach, reach + 1)
    spot = np.stack(np.meshgrid(steps, steps, indexing="ij"), -1).reshape(-1, 2)
    row, column = (place[:, None, :] + spot).reshape(-1, 2).T  # one dot after the other
    painted = bright[:, None] * np.broadcast_to(colour, (len(mesh.vertices), 3))[seen]
    depth, value = (np.repeat(part, len(spot), axis=0) for part in (points[:, 1], painted))
    return depth, row, column, value


def _dot_radius(mesh: Mesh, mm_per_pixel: float) -> int:
    """Pixels on each side of a vertex that make the dots of neighbours touch."""
    if not len(mesh.triangles):
        return 0
    corners = mesh.vertices[mesh.triangles[:, :2]]
    edge = np.median(np.linalg.norm(corners[:, 0] - corners[:, 1], axis=1))
    return int(np.ceil(edge / mm_per_pixel / 2))
