# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Skin projected into the limits of bone and tissue."""

from dataclasses import dataclass, replace

import numpy as np

from ..contact.over_bone import Deep, KnownRoom
from ..contact.rough import roughly_deep
from .known_slack import KnownSlack
from .limits import TOUCHING_MM, Excess, TissueLimits
from .surroundings import with_surroundings

#: Rounds of pushing with the surroundings taken along, so that no crease stays.
SOFT_ROUNDS = 2
#: Rounds of pushing the last points alone.
HARD_ROUNDS = 6
#: Rounds after these in which points that are pushed to and fro go back to a safe place.
BACK_ROUNDS = 12
#: Rounds of pushing points that touch, while the mouse moves.
QUICK_ROUNDS = 2
#: The same with the surroundings taken along.
QUICK_SOFT_ROUNDS = 1
#: Rounds of pushing edges and faces between vertices.
BETWEEN_ROUNDS = 8
#: The surroundings go along with an edge that is pushed by more than this, mm.
FOLLOWED_MM = 0.3
#: While the mouse moves, skin that came less far, mm, is not asked whether it went through a tooth.
TOOTH_MM = 1.0
#: Fraction of the displacement to a safe place that is taken in such a round.
BACK = 0.4
#: Skin is creased where this many vertices
CREASED_VERTICES = 10
#: were pushed by more than this, mm (docs/decisions/tried-sculpt.md, "Smooth pushes").
CREASED_MM = 2.0
#: Creased skin is smoothed so many times,
SMOOTHINGS = 2
#: each time in so many rounds of averaging over the neighbours.
SMOOTH_ROUNDS = 4
#: Skin is within its limits when it is outside them by no more than this, mm.
TOLERANCE_MM = 0.005
#: Skin that touches a bone has no more slack than this, mm: another bone, which was not measured, may be that near.
TOUCHING_SLACK_MM = 0.5


@dataclass(frozen=True)
class Projected:
    """Skin after the projection.

    Attributes:
        points: [V, 3] mm.
        pushed: [V] mm, how far each was pushed off a bone; negative: pulled to it.
        feasible: whether all points are within their limits.
        left: whether a quick projection pushed edges or faces, and did not look again.
    """

    points: np.ndarray
    pushed: np.ndarray
    feasible: bool
    left: bool = False

    @property
    def creased(self) -> bool:
        """Whether so many points were pushed so far that they may lie in steps."""
        return int((np.abs(self.pushed) > CREASED_MM).sum()) >= CREASED_VERTICES


def project(
    limits: TissueLimits,
    points: np.ndarray,
    jaw: np.ndarray,
    safe: np.ndarray,
    known: KnownSlack | None = None,
    soft: bool = True,
    quick: bool = False,
) -> Projected:
    """The points [V, 3] mm projected into the limits, smoothly where many are pushed far.

    Each point is pushed along the slope of a distance of its own. Skin that a wide open jaw presses on therefore
    comes out in steps. There the pushes are averaged over the neighbours, and what is then outside is pushed again.

    Args:
        limits: of the face.
        points: posed skin, head space.
        jaw: [4, 4].
        safe: [V, 3] mm, where points go back to that find no place between two bones: the rest under that jaw.
        known: what is known of the distances already; it is updated.
        soft: whether the surroundings go along. Without, points that keep their limits stay where they are.
        quick: nothing is smoothed, and edges and faces are pushed once.
    """
    known = known or KnownSlack.nothing(points, jaw)
    done = _project_once(limits, points, jaw, safe, known, soft, quick)
    for _ in range(SMOOTHINGS if soft and not quick else 0):
        if not done.creased:
            break
        moved = _smoothed(limits, done.points - points, np.abs(done.pushed) > CREASED_MM)
        again = _project_once(limits, points + moved, jaw, safe, known, soft)
        if done.feasible and not again.feasible:
            break
        done = replace(again, pushed=done.pushed + again.pushed)
    return done


def _smoothed(limits: TissueLimits, moved: np.ndarray, creased: np.ndarray) -> np.ndarray:
    """Displacements [V, 3] mm averaged over neighbours within two rings of the ``creased`` [V] vertices."""
    mean = limits.neighbour_mean
    rows = np.unique(mean[np.unique(mean[np.flatnonzero(creased)].indices)].indices)
    of_rows = mean[rows]
    for _ in range(SMOOTH_ROUNDS):
        moved[rows] = (moved[rows] + of_rows @ moved) / 2
    return moved


