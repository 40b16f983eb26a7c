# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Poses that correctives learn from, as an animator would make them, and what the muscles add in each."""

import numpy as np

from ..model.aim import AimModel
from ..progress import Progress
from .controls import jaw_reach
from .drawn import added_shape
from .drive import Drive
from .equilibrium import Equilibrium, Stop
from .even_skin import EvenSkin
from .flesh import Flesh
from .take import Poses

#: Near enough for a shape; Newton's next step would be far shorter.
STOP = Stop(close_mm=1e-3)
#: So many expressions at once, at most.
TOGETHER = 4
#: Shares of expressions that are full on, and half on; the others are anywhere between.
FULL, HALF = 0.4, 0.2
#: How often the jaw opens, and how often it does each of its other ways.
OPENS, GOES = 0.7, 0.35


def together(motions: np.ndarray) -> np.ndarray:
    """[E, E] how likely a pose has two expressions together, by the skin that both move; [E, V] mm."""
    shared = np.array([[np.minimum(one, other).sum() for other in motions] for one in motions])
    np.fill_diagonal(shared, 0.0)
    total = shared.sum(axis=1, keepdims=True)
    even = 1.0 / max(len(motions) - 1, 1)
    likely = np.where(total > 0, shared / np.maximum(total, 1e-12), even)
    np.fill_diagonal(likely, 0.0)
    return likely


def random_poses(
    model: AimModel, count: int, seed: int = 0, likely: np.ndarray | None = None
) -> np.ndarray:
    """[T, E + 4] poses: one to four expressions, full, half or in between, and the jaw over its range.

    Args:
        model: the actor.
        count: T.
        seed: another one makes other poses.
        likely: [E, E] of :func:`together`; None for expressions that have nothing to do with each other.
    """
    random, expressions = np.random.default_rng(seed), len(model.expression_names)
    reach, poses = jaw_reach(model), np.zeros((count, expressions + 4))
    for pose in poses:
        number = int(random.integers(1, min(TOGETHER, expressions) + 1))
        picked = _picked(random, expressions, number, likely)
        kind, free = random.random(number), random.uniform(0.1, 1.0, number)
        pose[picked] = np.where(kind < FULL, 1.0, np.where(kind < FULL + HALF, 0.5, free))
        moves = random.random(4) < [OPENS, GOES, GOES, GOES]
        share = random.uniform([0, 0, -1, -1], 1.0)
        pose[expressions:] = moves * share * reach
    return poses


def _picked(
    random: np.random.Generator, expressions: int, number: int, likely: np.ndarray | None
) -> list[int]:
    """Numbers of the expressions of a pose."""
    picked = [int(random.integers(expressions))]
    while len(picked) < number:
        chance = np.full(expressions, 1e-3) if likely is None else likely[picked].sum(axis=0) + 1e-3
        chance[picked] = 0.0
        picked.append(int(random.choice(expressions, p=chance / chance.sum())))
    return picked


def with_take(poses: np.ndarray, take: Poses) -> np.ndarray:
    """Poses [T, E + 4], and frames of a take: half as many at most, evenly spread."""
    count = min(len(take.weights), len(poses) // 2)
    at = np.unique(np.linspace(0, len(take.weights) - 1, count).round().astype(int))
    return np.concatenate([poses, np.hstack([take.weights[at], take.jaw[at]])])


class Corrections:
    """What an actor's flesh adds to its shapes, pose by pose.

    Args:
        flesh: with tracks.
        model: the actor.
    """

    def __init__(self, flesh: Flesh, model: AimModel) -> None:
        self.drive, self.solver = Drive(flesh), Equilibrium(flesh.elastic, flesh.blocks, STOP)
        self.model, self.flesh = model, flesh
        self._even = EvenSkin(model, self.drive)

    def added(self, pose: np.ndarray) -> np.ndarray | None:
        """[S, 3] mm in a pose [E + 4], before the jaw moves it; None where the flesh does not come to rest."""
        weights, jaw = pose[:-4], pose[-4:]
        drive = self.drive
        solved = self.solver.newton(drive.passive_of(jaw), drive.pull_of(weights, jaw))
        if not solved.converged:
            return None
        skin = self._even.whole(solved.free, weights, jaw)[self.flesh.skin]
        return added_shape(self.model, weights, jaw, skin, self.flesh.skin)

    def of(self, poses: np.ndarray, progress: Progress) -> tuple[np.ndarray, np.ndarray]:
        """The poses [T, E + 4] that came to rest, and [T, S, 3] float32 mm what is added in each."""
        kept, found = [], []
        for number, pose in enumerate(poses):
            progress(
                "simulating poses",
                number / len(poses),
                {"frame": number + 1, "frames": len(poses)},
            )
            added = self.added(pose)
            if added is not None:
                kept.append(pose)
                found.append(added.astype(np.float32))
        return np.array(kept).reshape(-1, poses.shape[1]), np.array(found).reshape(
            len(found), -1, 3
        )
