# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Goals that the jaw's bone forbids, and how they move the jaw."""

from dataclasses import dataclass

import numpy as np

from ..geometry.rigid import undo_rigid
from .editable_face import EditableFace
from .handle_states import HandleKind
from .handles import Handles
from .settings import JawSettings

#: The bone that counts here, of the columns of ``Bones.distances``.
JAW_BONE = 1


@dataclass(frozen=True)
class JawEquations:
    """N equations that ask the jaw for room, linear about the jaw's parameters.

    Attributes:
        residual: [N] mm, what the initial jaw leaves.
        slope: [N, 4] change of the distance from bone with the parameters, mm.
        sigma: [N] mm.
    """

    residual: np.ndarray
    slope: np.ndarray
    sigma: np.ndarray


class JawGoals:
    """No goal lies in the jaw's bone, nor farther from it than tissue is thick.

    Args:
        face: the prepared model.
        handles: with their goals; planes say nothing of a place.
        settings: of the jaw.
    """

    def __init__(self, face: EditableFace, handles: Handles, settings: JawSettings):
        fixed = handles.kinds != HandleKind.PLANE
        self._face, self._settings = face, settings
        self._goals, self._rows = handles.positions[fixed], handles.vertices[fixed]
        #: [M] mm, distance from the jaw's bone that each goal asks for; NaN where it asks for none.
        self._wanted = np.full(len(self._rows), np.nan)
        #: [M] 1 where a goal pushes the jaw away, -1 where it draws it near.
        self._sign = np.zeros(len(self._rows))

    def equations(self, jaw: np.ndarray, initial: np.ndarray) -> JawEquations:
        """Equations of the goals that are forbidden, or were, linear about ``jaw`` [4].

        A goal that was forbidden once keeps asking until :meth:`let_go` finds that it holds the jaw back. Otherwise
        it would be forgotten as soon as the jaw has made room.

        Args:
            jaw: [4] parameters now.
            initial: [4] parameters that the residual is of.
        """
        face, pose, margin = self._face, self._face.joint.pose(jaw), self._settings.goal_margin_mm
        bone_distance = face.bones.distances(self._goals, pose)
        excess = face.limits.excess(bone_distance, self._rows)
        forbidden = (np.abs(excess.amount) > margin) & (excess.bone == JAW_BONE)
        forbidden &= np.isnan(self._wanted)
        wanted = bone_distance[:, JAW_BONE] + excess.amount + margin * np.sign(excess.amount)
        self._wanted[forbidden] = wanted[forbidden]
        self._sign[forbidden] = np.sign(excess.amount[forbidden])
        rows = np.flatnonzero(np.isfinite(self._wanted))
        if not len(rows):
            return JawEquations(np.zeros(0), np.zeros((0, 4)), np.zeros(0))
        goals = self._goals[rows]
        outward = face.bones.outward(goals, pose, np.full(len(rows), JAW_BONE))
        in_jaw = undo_rigid(goals, pose)
        by_jaw = face.joint.slopes(in_jaw, jaw, goals, exact_shifts=True)
        slope = -np.einsum("nc,ncj->nj", outward, by_jaw)
        residual = self._wanted[rows] - bone_distance[rows, JAW_BONE]
        sigma = self._settings.goal_mm + (residual / self._settings.goal_far_mm) ** 2
        return JawEquations(residual + slope @ (jaw - initial), slope, sigma)

    def let_go(self, multipliers: np.ndarray) -> None:
        """Forget goals whose multiplier [N], in the order of :meth:`equations`, has the wrong sign.

        Such a goal asks for less room than there is.
        """
        rows = np.flatnonzero(np.isfinite(self._wanted))
        self._wanted[rows[multipliers * self._sign[rows] < 0]] = np.nan
