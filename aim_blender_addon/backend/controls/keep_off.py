# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Controls at their limits keep skin off bone and teeth, as sculpting does, and lids off eyeballs."""

from dataclasses import dataclass

import numpy as np

from ..anatomy.eyes.ball import Ball
from ..anatomy.head.rims import Rims
from ..contact.closing import ClosingOpening, RimStations, WantedGaps
from ..contact.sheets import make_sheets
from ..editing.editable_face import EditableFace
from ..geometry.laplacian import SurfaceOperator
from ..geometry.mesh import Mesh

#: Lids lie this far outside of the ball of the eye, mm.
_LID_MM = 0.3
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
        shape = self.face.rest + moved
        change = self.face.feasible(shape, np.eye(4)) - shape - self.at_rest
        touched = np.linalg.norm(moved, axis=1) > 1e-3
        return moved + np.where(touched[:, None], change, 0.0)


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
