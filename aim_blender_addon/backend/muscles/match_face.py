# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Places on an actor's skin under weights and jaw, with slopes: through the muscles, or by plain sums of shapes."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import scipy.sparse as sp
import torch

from ..model.aim import AimModel
from ..solving.pose import skinned_with_slopes
from ..solving.solving_face import FacePoints
from .drive import Drive
from .equilibrium import Equilibrium
from .even_skin import EvenSkin
from .flesh import Flesh
from .settle import PoseSlopes, pose_slopes
from .touching import Touch, Touching


@dataclass(frozen=True)
class Places:
    """P places on a skin.

    Attributes:
        corners: [P, 3] vertex numbers around each.
        shares: [P, 3] of these, which sum to 1.
    """

    corners: np.ndarray
    shares: np.ndarray

    def __len__(self) -> int:
        return len(self.corners)

    @classmethod
    def at_vertices(cls, vertices: np.ndarray) -> "Places":
        """Places at vertices [P]."""
        shares = np.tile([1.0, 0.0, 0.0], (len(vertices), 1))
        return cls(np.repeat(np.asarray(vertices, int)[:, None], 3, axis=1), shares)

    def picked(self, rows: np.ndarray) -> "Places":
        """Some of the places."""
        return Places(self.corners[rows], self.shares[rows])

    def of(self, count: int) -> sp.csr_matrix:
        """[P, V]: the places from ``count`` vertices."""
        rows = np.repeat(np.arange(len(self)), 3)
        entries = self.shares.ravel(), (rows, self.corners.ravel())
        return sp.csr_matrix(entries, (len(self), count))


@dataclass(frozen=True)
class Look:
    """Where places are in a pose.

    Attributes:
        weights: [E] of the expressions.
        jaw: [4] parameters.
        points: [P, 3] mm, head space.
        free: [F, 3] mm, the flesh in equilibrium; None without flesh.
        settled: the flesh came to rest.
        touch: what the skin touches there; None without contact.
    """

    weights: np.ndarray
    jaw: np.ndarray
    points: np.ndarray
    free: np.ndarray | None = None
    settled: bool = True
    touch: Touch | None = None


class Face(Protocol):
    """A face whose places move with weights and jaw."""

    def look(self, weights: np.ndarray, jaw: np.ndarray, near: Look | None = None) -> Look:
        """The places under weights [E] and jaw parameters [4]; ``near`` is a pose close by."""
        ...

    def slopes(self, look: Look) -> np.ndarray:
        """[P, 3, E + 4] of its places by weights and jaw."""
        ...


class PlainFace:
    """The face of the actor's model: sums of shapes, and a jaw that carries its share of them."""

    def __init__(self, model: AimModel, places: Places) -> None:
        used, corners = np.unique(places.corners, return_inverse=True)
        self.joint = model.joint
        self._points = _points_of(model, used)
        self._mix = Places(corners.reshape(-1, 3), places.shares).of(len(used))

    def look(self, weights: np.ndarray, jaw: np.ndarray, near: Look | None = None) -> Look:
        """See ``Face``."""
        points = skinned_with_slopes(self._points, self.joint, jaw, weights)[0]
        return Look(weights, jaw, self._mix @ points)

    def slopes(self, look: Look) -> np.ndarray:
        """See ``Face``."""
        slopes = skinned_with_slopes(self._points, self.joint, look.jaw, look.weights)[1]
        mixed = self._mix @ slopes.reshape(len(slopes), -1)
        return np.roll(mixed.reshape(len(mixed), 3, -1), -4, axis=2)


