# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A face made ready for editing: what all edits of it share."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..anatomy.jaw.joint import JawJoint
from ..contact.bone_field import BoneField, Bones
from ..contact.parting import Openings, parted
from ..errors import EditError
from ..geometry.kernels import AlongSkin, compact
from ..geometry.laplacian import SurfaceOperator
from ..geometry.skinning import skin_with_jaw
from ..geometry.smooth import smooth_step
from ..model.aim import AimModel
from ..progress import Progress, silent
from ..solving.solving_face import leave_one_out_sigma
from .limits import TissueLimits, jaw_samples
from .places import survey_if_found
from .projection import project
from .settings import EditSettings

#: Skin this near to the lower incisors is the chin, whose weights go with the jaw, mm.
CHIN_MM = 35.0
#: So many vertices of the chin are averaged at most.
CHIN_POINTS = 100
#: The jaw stops where it presses skin that follows it in part into bone by more than this, mm
#: (docs/decisions/tried-sculpt.md: 15 folds the chin, 6 loses feasible handles).
PRESS_MM = 10.0
#: Skin that no pose of the jaw presses into bone by more than this is not looked at again, mm.
PRESSABLE_MM = PRESS_MM / 8
#: Bisections for how far the jaw may go.
PRESS_STEPS = 6
#: A smaller jaw weight than this is noise of the fit: with it lids and brows would tremble with the jaw.
NO_JAW = 0.02
#: A jaw weight from here on is taken as it is; between the two it is faded in.
SOME_JAW = 0.1


@dataclass(frozen=True)
class EditState:
    """An expression that an edit starts from.

    Attributes:
        weights: [V, E] local weights.
        jaw: [4] joint parameters.
        remainder: [V, 3] mm, added before the jaw moves the skin.
    """

    weights: np.ndarray
    jaw: np.ndarray
    remainder: np.ndarray


