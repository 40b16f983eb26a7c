# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Expressions and jaw to springs: where the tracks C(b, j) want the flesh, in torch, so that slopes come for free.

    C(b, j) = LBS( P(opening) ; T T_opening^-1, k ) + ((1 - k) I + k R) sum_i b_i M_i

P is the flesh under the jaw's opening alone (see ``opening``), solved beforehand and joined by cubics. So the jaw
never folds a track: skinning alone would, from about 20 degrees on. M_i is what an expression adds ([Bao2019], eq.
of C).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp
import torch
from scipy.interpolate import CubicSpline
from torch.autograd import forward_ad

from ..anatomy.jaw.joint import JawJoint
from ..geometry.skinning import skin_with_jaw
from .flesh import Flesh
from .springs import spring_matrix


@dataclass(frozen=True)
class _Ready:
    """Springs times all that they may be asked for, so that a pull is a few sums of them.

    Attributes:
        joint: the jaw's.
        knots: [A] radians.
        still: [F, 3] N of the skull.
        on_jaw, at_jaw: [F, 3] and [F, 1] of the jaw's springs, by its turn and place.
        passive: [4, A - 1, 2, F, 3] tracks times the passive flesh's cubics: all, and the jaw's share of it.
        shares: [F, 1] tracks times the jaw's share.
        moves: [E, 2, F, 3] tracks times what each expression adds: what stays with the skull, what turns.
    """

    joint: JawJoint
    knots: np.ndarray
    still: np.ndarray
    on_jaw: np.ndarray
    at_jaw: np.ndarray
    passive: np.ndarray
    shares: np.ndarray
    moves: np.ndarray

    @classmethod
    def of(cls, drive: "Drive") -> "_Ready":
        flesh, matrices = drive.flesh, drive._matrices
        tracks, share = matrices["tracks"], flesh.jaw_share[:, None]
        knots, cubics = drive._cubics
        both = [[[tracks @ c, tracks @ (share * c)] for c in order] for order in cubics.numpy()]
        moves = []
        for move in np.asarray(flesh.tracks.moves, float):
            turns = tracks @ (share * move)
            moves.append([tracks @ move - turns, turns])
        return cls(
            flesh.joint,
            knots,
            matrices["skull"] @ flesh.rest,
            matrices["jaw"] @ flesh.rest,
            matrices["jaw"] @ np.ones_like(share),
            np.array(both),
            tracks @ share,
            np.array(moves).reshape(len(moves), 2, *flesh.rest.shape),
        )

    def pull(self, weights: np.ndarray, jaw: np.ndarray) -> np.ndarray:
        """[F, 3] N."""
        pose = self.joint.pose(jaw)
        turn, place = pose[:3, :3], pose[:3, 3]
        bent = np.clip(jaw[0], self.knots[0], self.knots[-1])
        piece = int(np.clip(np.searchsorted(self.knots, jaw[0]) - 1, 0, len(self.knots) - 2))
        t = bent - self.knots[piece]
        a, b, c, d = self.passive[:, piece]
        whole, shared = ((a * t + b) * t + c) * t + d
        rest = pose @ np.linalg.inv(self.joint.pose([bent, 0.0, 0.0, 0.0]))
        pull = self.still + self.on_jaw @ turn.T + self.at_jaw * place
        pull += whole - shared + shared @ rest[:3, :3].T + self.shares * rest[:3, 3]
        flat = self.moves.reshape(len(self.moves), -1)
        stays, turns = (weights @ flat).reshape(2, -1, 3)
        return pull + stays + turns @ turn.T


def jaw_pose(joint: JawJoint, parameters: torch.Tensor) -> torch.Tensor:
    """``JawJoint.pose`` in torch: [4, 4] of (open radians, forward, side, shift mm)."""
    opening, forward, side, shift = parameters
    turn = _turn(joint.up, side / joint.length) @ _turn(joint.left, opening)
    pivot = torch.as_tensor(joint.pivot)
    place = (
        pivot
        - turn @ pivot
        + forward * torch.as_tensor(joint.slide_direction)
        + shift * torch.as_tensor(joint.left)
    )
    last = torch.tensor([[0.0, 0.0, 0.0, 1.0]], dtype=turn.dtype)
    return torch.cat([torch.cat([turn, place[:, None]], dim=1), last])


