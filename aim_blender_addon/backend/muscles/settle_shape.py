# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shapes brought as near to what flesh allows as can be: sculpted and retargeted ones keep their volume again.

Where the jaw is not known, the weights and the jaw that come nearest to the shape are found first. Flesh comes to rest
with its skin pinned to the shape. Then skin and muscles are let go and drawn back softly, so that the flesh regains its
volume and unfolds. The skin moves by what the flesh moves, smoothed along the skin as flesh bends at the sides of its
cubes (``even_skin``). So what is finer than the flesh mesh stays as it was, and no facets of that mesh show.

With contact the flesh is let go from its rest under the shape's jaw. So skin that a sculptor pushed through a tooth
stops before it.
"""

from dataclasses import dataclass

import numpy as np
import torch

from ..anatomy.survey import FaceSurvey
from ..geometry.mesh import vertex_areas
from ..model.aim import AimModel
from ..progress import Progress, silent
from .equilibrium import Equilibrium, Solved
from .even_skin import EvenSkin
from .flesh import Flesh
from .match_face import MuscleFace, Places, PlainFace
from .match_run import match
from .pinning import pinned_to_skin, skin_pull
from .regions import Regions
from .sights import InSpace
from .springs import spring_blocks, spring_matrix
from .touching import Touch, Touching

#: Springs that draw the skin to the shape at firmness 1, N/mm^3.
DRAWN = 0.15
#: Steps shorter than this end the search, mm.
CLOSE_MM = 0.01
#: Springs of muscles and fascia that hold the flesh where the shape has it, in their usual stiffness.
SOFT = 0.3

#: What the flesh moves is smoothed in so many rounds, each of what the last ones left out: facets stay small, and wide
#: motions stay nearly as large as the flesh moves them.
SMOOTHED_ROUNDS = 4


@dataclass(frozen=True)
class SettledShape:
    """A shape that flesh allows.

    Attributes:
        skin: [V, 3] float32 mm.
        jaw: [4] parameters, given or found.
        moved_mm: mean, 99th percentile and largest over the skin that the flesh carries.
        region, volume: the region that changed most, and by which share, before; and after.
        inverted: tetrahedra inside out before and after.
        converged: the flesh came to rest.
        deepest_mm: farthest that the skin lies in what it touches, beyond the rest; None without contact.
    """

    skin: np.ndarray
    jaw: np.ndarray
    moved_mm: tuple[float, float, float]
    region: tuple[str, str]
    volume: tuple[float, float]
    inverted: tuple[int, int]
    converged: bool
    deepest_mm: float | None = None


class ShapeSettler:
    """Flesh of an actor that shapes are laid on.

    Args:
        flesh: with tracks.
        model: the actor.
        firmness: how firmly the skin keeps to the shape; 1 is usual.
        survey: of the skin in rest, where it is known.
        touching: what the skin touches; None for nothing.
    """

    def __init__(
        self,
        flesh: Flesh,
        model: AimModel,
        firmness: float = 1.0,
        survey: FaceSurvey | None = None,
        touching: Touching | None = None,
    ) -> None:
        self.flesh, self.model, self.touching = flesh, model, touching
        places = Places.at_vertices(flesh.skin)
        self.face, self._plain = MuscleFace(flesh, model, places), PlainFace(model, places)
        self._even = EvenSkin(model, self.face.drive)
        self._jaws = np.array([model.joint.parameters(pose) for pose in model.jaw_poses])
        self._pinned = pinned_to_skin(flesh)
        self._drawn_by = DRAWN * firmness * vertex_areas(model.neutral)[flesh.skin]
        count = len(flesh.lattice.cubes)
        pins = spring_blocks(count, flesh.skin_cube, flesh.skin_shares, self._drawn_by)
        still = SOFT * flesh.track_blocks + flesh.holds["border"]
        self._still = spring_matrix(flesh.lattice, still)
        bones = flesh.holds["skull"] + flesh.holds["jaw"]
        couples = np.zeros((0, 2), int) if touching is None else touching.couples
        self._drawn = Equilibrium(flesh.elastic, pins + still + bones, couples=couples)
        self._regions = Regions.find(flesh, (survey or FaceSurvey(model.neutral)).landmarks)

    def settle(
        self, shape: np.ndarray, jaw: np.ndarray | None = None, progress: Progress = silent
    ) -> SettledShape:
        """A shape [V, 3] mm in head space as flesh allows it; without a jaw [4] the one that fits best is found."""
        flesh, places = self.flesh, self.flesh.skin_places
        shape = np.asarray(shape, float)
        progress("looking for the nearest pose", 0.0, {})
        start, jaw = self._below(shape, jaw)
        pose = self.model.joint.pose(jaw)
        progress("settling the flesh", 0.6, {})
        pinned = self._pinned.newton(start, skin_pull(flesh, shape, pose))
        wanted = places @ pinned.free
        pull = flesh.bone_pull(pose) + self._still @ pinned.free
        pull = pull + places.T @ (self._drawn_by[:, None] * wanted)
        start, touch = pinned.free, None
        if self.touching is not None:
            touch = self.touching.posed(self.touching.laid(shape, pinned.free), pose)
            start = self.face.drive.passive_of(jaw)
        self._drawn.touch = touch
        drawn = self._drawn.newton(start, pull, CLOSE_MM)
        skin = shape.copy()
        skin[flesh.skin] = self._shown(
            shape[flesh.skin], places @ drawn.free - wanted, drawn, touch
        )
        deepest = None if touch is None else touch.deepest(skin[self.touching.vertices])
        strains = self._pinned.strain(pinned.free), self._drawn.strain(drawn.free)
        worst = [self._regions.worst(strain) for strain in strains]
        size = np.linalg.norm((skin - shape)[flesh.skin], axis=1)
        return SettledShape(
            skin.astype(np.float32),
            jaw,
            (float(size.mean()), float(np.percentile(size, 99)), float(size.max())),
            (worst[0][0], worst[1][0]),
            (worst[0][1], worst[1][1]),
            tuple(int((strain.volume <= 0).sum()) for strain in strains),
            drawn.converged,
            deepest,
        )

    def _shown(
        self, shape: np.ndarray, moved: np.ndarray, drawn: Solved, touch: Touch | None
    ) -> np.ndarray:
        """Skin [S, 3] mm of a shape [S, 3] that the flesh moves by [S, 3] mm, without the creases of its mesh."""
        even = shape
        for _ in range(SMOOTHED_ROUNDS):  # what smoothing took of wide motions is given back
            even = self._even.evened(shape + moved, even)
        if touch is None:
            return even
        return self._even.handed_out(touch, drawn.free, even)

    def _below(self, shape: np.ndarray, jaw: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
        """Flesh [F, 3] near that below a shape, and the jaw [4] in it."""
        skin, joint = shape[self.flesh.skin], self.model.joint
        if jaw is not None:
            jaw = joint.within_limits(jaw)
            return self.face.drive.passive(torch.as_tensor(jaw)).numpy(), jaw
        rest = self.model.neutral.vertices[self.flesh.skin].astype(float)
        at_rest = np.eye(4)
        _, found = match(
            self._plain, self.face, joint, self._jaws, InSpace(skin), rest, head=at_rest
        )
        return found.look.free, found.look.jaw
