# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Skin brought within the limits of bone and tissue."""

from dataclasses import dataclass

import numpy as np

from .limits import TOUCHING_MM, TissueLimits

#: Rings of vertices over which a push fades out, and how much is left from ring to ring.
RINGS, FADING = 8, 0.8
#: Rounds of pushing with the surroundings taken along, of pushing alone, and of pushing and drawing back.
SOFT_ROUNDS, HARD_ROUNDS, BACK_ROUNDS = 2, 6, 12
#: What may be left, mm.
TOLERANCE_MM = 0.005
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
    """

    def __init__(self, points: np.ndarray, jaw: np.ndarray, slack: np.ndarray):
        self._points, self._in_jaw = points.copy(), _into_jaw(points, jaw)
        self._room = np.where(slack < 0, -1.0, slack**2)

    def in_question(self, points: np.ndarray, jaw: np.ndarray) -> np.ndarray:
        """Numbers of the vertices of skin [V, 3] mm that may have left their limits."""
        way = points - self._points
        far = np.einsum("vc,vc->v", way, way)
        way = _into_jaw(points, jaw) - self._in_jaw
        far = np.maximum(far, np.einsum("vc,vc->v", way, way))
        return np.flatnonzero(far > self._room)

    def learn(
        self, rows: np.ndarray, points: np.ndarray, jaw: np.ndarray, slack: np.ndarray
    ) -> None:
        """Take in that the vertices ``rows`` [N] at ``points`` [N, 3] have ``slack`` [N] mm."""
        self._points[rows], self._in_jaw[rows] = points, _into_jaw(points, jaw)
        self._room[rows] = np.where(slack < 0, -1.0, slack**2)


@dataclass(frozen=True)
class Projected:
    """Skin within its limits: ``points`` [V, 3] mm, how far each was ``pushed`` [V] mm off a bone (negative: pulled
    to it), and whether all found a place (``lawful``)."""

    points: np.ndarray
    pushed: np.ndarray
    lawful: bool


def project(
    limits: TissueLimits,
    points: np.ndarray,
    jaw: np.ndarray,
    safe: np.ndarray,
    known: Known | None = None,
) -> Projected:
    """The points [V, 3] mm brought within the limits.

    The surroundings go along with what is pushed, so that no crease stays; what is then left is pushed alone, by the
    fields and at last, where skin touches bone, by the bones themselves.

    Args:
        limits: of the face.
        points: posed skin, head space.
        jaw: [4, 4].
        safe: [V, 3] where points go back to that find no place between two bones: the rest, taken along by the jaw.
        known: what is known of the distances already; it learns.
    """
    known = known or Known(points, jaw, np.full(len(points), -1.0))
    points, pushed = points.copy(), np.zeros(len(points))
    for _ in range(SOFT_ROUNDS):
        rows, away = _look_again(limits, points, jaw, known)
        excess = limits.excess(away, rows)
        wrong = np.abs(excess.amount) > TOLERANCE_MM
        if not wrong.any():
            break
        there = rows[wrong]
        push = excess.amount[wrong, None] * limits.bones.outward(
            points[there], jaw, excess.which[wrong]
        )
        pushed[there] += excess.amount[wrong]
        points += _with_surroundings(limits, there, push)
    rows, away = _look_again(limits, points, jaw, known)
    rows = rows[np.abs(limits.excess(away, rows).amount) > TOLERANCE_MM]
    none = np.zeros((len(rows), 0), bool)
    lawful = _push_alone(limits, points, pushed, rows, jaw, safe, none)
    rows, away = _look_again(limits, points, jaw, known)
    touch = away.min(axis=1) < TOUCHING_MM
    lawful &= _push_alone(limits, points, pushed, rows[touch], jaw, safe, away[touch])
    return Projected(points, pushed, lawful)


def _look_again(
    limits: TissueLimits, points: np.ndarray, jaw: np.ndarray, known: Known
) -> tuple[np.ndarray, np.ndarray]:
    """Vertices [N] whose distances are not known well enough, and these, [N, 2] mm, by the fields."""
    rows = known.in_question(points, jaw)
    away = limits.bones.distances(points[rows], jaw)
    known.learn(rows, points[rows], jaw, limits.slack(away, rows))
    return rows, away


def _with_surroundings(limits: TissueLimits, there: np.ndarray, push: np.ndarray) -> np.ndarray:
    """Displacements [V, 3] mm that fade out around the vertices ``there`` [N], which are pushed by ``push`` [N, 3]."""
    carried = np.zeros((limits.spread.shape[0], 3))
    for _ in range(RINGS):
        carried[there] = push
        carried = FADING * (limits.spread @ carried)
    carried[there] = push
    return carried


def _push_alone(
    limits: TissueLimits,
    points: np.ndarray,
    pushed: np.ndarray,
    rows: np.ndarray,
    jaw: np.ndarray,
    safe: np.ndarray,
    seen: np.ndarray,
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
    """
    exact = bool(seen.size)
    for step in range(HARD_ROUNDS + BACK_ROUNDS):
        if not len(rows):
            break
        if exact:
            away, ways = limits.bones.look(points[rows], jaw, seen < 2 * TOUCHING_MM)
        else:
            away = limits.bones.distances(points[rows], jaw)
        excess = limits.excess(away, rows)
        wrong = np.abs(excess.amount) > TOLERANCE_MM
        there, amount, which = rows[wrong], excess.amount[wrong], excess.which[wrong]
        if step >= HARD_ROUNDS:
            points[there] += BACK * (safe - points)[there]
        elif exact:
            points[there] += amount[:, None] * ways[wrong][np.arange(len(there)), which]
        else:
            points[there] += amount[:, None] * limits.bones.outward(points[there], jaw, which)
        pushed[there] += amount
        rows, seen = there, seen[wrong]
    return not len(rows)


def _into_jaw(points: np.ndarray, jaw: np.ndarray) -> np.ndarray:
    return (points - jaw[:3, 3]) @ jaw[:3, :3]
