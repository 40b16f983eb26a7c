# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The facial muscles as curves between landmarks, from origin to insertion, placed in an actor's own tissue."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy.spatial import cKDTree

from ..model.aim import AimModel

#: Muscles by name: nodes of landmarks, shares and depth, and a half width. Written from standard anatomy.
DEFINITIONS = Path(__file__).with_name("definitions.json")
#: A muscle's hold fades from its half width to this many half widths.
FADES = 1.5
#: Points of a curve are no farther apart than this, mm.
STEP_MM = 1.0
#: So many vertices are looked at for one that faces as the landmarks do, with at least this cosine.
NEAREST, LEAST_FACING = 64, 0.5
#: Stands for a side in the landmarks' names.
SIDES = ("left", "right")


@dataclass(frozen=True)
class MuscleCurve:
    """One muscle of an actor.

    Attributes:
        name: with its side where it has one, such as ``zygomaticus_major_left``.
        points: [K, 3] mm, head space; origin first.
        radius: half width, mm.
        strength: how firmly it holds its track, 1 is usual.
        on: it takes part.
        placed: [N, 3] mm, where landmarks place a muscle that a given curve stands for; None for all others.
    """

    name: str
    points: np.ndarray
    radius: float
    strength: float = 1.0
    on: bool = True
    placed: np.ndarray | None = None

    def evenly(self) -> np.ndarray:
        """Points [N, 3] along the curve, no farther apart than ``STEP_MM``."""
        length = np.linalg.norm(np.diff(self.points, axis=0), axis=1)
        along = np.concatenate([[0.0], np.cumsum(length)])
        at = np.linspace(0.0, along[-1], max(int(np.ceil(along[-1] / STEP_MM)), 1) + 1)
        return np.stack([np.interp(at, along, axis) for axis in self.points.T], axis=1)

    def directions(self) -> np.ndarray:
        """Unit directions [N, 3] along the curve at the points of ``evenly``; a ring's go round."""
        points = self.evenly()
        reach = max(int(round(self.radius / 2 / STEP_MM)), 1)
        number, last = np.arange(len(points)), len(points) - 1
        if self.closed:
            way = points[(number + reach) % last] - points[(number - reach) % last]
        else:
            way = points[np.minimum(number + reach, last)] - points[np.maximum(number - reach, 0)]
        return way / np.maximum(np.linalg.norm(way, axis=1, keepdims=True), 1e-9)

    @property
    def closed(self) -> bool:
        """It is a ring."""
        return len(self.points) > 3 and bool(np.allclose(self.points[0], self.points[-1]))  # noqa: PLR2004

    def hold(self, points: np.ndarray) -> np.ndarray:
        """[P] share of the muscle at points [P, 3]: 1 within its half width, fading to 0 outside."""
        curve, reach = self.evenly(), FADES * self.radius
        inside = (points > curve.min(axis=0) - reach) & (points < curve.max(axis=0) + reach)
        near = np.flatnonzero(inside.all(axis=1))
        apart = cKDTree(curve).query(points[near], distance_upper_bound=reach)[0]
        found = np.zeros(len(points))
        found[near] = np.clip((FADES - apart / self.radius) / (FADES - 1), 0.0, 1.0)
        return found

    def with_state(self, *, on: bool | None = None, strength: float | None = None) -> "MuscleCurve":
        """The same muscle, switched or stronger."""
        return replace(
            self,
            on=self.on if on is None else on,
            strength=self.strength if strength is None else strength,
        )


def _facing(
    place: np.ndarray,
    mix: Mapping[str, float],
    landmarks: Mapping[str, np.ndarray],
    tree: cKDTree,
    normals: np.ndarray,
) -> int:
    """The vertex nearest to a place between landmarks whose skin faces as theirs does: not the inside of a lip."""
    corners = tree.query([landmarks[name] for name in mix])[1]
    way = np.abs(list(mix.values())) @ normals[corners]
    near = np.atleast_1d(tree.query(place, min(NEAREST, tree.n))[1])
    faces = normals[near] @ way > LEAST_FACING * np.linalg.norm(way)
    return int(near[faces.argmax()])


def place_muscles(
    model: AimModel, landmarks: Mapping[str, np.ndarray]
) -> tuple[list[MuscleCurve], list[str]]:
    """The muscles of an actor, and the names of those that lack a landmark.

    Args:
        model: the actor; a node lies between its bone and skin.
        landmarks: of its skin, [3] mm by name.
    """
    definitions = json.loads(DEFINITIONS.read_text(encoding="utf-8"))
    anatomy = model.evaluate()
    tree = cKDTree(anatomy.skin)
    placed, left_out = [], []
    for name, muscle in definitions.items():
        nodes = muscle["nodes"]
        sided = any(key.endswith("_S") for node in nodes for key in node["landmarks"])
        for side in SIDES if sided else ("",):
            full = f"{name}_{side}" if side else name
            points = []
            for node in nodes:
                mix = {k.replace("_S", f"_{side}"): v for k, v in node["landmarks"].items()}
                if not mix.keys() <= landmarks.keys():
                    break
                total = sum(mix.values())
                place = sum(share / total * landmarks[key] for key, share in mix.items())
                vertex = _facing(place, mix, landmarks, tree, model.neutral.normals)
                bone, skin = anatomy.bone[vertex], anatomy.skin[vertex]
                points.append(bone + node["depth"] * (skin - bone))
            if len(points) == len(nodes):
                placed.append(
                    MuscleCurve(full, np.array(points, float), float(muscle["radius_mm"]))
                )
            else:
                left_out.append(full)
    return placed, left_out


def with_given(
    placed: list[MuscleCurve], left_out: list[str], given: Sequence[MuscleCurve]
) -> tuple[list[MuscleCurve], list[str]]:
    """Muscles and names of those left out, where ``given`` curves replace those of their names or are added."""
    by_name = {muscle.name: muscle for muscle in placed}
    for muscle in given:
        before = by_name.get(muscle.name)
        where = None if before is None else before.points
        by_name[muscle.name] = replace(muscle, placed=where)
    return list(by_name.values()), [name for name in left_out if name not in by_name]


def outside(muscle: MuscleCurve, points: np.ndarray, reach: float) -> float:
    """Share of a muscle's length that is farther than ``reach`` mm from all ``points`` [P, 3] of the flesh."""
    return float((cKDTree(points).query(muscle.evenly())[0] > reach).mean())
