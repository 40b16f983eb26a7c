# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An actor's model made ready for solving: weights that vary over the skin, and their usual error.

In the unposed space (head, jaw and skinning undone) a frame's displacement is

    d(c) = sum_i (w_i + sum_k W_ik phi_k(c)) e_i(c) + R(c)

with global weights w, smooth functions phi_k of the neutral skin and a smooth remainder R. From few
points R may also hold skin back from following the jaw, see ``sparse_field``.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp
import scipy.sparse.linalg as sla

from ..anatomy.jaw.joint import JawJoint
from ..geometry.laplacian import SurfaceOperator
from ..geometry.mesh import Mesh
from ..geometry.skinning import undo_jaw
from ..geometry.surface import SurfacePoints, nearest_points
from ..model.aim import AimModel

#: Density of the functions on skin that no scan moves, as a fraction of the average: it needs some to be determined.
STILL_DENSITY = 0.03
#: Skin has no opposite if its mirror image is off the face by more than this, in lengths of the jaw.
NO_OPPOSITE = 0.1
#: Ridge of the prediction of a scan from the others, times the mean energy of a scan.
SCAN_RIDGE = 1e-2


@dataclass(frozen=True)
class FacePoints:
    """The model at M points of the skin, float64, mm, head space.

    Attributes:
        rest: [M, 3] position in the neutral.
        displacements: [M, 3, E] expression displacements.
        jaw_weight: [M].
        functions: [M, K] the functions phi_k.
        sigma: [M] mm, usual residual of global weights at the point (root mean square).
    """

    rest: np.ndarray
    displacements: np.ndarray
    jaw_weight: np.ndarray
    functions: np.ndarray
    sigma: np.ndarray

    def __len__(self) -> int:
        return len(self.rest)

    def picked(self, rows: np.ndarray) -> "FacePoints":
        """The points ``rows`` alone."""
        return FacePoints(
            self.rest[rows],
            self.displacements[rows],
            self.jaw_weight[rows],
            self.functions[rows],
            self.sigma[rows],
        )


@dataclass(frozen=True)
class SolvingFace:
    """What solving needs of a model.

    Attributes:
        skin: the model at the V vertices.
        mesh: the neutral.
        operator: surface operator of the neutral.
        frequency: [K] eigenvalues of the functions, ascending.
        joint: the jaw's joint.
        scan_jaws: [E, 4] jaw parameters of the scans.
        expression_names: E names.
    """

    skin: FacePoints
    mesh: Mesh
    operator: SurfaceOperator
    frequency: np.ndarray
    joint: JawJoint
    scan_jaws: np.ndarray
    expression_names: tuple[str, ...]

    @property
    def expressions(self) -> int:
        """Number of expressions E."""
        return len(self.expression_names)

    @property
    def functions(self) -> int:
        """Number of functions K, the constant included."""
        return len(self.frequency)

    @cached_property
    def _columns(self) -> np.ndarray:
        """[V, E, 3] float32 displacements, for the product with local weights."""
        return np.ascontiguousarray(self.skin.displacements.transpose(0, 2, 1), np.float32)

    @cached_property
    def _phi(self) -> np.ndarray:
        return np.ascontiguousarray(self.skin.functions, np.float32)

    @cached_property
    def mirrored(self) -> np.ndarray:
        """[K, K] what mirroring the face does to coefficients of the functions.

        A point's opposite is the skin nearest to its mirror image. A point without an opposite keeps its own value.
        """
        skin, left = self.skin, self.joint.left
        across = (skin.rest - self.joint.pivot) @ left
        opposite = skin.rest - 2 * across[:, None] * left
        surface = nearest_points(self.mesh, opposite)
        seen = np.einsum("nk,nkc->nc", surface.weights, skin.functions[surface.corners])
        far = np.linalg.norm(surface.interpolate(skin.rest) - opposite, axis=1)
        unpaired = far > NO_OPPOSITE * self.joint.length
        seen[unpaired] = skin.functions[unpaired]
        weighted = skin.functions * motion_density(self.operator, skin.displacements)[:, None]
        return np.linalg.solve(weighted.T @ skin.functions, weighted.T @ seen)

    def displacement(self, weights: np.ndarray) -> np.ndarray:
        """Unposed displacement [V, 3] float32 of weights [E, K] (column 0: the constant function)."""
        local = self._phi @ np.asarray(weights, np.float32).T  # [V, E]
        return np.matmul(local[:, None], self._columns)[:, 0]

    def projection(self, field: np.ndarray) -> np.ndarray:
        """Inner products [E, K] of a field [V, 3] with phi_k e_i; summed per vertex first, which is cheap."""
        products = np.matmul(self._columns, np.asarray(field, np.float32)[:, :, None])[:, :, 0]
        return products.T @ self._phi

    def at(self, points: SurfacePoints) -> FacePoints:
        """The model at points of the neutral's surface."""
        return FacePoints(
            *(
                np.einsum("nk,nk...->n...", points.weights, field[points.corners])
                for field in (
                    self.skin.rest,
                    self.skin.displacements,
                    self.skin.jaw_weight,
                    self.skin.functions,
                    self.skin.sigma,
                )
            )
        )