def _project_once(
    limits: TissueLimits,
    points: np.ndarray,
    jaw: np.ndarray,
    safe: np.ndarray,
    known: KnownSlack,
    soft: bool,
    quick: bool = False,
) -> Projected:
    """:func:`project` without the smoothing.

    First the surroundings go along with what is pushed, so that no crease stays. What is then outside is pushed
    alone: by the fields, and at last, where skin touches bone, by the bones themselves.
    """
    points, pushed, feasible = points.copy(), np.zeros(len(points)), True
    rows, bone_distance = _measure_exhausted(limits, points, jaw, known)
    if limits.over is not None and _bring_back(
        limits, points, pushed, rows, bone_distance, jaw, safe, quick
    ):
        rows, bone_distance = _measure_exhausted(limits, points, jaw, known)
    outside, excess = _outside(limits, bone_distance, rows)
    rounds = QUICK_SOFT_ROUNDS if quick else SOFT_ROUNDS
    for _ in range(rounds if soft else 0):
        if not len(outside):
            break
        moved = rows[outside]
        outward = limits.bones.outward(points[moved], jaw, excess.bone)
        pushed[moved] += excess.amount
        points += with_surroundings(limits, moved, excess.amount[:, None] * outward)
        rows, bone_distance = _measure_exhausted(limits, points, jaw, known)
        outside, excess = _outside(limits, bone_distance, rows)
    if len(outside):
        by_fields = np.zeros((len(outside), 0), bool)
        feasible = _push_alone(limits, points, pushed, rows[outside], jaw, safe, by_fields, known)
        rows, bone_distance = _measure_exhausted(limits, points, jaw, known)
    if quick and limits.over is not None:
        deep = look_roughly(limits, points, jaw, safe, known)
        left = bool(len(deep))
        if left:
            _push_deep(limits, points, pushed, deep, True)
        rows, bone_distance = _measure_exhausted(limits, points, jaw, known)
        left |= not _push_touching(
            limits, points, pushed, rows, jaw, safe, bone_distance, known, QUICK_ROUNDS
        )
        return Projected(points, pushed, feasible, left)
    feasible &= _push_touching(limits, points, pushed, rows, jaw, safe, bone_distance, known)
    if limits.over is not None:
        feasible &= _push_between(limits, points, pushed, jaw, safe, known, soft)
    return Projected(points, pushed, feasible)


def _bring_back(
    limits: TissueLimits,
    points: np.ndarray,
    pushed: np.ndarray,
    rows: np.ndarray,
    bone_distance: np.ndarray,
    jaw: np.ndarray,
    safe: np.ndarray,
    quick: bool = False,
) -> bool:
    """Bring back the vertices ``rows`` [N] of ``points`` that went through a tooth on their way from ``safe``.

    Pushed to the nearest outside they would stay behind it, and the skin beside them in it. Whether there were any;
    ``bone_distance`` [N, 2] mm by the fields.
    """
    if quick:
        way = points[rows] - safe[rows]
        far = np.flatnonzero(np.einsum("vc,vc->v", way, way) > TOOTH_MM**2)
        rows, bone_distance = rows[far], bone_distance[far]
    through, push = limits.bones.gone_through(safe[rows], points[rows], jaw, bone_distance)
    moved = rows[through]
    if not len(moved):
        return False
    points += with_surroundings(limits, moved, push)
    pushed[moved] += np.linalg.norm(push, axis=1)
    return True


def _push_touching(
    limits: TissueLimits,
    points: np.ndarray,
    pushed: np.ndarray,
    rows: np.ndarray,
    jaw: np.ndarray,
    safe: np.ndarray,
    bone_distance: np.ndarray,
    known: KnownSlack,
    rounds: int | None = None,
) -> bool:
    """Push those of the vertices ``rows`` that touch a bone out of it, by the bones themselves; whether all are."""
    touch = np.flatnonzero(bone_distance.min(axis=1) < TOUCHING_MM)
    touch = touch[known.touching.exhausted(points[rows[touch]], jaw, rows[touch])]
    near = bone_distance[touch]
    return _push_alone(limits, points, pushed, rows[touch], jaw, safe, near, known, rounds)


def _push_between(
    limits: TissueLimits,
    points: np.ndarray,
    pushed: np.ndarray,
    jaw: np.ndarray,
    safe: np.ndarray,
    known: KnownSlack,
    soft: bool,
) -> bool:
    """Push edges and faces between the vertices of ``points`` [V, 3] out of bone; whether all are out.

    Arguments as of :func:`_push_alone`.
    """
    feasible = True
    for step in range(BETWEEN_ROUNDS + BACK_ROUNDS):
        deep = _too_deep(limits, points, jaw, safe, known)
        if not len(deep):
            return feasible
        back = safe if step >= BETWEEN_ROUNDS else None
        _push_deep(limits, points, pushed, deep, soft and step < SOFT_ROUNDS, back)
        rows, bone_distance = _measure_exhausted(limits, points, jaw, known)
        if _bring_back(limits, points, pushed, rows, bone_distance, jaw, safe):
            rows, bone_distance = _measure_exhausted(limits, points, jaw, known)
        feasible = _push_touching(limits, points, pushed, rows, jaw, safe, bone_distance, known)
    return False


