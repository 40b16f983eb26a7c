# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A face made ready for editing: what all edits of it share."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from ..anatomy.jaw.joint import JawJoint
from ..contact.parting import Openings, parted
from ..errors import EditError
from ..geometry.kernels import AlongSkin, compact
from ..geometry.laplacian import SurfaceOperator
from ..geometry.skinning import skin_with_jaw
from ..geometry.smooth import smooth_step
from ..model.aim import AimModel
from ..progress import Progress, silent
from ..solving.solving_face import leave_one_out_sigma
from .bone_field import BoneField, Bones
from .handles import Handles
from .limits import TissueLimits, jaw_samples
from .places import survey_if_found
from .projection import project

if TYPE_CHECKING:
    from .drag import Drag

#: The chin's skin, whose weights go with the jaw: that near to the lower incisors, mm.
CHIN_MM = 35.0
#: The jaw goes no farther than it can without pressing into skin that it does not carry by more than this, mm.
PRESS_MM = 10.0
#: Jaw weights below the first are taken for nothing, from the second on as they are: what is left of a fit at lids and
#: brows would let them tremble with the jaw.
NO_JAW, SOME_JAW = 0.02, 0.1


@dataclass(frozen=True)
class EditSettings:
    """How an edit is solved.

    Attributes:
        reach_mm: how far the weights at two points are alike: wide and fine, which are added.
        share: variance of both.
        around: skin this near to a handle moves freely, and skin farther than that from all of them not at all;
            in lengths of the jaw (90 mm in an adult), so that a child's face is edited alike.
        misfit_mm: how closely the weights follow the handles; the remainder does the rest.
        weight_limits: weights stay between these.
        jaw_stray_mm: how far the jaw usually strays from what the weights' scans tell.
        jaw_side_mm: how far a jaw usually swings and shifts sideways when no handle holds the chin.
        idle: weight below which an expression counts as not shown.
        remainder: whether what the expressions cannot reach is reached by a local bulge.
        remainder_mm: length over which that fades (the falloff), and its largest size.
        steps: Gauss-Newton steps.
    """

    reach_mm: tuple[float, float] = (600.0, 80.0)
    share: tuple[float, float] = (1.0, 0.05)
    around: tuple[float, float] = (0.33, 0.76)
    misfit_mm: float = 0.2
    weight_limits: tuple[float, float] = (-0.5, 1.5)
    jaw_stray_mm: float = 1.0
    jaw_side_mm: float = 1.0
    idle: float = 0.1
    remainder: bool = True
    remainder_mm: float = 10.0
    steps: int = 6


@dataclass(frozen=True)
class Start:
    """The expression an edit starts from: weights [V, E] and jaw parameters [4]; remainder [V, 3] mm, unposed."""

    weights: np.ndarray
    jaw: np.ndarray
    remainder: np.ndarray