def _turn(axis: np.ndarray, angle: torch.Tensor) -> torch.Tensor:
    """Rotation [3, 3] about a unit axis by a positive angle as ``JawJoint`` counts it."""
    x, y, z = axis
    cross = torch.tensor([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]], dtype=angle.dtype)
    eye = torch.eye(3, dtype=angle.dtype)
    return eye + torch.sin(angle) * cross + (1 - torch.cos(angle)) * (cross @ cross)


class _Times(torch.autograd.Function):
    """A constant sparse matrix times nodes [F, 3]; scipy's product, as torch's is not settled yet."""

    @staticmethod
    def forward(matrix: sp.csr_matrix, nodes: torch.Tensor) -> torch.Tensor:  # noqa: D102
        return torch.as_tensor(matrix @ nodes.detach().numpy())

    @staticmethod
    def setup_context(ctx, inputs: tuple, output: torch.Tensor) -> None:  # noqa: ANN001, ARG004, D102
        ctx.matrix = inputs[0]

    @staticmethod
    def backward(ctx, slope: torch.Tensor) -> tuple[None, torch.Tensor]:  # noqa: ANN001, D102
        return None, torch.as_tensor(ctx.matrix.T @ slope.numpy())

    @staticmethod
    def jvp(ctx, _: None, way: torch.Tensor) -> torch.Tensor:  # noqa: ANN001, D102
        return torch.as_tensor(ctx.matrix @ way.numpy())


def times(matrix: sp.csr_matrix, nodes: torch.Tensor) -> torch.Tensor:
    """A constant sparse matrix [N, F] times nodes [F, 3]."""
    return _Times.apply(matrix, nodes)


