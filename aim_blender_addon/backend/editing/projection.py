# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Skin brought within the limits of bone and tissue."""

from dataclasses import dataclass, replace

import numpy as np

from ..geometry.rigid import undo_rigid
from .limits import TOUCHING_MM, Excess, TissueLimits

#: Rings of vertices over which a push fades out, and how much is left from ring to ring.
RINGS, FADING = 8, 0.8
#: Rounds of pushing with the surroundings taken along, of pushing alone, and of pushing and drawing back.
SOFT_ROUNDS, HARD_ROUNDS, BACK_ROUNDS = 2, 6, 12
#: Where so many vertices were pushed by more than this, mm, their ways are smoothed so many times, in so many rounds.
MANY, FAR_MM, SMOOTHINGS, SMOOTH_ROUNDS = 10, 2.0, 2, 4
#: What may be left, mm.
TOLERANCE_MM = 0.005
#: Skin that touches a bone is taken to stay within its limits without a look for so far at most, mm: another bone,
#: which was not looked at, may be that near.
SURE_MM = 0.5
#: Part of the way back to a safe place that is taken in a round by what two bones push to and fro.
BACK = 0.4


class Known:
    """Where skin was looked at last, and how far it may move from there and surely keep its limits.

    A distance changes by no more than a point moves, in the head for the skull and in the jaw for the jaw. What is
    known spares looking, it changes no result: skin that is not looked at again is within its limits for certain.

    Args:
        points: [V, 3] mm, skin.
        jaw: [4, 4] its jaw.
        slack: [V] mm how far it may move from there, as of :meth:`.limits.TissueLimits.slack`; below zero where it is
            not known to be within its limits.
        touching: the same of skin that touches bones, by these themselves.
    """

    def __init__(
        self,
        points: np.ndarray,
        jaw: np.ndarray,
        slack: np.ndarray,
        touching: "Known | None" = None,
    ):
        self._points, self._in_jaw = points.copy(), undo_rigid(points, jaw)
        self._room = np.where(slack < 0, -1.0, slack**2)
        self.touching = touching

    @classmethod
    def nothing(cls, points: np.ndarray, jaw: np.ndarray) -> "Known":
        """Nothing is known of skin [V, 3] mm yet."""
        none = np.full(len(points), -1.0)
        return cls(points, jaw, none, cls(points, jaw, none))

    def in_question(
        self, points: np.ndarray, jaw: np.ndarray, rows: np.ndarray | slice = slice(None)
    ) -> np.ndarray:
        """Which [N] bool of the vertices ``rows`` [N], now at ``points`` [N, 3] mm, may have left their limits."""
        way = points - self._points[rows]
        far = np.einsum("vc,vc->v", way, way)
        way = undo_rigid(points, jaw) - self._in_jaw[rows]
        far = np.maximum(far, np.einsum("vc,vc->v", way, way))
        return far > self._room[rows]

    def learn(
        self, rows: np.ndarray, points: np.ndarray, jaw: np.ndarray, slack: np.ndarray
    ) -> None:
        """Take in that the vertices ``rows`` [N] at ``points`` [N, 3] have ``slack`` [N] mm."""
        self._points[rows], self._in_jaw[rows] = points, undo_rigid(points, jaw)
        self._room[rows] = np.where(slack < 0, -1.0, slack**2)


@dataclass(frozen=True)
class Projected:
    """Skin within its limits: ``points`` [V, 3] mm, how far each was ``pushed`` [V] mm off a bone (negative: pulled
    to it), and whether all found a place (``lawful``)."""

    points: np.ndarray
    pushed: np.ndarray
    lawful: bool

    @property
    def creased(self) -> bool:
        """Whether so many points were pushed so far that they may lie in steps."""
        return int((np.abs(self.pushed) > FAR_MM).sum()) >= MANY


def project(
    limits: TissueLimits,
    points: np.ndarray,
    jaw: np.ndarray,
    safe: np.ndarray,
    known: Known | None = None,
    soft: bool = True,
    quick: bool = False,
) -> Projected:
    """The points [V, 3] mm brought within the limits, smoothly where many are pushed far.

    Each point is pushed along its own slope of a distance, so that skin that a wide open jaw presses on comes out in
    steps: what they were pushed by is averaged over the neighbours, and what then is outside the limits pushed again.

    Args:
        limits: of the face.
        points: posed skin, head space.
        jaw: [4, 4].
        safe: [V, 3] where points go back to that find no place between two bones: the rest, taken along by the jaw.
        known: what is known of the distances already; it learns.
        soft: whether the surroundings go along; without, points that keep their limits stay where they are.
        quick: nothing is smoothed.
    """
    known = known or Known.nothing(points, jaw)
    done = _within(limits, points, jaw, safe, known, soft)
    for _ in range(SMOOTHINGS if soft and not quick else 0):
        if not done.creased:
            break
        far = np.flatnonzero(np.abs(done.pushed) > FAR_MM)
        rows = np.unique(limits.spread[np.unique(limits.spread[far].indices)].indices)
        spread, way = limits.spread[rows], done.points - points
        for _ in range(SMOOTH_ROUNDS):
            way[rows] = (way[rows] + spread @ way) / 2
        again = _within(limits, points + way, jaw, safe, known, soft)
        if done.lawful and not again.lawful:
            break
        done = replace(again, pushed=done.pushed + again.pushed)
    return done