def held_back(points: FacePoints, jaw: np.ndarray) -> np.ndarray:
    """Displacement [M, 3] mm, before the skinning, of skin that stays at rest under a jaw pose [4, 4]."""
    return undo_jaw(points.rest, jaw, points.jaw_weight) - points.rest


def prepare_face(model: AimModel, functions: int = 50) -> SolvingFace:
    """A model made ready for solving with ``functions`` functions (docs/decisions/tried-performance.md)."""
    at = model.evaluate()
    displacements = at.displacements.astype(np.float64).transpose(1, 2, 0)  # [V, 3, E]
    operator = SurfaceOperator.of(model.neutral.vertices, model.neutral.triangles)
    phi, frequency = motion_functions(operator, displacements, functions)
    skin = FacePoints(
        at.skin.astype(np.float64),
        displacements,
        at.jaw_weight.astype(np.float64),
        phi,
        leave_one_out_sigma(displacements),
    )
    jaws = np.array([model.joint.parameters(jaw) for jaw in model.jaw_poses]).reshape(-1, 4)
    return SolvingFace(
        skin, model.neutral, operator, frequency, model.joint, jaws, model.expression_names
    )


def motion_functions(
    operator: SurfaceOperator, displacements: np.ndarray, count: int
) -> tuple[np.ndarray, np.ndarray]:
    """The smoothest functions [V, count] and their eigenvalues, fine where the face moves much.

    They are eigenfunctions of L phi = lambda rho M phi. The density rho is the size of the expressions'
    motion, so that the functions vary on lips and lids rather than on the scalp. The first is constant.

    Args:
        operator: of the neutral.
        displacements: [V, 3, E] mm.
        count: functions, the constant included; at most V - 2 are returned.
    """
    density = motion_density(operator, displacements)
    start = np.random.default_rng(0).standard_normal(len(density))  # the same result every time
    values, functions = sla.eigsh(
        operator.stiffness,
        min(count, len(density) - 2),
        sp.diags(density).tocsc(),
        sigma=-1e-6,
        v0=start,
    )
    order = np.argsort(values)
    values, functions = values[order], functions[:, order] * np.sqrt(operator.area)
    functions[:, 0], values[0] = 1.0, 0.0
    return functions, np.maximum(values, 0.0)


def motion_density(operator: SurfaceOperator, displacements: np.ndarray) -> np.ndarray:
    """Density [V] of the functions at each vertex: its area times the size of its motion."""
    motion = np.sqrt((displacements**2).sum(axis=(1, 2)))
    density = operator.mass * (motion + STILL_DENSITY * max(motion.mean(), 1e-9))
    return density * operator.area / density.sum()


def leave_one_out_sigma(displacements: np.ndarray) -> np.ndarray:
    """Residual [V] mm of global weights on a scan that they were not fitted to, root mean square over scans."""
    columns = displacements.reshape(-1, displacements.shape[2])
    gram = columns.T @ columns
    count = len(gram)
    if count < 2:
        return np.linalg.norm(displacements, axis=1).max(axis=1)
    level = SCAN_RIDGE * np.trace(gram) / count
    total = np.zeros(len(displacements))
    for index in range(count):
        others = np.delete(np.arange(count), index)
        system = gram[np.ix_(others, others)] + level * np.eye(count - 1)
        weights = np.linalg.solve(system, gram[others, index])
        residual = displacements[:, :, index] - displacements[:, :, others] @ weights
        total += (residual**2).sum(axis=1)
    return np.sqrt(total / count)
