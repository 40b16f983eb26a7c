# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a flesh file shows without a solver: its cubes, cut open, and its muscles (numpy only)."""

from dataclasses import dataclass

import numpy as np

from ..errors import ModelFileError
from ..io.damage import refusing
from ..io.safe_tensors import unpack_tensors

FORMAT = "aim-face-flesh"
#: Flesh of version 3 has no base of a jaw that goes forward or to a side; it is read as it is.
VERSION, READABLE = 4, (3, 4)
#: Corners of a cube's sides, in order around it; corner 4i + 2j + k lies at (i, j, k).
_SIDES = np.array(
    [[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]]
)
#: Whether a corner is joined by the diagonals of an even cube.
_EVEN = np.array([bin(corner).count("1") % 2 == 0 for corner in range(8)])


@dataclass(frozen=True)
class CutFlesh:
    """Flesh on one side of a plane, as it is drawn; mm, head space.

    Attributes:
        triangles: [T, 3, 3] its surface.
        normals: [T, 3] unit vectors to the outside.
        muscle: [T] bool, of a cube that a muscle runs through.
        edges: [L, 2, 3] of the tetrahedra on the surface.
    """

    triangles: np.ndarray
    normals: np.ndarray
    muscle: np.ndarray
    edges: np.ndarray


def cut_open(data: bytes, source: str, axis: np.ndarray, share: float) -> CutFlesh:
    """The flesh of a flesh file, without what lies beyond a plane.

    Args:
        data: bytes of the file.
        source: its owner, for messages.
        axis: [3] unit vector from what stays to what goes.
        share: of the flesh's extent along the axis that stays.

    Raises:
        ModelFileError: it is no flesh, or damaged.
    """
    metadata, tensors = unpack_tensors(data, source, "a flesh file", "that Build Flesh wrote")
    with refusing(
        ModelFileError, lambda reason: f"{source} is damaged ({reason}); build the flesh again"
    ):
        if metadata.get("format") != FORMAT:
            raise ValueError("it holds no flesh")
        nodes, cubes = tensors["nodes"], tensors["cubes"]
        odd = tensors["odd"] > 0
        in_muscle = np.zeros(len(cubes), bool)
        number = 0
        while f"muscle_{number}_cubes" in tensors:
            in_muscle[tensors[f"muscle_{number}_cubes"]] = True
            number += 1
        height = nodes[cubes].mean(axis=1) @ np.asarray(axis, float)
        low, high = float(height.min()), float(height.max())
        kept = height <= low + share * (high - low)
        return _surface(nodes, cubes[kept], odd[kept], in_muscle[kept])


def _surface(
    nodes: np.ndarray, cubes: np.ndarray, odd: np.ndarray, in_muscle: np.ndarray
) -> CutFlesh:
    """The sides of cubes [C, 8] that no two share, each as two triangles."""
    sides = cubes[:, _SIDES].reshape(-1, 4)
    _, first, times = np.unique(
        np.sort(sides, axis=1), axis=0, return_index=True, return_counts=True
    )
    outer = first[times == 1]
    cube, side = np.divmod(outer, len(_SIDES))
    corners = _SIDES[side]
    # The diagonal of the tetrahedra starts at the first corner of its kind.
    turned = _EVEN[corners[:, 0]] == odd[cube]
    shift = turned.astype(int)[:, None] + np.arange(4)
    around = np.take_along_axis(sides[outer], shift % 4, axis=1)
    places = nodes[around].astype(np.float32)
    triangles = places[:, [[0, 1, 2], [0, 2, 3]]].reshape(-1, 3, 3)
    normal = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-12)
    ends = np.concatenate([around[:, [k, (k + 1) % 4]] for k in range(4)] + [around[:, [0, 2]]])
    ends = np.unique(np.sort(ends, axis=1), axis=0)
    return CutFlesh(
        triangles, normal, np.repeat(in_muscle[cube], 2), nodes[ends].astype(np.float32)
    )
