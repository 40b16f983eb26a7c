# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The skin that a pose of the flesh shows, without the creases of the flesh mesh.

Flesh says where skin goes no finer than its cubes are wide. Between them it bends at their sides, which shows as dents
beside the corners of the mouth. So what flesh adds to the plain sum of shapes is smoothed along the skin. The sum
itself keeps every detail, and scans stay met, as flesh adds nothing there. Volume that a sum of shapes adds is taken
back then, see ``kept_volume``.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp
import scipy.sparse.linalg as sla
import torch

from ..geometry.laplacian import SurfaceOperator
from ..model.aim import AimModel
from .drive import Drive
from .kept_volume import KeptVolume
from .settle import PoseSlopes

#: What flesh adds is smoothed over this share of a larger cube's edge.
SMOOTHED = 0.5


@dataclass(frozen=True)
class EvenSkin:
    """The skin of an actor's flesh.

    Attributes:
        model: the actor.
        drive: of its flesh.
        smoothed: over this share of a larger cube's edge; 0 leaves the skin as the flesh carries it.
    """

    model: AimModel
    drive: Drive
    smoothed: float = SMOOTHED

    @cached_property
    def _smooth(self) -> tuple[sla.SuperLU, np.ndarray]:
        """The factor of heat flow on the skin that the flesh carries, and areas [S]; the border stays."""
        flesh, mesh = self.drive.flesh, self.model.neutral
        surface = SurfaceOperator.of(mesh.vertices, mesh.triangles)
        length = self.smoothed * float(flesh.lattice.edge.max())
        mass = surface.mass[flesh.skin]
        stiffness = surface.stiffness[flesh.skin][:, flesh.skin]
        return sla.splu((sp.diags(mass) + length**2 * stiffness).tocsc()), mass

    def whole(self, free: np.ndarray, weights: np.ndarray, jaw: np.ndarray) -> np.ndarray:
        """The whole skin [V, 3] float32 mm above nodes [F, 3], under weights [E] and jaw parameters [4].

        Beyond the flesh it is the model's own.
        """
        at = torch.as_tensor(np.asarray(weights, float)), torch.as_tensor(np.asarray(jaw, float))
        skin = self.model.skin(np.asarray(weights, np.float32), self.model.joint.pose(jaw))
        rows = self.drive.flesh.skin
        carried = self.drive.skin(torch.as_tensor(free), *at).numpy()
        pose = np.r_[np.asarray(weights, float), np.asarray(jaw, float)]
        skin[rows] = self.shown(free, pose, carried, skin[rows].astype(float))
        return skin

    @cached_property
    def _volume(self) -> KeptVolume | None:
        """None where skin is shown as the flesh carries it."""
        flesh = self.drive.flesh
        if not self.smoothed or flesh.scan_volume is None:
            return None
        return KeptVolume(flesh, self.model)

    def shown(
        self, free: np.ndarray, pose: np.ndarray, carried: np.ndarray, plain: np.ndarray
    ) -> np.ndarray:
        """Skin [S, 3] mm to show: without creases and with no more volume than the scans have.

        Args:
            free: [F, 3] mm, nodes of the flesh.
            pose: [E + 4] weights and jaw parameters.
            carried, plain: [S, 3] mm, skin as the flesh carries it, and the plain sum of shapes.
        """
        skin = self.evened(carried, plain)
        return skin if self._volume is None else self._volume.kept(free, skin, pose[:-4], pose[-4])

    def shown_slopes(  # noqa: PLR0913
        self,
        free: np.ndarray,
        pose: np.ndarray,
        carried: np.ndarray,
        plain: np.ndarray,
        slopes: PoseSlopes,
        plain_slopes: np.ndarray,
    ) -> np.ndarray:
        """Slopes [S, 3, P] of :meth:`shown` by weights and jaw, of those of flesh and plain sum [S, 3, P]."""
        ways = self.evened(slopes.skin, plain_slopes)
        if self._volume is None:
            return ways
        skin = self.evened(carried, plain)
        return self._volume.kept_slopes(free, skin, pose[:-4], pose[-4], slopes.nodes, ways)

    def evened(self, carried: np.ndarray, plain: np.ndarray) -> np.ndarray:
        """Skin [S, ...] that the flesh carries, without creases, by the plain sum [S, ...]; or slopes of both."""
        factor, mass = self._smooth
        added = (carried - plain).reshape(len(mass), -1)
        return plain + factor.solve(mass[:, None] * added).reshape(plain.shape)