@dataclass(frozen=True)
class Drive:
    """What pulls on the flesh under expression weights b [E] and jaw parameters j [4]."""

    flesh: Flesh

    @cached_property
    def _matrices(self) -> dict[str, sp.csr_matrix]:
        flesh = self.flesh
        hold = flesh.hold_matrices
        tracks = spring_matrix(flesh.lattice, flesh.track_blocks + flesh.holds["border"])
        return {"skull": hold["skull"], "jaw": hold["jaw"], "tracks": tracks}

    @cached_property
    def _cubics(self) -> tuple[np.ndarray, torch.Tensor]:
        tracks = self.flesh.tracks
        spline = CubicSpline(tracks.openings, tracks.passive)
        return tracks.openings, torch.as_tensor(spline.c)  # [4, A - 1, F, 3]

    @cached_property
    def _fixed(self) -> dict[str, torch.Tensor]:
        flesh = self.flesh
        return {
            "rest": torch.as_tensor(flesh.rest),
            "share": torch.tensor(flesh.jaw_share)[:, None],
            "moves": torch.as_tensor(np.asarray(flesh.tracks.moves, float)),
        }

    def passive(self, jaw: torch.Tensor) -> torch.Tensor:
        """The flesh [F, 3] under jaw parameters [4] alone."""
        knots, cubics = self._cubics
        open_alone = _at_opening(knots, cubics, jaw[0])
        joint = self.flesh.joint
        zeros = torch.zeros(3, dtype=jaw.dtype)
        bent = torch.clamp(jaw[:1], float(knots[0]), float(knots[-1]))
        rest = jaw_pose(joint, jaw) @ torch.linalg.inv(jaw_pose(joint, torch.cat([bent, zeros])))
        moved = open_alone @ rest[:3, :3].T + rest[:3, 3]
        return open_alone + self._fixed["share"] * (moved - open_alone)

    def wanted(self, weights: torch.Tensor, jaw: torch.Tensor) -> torch.Tensor:
        """Where the tracks want the free nodes [F, 3]."""
        added = torch.tensordot(weights, self._fixed["moves"], 1)
        turned = added @ jaw_pose(self.flesh.joint, jaw)[:3, :3].T
        return self.passive(jaw) + added + self._fixed["share"] * (turned - added)

    def wanted_of(self, weights: np.ndarray, jaw: np.ndarray) -> np.ndarray:
        """:meth:`wanted` without slopes, for weights [E] and jaw parameters [4], many times faster."""
        joint, share = self.flesh.joint, self.flesh.jaw_share
        knots, cubics = self._cubics
        bent = np.clip(jaw[0], knots[0], knots[-1])
        piece = int(np.clip(np.searchsorted(knots, jaw[0]) - 1, 0, len(knots) - 2))
        a, b, c, d = cubics.numpy()[:, piece]
        t = bent - knots[piece]
        open_alone = ((a * t + b) * t + c) * t + d
        pose = joint.pose(jaw)
        rest = pose @ np.linalg.inv(joint.pose([bent, 0.0, 0.0, 0.0]))
        moves = self._fixed["moves"].numpy()
        added = (weights @ moves.reshape(len(moves), -1)).reshape(open_alone.shape)
        return skin_with_jaw(open_alone, rest, share) + _turned(added, pose[:3, :3], share)

    def pull(
        self, weights: torch.Tensor, jaw: torch.Tensor, bones: torch.Tensor | None = None
    ) -> torch.Tensor:
        """[F, 3] N, as ``Equilibrium`` takes it.

        ``bones`` [F, 3] mm moves the bone near each free node, in rest; tracks stay as they are.
        """
        return (
            times(self._matrices["skull"], self._bone(bones))
            + times(self._matrices["jaw"], self._on_jaw(jaw, bones))
            + times(self._matrices["tracks"], self.wanted(weights, jaw))
        )

    def _bone(self, bones: torch.Tensor | None) -> torch.Tensor:
        """Where bone wants the free nodes [F, 3] in rest."""
        return self._fixed["rest"] if bones is None else self._fixed["rest"] + bones

    def _on_jaw(self, jaw: torch.Tensor, bones: torch.Tensor | None = None) -> torch.Tensor:
        """The same, moved as the mandible."""
        pose = jaw_pose(self.flesh.joint, jaw)
        return self._bone(bones) @ pose[:3, :3].T + pose[:3, 3]

    @cached_property
    def _ready(self) -> "_Ready":
        return _Ready.of(self)

    def pull_of(self, weights: np.ndarray, jaw: np.ndarray) -> np.ndarray:
        """:meth:`pull` without slopes, for weights [E] and jaw parameters [4], several times faster."""
        return self._ready.pull(np.asarray(weights, float), np.asarray(jaw, float))

    def passive_of(self, jaw: np.ndarray) -> np.ndarray:
        """:meth:`passive` without slopes."""
        return self.passive(torch.as_tensor(np.asarray(jaw, float))).numpy()

    def skin(self, free: torch.Tensor, weights: torch.Tensor, jaw: torch.Tensor) -> torch.Tensor:
        """The skin [S, 3] that the flesh carries, with what it lacks to the scans."""
        return times(self.flesh.skin_places, free) + self.added(weights, jaw)

    @cached_property
    def _lacking_cubics(self) -> torch.Tensor | None:
        tracks = self.flesh.tracks
        if tracks.lacking is None:
            return None
        return torch.as_tensor(CubicSpline(tracks.openings, np.asarray(tracks.lacking, float)).c)

    def lacking(self, jaw: torch.Tensor) -> torch.Tensor:
        """[S, 3] mm that the simulated skin lacks under jaw parameters [4] alone, the jaw's turn undone."""
        if self._lacking_cubics is None:
            return torch.zeros((len(self.flesh.skin), 3), dtype=jaw.dtype)
        lacking = _at_opening(self.flesh.tracks.openings, self._lacking_cubics, jaw[0])
        if self._way_parabolas is None:
            return lacking
        return lacking + torch.tensordot(torch.cat([jaw[1:], jaw[1:] ** 2]), self._way_parabolas, 1)

    @cached_property
    def _way_parabolas(self) -> torch.Tensor | None:
        """[6, S, 3] factors of the jaw's three ways, mm, and of their squares; nothing at rest."""
        if self.flesh.tracks.ways is None:
            return None
        low, high = (limits[1:, None, None] for limits in self.flesh.joint.limits.bounds())
        by_low, by_high = np.asarray(self.flesh.tracks.ways, float).swapaxes(0, 1)
        # At a limit that is nothing, nothing is known.
        back, on = by_low / np.where(low, low, np.inf), by_high / np.where(high, high, np.inf)
        bent = np.where(low * high, on - back, 0.0) / np.maximum(high - low, 1e-9)
        return torch.as_tensor(np.concatenate([on + np.where(high, 0.0, back) - bent * high, bent]))

    def added(self, weights: torch.Tensor, jaw: torch.Tensor) -> torch.Tensor:
        """[S, 3] mm that the skin gets beyond what the nodes carry."""
        added = self.lacking(jaw)
        if self.flesh.residual is not None:
            added = added + torch.tensordot(weights, self._residual, 1)
        turned = added @ jaw_pose(self.flesh.joint, jaw)[:3, :3].T
        share = torch.as_tensor(self.flesh.skin_jaw_share)[:, None]
        return added + share * (turned - added)

    @cached_property
    def _residual(self) -> torch.Tensor:
        return torch.as_tensor(np.asarray(self.flesh.residual, float))

    def weight_slopes(self, jaw: torch.Tensor) -> tuple[np.ndarray, np.ndarray]:
        """Slopes of :meth:`pull` [E, F, 3] and of :meth:`skin` [E, S, 3] by the weights; they are linear in them."""
        flesh, turn = self.flesh, jaw_pose(self.flesh.joint, jaw)[:3, :3].numpy()
        turned = _turned(self._fixed["moves"].numpy(), turn, flesh.jaw_share)
        count = len(turned)
        flat = turned.transpose(1, 0, 2).reshape(len(flesh.rest), -1)
        pulls = (self._matrices["tracks"] @ flat).reshape(-1, count, 3).transpose(1, 0, 2)
        if flesh.residual is None:
            return pulls, np.zeros((count, len(flesh.skin), 3))
        return pulls, _turned(np.asarray(flesh.residual, float), turn, flesh.skin_jaw_share)

    def jaw_slopes(
        self, free: np.ndarray, weights: torch.Tensor, jaw: torch.Tensor
    ) -> tuple[np.ndarray, np.ndarray]:
        """Slopes of :meth:`pull` [4, F, 3] and of :meth:`skin` [4, S, 3] of nodes [F, 3] by the jaw's parameters."""
        nodes = torch.as_tensor(free)
        pulls = np.zeros((4, *free.shape))
        ways = torch.eye(4, dtype=torch.float64)
        wants = {"jaw": self._on_jaw, "tracks": lambda j: self.wanted(weights, j)}
        for name, want in wants.items():
            flat = torch.cat([along(want, jaw, way) for way in ways], dim=1).numpy()
            pulls += (self._matrices[name] @ flat).reshape(-1, 4, 3).transpose(1, 0, 2)
        skins = [along(lambda j: self.skin(nodes, weights, j), jaw, way).numpy() for way in ways]
        return pulls, np.stack(skins)


def _at_opening(knots: np.ndarray, cubics: torch.Tensor, opening: torch.Tensor) -> torch.Tensor:
    """Value of cubics [4, A - 1, ...] between knots [A] at an opening, held at both ends."""
    number = int(np.clip(np.searchsorted(knots, float(opening.detach())) - 1, 0, len(knots) - 2))
    t = torch.clamp(opening, float(knots[0]), float(knots[-1])) - float(knots[number])
    a, b, c, d = cubics[:, number]
    return ((a * t + b) * t + c) * t + d


def along(
    function: Callable[[torch.Tensor], torch.Tensor], at: torch.Tensor, way: torch.Tensor
) -> torch.Tensor:
    """Slope of a function at a place along a way."""
    with forward_ad.dual_level():
        value = function(forward_ad.make_dual(at, way))
        slope = forward_ad.unpack_dual(value).tangent
    return torch.zeros_like(value) if slope is None else slope


def _turned(ways: np.ndarray, turn: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Directions [E, N, 3] turned by shares [N] of a rotation [3, 3]."""
    return ways + share[:, None] * (ways @ turn.T - ways)
