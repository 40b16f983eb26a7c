# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Controls at their limits keep skin off bone and teeth, as sculpting does, lips off lips, and lids off eyeballs.

Shapes of several controls add up, so what holds for each alone has to hold for sums. Lips do: where no shape brings the
rims nearer than at rest, no sum does. Teeth do for two: a way towards bone takes half of the room at most.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.sparse.csgraph import dijkstra

from ..anatomy.eyes.ball import Ball
from ..anatomy.head.rims import Rims
from ..contact.closing import ClosingOpening, RimStations, WantedGaps
from ..contact.sheets import make_sheets
from ..editing.editable_face import EditableFace
from ..geometry.edge_graph import edge_graph
from ..geometry.laplacian import SurfaceOperator
from ..geometry.mesh import Mesh
from ..geometry.smooth import falling

#: Lids lie this far outside of the ball of the eye, mm.
_LID_MM = 0.3
#: A lip that another pushes takes skin this near to its rim along, and none beyond the second, mm.
_PUSHED_MM = (5.0, 22.0)
#: Rounds of holding skin off bone: what was pushed aside may meet bone elsewhere.
_ROUNDS = 3
#: Shares of the room before bone that a way takes at most, and of its reach that it keeps at least: ways towards bone,
TO_BONE = (0.5, 0.35)
#: and other ways of the mouth.
ALONG_BONE = (0.7, 0.45)
#: Distances to bone are told to this, mm.
_TOLD_MM = 0.05
#: Skin this near to the rims of the lids is held off the eyeball, radii of the ball from its centre.
_AROUND = 1.6


@dataclass(frozen=True)
class KeepOff:
    """Holds skin in the limits of bone and tissue that hold in sculpting.

    Attributes:
        face: made ready for editing.
        at_rest: [V, 3] mm, what those limits would change of the skin in rest: that stays.
    """

    face: EditableFace
    at_rest: np.ndarray

    @classmethod
    def of(cls, face: EditableFace) -> "KeepOff":
        """For a face."""
        return cls(face, face.feasible(face.rest, np.eye(4)) - face.rest)

    def held(self, moved: np.ndarray) -> np.ndarray:
        """Displacements [V, 3] mm of the skin in rest, where they leave it off bone and teeth."""
        touched = np.linalg.norm(moved, axis=1)[:, None] > 1e-3
        for _ in range(_ROUNDS):
            shape = self.face.rest + moved
            change = self.face.feasible(shape, np.eye(4)) - shape - self.at_rest
            moved = moved + np.where(touched, change, 0.0)
        return moved

    def room(self, moved: np.ndarray, shares: tuple[float, float]) -> float:
        """The share of a motion [V, 3] mm that takes no more of the room between skin and bone than ``shares`` say."""
        rows = _moving(moved)
        rest = self.distances[rows]
        floor = np.where(rest > 0, (1 - shares[0]) * rest, rest) - _TOLD_MM

        def fits(share: float) -> bool:
            return bool((self._after(share * moved, rows) >= floor).all())

        low, high = shares[1], 1.0
        if fits(1.0):
            return 1.0
        for _ in range(5):
            middle = (low + high) / 2
            low, high = (middle, high) if fits(middle) else (low, middle)
        return low

    def depth_mm(self, moved: np.ndarray) -> float:
        """How much deeper than in rest a motion [V, 3] mm brings skin into bone or teeth."""
        rows = _moving(moved)
        allowed = np.minimum(self.distances[rows], 0.0)
        return float((allowed - self._after(moved, rows)).max(initial=0.0))

    @cached_property
    def distances(self) -> np.ndarray:
        """[V, 2] mm from skin in rest to skull and jaw, negative inside."""
        return self.face.bones.distances(self.face.rest, np.eye(4))

    def _after(self, moved: np.ndarray, rows: np.ndarray) -> np.ndarray:
        return self.face.bones.distances(self.face.rest[rows] + moved[rows], np.eye(4))


def _moving(moved: np.ndarray) -> np.ndarray:
    """[N] vertices that a motion [V, 3] moves."""
    return np.flatnonzero(np.linalg.norm(moved, axis=1) > _TOLD_MM)