def _within(
    limits: TissueLimits,
    points: np.ndarray,
    jaw: np.ndarray,
    safe: np.ndarray,
    known: Known,
    soft: bool,
) -> Projected:
    """:func:`project` without the smoothing.

    The surroundings go along with what is pushed, so that no crease stays; what is then left is pushed alone, by the
    fields and at last, where skin touches bone, by the bones themselves.
    """
    points, pushed, lawful = points.copy(), np.zeros(len(points)), True
    rows, away = _look_again(limits, points, jaw, known)
    wrong, excess = _wrong(limits, away, rows)
    for _ in range(SOFT_ROUNDS if soft else 0):
        if not len(wrong):
            break
        there = rows[wrong]
        push = excess.amount[:, None] * limits.bones.outward(points[there], jaw, excess.which)
        pushed[there] += excess.amount
        points += with_surroundings(limits, there, push)
        rows, away = _look_again(limits, points, jaw, known)
        wrong, excess = _wrong(limits, away, rows)
    if len(wrong):
        none = np.zeros((len(wrong), 0), bool)
        lawful = _push_alone(limits, points, pushed, rows[wrong], jaw, safe, none, known)
        rows, away = _look_again(limits, points, jaw, known)
    touch = np.flatnonzero(away.min(axis=1) < TOUCHING_MM)
    touch = touch[known.touching.in_question(points[rows[touch]], jaw, rows[touch])]
    lawful &= _push_alone(limits, points, pushed, rows[touch], jaw, safe, away[touch], known)
    return Projected(points, pushed, lawful)


def with_surroundings(limits: TissueLimits, there: np.ndarray, push: np.ndarray) -> np.ndarray:
    """Displacements [V, 3] mm that fade out around the vertices ``there`` [N], which are pushed by ``push`` [N, 3]."""
    within = np.zeros(limits.spread.shape[0], bool)
    within[there] = True
    edge = there
    for _ in range(RINGS):  # the rest of the face is not reached
        edge = np.unique(limits.spread[edge].indices)
        edge = edge[~within[edge]]
        within[edge] = True
    rows = np.flatnonzero(within)
    spread, pushed = limits.spread[rows][:, rows], np.searchsorted(rows, there)
    carried = np.zeros((len(rows), 3))
    for _ in range(RINGS):
        carried[pushed] = push
        carried = FADING * (spread @ carried)
    carried[pushed] = push
    everywhere = np.zeros((len(within), 3))
    everywhere[rows] = carried
    return everywhere


def _look_again(
    limits: TissueLimits, points: np.ndarray, jaw: np.ndarray, known: Known
) -> tuple[np.ndarray, np.ndarray]:
    """Vertices [N] whose distances are not known well enough, and these, [N, 2] mm, by the fields."""
    rows = np.flatnonzero(known.in_question(points, jaw))
    away = limits.bones.distances(points[rows], jaw)
    known.learn(rows, points[rows], jaw, limits.slack(away, rows))
    return rows, away


def _wrong(limits: TissueLimits, away: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, Excess]:
    """Which of the vertices ``rows`` [N], ``away`` [N, 2] mm, are outside their limits, and by what."""
    excess = limits.excess(away, rows)
    wrong = np.flatnonzero(np.abs(excess.amount) > TOLERANCE_MM)
    return wrong, Excess(excess.amount[wrong], excess.which[wrong])


def _push_alone(
    limits: TissueLimits,
    points: np.ndarray,
    pushed: np.ndarray,
    rows: np.ndarray,
    jaw: np.ndarray,
    safe: np.ndarray,
    seen: np.ndarray,
    known: Known,
) -> bool:
    """Push the vertices ``rows`` [N] of ``points`` [V, 3] until they keep their limits; whether all found a place.

    Args:
        limits: of the face.
        points: [V, 3] mm, changed.
        pushed: [V] mm, what was pushed is added.
        rows: [N].
        jaw: [4, 4].
        safe: [V, 3] mm.
        seen: [N, 2] distances by the fields, if the bones themselves shall be looked at; [N, 0] if the fields do.
        known: what skin that touches is found to be far from its limits by is kept there.
    """
    exact = bool(seen.size)
    for step in range(HARD_ROUNDS + BACK_ROUNDS):
        if not len(rows):
            break
        if exact:
            away, ways = limits.bones.look(points[rows], jaw, seen < 2 * TOUCHING_MM)
            slack = np.minimum(limits.exact_slack(away, rows) + TOLERANCE_MM, SURE_MM)
            known.touching.learn(rows, points[rows], jaw, slack)
        else:
            away = limits.bones.distances(points[rows], jaw)
        wrong, excess = _wrong(limits, away, rows)
        there, amount, which = rows[wrong], excess.amount, excess.which
        if step >= HARD_ROUNDS:
            points[there] += BACK * (safe - points)[there]
        elif exact:
            points[there] += amount[:, None] * ways[wrong][np.arange(len(there)), which]
        else:
            points[there] += amount[:, None] * limits.bones.outward(points[there], jaw, which)
        pushed[there] += amount
        rows, seen = there, seen[wrong]
    return not len(rows)