def look_roughly(
    limits: TissueLimits, points: np.ndarray, jaw: np.ndarray, safe: np.ndarray, known: KnownSlack
) -> Deep | None:
    """What roughly lies in bone of skin [V, 3] mm under a jaw [4, 4]; ``known`` is updated."""
    if limits.over is None:
        return None
    if known.rough is None:
        known.rough = KnownRoom(len(points))
    return roughly_deep(limits.over, points, jaw, known.rough, safe)


def _too_deep(
    limits: TissueLimits, points: np.ndarray, jaw: np.ndarray, safe: np.ndarray, known: KnownSlack
) -> Deep:
    if known.over is None:
        known.over = KnownRoom(len(points))
    return limits.over.too_deep(points, jaw, known.over, safe)


def _push_deep(
    limits: TissueLimits,
    points: np.ndarray,
    pushed: np.ndarray,
    deep: Deep,
    soft: bool,
    back: np.ndarray | None = None,
) -> None:
    """Push the corners of what lies too deep, with their surroundings where ``soft`` and far; or ``back`` [V, 3]."""
    moved, push = deep.at_corners()
    if back is not None:
        push = BACK * (back - points)[moved]
    if soft and deep.worst_mm > FOLLOWED_MM:
        points += with_surroundings(limits, moved, push)
    else:
        points[moved] += push
    pushed[moved] += np.linalg.norm(push, axis=1)


def _measure_exhausted(
    limits: TissueLimits, points: np.ndarray, jaw: np.ndarray, known: KnownSlack
) -> tuple[np.ndarray, np.ndarray]:
    """Vertices [N] that may have left their limits, and their distances [N, 2] mm from the bones, by the fields."""
    rows, still = known.exhausted_and_still(points, jaw)
    bone_distance = known.bone_distance(rows)
    moved = np.flatnonzero(~still)
    measured = rows[moved]
    bone_distance[moved] = limits.bones.distances(points[measured], jaw)
    slack = limits.slack(bone_distance[moved], measured)
    known.record(measured, points[measured], jaw, slack, bone_distance[moved])
    return rows, bone_distance


def _outside(
    limits: TissueLimits, bone_distance: np.ndarray, rows: np.ndarray
) -> tuple[np.ndarray, Excess]:
    """Which of the vertices ``rows`` [N] are outside their limits at ``bone_distance`` [N, 2] mm, and how far."""
    excess = limits.excess(bone_distance, rows)
    outside = np.flatnonzero(np.abs(excess.amount) > TOLERANCE_MM)
    return outside, Excess(excess.amount[outside], excess.bone[outside])


def _push_alone(
    limits: TissueLimits,
    points: np.ndarray,
    pushed: np.ndarray,
    rows: np.ndarray,
    jaw: np.ndarray,
    safe: np.ndarray,
    by_fields: np.ndarray,
    known: KnownSlack,
    rounds: int | None = None,
) -> bool:
    """Push the vertices ``rows`` [N] of ``points`` [V, 3] until they keep their limits; whether all do.

    Args:
        limits: of the face.
        points: [V, 3] mm, changed.
        pushed: [V] mm, to which the pushes are added.
        rows: [N].
        jaw: [4, 4].
        safe: [V, 3] mm.
        by_fields: [N, 2] mm, distances by the fields, if the bones themselves shall be measured; [N, 0] otherwise.
        known: its slack of skin that touches is updated.
        rounds: how many at most; by default as many as there are.
    """
    exact = bool(by_fields.size)
    for step in range(rounds or HARD_ROUNDS + BACK_ROUNDS):
        if not len(rows):
            break
        if exact:
            near = by_fields < 2 * TOUCHING_MM
            bone_distance, directions = limits.bones.measure(points[rows], jaw, near)
            slack = limits.exact_slack(bone_distance, rows) + TOLERANCE_MM
            slack = np.minimum(slack, TOUCHING_SLACK_MM)
            known.touching.record(rows, points[rows], jaw, slack)
        else:
            bone_distance = limits.bones.distances(points[rows], jaw)
        outside, excess = _outside(limits, bone_distance, rows)
        moved, amount, bone = rows[outside], excess.amount, excess.bone
        if step >= HARD_ROUNDS:
            points[moved] += BACK * (safe - points)[moved]
        elif exact:
            points[moved] += amount[:, None] * directions[outside][np.arange(len(moved)), bone]
        else:
            points[moved] += amount[:, None] * limits.bones.outward(points[moved], jaw, bone)
        pushed[moved] += amount
        rows, by_fields = moved, by_fields[outside]
    return not len(rows)
