# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a clamped beam bends under gravity by elements of a cube, in small strains: ``python -m bench.muscles.beam``.

Eight cubes along and across beside 32, and beside 32 full trilinear cubes. In all ways lambda but for mu acts on a
cube's mean volume, as in the product. Prints a row of a table a way; below zero is too stiff.
"""

import sys
from collections.abc import Iterator

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import splu

from aim_blender_addon.backend.muscles.elastic import SLOPES, VOLUME_SHARE
from aim_blender_addon.backend.muscles.lattice import CORNERS

#: Edge of the beam, mm; shear stiffness and load in any unit, as ratios are asked.
EDGE, LOAD = 24.0, 1e-4
SHEAR = np.diag([2.0, 2, 2, 1, 1, 1])
GROWS = np.array([1.0, 1, 1, 0, 0, 0])
GAUSS = 0.5 - 0.5 / np.sqrt(3), 0.5 + 0.5 / np.sqrt(3)
#: Names of ways, and the share of a cube's own strains that stays beside its mean strain.
WAYS = {
    "five tetrahedra, as they are": ("five", 1.0),
    "both cuts into five, their mean": ("ten", 1.0),
    "trilinear cube": ("cube", 1.0),
    "trilinear cube, half of its strain the mean": ("cube", 0.5),
    "trilinear cube, nine tenths the mean": ("cube", 0.1),
    "five tetrahedra, half of their strain the mean": ("five", 0.5),
    "five tetrahedra, four fifths the mean": ("five", 0.2),
}


def _strain(slopes: np.ndarray) -> np.ndarray:
    """[6, 24] strain by the corners' motion, from the slopes [8, 3] of their shape functions."""
    found = np.zeros((6, 24))
    for corner, (x, y, z) in enumerate(slopes):
        part = [[x, 0, 0], [0, y, 0], [0, 0, z], [y, x, 0], [0, z, y], [z, 0, x]]
        found[:, 3 * corner : 3 * corner + 3] = part
    return found


def _trilinear(place: tuple[float, ...]) -> np.ndarray:
    """[8, 3] slopes of a trilinear cube's shape functions at a place in it."""
    sign, at = 2.0 * CORNERS - 1, 2 * np.array(place) - 1
    grown = 1 + sign * at
    others = np.stack([grown[:, [1, 2]], grown[:, [0, 2]], grown[:, [0, 1]]], axis=1)
    return sign * others.prod(axis=2) / 4


def _points(kind: int, way: str) -> list[tuple[float, np.ndarray]]:
    """Shares of a cube's volume and slopes there."""
    if way == "cube":
        return [(1 / 8, _trilinear((a, b, c))) for a in GAUSS for b in GAUSS for c in GAUSS]
    kinds = (kind,) if way == "five" else (0, 1)
    return [
        (share / len(kinds), SLOPES[k][number])
        for k in kinds
        for number, share in enumerate(VOLUME_SHARE)
    ]


def stiffness(kind: int, way: str, share: float, bulk: float) -> np.ndarray:
    """[24, 24] of a unit cube of shear stiffness 1."""
    own, found = min(1.0, bulk), np.zeros((24, 24))
    points = _points(kind, way)
    mean = _strain(sum(part * slopes for part, slopes in points))
    for part, strain in [(1 - share, mean)] + [(share * p, _strain(s)) for p, s in points]:
        grows = GROWS @ strain
        found += part * (strain.T @ SHEAR @ strain + own * np.outer(grows, grows))
    return found + (bulk - own) * np.outer(GROWS @ mean, GROWS @ mean)


def tip(across: int, way: str, share: float, poisson: float) -> float:
    """How far the end sags."""
    count = np.array([across, max(across // 8, 1), across])
    cubes = np.array(list(np.ndindex(*count)))
    nodes = np.ravel_multi_index((cubes[:, None] + CORNERS).T, count + 1).T
    axes = (3 * nodes[:, :, None] + np.arange(3)).reshape(-1, 24)
    edge, bulk = EDGE / across, 2 * poisson / (1 - 2 * poisson)
    kinds = np.stack([stiffness(kind, way, share, bulk) for kind in (0, 1)])
    each = edge * kinds[cubes.sum(axis=1) % 2]
    places = np.repeat(axes, 24, axis=1).ravel(), np.tile(axes, 24).ravel()
    size = 3 * int((count + 1).prod())
    matrix = sp.coo_matrix((each.ravel(), places), (size, size)).tocsc()
    load = np.bincount(axes[:, 2::3].ravel(), minlength=size) * (-LOAD * edge**3 / 8)
    along = np.arange(size) // (3 * (count[1] + 1) * (count[2] + 1))
    free = np.flatnonzero(along > 0)
    factor = splu(matrix[free][:, free], "MMD_AT_PLUS_A", options={"SymmetricMode": True})
    sags = np.zeros(size)
    sags[free] = factor.solve(load[free])
    return float(sags[2::3][along[::3] == across].mean())


def rows() -> Iterator[str]:
    """The table."""
    yield "| cube | ratio 0.49: beside its finer beam | beside the trilinear finer beam | ratio 0.25 |"
    yield "|---|---|---|---|"
    for name, (way, share) in WAYS.items():
        cells = []
        for poisson in (0.49, 0.25):
            coarse, fine = (tip(n, way, share, poisson) for n in (8, 32))
            cells.append(f"{100 * (coarse / fine - 1):+.1f} %")
            if poisson == 0.49:  # noqa: PLR2004
                cells.append(f"{100 * (coarse / tip(32, 'cube', 1.0, poisson) - 1):+.1f} %")
        yield f"| {name} | {' | '.join(cells)} |"


if __name__ == "__main__":
    for row in rows():
        sys.stdout.write(row + "\n")
        sys.stdout.flush()
