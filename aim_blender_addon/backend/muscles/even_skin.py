# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The skin that a pose of the flesh shows, without the creases of the flesh mesh.

Flesh says where skin goes no finer than its cubes are wide. Between them it bends at their sides, which shows as dents
beside the corners of the mouth. So what flesh adds to the plain sum of shapes is smoothed along the skin. The sum
itself keeps every detail, and scans stay met, as flesh adds nothing there. Skin that touches stays where the flesh
came to rest with it. Smoothed, it would go back into a tooth. Where nothing is looked for
that touches, volume that a sum of shapes adds is taken back, see ``kept_volume``.
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
from .touch_slopes import ShownSlopes
from .touching import Touch

#: What flesh adds is smoothed over this share of a larger cube's edge.
SMOOTHED = 0.5
#: Skin that touches is brought back in so many rounds,
BACK_ROUNDS = 3
#: and skin around it goes along, all the way where this share of what is near touches.
ALONG_SHARE = 0.25


@dataclass(frozen=True)
class EvenSkin:
    """The skin of an actor's flesh.

    Attributes:
        model: the actor.
        drive: of its flesh.
        smoothed: over this share of a larger cube's edge; 0 leaves the skin as the flesh carries it.
        keeps_volume: skin gains no more volume than scans do.
    """

    model: AimModel
    drive: Drive
    smoothed: float = SMOOTHED
    keeps_volume: bool = True

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
        skin = self.model.skin(np.asarray(weights, np.float32), self.model.joint.pose(jaw))
        rows = self.drive.flesh.skin
        even = self.shown(free, weights, jaw, skin[rows].astype(float))
        skin[rows] = self.in_volume(free, np.concatenate([weights, jaw]).astype(float), even)
        return skin

    def shown(
        self, free: np.ndarray, weights: np.ndarray, jaw: np.ndarray, plain: np.ndarray
    ) -> np.ndarray:
        """Skin [S, 3] mm without creases, its volume as it is; nodes [F, 3], pose, and its plain sum [S, 3]."""
        at = torch.as_tensor(np.asarray(weights, float)), torch.as_tensor(np.asarray(jaw, float))
        return self.evened(self.drive.skin(torch.as_tensor(free), *at).numpy(), plain)

    @cached_property
    def _volume(self) -> KeptVolume | None:
        """None where skin may gain volume."""
        flesh = self.drive.flesh
        if not (self.keeps_volume and self.smoothed) or flesh.scan_volume is None:
            return None
        return KeptVolume(flesh, self.model)

    def in_volume(self, free: np.ndarray, pose: np.ndarray, even: np.ndarray) -> np.ndarray:
        """Skin [S, 3] mm with no more volume than scans have; of nodes [F, 3], pose [E + 4], skin without creases."""
        if self._volume is None:
            return even
        return self._volume.kept(free, even, pose[:-4], pose[-4])

    def in_volume_slopes(
        self,
        free: np.ndarray,
        pose: np.ndarray,
        even: np.ndarray,
        nodes: np.ndarray,
        ways: np.ndarray,
    ) -> np.ndarray:
        """Slopes [S, 3, P] of :meth:`in_volume`, of those of the nodes [F, 3, P] and of ``even`` [S, 3, P]."""
        if self._volume is None:
            return ways
        return self._volume.kept_slopes(free, even, pose[:-4], pose[-4], nodes, ways)

    def evened(self, carried: np.ndarray, plain: np.ndarray) -> np.ndarray:
        """Skin [S, ...] that the flesh carries, without creases, by the plain sum [S, ...]; or slopes of both."""
        factor, mass = self._smooth
        added = (carried - plain).reshape(len(mass), -1)
        return plain + factor.solve(mass[:, None] * added).reshape(plain.shape)

    def handed_out(self, touch: Touch, free: np.ndarray, even: np.ndarray) -> np.ndarray:
        """Skin [S, 3] mm above nodes [F, 3], off what it touches; ``even`` [S, 3] without creases."""
        rows = touch.touching.rows_of_flesh
        kept = self.kept(even, touch.skin(free)[rows], touch.touched(free, even))
        return touch.handed_out(free, kept)[rows]

    def shown_slopes(
        self, shown: ShownSlopes, nodes: np.ndarray, plain: np.ndarray, moves: np.ndarray
    ) -> np.ndarray:
        """Slopes [S, 3, P] of :meth:`handed_out`; how edges are held off has none, nor how firmly skin touches.

        Args:
            shown: of what is touched.
            nodes: [F, 3 P] slopes of the nodes, coordinate by coordinate.
            plain: [S, 3] mm, the plain sum of shapes.
            moves: [S, 3, P] its slopes.
        """
        touch, rows = shown.touch, shown.touch.touching.rows_of_flesh
        at, ways = touch.skin(shown.free), shown.carried(nodes)
        carried, carried_ways = at[rows], ways[:, rows].transpose(1, 2, 0)
        even = self.evened(carried, plain)
        touched = touch.touched(shown.free, even)
        even_ways = self.evened(carried_ways, moves)
        at[rows] = self.kept(even, carried, touched)
        ways[:, rows] = self.kept(even_ways, carried_ways, touched).transpose(2, 0, 1)
        return shown.layered(at, ways)[:, rows].transpose(1, 2, 0)

    def kept(self, even: np.ndarray, carried: np.ndarray, touched: np.ndarray) -> np.ndarray:
        """Skin [S, ...] without creases, near to what the flesh carries [S, ...] where it touches; or slopes.

        ``touched`` [S] from 0 to 1.
        """
        if not touched.any():
            return even
        factor, mass = self._smooth
        near = factor.solve(mass * touched)
        share = touched[:, None] * mass[:, None]
        along = (np.minimum(1.0, near / ALONG_SHARE) / np.maximum(near, 1e-9))[:, None]
        wanted, found = carried.reshape(len(mass), -1), even.reshape(len(mass), -1)
        for _ in range(BACK_ROUNDS):
            found = found + along * factor.solve(share * (wanted - found))
        return found.reshape(even.shape)
