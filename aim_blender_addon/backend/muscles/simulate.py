# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A take through the muscles, frame by frame: each starts where the last came to rest."""

from dataclasses import dataclass

import numpy as np
import torch

from ..anatomy.survey import FaceSurvey
from ..model.aim import AimModel
from .drive import Drive
from .equilibrium import Equilibrium, Stop
from .even_skin import EvenSkin
from .flesh import Flesh
from .regions import Regions
from .sway import Sway
from .touching import Touching


@dataclass(frozen=True)
class SimulatedFrame:
    """One frame.

    Attributes:
        number: in the take.
        skin: [V, 3] float32 mm, the whole skin.
        free: [F, 3] mm, nodes of the flesh.
        steps: of the solver.
        residual_mm: length of its last step.
        converged: it came to rest.
        worst_region: name of the region whose volume changed most.
        worst_region_volume: by which share.
        inverted: tetrahedra turned inside out.
        deepest_mm: farthest that the skin lies in what it touches, beyond the rest; 0 without contact.
    """

    number: int
    skin: np.ndarray
    free: np.ndarray
    steps: int
    residual_mm: float
    converged: bool
    worst_region: str
    worst_region_volume: float
    inverted: int
    deepest_mm: float = 0.0


class Simulation:
    """Flesh of an actor that plays frames.

    Args:
        flesh: with tracks.
        model: the actor.
        stop: when a frame is near enough.
        survey: of the skin in rest, where it is known.
        sway: of the take's frames under gravity, motion and tissue; None for none.
        touching: what the skin touches; None for nothing.
    """

    def __init__(  # noqa: PLR0913
        self,
        flesh: Flesh,
        model: AimModel,
        stop: Stop | None = None,
        survey: FaceSurvey | None = None,
        sway: Sway | None = None,
        touching: Touching | None = None,
    ) -> None:
        self.flesh, self.model, self.sway, self.touching = flesh, model, sway, touching
        self.drive = Drive(flesh)
        # Fuller tissue gains volume by intent.
        swells = sway is not None and sway.motion.tissue.fullness != 0
        keeps = touching is None and not swells
        self.even = EvenSkin(model, self.drive, keeps_volume=keeps)
        elastic = flesh.elastic if sway is None else sway.elastic
        blocks = flesh.blocks if sway is None else sway.blocks
        couples = np.zeros((0, 2), int) if touching is None else touching.couples
        self.solver = Equilibrium(
            elastic, blocks, stop or Stop(), shown=flesh.skin_places, couples=couples
        )
        self.regions = Regions.find(flesh, (survey or FaceSurvey(model.neutral)).landmarks)
        self._last: np.ndarray | None = None

    def pull(self, number: int, weights: np.ndarray, jaw: np.ndarray) -> np.ndarray:
        """[F, 3] N on the flesh in a frame, as ``Equilibrium`` takes it."""
        pull = self.drive.pull_of(weights, jaw)
        return pull if self.sway is None else pull + self.sway.pull(number)

    def frame(self, number: int, weights: np.ndarray, jaw: np.ndarray) -> SimulatedFrame:
        """The frame of expression weights [E] and jaw parameters [4].

        A frame that does not come to rest is given as it is, and the next one starts from the last that did.
        """
        tensors = (
            torch.as_tensor(np.asarray(weights, float)),
            torch.as_tensor(np.asarray(jaw, float)),
        )
        pull = self.pull(number, weights, jaw)
        if self.touching is not None:
            offset = self.touching.offset(*tensors).numpy()
            pose = self.model.joint.pose(jaw)
            self.solver.touch = self.touching.posed(offset, pose, self.solver.touch)
        if self._last is None:
            solved = self.solver.newton(self.drive.passive(tensors[1]).numpy(), pull)
        else:
            solved = self.solver.follow(self._last, pull)
        if solved.converged:
            self._last = solved.free
        strain = self.solver.strain(solved.free)
        region, change = self.regions.worst(strain)
        skin = self.even.whole(solved.free, weights, jaw)
        deepest = 0.0
        if self.solver.touch is not None:
            touch, rows = self.solver.touch, self.flesh.skin
            skin[rows] = self.even.handed_out(touch, solved.free, skin[rows])
            deepest = touch.deepest(skin[self.touching.vertices].astype(float))
        return SimulatedFrame(
            number,
            skin,
            solved.free,
            solved.steps,
            solved.step_mm,
            solved.converged,
            region,
            change,
            int((strain.volume <= 0).sum()),
            deepest,
        )
