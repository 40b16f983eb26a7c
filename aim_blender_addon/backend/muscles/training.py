# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Poses that correctives learn from, as an animator would make them, and what the muscles add in each."""

import numpy as np
import torch

from ..model.aim import AimModel
from ..progress import Progress
from .controls import jaw_reach
from .drawn import added_shape
from .drive import Drive
from .equilibrium import Equilibrium, Stop
from .even_skin import EvenSkin
from .flesh import Flesh
from .frames import Frames
from .settle import pose_slopes
from .take import Poses

#: Near enough for a shape; Newton's next step would be far shorter.
STOP = Stop(close_mm=1e-3)
#: Steps along slopes that are known: of weights, and of the jaw's radians and mm.
STEP, JAW_STEPS = 0.02, (0.002, 0.04, 0.04, 0.04)
#: Slopes of all poses take at most so much memory.
SLOPES_BYTES = 250e6
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
        free = self._free(pose)
        return None if free is None else self._shown(pose, free, self._carried(pose, free))

    def with_slopes(self, pose: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
        """The same, and its slopes [E + 4, S, 3] by weights and jaw parameters."""
        free = self._free(pose)
        if free is None:
            return None
        carried = self._carried(pose, free)
        ways = pose_slopes(self.drive, self.solver, free, pose[:-4], pose[-4:])
        added = self._shown(pose, free, carried)
        slopes = np.zeros((len(pose), *added.shape))
        for channel, size in enumerate(np.r_[np.full(len(pose) - 4, STEP), JAW_STEPS]):
            step = size * np.eye(len(pose))[channel]
            way, nodes = (size * part[:, :, channel] for part in (ways.skin, ways.nodes))
            # Nearly linear in the weights; the jaw turns what is added.
            up, down = (
                self._shown(pose + s * step, free + s * nodes, carried + s * way) for s in (1, -1)
            )
            slopes[channel] = (up - down) / (2 * size)
        return added, slopes

    def of(self, poses: np.ndarray, progress: Progress, sloped: int = 0) -> Frames:
        """The poses [T, E + 4] that came to rest; the first ``sloped`` of them with slopes."""
        kept, found, slopes = [], [], []
        for number, pose in enumerate(poses):
            progress(
                "simulating poses",
                number / len(poses),
                {"frame": number + 1, "frames": len(poses)},
            )
            if len(kept) < sloped:
                both = self.with_slopes(pose)
                added = None if both is None else both[0]
                if both is not None:
                    slopes.append(both[1].astype(np.float32))
            else:
                added = self.added(pose)
            if added is not None:
                kept.append(pose)
                found.append(added.astype(np.float32))
        return Frames(
            np.array(kept).reshape(-1, poses.shape[1]),
            np.array(found, np.float32).reshape(len(found), -1, 3),
            np.stack(slopes) if slopes else None,
        )

    def most_sloped(self) -> int:
        """With so many poses slopes take no more memory than they may."""
        each = 4 * 3 * len(self.flesh.skin) * (len(self.model.expression_names) + 4)
        return int(SLOPES_BYTES // each)

    def _free(self, pose: np.ndarray) -> np.ndarray | None:
        weights, jaw = pose[:-4], pose[-4:]
        drive = self.drive
        solved = self.solver.newton(drive.passive_of(jaw), drive.pull_of(weights, jaw))
        return solved.free if solved.converged else None

    def _carried(self, pose: np.ndarray, free: np.ndarray) -> np.ndarray:
        at = torch.as_tensor(pose[:-4]), torch.as_tensor(pose[-4:])
        return self.drive.skin(torch.as_tensor(free), *at).numpy()

    def _shown(self, pose: np.ndarray, free: np.ndarray, carried: np.ndarray) -> np.ndarray:
        """[S, 3] mm what the shown skin adds, before the jaw moves it; of nodes and of skin that they carry."""
        weights, jaw, rows = pose[:-4], pose[-4:], self.flesh.skin
        plain = self.model.skin(weights.astype(np.float32), self.model.joint.pose(jaw))[rows]
        skin = self._even.shown(free, pose, carried, plain.astype(float))
        return added_shape(self.model, weights, jaw, skin, rows)
