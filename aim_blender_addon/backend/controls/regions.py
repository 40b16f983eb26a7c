# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which skin goes along with a control: smooth shares that neighbours divide among them.

Skin near a row of controls belongs to the nearest of them, and to two of them between. Distances run along the skin
where that is longer, so that one lip or lid does not move the other.
"""

from collections.abc import Mapping

import numpy as np
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from ..geometry.edge_graph import edge_graph
from ..geometry.mesh import Mesh
from ..geometry.smooth import falling, smooth_step
from .places import Places
from .table import CONTROLS, REGIONS

#: A way along edges is about this much longer than one across the skin.
_ALONG_EDGES = 0.85
#: Groups whose knots the corners of the mouth are, too.
_LIPS = ("lip_upper", "lip_lower")


def find_regions(mesh: Mesh, places: Places) -> dict[str, np.ndarray]:
    """[V] in [0, 1] for each control, by its name.

    Args:
        mesh: skin in rest, mm.
        places: of the controls on it.
    """
    graph, tree = edge_graph(mesh), cKDTree(mesh.vertices)
    across = mesh.vertices @ places.left_up_front[0]
    groups: dict[str, list[str]] = {}
    for control in CONTROLS:
        there = [name for name in control.names() if name in places.points]
        groups.setdefault(control.group, []).extend(there)
    regions = {}
    for group, names in groups.items():
        region = REGIONS[group]
        for name in names:
            sources = places.sources[name]
            near = np.unique(tree.query(sources)[1])
            straight = cKDTree(_dense(sources)).query(mesh.vertices)[0]
            limit = 2 * region.none * places.scale
            along = dijkstra(graph, indices=near, limit=limit, min_only=True)
            distance = np.maximum(straight, _ALONG_EDGES * along) / places.scale
            share = falling(distance, (region.whole, region.none))
            regions[name] = share * _hat(across, _knots(group, names, places), name)
    return regions


def _dense(points: np.ndarray) -> np.ndarray:
    """Points [M, 3] along a line through points [N, 3]."""
    if len(points) < 2:
        return points
    steps = np.linspace(0, 1, 5)[:, None]
    return np.concatenate([a + steps * (b - a) for a, b in zip(points, points[1:], strict=False)])


def _knots(group: str, names: list[str], places: Places) -> Mapping[str, float]:
    """Places across the face that share the skin of a group: its controls, and corners beside lips."""
    if group.startswith("lids"):  # each eye for itself
        return {}
    knots = list(names)
    if group in _LIPS:
        knots += [n for n in ("mouth_corner.L", "mouth_corner.R") if n in places.points]
    elif (
        group == "corners"
    ):  # they draw the lips along as far as the middle, or the lips would crease
        knots += [n for n in places.points if n == "lip_upper"]
    left = places.left_up_front[0]
    return {name: float(places.points[name] @ left) for name in knots}


def _hat(across: np.ndarray, knots: Mapping[str, float], name: str) -> np.ndarray:
    """[V] one at the knot ``name``, zero at its neighbours, smooth between."""
    share = np.ones(len(across))
    if name not in knots:
        return share
    here = knots[name]
    above = min((k for k in knots.values() if k > here + 1e-6), default=None)
    below = max((k for k in knots.values() if k < here - 1e-6), default=None)
    if above is not None:
        share *= 1 - smooth_step((across - here) / (above - here))
    if below is not None:
        share *= 1 - smooth_step((here - across) / (here - below))
    return share
