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
from .flesh import Flesh
from .regions import Regions
from .sway import Sway


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


class Simulation:
    """Flesh of an actor that plays frames.

    Args:
        flesh: with tracks.
        model: the actor.
        stop: when a frame is near enough.
        survey: of the skin in rest, where it is known.
        sway: of the take's frames under gravity, motion and tissue; None for none.
    """

    def __init__(
        self,
        flesh: Flesh,
        model: AimModel,
        stop: Stop | None = None,
        survey: FaceSurvey | None = None,
        sway: Sway | None = None,
    ) -> None:
        self.flesh, self.model, self.sway = flesh, model, sway
        self.drive = Drive(flesh)
        elastic = flesh.elastic if sway is None else sway.elastic
        self.solver = Equilibrium(elastic, flesh.blocks, stop or Stop())
        self.regions = Regions.find(flesh, (survey or FaceSurvey(model.neutral)).landmarks)
        self._last: np.ndarray | None = None

    def frame(self, number: int, weights: np.ndarray, jaw: np.ndarray) -> SimulatedFrame:
        """The frame of expression weights [E] and jaw parameters [4].

        A frame that does not come to rest is given as it is, and the next one starts from the last that did.
        """
        tensors = (
            torch.as_tensor(np.asarray(weights, float)),
            torch.as_tensor(np.asarray(jaw, float)),
        )
        pull = self.drive.pull_of(weights, jaw)
        if self.sway is not None:
            pull = pull + self.sway.pull(number)
        if self._last is None:
            solved = self.solver.newton(self.drive.passive(tensors[1]).numpy(), pull)
        else:
            solved = self.solver.follow(self._last, pull)
        if solved.converged:
            self._last = solved.free
        strain = self.solver.strain(solved.free)
        region, change = self.regions.worst(strain)
        return SimulatedFrame(
            number,
            self._skin(solved.free, *tensors),
            solved.free,
            solved.steps,
            solved.step_mm,
            solved.converged,
            region,
            change,
            int((strain.volume <= 0).sum()),
        )

    def _skin(self, free: np.ndarray, weights: torch.Tensor, jaw: torch.Tensor) -> np.ndarray:
        """The whole skin [V, 3]: what the flesh carries, and the model's own beyond it."""
        pose = self.model.joint.pose(jaw.numpy())
        skin = self.model.skin(weights.numpy().astype(np.float32), pose)
        skin[self.flesh.skin] = self.drive.skin(torch.as_tensor(free), weights, jaw).numpy()
        return skin