class MuscleFace:
    """The face through its muscles; where no flesh lies below, the skin is the model's own.

    Args:
        flesh: with tracks.
        model: the actor.
        places: on its skin.
        solver: of the flesh; a new one without it.
        touching: what the skin touches; None: nothing. A given ``solver`` needs its couples.
    """

    def __init__(
        self,
        flesh: Flesh,
        model: AimModel,
        places: Places,
        solver: Equilibrium | None = None,
        touching: Touching | None = None,
    ) -> None:
        self.flesh, self.joint = flesh, model.joint
        self.drive = Drive(flesh)
        self._even = EvenSkin(model, self.drive)
        self._plain = _points_of(model, flesh.skin)
        self.touching = touching
        couples = np.zeros((0, 2), int) if touching is None else touching.couples
        self.solver = solver or Equilibrium(flesh.elastic, flesh.blocks, couples=couples)
        whole = places.of(len(model.neutral.vertices)).tocsc()
        self._on_flesh = whole[:, flesh.skin].tocsr()
        carried = np.zeros(whole.shape[1], bool)
        carried[flesh.skin] = True
        others = np.flatnonzero(~carried & (np.diff(whole.indptr) > 0))
        self._on_model = whole[:, others].tocsr()
        self._points = _points_of(model, others)
        #: [P] share of each place that the flesh carries.
        self.carried = np.asarray(self._on_flesh.sum(axis=1)).ravel()
        self._kept: tuple[Look, PoseSlopes] | None = None

    def look(self, weights: np.ndarray, jaw: np.ndarray, near: Look | None = None) -> Look:
        """See ``Face``. From a pose whose slopes were asked for last, the flesh is led along them."""
        at = torch.as_tensor(np.asarray(weights, float)), torch.as_tensor(np.asarray(jaw, float))
        touch = None
        if self.touching is not None:
            offset = self.touching.offset(*at).numpy()
            last = None if near is None else near.touch
            touch = self.touching.posed(offset, self.joint.pose(jaw), last)
        self.solver.touch = touch
        solved = self.solver.newton(
            self._start(weights, jaw, near), self.drive.pull_of(weights, jaw)
        )
        if touch is None:
            skin = self.drive.skin(torch.as_tensor(solved.free), *at).numpy()
            skin = self._even.evened(skin, self.plain(weights, jaw)[0])
        else:
            skin = touch.shown(solved.free)[self.touching.rows_of_flesh]
        points = self._on_flesh @ skin
        if len(self._points):
            rest = skinned_with_slopes(self._points, self.joint, jaw, weights)[0]
            points = points + self._on_model @ rest
        return Look(weights, jaw, points, solved.free, solved.converged, touch)

    def plain(self, weights: np.ndarray, jaw: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Plain sum of shapes [S, 3] mm below weights [E] and jaw [4], and its slopes [S, 3, E + 4]."""
        skin, moves = skinned_with_slopes(self._plain, self.joint, jaw, weights)
        return skin, np.roll(moves, -4, axis=2)

    def slopes(self, look: Look) -> np.ndarray:
        """See ``Face``."""
        self.solver.touch = look.touch
        found = pose_slopes(self.drive, self.solver, look.free, look.weights, look.jaw)
        self._kept = look, found
        skin = found.skin
        if look.touch is None:
            skin = self._even.evened(skin, self.plain(look.weights, look.jaw)[1])
        slopes = self._on_flesh @ skin.reshape(len(skin), -1)
        if len(self._points):
            rest = skinned_with_slopes(self._points, self.joint, look.jaw, look.weights)[1]
            rest = np.roll(rest, -4, axis=2)
            slopes = slopes + self._on_model @ rest.reshape(len(rest), -1)
        return slopes.reshape(len(slopes), 3, -1)

    def _start(self, weights: np.ndarray, jaw: np.ndarray, near: Look | None) -> np.ndarray:
        """[F, 3] where the search for an equilibrium begins."""
        if near is None:
            return self.drive.passive(torch.as_tensor(np.asarray(jaw, float))).numpy()
        if self._kept is None or self._kept[0] is not near:
            return near.free
        way = np.concatenate([weights - near.weights, jaw - near.jaw])
        return near.free + self._kept[1].nodes @ way


def _points_of(model: AimModel, vertices: np.ndarray) -> FacePoints:
    """The model at vertices [N]."""
    at = model.evaluate()
    none = np.zeros(len(vertices))
    return FacePoints(
        model.neutral.vertices[vertices].astype(float),
        np.ascontiguousarray(at.displacements[:, vertices].transpose(1, 2, 0), float),
        at.jaw_weight[vertices].astype(float),
        np.zeros((len(vertices), 0)),
        none,
    )