@dataclass(frozen=True)
class LipsApart:
    """Lips that push each other along instead of passing.

    Attributes:
        stations: of the mouth.
        rest: [V, 3] mm.
        left, up: [3] of the face.
        shares: [2, V] how far skin goes along with the upper and the lower rim.
    """

    stations: RimStations
    rest: np.ndarray
    left: np.ndarray
    up: np.ndarray
    shares: np.ndarray

    @classmethod
    def of(cls, mesh: Mesh, rims: Rims, left: np.ndarray, up: np.ndarray) -> "LipsApart":
        """For the mouth of a skin."""
        stations = RimStations.of(mesh, rims)
        graph = edge_graph(mesh)
        far = [
            dijkstra(graph, indices=np.unique(edge.corners), limit=80.0, min_only=True)
            for edge in (stations.upper, stations.lower)
        ]
        own = np.stack([far[0] <= far[1], far[1] <= far[0]])
        shares = own * falling(np.minimum(far[0], far[1]), _PUSHED_MM)
        return cls(stations, mesh.vertices.astype(np.float64), left, up, shares)

    def passed_mm(self, moved: np.ndarray) -> float:
        """How far rims pass each other at most, beyond what they do at rest."""
        return max(float(self._passed(moved).max()), 0.0)

    def held(self, moved: np.ndarray) -> np.ndarray:
        """Displacements [V, 3] mm whose rims are nowhere nearer than in rest: the one that moves pushes the other."""
        moved = np.asarray(moved, np.float64).copy()
        across = self.stations.upper.interpolate(self.rest) @ self.left
        order = np.argsort(across)
        at = self.rest @ self.left
        for _ in range(_ROUNDS):
            passed = np.maximum(self._passed(moved), 0.0)
            if passed.max() < 0.01:
                break
            down = np.maximum(-self.stations.upper.interpolate(moved) @ self.up, 0.0)
            rise = np.maximum(self.stations.lower.interpolate(moved) @ self.up, 0.0)
            rising = rise.sum() / max(rise.sum() + down.sum(), 1e-9)
            by = np.interp(at, across[order], passed[order], 0.0, 0.0)
            for share, way in zip(self.shares, (rising, rising - 1), strict=True):
                moved += (share * by * way)[:, None] * self.up
        return moved

    def _passed(self, moved: np.ndarray) -> np.ndarray:
        upper, lower = (p.interpolate(moved) for p in (self.stations.upper, self.stations.lower))
        passed = -((upper - lower) @ self.up)
        passed[[0, -1]] = passed[[1, -2]]  # both lips are one skin at the corners
        return passed


@dataclass(frozen=True)
class LidsShut:
    """Lids of one eye.

    Attributes:
        opening: how they close.
        rest: [V, 3] mm.
        ball: of the eye.
        near: [N] vertices about it.
        least: [N] mm from its centre that they keep.
    """

    opening: ClosingOpening | None
    rest: np.ndarray
    ball: Ball
    near: np.ndarray
    least: np.ndarray

    @classmethod
    def of(cls, mesh: Mesh, rims: Rims, ball: Ball, up: np.ndarray) -> "LidsShut":
        """For the lids about an opening of a skin."""
        rest = mesh.vertices.astype(np.float64)
        sheets = make_sheets(mesh, rims)
        opening = None
        if all(len(sheet.points) for sheet in sheets):
            operator = SurfaceOperator.of(rest, mesh.triangles)
            stations = RimStations.of(mesh, rims)
            opening = ClosingOpening.of(mesh, operator, sheets, stations, 0.95, up)
        distance = np.linalg.norm(rest - ball.centre, axis=1)
        near = np.flatnonzero(distance < _AROUND * ball.radius)
        least = np.minimum(distance[near], ball.radius + _LID_MM)
        return cls(opening, rest, ball, near, least)

    def held(self, moved: np.ndarray, shuts: bool) -> np.ndarray:
        """Displacements [V, 3] mm with the lids off the eye, and shut where they are to shut."""
        skin = self._off_eye(self.rest + moved)
        if shuts and self.opening is not None:
            count = len(self.opening.lids.upper.corners)
            wanted = WantedGaps(np.zeros(count), np.ones(count), np.zeros(count))
            skin = self._off_eye(self.opening.closed(skin, None, wanted))
        return skin - self.rest

    def _off_eye(self, skin: np.ndarray) -> np.ndarray:
        offset = skin[self.near] - self.ball.centre
        far = np.maximum(np.linalg.norm(offset, axis=1), 1e-9)
        skin = skin.copy()
        skin[self.near] = self.ball.centre + offset * np.maximum(self.least / far, 1.0)[:, None]
        return skin
