# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fitted anatomical model of one actor (numpy only, so that Blender can evaluate it without torch).

AIM (Chandran and Zoss, CVPR 2024) describes a face by five implicit functions of a point c of the
neutral skin: bone point B, thickness D, bone normal N, jaw weight K and expression displacements E.
Here they share one sine network and differ in its last, linear layer, and B is what D and N leave:

    B(c) = c - D(c) N(c)            so that s0(c) = B + D N = c exactly
    s(c; w, T, H) = H . LBS(s0 + sum_i w_i e_i ; T, K)

Unlike in the paper, the displacement comes before the skinning: it turns with the jaw. Blender's own stack of shape
keys and armature evaluates the same.
"""

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from ..anatomy.jaw.joint import JawJoint
from ..geometry.mesh import Mesh
from ..geometry.rigid import move_rigidly
from ..geometry.skinning import skin_with_jaw
from .network import SineNetwork

#: Rows evaluated at once; bounds the memory on dense meshes.
ROWS = 16384


@dataclass(frozen=True)
class Evaluated:
    """The five functions at N points, float32, millimetres, head space.

    Attributes:
        skin: [N, 3] the neutral skin s0.
        bone: [N, 3] bone point B.
        thickness: [N] soft-tissue thickness D >= 0.
        normal: [N, 3] unit bone normal N, from bone to skin.
        jaw_weight: [N] K in [0, 1].
        on_bone: [N] bool; False where no bone lies below and B is only a smooth continuation.
        displacements: [E, N, 3] expression displacements e_i, before the skinning.
    """

    skin: np.ndarray
    bone: np.ndarray
    thickness: np.ndarray
    normal: np.ndarray
    jaw_weight: np.ndarray
    on_bone: np.ndarray
    displacements: np.ndarray

    def shape(
        self, weights: np.ndarray, jaw: np.ndarray | None = None, head: np.ndarray | None = None
    ) -> np.ndarray:
        """Skin [N, 3] float32 for expression weights [E], jaw pose [4, 4] and head pose [4, 4]."""
        points = self.skin + np.tensordot(np.asarray(weights, np.float32), self.displacements, 1)
        if jaw is not None:
            points = skin_with_jaw(points, np.asarray(jaw), self.jaw_weight)
        if head is not None:
            points = move_rigidly(points, np.asarray(head))
        return points.astype(np.float32)


@dataclass(frozen=True)
class FittedAnatomy:
    """What a fit found and an edit of the anatomy has replaced; see ``editing.anatomy_edit``.

    Attributes:
        neutral, skull, jaw: [N, 3] vertices, mm.
        joint: the jaw's joint.
        jaw_poses: [E, 4, 4].
        detail: [V, 4], or None as in the model.
    """

    neutral: np.ndarray
    skull: np.ndarray
    jaw: np.ndarray
    joint: JawJoint
    jaw_poses: np.ndarray
    detail: np.ndarray | None


@dataclass(frozen=True)
class AimModel:
    """One actor's model.

    Attributes:
        name: the actor.
        neutral: skin in rest, V vertices; millimetres, head space.
        coordinates: [V, C] float32, what the network sees of each vertex (see ``model.network``).
        network: the shared sine network.
        heads: [F, 5 + 3E] float32, last layers: thickness, normal (3), jaw weight, displacements.
        bone_below: [V] float32, 1 where bone lies below the vertex, 0.5 at the border of such skin, else 0.
        expression_names: E names, in scan order.
        jaw_poses: [E, 4, 4] float64, jaw pose T of each scan.
        head_poses: [E, 4, 4] float64, head motion H that was removed from each scan.
        joint: the jaw's joint and limits.
        skull, jaw: the bones fitted to, in rest.
        bones_estimated: True if the bones were estimated from the skin.
        report: figures of the fit, ready for JSON.
        anatomy_detail: [V, 4] float32, residual of the network in thickness and normal (3) at the vertices. Depths
            jump at the rims of the bones, which no smooth function follows. Interpolated between them. None in
            models of older versions.
        carry: [V, 3, 3] float32, what an edit of the anatomy makes of displacements; None where there is none.
        fitted: the anatomy before that edit; None where there is none.
    """

    name: str
    neutral: Mesh
    coordinates: np.ndarray
    network: SineNetwork
    heads: np.ndarray
    bone_below: np.ndarray
    expression_names: tuple[str, ...]
    jaw_poses: np.ndarray
    head_poses: np.ndarray
    joint: JawJoint
    skull: Mesh
    jaw: Mesh
    bones_estimated: bool
    report: dict = field(default_factory=dict)
    anatomy_detail: np.ndarray | None = None
    carry: np.ndarray | None = None
    fitted: FittedAnatomy | None = None

    @cached_property
    def _at_vertices(self) -> Evaluated:
        return self._evaluate(
            self.neutral.vertices, self.coordinates, self.bone_below, self._detail, self.carry
        )

    @cached_property
    def _detail(self) -> np.ndarray:
        if self.anatomy_detail is None:
            return np.zeros((len(self.neutral.vertices), 4), np.float32)
        return self.anatomy_detail

    def evaluate(self) -> Evaluated:
        """The five functions at the neutral's vertices."""
        return self._at_vertices

    def evaluate_at(self, corners: np.ndarray, weights: np.ndarray) -> Evaluated:
        """The five functions at any points of the neutral surface.

        Args:
            corners: [N, 3] vertex numbers of the triangle that each point lies in.
            weights: [N, 3] barycentric weights; ``geometry.surface.nearest_points`` finds both.
        """
        fields = [self.neutral.vertices, self.coordinates, self.bone_below[:, None], self._detail]
        if self.carry is not None:
            fields.append(self.carry.reshape(-1, 9))
        mixed = np.einsum("nk,nkc->nc", weights, np.hstack(fields)[corners]).astype(np.float32)
        ends = np.cumsum([field.shape[1] for field in fields])[:-1]
        skin, coordinates, below, detail, *carry = np.split(mixed, ends, axis=1)
        carried = carry[0].reshape(-1, 3, 3) if carry else None
        return self._evaluate(skin, coordinates, below[:, 0], detail, carried)

    def skin(
        self, weights: np.ndarray, jaw: np.ndarray | None = None, head: np.ndarray | None = None
    ) -> np.ndarray:
        """Skin [V, 3] float32 for expression weights [E], jaw pose [4, 4] and head pose [4, 4]."""
        return self.evaluate().shape(weights, jaw, head)

    def scan(self, index: int) -> np.ndarray:
        """Scan ``index`` as the model has it: its displacement and jaw pose, head at rest; [V, 3]."""
        weights = np.zeros(len(self.expression_names), np.float32)
        weights[index] = 1.0
        return self.skin(weights, self.jaw_poses[index])

    def with_report(self, report: dict) -> "AimModel":
        """The same model with other figures."""
        return replace(self, report=report)

    def features(self) -> np.ndarray:
        """What the network makes of every vertex, [V, F] float32; ``heads`` are the last layer."""
        return self.network.features(self.coordinates)

    def _evaluate(
        self,
        skin: np.ndarray,
        coordinates: np.ndarray,
        below: np.ndarray,
        detail: np.ndarray,
        carry: np.ndarray | None,
    ) -> Evaluated:
        values = np.concatenate(
            [
                self.network.features(coordinates[start : start + ROWS]) @ self.heads
                for start in range(0, max(len(coordinates), 1), ROWS)
            ]
        )  # [N, 5 + 3E]
        values[:, :4] += detail
        thickness = np.maximum(values[:, 0], 0.0)
        length = np.linalg.norm(values[:, 1:4], axis=1, keepdims=True)
        normal = values[:, 1:4] / np.maximum(length, 1e-6)
        displacements = values[:, 5:].reshape(len(values), -1, 3)
        if carry is not None:
            displacements = displacements @ carry.transpose(0, 2, 1)
        displacements = displacements.transpose(1, 0, 2)
        return Evaluated(
            skin=np.asarray(skin, np.float32),
            bone=skin - thickness[:, None] * normal,
            thickness=thickness,
            normal=normal,
            jaw_weight=np.clip(values[:, 4], 0.0, 1.0),
            on_bone=below >= 0.5,
            displacements=np.ascontiguousarray(displacements),
        )
