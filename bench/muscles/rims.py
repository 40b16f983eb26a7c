# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether lips and lids stand apart: ``python -m bench.muscles.rims MODEL ... --edges 10.5 7.5 5.5``.

From each place of an upper rim to the nearest of the lower one, the shortest way through the flesh mesh is to be no
shorter than that along the skin, less two cubes. The way begins and ends at the places. ``of_nodes`` leaves out the
ends, from a place to the nodes that hold it. Prints one line of JSON an actor, cube size and rim; what is below zero
is to spare.
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from aim_blender_addon.backend.anatomy.survey import FaceSurvey
from aim_blender_addon.backend.geometry.topology import triangle_edges
from aim_blender_addon.backend.io.model_file import read_model
from aim_blender_addon.backend.model.aim import AimModel
from aim_blender_addon.backend.muscles.flesh import Flesh, make_flesh
from aim_blender_addon.backend.muscles.settings import FleshSettings


def _graph(pairs: np.ndarray, points: np.ndarray) -> sp.csr_matrix:
    """Lengths of pairs [P, 2] of points [N, 3]."""
    pairs = np.unique(np.sort(pairs, axis=1), axis=0)
    pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    length = np.linalg.norm(points[pairs[:, 0]] - points[pairs[:, 1]], axis=1)
    half = sp.csr_matrix((np.maximum(length, 1e-6), pairs.T), (len(points), len(points)))
    return half + half.T


def _through(flesh: Flesh) -> sp.csr_matrix:
    """Ways along free nodes that share a cube."""
    cubes, carry = flesh.lattice.cubes, flesh.lattice.carry
    count = len(cubes)
    corners = sp.csr_matrix(
        (np.ones(cubes.size), (np.repeat(np.arange(count), 8), cubes.ravel())),
        (count, len(flesh.lattice.nodes)),
    )
    own = (corners @ carry).astype(bool).astype(float)
    joined = (own.T @ own).tocoo()
    return _graph(np.stack([joined.row, joined.col], axis=1), flesh.rest)


def _ways(
    flesh: Flesh, through: sp.csr_matrix, skin: np.ndarray, a: int, b: int
) -> tuple[float, float]:
    """Way from one skin vertex of the flesh to another, and its part between the nodes that hold them."""
    here, there = (flesh.skin_places[k].indices for k in (a, b))
    between = dijkstra(through, indices=here)[:, there]
    first, last = (
        np.linalg.norm(flesh.rest[nodes] - skin[flesh.skin[k]], axis=1)
        for nodes, k in ((here, a), (there, b))
    )
    return float((first[:, None] + between + last).min()), float(between.min())


def rims(model: AimModel, edge: float) -> list[dict]:
    """Figures of each pair of rims."""
    flesh = make_flesh(model, FleshSettings(edge_mm=edge))
    skin = model.neutral.vertices.astype(float)
    along = _graph(triangle_edges(model.neutral.triangles), skin)
    through = _through(flesh)
    tree = cKDTree(skin[flesh.skin])
    rows = []
    for name, rim in FaceSurvey(model.neutral).rims.items():
        upper, lower = (np.unique(tree.query(side)[1]) for side in (rim.upper, rim.lower))
        opposite = lower[cKDTree(skin[flesh.skin[lower]]).query(skin[flesh.skin[upper]])[1]]
        different = upper != opposite
        upper, opposite = upper[different], opposite[different]
        lacks = np.zeros((len(upper), 2))
        for row, (a, b) in enumerate(zip(upper, opposite, strict=True)):
            on_skin = dijkstra(along, indices=flesh.skin[a])[flesh.skin[b]]
            lacks[row] = on_skin - 2 * edge - np.array(_ways(flesh, through, skin, a, b))
        rows.append({
            "model": model.name,
            "tetrahedra": 5 * len(flesh.lattice.cubes),
            "edge_mm": edge,
            "rim": name,
            "places": len(upper),
            "too_short": int((lacks[:, 0] > 0).sum()),
            "worst_mm": round(float(lacks[:, 0].max(initial=-np.inf)), 1),
            "too_short_of_nodes": int((lacks[:, 1] > 0).sum()),
            "worst_of_nodes_mm": round(float(lacks[:, 1].max(initial=-np.inf)), 1),
        })  # fmt: skip
    return rows


def main() -> None:
    """Read, build and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", type=Path, nargs="+")
    parser.add_argument("--edges", type=float, nargs="+", default=[10.5, 7.5, 5.5])
    options = parser.parse_args()
    for path in options.models:
        model = read_model(path)
        for edge in options.edges:
            for row in rims(model, edge):
                sys.stdout.write(json.dumps(row) + "\n")
                sys.stdout.flush()


if __name__ == "__main__":
    main()