class EditableFace:
    """A model made ready for editing; takes some seconds once, and serves any number of edits.

    Raises:
        EditError: the model has no bones.
    """

    def __init__(
        self,
        model: AimModel,
        settings: EditSettings | None = None,
        progress: Progress = silent,
    ):
        if not len(model.skull.face_sizes) or not len(model.jaw.face_sizes):
            raise EditError(
                f"'{model.name}' has no bones to hold the skin: fit it again with skull and jaw, "
                "or with estimated bones"
            )
        at = model.evaluate()
        self.model, self.settings = model, settings or EditSettings()
        self.rest = at.skin.astype(np.float64)
        self.displacements = at.displacements.astype(np.float64).transpose(1, 2, 0)  # [V, 3, E]
        self.jaw_weight = at.jaw_weight.astype(np.float64)
        share = smooth_step((self.jaw_weight - NO_JAW) / (SOME_JAW - NO_JAW))
        self.carried = self.jaw_weight * share
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
        self.along_skin = AlongSkin(self.operator, self.rest, self.settings.remainder_mm)
        survey = survey_if_found(model.neutral)
        self.landmarks = survey.landmarks if survey else {}
        self.openings = Openings.of(model, survey, self.operator)
        self.chin = self._chin()
        self.pressable = self._pressable()
        self._columns = np.ascontiguousarray(self.displacements.transpose(0, 2, 1), np.float32)

    def start(self, weights: np.ndarray | None = None, jaw: np.ndarray | None = None) -> Start:
        """The start from weights [E] or [V, E] (none: rest), with the jaw [4] that the scans say or that is given.

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
        return Start(weights, self.joint.within_limits(jaw), np.zeros((count, 3)))

    def displacement(self, weights: np.ndarray) -> np.ndarray:
        """Unposed displacement [V, 3] of local weights [V, E]."""
        return np.matmul(weights.astype(np.float32)[:, None], self._columns)[:, 0].astype(float)

    def posed(self, start: Start) -> np.ndarray:
        """Skin [V, 3] mm, head space."""
        shape = self.rest + self.displacement(start.weights) + start.remainder
        return skin_with_jaw(shape, self.joint.pose(start.jaw), self.jaw_weight)

    def covariance(self, points: np.ndarray) -> np.ndarray:
        """How alike weights are at the vertices and at points [M, 3] mm of the neutral, [V, M]."""
        pairs = zip(self.settings.share, self.settings.reach_mm, strict=True)
        return sum(share * compact(self.rest, points, reach) for share, reach in pairs)

    @cached_property
    def covariance_with_chin(self) -> np.ndarray:
        """The same for the points of the chin, [V, N]."""
        return self.covariance(self.rest[self.chin])

    @cached_property
    def doubt(self) -> np.ndarray:
        """How far [V] mm the scans usually miss each other; see ``solving.solving_face``."""
        return leave_one_out_sigma(self.displacements)

    def carried_by(self, pose: np.ndarray, shape: np.ndarray) -> np.ndarray:
        """Shape [V, 3] taken along by a jaw pose [4, 4], without the weights that are noise."""
        return skin_with_jaw(shape, pose, self.carried)

    def lawful(self, shape: np.ndarray, pose: np.ndarray) -> np.ndarray:
        """Skin [V, 3] mm under a jaw pose [4, 4], brought within the limits everywhere; lips and lids parted."""
        apart = parted(shape, self.openings.held(self.rest, np.zeros(0, int), self.rest))
        if apart is not None:
            shape = shape + apart
        return project(self.limits, shape, pose, self.carried_by(pose, self.rest)).points

    def grab(self, handles: Handles, start: Start | None = None) -> "Drag":
        """The handles taken hold of: what all positions of them share is worked out here."""
        from .drag import Drag  # a face knows what is done with it, not how

        return Drag(self, handles, start or self.start())

    def jaw_within_reach(
        self, jaw: np.ndarray, start: np.ndarray, shape: np.ndarray | None = None
    ) -> np.ndarray:
        """Parameters [4] on the way from ``start`` [4] to ``jaw`` [4] as far as joint and skin let the jaw go.

        Args:
            jaw: [4].
            start: [4].
            shape: [N, 3] mm, what the jaw takes along at the vertices ``pressable``: by default the rest.
        """
        wanted = self.joint.within_limits(jaw)
        shape = self.rest[self.pressable] if shape is None else shape
        low, high = 0.0, 1.0
        if self._pressed(wanted, shape) <= PRESS_MM:
            return wanted
        for _ in range(6):
            middle = (low + high) / 2
            if self._pressed(start + middle * (wanted - start), shape) <= PRESS_MM:
                low = middle
            else:
                high = middle
        return start + low * (wanted - start)

    def _pressed(self, jaw: np.ndarray, shape: np.ndarray) -> float:
        """How far skin [N, 3] at the vertices ``pressable`` would be in the bones if the jaw took it along, mm."""
        pose, rows = self.joint.pose(jaw), self.pressable
        posed = skin_with_jaw(shape, pose, self.jaw_weight[rows])
        away = self.bones.distances(posed, pose)
        return float(self.limits.excess(away, rows).amount.max(initial=0.0))

    def _pressable(self) -> np.ndarray:
        """Vertices [N] that some pose of the jaw presses into a bone."""
        rows = np.flatnonzero((self.jaw_weight > 0.02) & (self.jaw_weight < 0.98))
        most = np.zeros(len(rows))
        for parameters in jaw_samples(self.joint):
            pose = self.joint.pose(parameters)
            shape = skin_with_jaw(self.rest[rows], pose, self.jaw_weight[rows])
            excess = self.limits.excess(self.bones.distances(shape, pose), rows)
            most = np.maximum(most, excess.amount)
        return rows[most > PRESS_MM / 8]

    def _chin(self) -> np.ndarray:
        near = np.linalg.norm(self.rest - self.joint.incisor, axis=1)
        chosen = np.flatnonzero((near < max(CHIN_MM, near.min() + 1)) & (self.jaw_weight > 0.5))
        if not len(chosen):
            chosen = np.argsort(near)[:1]
        return chosen[:: max(1, len(chosen) // 100)]