class EditableFace:
    """A model made ready for editing; takes some seconds once, and serves any number of edits.

    Attributes:
        model: as it was given.
        rest: [V, 3] mm, the neutral's skin.
        displacements: [V, 3, E] mm, the expressions, before the jaw moves the skin.
        jaw_weight: [V] as the model has it.
        clean_jaw_weight: [V] without weights that are noise.
        joint: the jaw's joint.
        scan_jaws: [E, 4] jaw parameters of the scans.
        bones: distances to skull and jaw.
        limits: of bone and tissue.
        operator: surface operator of the neutral.
        landmarks: [3] mm each; none where no face was found.
        openings: mouth and eyes, whose rims do not pass each other.
        chin: [N] vertices of the chin.
        pressable: [N] vertices that some pose of the jaw presses into a bone.

    Raises:
        EditError: the model has no bones.
    """

    def __init__(self, model: AimModel, progress: Progress = silent):
        if not len(model.skull.face_sizes) or not len(model.jaw.face_sizes):
            raise EditError(
                f"'{model.name}' has no bones to hold the skin: fit it again with skull and jaw, "
                "or with estimated bones"
            )
        at = model.evaluate()
        self.model = model
        self.rest = at.skin.astype(np.float64)
        self.displacements = at.displacements.astype(np.float64).transpose(1, 2, 0)  # [V, 3, E]
        self.jaw_weight = at.jaw_weight.astype(np.float64)
        believed = smooth_step((self.jaw_weight - NO_JAW) / (SOME_JAW - NO_JAW))
        self.clean_jaw_weight = self.jaw_weight * believed
        self.joint: JawJoint = model.joint
        jaws = [model.joint.parameters(jaw) for jaw in model.jaw_poses]
        self.scan_jaws = np.array(jaws).reshape(-1, 4)
        progress("Measuring the distance to the skull", 0.05, {})
        skull = BoneField.of(model.skull, self.rest)
        progress("Measuring the distance to the jaw", 0.55, {})
        self.bones = Bones(skull, BoneField.of(model.jaw, self.rest))
        progress("Finding the limits of the tissue", 0.8, {})
        self.limits = TissueLimits.of(model, self.bones)
        progress("Preparing the skin", 0.95, {})
        self.operator = SurfaceOperator.of(self.rest, model.neutral.triangles)
        self._usual_falloff = AlongSkin(self.operator, self.rest, EditSettings.falloff_mm)
        survey = survey_if_found(model.neutral)
        self.landmarks = survey.landmarks if survey else {}
        self.openings = Openings.of(model, survey, self.operator)
        self.chin = self._chin()
        self.pressable = self._pressable()
        self._columns = np.ascontiguousarray(self.displacements.transpose(0, 2, 1), np.float32)
        self._chin_covariances: dict[tuple, np.ndarray] = {}

    def initial_state(
        self, weights: np.ndarray | None = None, jaw: np.ndarray | None = None
    ) -> EditState:
        """The state of weights and jaw, without a remainder.

        Args:
            weights: [E] or [V, E]; the rest by default.
            jaw: [4]; by default the pose that the scans have with these weights at the chin.

        Raises:
            EditError: shapes do not fit the model, or values are not finite.
        """
        count, expressions = len(self.rest), len(self.scan_jaws)
        weights = np.zeros(expressions) if weights is None else np.asarray(weights, np.float64)
        if weights.shape not in ((expressions,), (count, expressions)):
            raise EditError(
                f"The start's weights have shape {weights.shape}; '{self.model.name}' has {expressions} "
                f"expressions and {count} vertices"
            )
        if jaw is None:
            mean = weights if weights.ndim == 1 else weights[self.chin].mean(axis=0)
            jaw = mean @ self.scan_jaws
        jaw = np.asarray(jaw, np.float64)
        if jaw.shape != (4,):
            raise EditError("The start's jaw is not four numbers: opening, forward, side, shift")
        if not (np.isfinite(weights).all() and np.isfinite(jaw).all()):
            raise EditError("The start's weights or jaw hold values that are not numbers")
        weights = np.broadcast_to(weights, (count, expressions)).copy()
        return EditState(weights, self.joint.within_limits(jaw), np.zeros((count, 3)))

    def displacement(self, weights: np.ndarray) -> np.ndarray:
        """Unposed displacement [V, 3] of local weights [V, E]."""
        return np.matmul(weights.astype(np.float32)[:, None], self._columns)[:, 0].astype(float)

    def posed(self, state: EditState) -> np.ndarray:
        """Skin [V, 3] mm, head space."""
        shape = self.rest + self.displacement(state.weights) + state.remainder
        return skin_with_jaw(shape, self.joint.pose(state.jaw), self.jaw_weight)

    def covariance(self, points: np.ndarray, settings: EditSettings) -> np.ndarray:
        """Covariance [V, M] of the weights at the vertices and at points [M, 3] mm of the neutral."""
        parts = zip(settings.variance, settings.reach_mm, strict=True)
        return sum(variance * compact(self.rest, points, reach) for variance, reach in parts)

    def chin_covariance(self, settings: EditSettings) -> np.ndarray:
        """:meth:`covariance` [V, N] with the vertices of the chin, kept for the settings used last."""
        key = settings.variance, settings.reach_mm
        if key not in self._chin_covariances:
            covariance = self.covariance(self.rest[self.chin], settings)
            self._chin_covariances = {key: covariance}
        return self._chin_covariances[key]

    def along_skin(self, falloff_mm: float) -> AlongSkin:
        """Covariances of a local bulge that fade over ``falloff_mm`` along the skin; the usual ones are at hand."""
        if falloff_mm == EditSettings.falloff_mm:
            return self._usual_falloff
        return AlongSkin(self.operator, self.rest, falloff_mm)

    @cached_property
    def sigma(self) -> np.ndarray:
        """[V] mm, usual residual of a scan that the others explain; see ``solving.solving_face``."""
        return leave_one_out_sigma(self.displacements)

    def skinned(self, pose: np.ndarray, shape: np.ndarray) -> np.ndarray:
        """Shape [V, 3] under a jaw pose [4, 4], by :attr:`clean_jaw_weight`."""
        return skin_with_jaw(shape, pose, self.clean_jaw_weight)

    def feasible(self, shape: np.ndarray, pose: np.ndarray) -> np.ndarray:
        """Skin [V, 3] mm under a jaw pose [4, 4], projected into its limits everywhere; lips and lids parted."""
        apart = parted(shape, self.openings.pulled_at(self.rest, np.zeros(0, int), self.rest))
        if apart is not None:
            shape = shape + apart
        return project(self.limits, shape, pose, self.skinned(pose, self.rest)).points

    def reachable_jaw(
        self, jaw: np.ndarray, initial: np.ndarray, shape: np.ndarray | None = None
    ) -> np.ndarray:
        """Parameters [4] between ``initial`` and ``jaw``, as far as joint and skin let the jaw go.

        Args:
            jaw: [4] wanted parameters.
            initial: [4] parameters to go back towards.
            shape: [N, 3] mm, unposed skin at the vertices ``pressable``; the rest by default.
        """
        wanted = self.joint.within_limits(jaw)
        shape = self.rest[self.pressable] if shape is None else shape
        low, high = 0.0, 1.0
        if self._depth_in_bone(wanted, shape) <= PRESS_MM:
            return wanted
        for _ in range(PRESS_STEPS):
            middle = (low + high) / 2
            if self._depth_in_bone(initial + middle * (wanted - initial), shape) <= PRESS_MM:
                low = middle
            else:
                high = middle
        return initial + low * (wanted - initial)

    def _depth_in_bone(self, jaw: np.ndarray, shape: np.ndarray) -> float:
        """How deep, mm, a jaw [4] would press unposed skin [N, 3] at the vertices ``pressable`` into bone."""
        pose, rows = self.joint.pose(jaw), self.pressable
        posed = skin_with_jaw(shape, pose, self.jaw_weight[rows])
        bone_distance = self.bones.distances(posed, pose)
        return float(self.limits.excess(bone_distance, rows).amount.max(initial=0.0))

    def _pressable(self) -> np.ndarray:
        rows = np.flatnonzero((self.jaw_weight > NO_JAW) & (self.jaw_weight < 1 - NO_JAW))
        deepest = np.zeros(len(rows))
        for parameters in jaw_samples(self.joint):
            pose = self.joint.pose(parameters)
            shape = skin_with_jaw(self.rest[rows], pose, self.jaw_weight[rows])
            excess = self.limits.excess(self.bones.distances(shape, pose), rows)
            deepest = np.maximum(deepest, excess.amount)
        return rows[deepest > PRESSABLE_MM]

    def _chin(self) -> np.ndarray:
        distance = np.linalg.norm(self.rest - self.joint.incisor, axis=1)
        near = distance < max(CHIN_MM, distance.min() + 1)
        chosen = np.flatnonzero(near & (self.jaw_weight > 0.5))
        if not len(chosen):
            chosen = np.argsort(distance)[:1]
        return chosen[:: max(1, len(chosen) // CHIN_POINTS)]
