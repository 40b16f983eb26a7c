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
from .match_face import MuscleFace, Places
from .settle import pose_slopes
from .take import Poses
from .touch_slopes import ShownSlopes
from .touching import Touching

#: Near enough for a shape; Newton's next step would be far shorter.
STOP = Stop(close_mm=1e-3)
#: Steps along slopes that are known: of weights, and of the jaw's radians and mm.
STEP, JAW_STEPS = 0.1, (0.01, 0.2, 0.2, 0.2)
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
        touching: what the skin touches; None for nothing. Slopes leave out how edges are held off bone.
    """

    def __init__(self, flesh: Flesh, model: AimModel, touching: Touching | None = None) -> None:
        couples = np.zeros((0, 2), int) if touching is None else touching.couples
        self.drive = Drive(flesh)
        self.solver = Equilibrium(flesh.elastic, flesh.blocks, STOP, couples=couples)
        self.model, self.flesh, self.touching = model, flesh, touching
        self._even = EvenSkin(model, self.drive)
        places = Places.at_vertices(flesh.skin)
        self._face = MuscleFace(flesh, model, places, self.solver, touching)

    def added(self, pose: np.ndarray) -> np.ndarray | None:
        """[S, 3] mm in a pose [E + 4], before the jaw moves it; None where the flesh does not come to rest."""
        free = self._free(pose)
        return None if free is None else self._added(pose, self._shown(pose, free))

    def with_slopes(self, pose: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
        """The same, and its slopes [E + 4, S, 3] by weights and jaw parameters."""
        free = self._free(pose)
        if free is None:
            return None
        shown = self._shown(pose, free)
        ways = self._shown_slopes(pose, free)
        slopes = np.zeros_like(ways)
        for channel, step in enumerate(_steps(pose)):
            # Linear in the weights; the jaw turns what is added.
            size = step[channel]
            up, down = (
                self._added(pose + s * step, shown + s * size * ways[channel]) for s in (1, -1)
            )
            slopes[channel] = (up - down) / (2 * size)
        return self._added(pose, shown), slopes

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

    def at_scans(self, scans: np.ndarray) -> np.ndarray:
        """[E, S, 3] mm what contact adds at scans [E, E + 4]; nothing where the flesh does not come to rest."""
        found = [self.added(pose) for pose in scans]
        none = np.zeros((len(self.flesh.skin), 3))
        return np.array([none if one is None else one for one in found])

    def most_sloped(self) -> int:
        """With so many poses slopes take no more memory than they may."""
        each = 4 * 3 * len(self.flesh.skin) * (len(self.model.expression_names) + 4)
        return int(SLOPES_BYTES // each)

    def _free(self, pose: np.ndarray) -> np.ndarray | None:
        weights, jaw = pose[:-4], pose[-4:]
        drive = self.drive
        if self.touching is not None:
            offset = self.touching.offset(torch.as_tensor(weights), torch.as_tensor(jaw)).numpy()
            pose_of_jaw = self.model.joint.pose(jaw)
            self.solver.touch = self.touching.posed(offset, pose_of_jaw, self.solver.touch)
        solved = self.solver.newton(drive.passive_of(jaw), drive.pull_of(weights, jaw))
        return solved.free if solved.converged else None

    def _carried(self, pose: np.ndarray, free: np.ndarray) -> np.ndarray:
        at = torch.as_tensor(pose[:-4]), torch.as_tensor(pose[-4:])
        return self.drive.skin(torch.as_tensor(free), *at).numpy()

    def _evened(self, pose: np.ndarray, carried: np.ndarray) -> np.ndarray:
        """[S, 3] mm skin that the flesh carries, without creases."""
        jaw = self.model.joint.pose(pose[-4:])
        plain = self.model.skin(pose[:-4].astype(np.float32), jaw)[self.flesh.skin]
        return self._even.evened(carried, plain.astype(float))

    def _shown(self, pose: np.ndarray, free: np.ndarray) -> np.ndarray:
        """[S, 3] mm the skin of a frame, off what it touches."""
        even = self._evened(pose, self._carried(pose, free))
        if self.solver.touch is None:
            return even
        return self._even.handed_out(self.solver.touch, free, even)

    def _added(self, pose: np.ndarray, skin: np.ndarray) -> np.ndarray:
        """[S, 3] mm what a skin [S, 3] mm adds to the shapes, before the jaw moves it."""
        return added_shape(self.model, pose[:-4], pose[-4:], skin, self.flesh.skin)

    def _shown_slopes(self, pose: np.ndarray, free: np.ndarray) -> np.ndarray:
        """Slopes [E + 4, S, 3] of :meth:`_shown` by weights and jaw parameters."""
        weights, jaw = pose[:-4], pose[-4:]
        plain, moves = self._face.plain(weights, jaw)

        def show(shown: ShownSlopes, nodes: np.ndarray) -> np.ndarray:
            return self._even.shown_slopes(shown, nodes, plain, moves)

        skin = pose_slopes(self.drive, self.solver, free, weights, jaw, show).skin
        if self.solver.touch is None:
            skin = self._even.evened(skin, moves)
        return skin.transpose(2, 0, 1)


def _steps(pose: np.ndarray) -> np.ndarray:
    """[E + 4, E + 4] steps of a pose [E + 4], one for each weight and jaw parameter."""
    return np.diag(np.r_[np.full(len(pose) - 4, STEP), JAW_STEPS])
