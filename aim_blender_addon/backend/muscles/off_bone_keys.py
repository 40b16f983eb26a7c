# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Correctives of a baked rig that keep its skin off bone and teeth in poses that nobody simulated.

Looking whether a pose of the rig lies in bone takes some hundredths of a second, a simulation seconds. So the rig is
posed at random, many times. Where its skin lies in bone, the way out is one more thing to learn for the shapes that
correctives have, and for some more. What is out already is to stay as it is, softly. This is done in rounds, since
skin that one pose moves may go into bone in another. See docs/method/muscles_reduced.md.
"""

from dataclasses import dataclass

import numpy as np

from ..geometry.skinning import skin_with_jaw, undo_jaw
from ..model.aim import AimModel
from ..progress import Progress, section, silent
from .distil import Distilled, all_products, product_values
from .touching import HELD_ROUNDS, Touching
from .training import random_poses

#: No point of a baked skin is to lie deeper in bone, mm.
ASKED_MM = 0.3
#: Pushes shorter than this are none, mm.
LEAST_MM = 0.02
#: A push goes no farther than this, mm.
MOST_MM = 4.0
#: Poses that are drawn in a stage: so many for each of its shapes, and no more than these.
POSES_EACH, MOST_POSES = 100, 800
#: Poses that tell how deep the rig still lies have seeds of their own.
CHECK_SEED = 7919


@dataclass(frozen=True)
class OffBoneSettings:
    """How skin is kept off bone.

    Attributes:
        more: shapes that may be added to those there are, in each stage.
        poses: that are drawn in each stage.
        rounds: of pushing in each stage.
        margin_mm: pushes go so much farther, as shapes follow them only in part.
        firm: how much a pose whose skin is out counts beside one whose skin is not.
        ridge: of a shape's length over the poses that it is held back by.
        again: share of the poses that were out which a round looks at, too.
        checked: poses that tell how deep the rig still lies.
    """

    more: tuple[int, ...] = (40, 40, 20)
    poses: tuple[int, ...] = (MOST_POSES,) * 3
    rounds: int = 4
    margin_mm: float = 0.3
    firm: float = 0.05
    ridge: float = 0.1
    again: float = 0.15
    checked: int = 100

    @classmethod
    def of(cls, most: int) -> "OffBoneSettings":
        """With so many more shapes, two fifths of them in each of the first two stages; few are taught by few poses."""
        first = -(-2 * most // 5)
        second = min(first, most - first)
        more = first, second, most - first - second
        return cls(more, tuple(min(MOST_POSES, POSES_EACH * count) for count in more))


@dataclass(frozen=True)
class StillDeep:
    """How deep a rig lies in bone in poses that it has not learned.

    Attributes:
        poses: how many.
        deep: in how many of them a point of the skin lies deeper than ``ASKED_MM`` beyond the rest.
        worst_mm: the deepest of all.
    """

    poses: int
    deep: int
    worst_mm: float


class BakedSkin:
    """The skin of a rig as it plays: its plain keys, correctives and the jaw bone.

    Args:
        model: the actor.
        touching: what the skin of its flesh touches, with bones.
    """

    def __init__(self, model: AimModel, touching: Touching) -> None:
        at, rows = model.evaluate(), touching.vertices
        self.model, self._hold = model, touching.hold
        self._rows = touching.rows_of_flesh
        self._rest = np.asarray(at.skin, float)[rows]
        self._moves = np.asarray(at.displacements, float)[:, rows]
        self._share = np.asarray(at.jaw_weight, float).reshape(-1)[rows]

    def pushed(self, pose: np.ndarray, added: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Rows [N] of the flesh's skin that lie in bone, and [N, 3] mm what brings them out before the jaw moves it.

        Args:
            pose: [E + 4].
            added: [S, 3] mm by correctives.
        """
        skin, jaw = self._posed(pose, added)
        safe = skin_with_jaw(self._rest, jaw, self._share)
        way = self._hold.held(skin, jaw, safe, HELD_ROUNDS, 0) - skin
        way *= np.minimum(1.0, MOST_MM / np.maximum(_length(way), MOST_MM))[..., None]
        moved = np.flatnonzero(_length(way[self._rows]) > LEAST_MM)
        rows = self._rows[moved]
        out, inside = (undo_jaw(s[rows], jaw, self._share[rows]) for s in (skin + way, skin))
        return moved, out - inside

    def depth(self, pose: np.ndarray, added: np.ndarray) -> float:
        """How deep the deepest point lies in bone beyond the rest, mm; as of :meth:`pushed`."""
        skin, jaw = self._posed(pose, added)
        return self._hold.over.too_deep(skin, jaw, corners=True).worst_mm

    def _posed(self, pose: np.ndarray, added: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The skin [T, 3] mm and the jaw [4, 4]."""
        skin = self._rest + np.tensordot(pose[:-4], self._moves, 1)
        skin[self._rows] += added
        jaw = self.model.joint.pose(pose[-4:])
        return skin_with_jaw(skin, jaw, self._share), jaw


def held_off_bone(  # noqa: PLR0913
    made: Distilled,
    skin: BakedSkin,
    scans: np.ndarray,
    likely: np.ndarray,
    progress: Progress = silent,
    settings: OffBoneSettings | None = None,
    seed: int = 0,
) -> Distilled:
    """The correctives with their skin kept off bone, and more of them.

    Args:
        made: what was learned from simulated poses.
        skin: of the rig.
        scans: [E, E + 4] their poses.
        likely: [E, E] how likely a pose has two expressions together.
        progress: where it stands.
        settings: how many, how firmly.
        seed: another one draws other poses.
    """
    settings = settings or OffBoneSettings()
    every, poses = all_products(made.controls), scans
    fit = _Fit(made, skin, settings)
    for stage, (more, count) in enumerate(zip(settings.more, settings.poses, strict=True)):
        poses = np.concatenate([poses, drawn(skin.model, count, seed + 2 * stage + 1, likely)])
        looked = np.ones(len(poses), bool)
        for number in range(settings.rounds):
            share = (stage + number / settings.rounds) / len(settings.more)
            part = section(progress, share, share + 1 / (settings.rounds * len(settings.more)))
            pushes = fit.pushes(poses, np.flatnonzero(looked), part)
            if number == 0:
                fit.choose(every, poses, pushes, more)
            fit.push(poses, pushes)
            deep = np.isin(
                np.arange(len(poses)), [n for n, (rows, _) in pushes.items() if len(rows)]
            )
            random = np.random.default_rng((seed, stage, number)).random(len(poses))
            looked = deep | (random < settings.again)
    return fit.made()


def drawn(model: AimModel, count: int, seed: int, likely: np.ndarray) -> np.ndarray:
    """[T, E + 4] random poses: half with expressions drawn evenly, half with such as move the same skin."""
    half = count // 2
    both = random_poses(model, half, seed), random_poses(model, count - half, seed + 1, likely)
    return np.concatenate(both)


def still_deep(
    made: Distilled,
    skin: BakedSkin,
    likely: np.ndarray,
    settings: OffBoneSettings | None = None,
) -> tuple[StillDeep, StillDeep]:
    """How deep the rig lies in bone in poses it has not learned: plain, and with its correctives."""
    settings = settings or OffBoneSettings()
    poses = drawn(skin.model, settings.checked, CHECK_SEED, likely)
    found = []
    for added in (np.zeros((len(poses), *made.shapes.shape[1:])), made.added(poses)):
        depth = np.array([skin.depth(*both) for both in zip(poses, added, strict=True)])
        worst = float(depth.max(initial=0.0))
        found.append(StillDeep(len(poses), int((depth > ASKED_MM).sum()), worst))
    return found[0], found[1]


class _Fit:
    """Correctives while they are pushed out of bone."""

    def __init__(self, made: Distilled, skin: BakedSkin, settings: OffBoneSettings) -> None:
        self._controls, self._skin, self._settings = made.controls, skin, settings
        self._products, self._shapes = made.products, made.shapes.astype(float)

    def made(self) -> Distilled:
        """As they are now, without those that do nothing."""
        kept = np.flatnonzero(np.abs(self._shapes).max(axis=(1, 2), initial=0.0) > LEAST_MM)
        shapes = self._shapes[kept].astype(np.float32)
        return Distilled(self._controls, self._products[kept], shapes)

    def pushes(
        self, poses: np.ndarray, numbers: np.ndarray, progress: Progress
    ) -> dict[int, tuple[np.ndarray, np.ndarray]]:
        """Of the poses of these numbers what lies in bone, and the ways out; as of ``BakedSkin.pushed``."""
        values, found = product_values(self._controls, self._products, poses), {}
        for done, number in enumerate(numbers):
            figures = {"frame": done + 1, "frames": len(numbers)}
            progress("keeping correctives off bone", done / len(numbers), figures)
            added = np.tensordot(values[number], self._shapes, 1)
            found[int(number)] = self._skin.pushed(poses[number], added)
        return found

    def choose(self, every: np.ndarray, poses: np.ndarray, pushes: dict, more: int) -> None:
        """Add so many of all products [P, 2]: each time the one that explains most of the pushes."""
        used = np.array(sorted(n for n, (rows, _) in pushes.items() if len(rows)), int)
        active, wanted = self._dense(pushes, used)
        if not len(active):
            return
        values = product_values(self._controls, every, poses[used])
        have = (every[:, None] == self._products[None]).all(axis=2).any(axis=1)
        flat = wanted.reshape(len(used), -1)
        size, ways = np.linalg.eigh(flat @ flat.T)
        left, open_ = ways * np.sqrt(np.maximum(size, 0.0)), ~have
        basis, chosen = values.copy(), []
        queue = [int(number) for number in np.flatnonzero(have)] + [None] * more
        for pick in queue:
            length = (basis**2).sum(axis=0)
            if pick is None:
                gain = ((basis.T @ left) ** 2).sum(axis=1) / (length + self._settings.ridge)
                gain[~open_ | (length < LEAST_MM)] = -1.0
                pick = int(gain.argmax())  # noqa: PLW2901
                if gain[pick] <= 0:
                    break
                chosen.append(pick)
                open_[pick] = False
            if length[pick] < LEAST_MM:
                continue
            way = basis[:, pick] / np.sqrt(length[pick])
            left -= np.outer(way, way @ left)
            basis -= np.outer(way, way @ basis)
        self._products = np.concatenate([self._products.reshape(-1, 2), every[chosen]])
        none = np.zeros((len(chosen), *self._shapes.shape[1:]))
        self._shapes = np.concatenate([self._shapes, none])

    def push(self, poses: np.ndarray, pushes: dict) -> None:
        """Let all shapes follow the pushes where skin is pushed, and stay where it is out."""
        settings, count = self._settings, len(self._products)
        active, wanted = self._dense(pushes, np.arange(len(poses)))
        if not len(active) or not count:
            return
        far = _length(wanted)
        wanted *= ((far + settings.margin_mm * (far > 0)) / np.maximum(far, LEAST_MM))[..., None]
        firm = np.where(far > 0, 1.0, settings.firm)
        values = product_values(self._controls, self._products, poses)
        square = (values[:, :, None] * values[:, None]).reshape(len(poses), -1)
        square = (firm.T @ square).reshape(len(active), count, count)
        square += settings.ridge * np.eye(count)
        sides = np.stack([(firm * wanted[..., c]).T @ values for c in range(3)], axis=2)
        self._shapes[:, active] += np.linalg.solve(square, sides).transpose(1, 0, 2)

    def _dense(self, pushes: dict, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Rows [A] that any pose pushes, and their pushes [T, A, 3] in the poses of these numbers."""
        rows = [found for found, _ in pushes.values()]
        active = np.unique(np.concatenate([*rows, np.zeros(0, int)]))
        wanted = np.zeros((len(numbers), len(active), 3))
        for at, number in enumerate(numbers):
            if number in pushes:
                found, push = pushes[number]
                wanted[at, np.searchsorted(active, found)] = push
        return active, wanted


def _length(ways: np.ndarray) -> np.ndarray:
    """[...] mm of ways [..., 3]."""
    return np.sqrt(np.einsum("...c,...c->...", ways, ways))
