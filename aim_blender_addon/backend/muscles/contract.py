# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The second drive: muscles contract by their activations, from the flesh under the jaw alone.

No tracks hold the flesh; the joint sets the jaw.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..anatomy.survey import FaceSurvey
from ..errors import AimError
from ..model.aim import AimModel
from .drive import Drive
from .equilibrium import Equilibrium, Stop
from .even_skin import EvenSkin
from .fibres import make_fibres
from .flesh import Flesh
from .jaw_base import JawBase
from .settle import activate
from .simulate import SimulatedFrame, Simulation
from .touching import Touching


def without_tracks(flesh: Flesh) -> Flesh:
    """The same flesh that bones and its border alone hold; fascia is passive."""
    holds = flesh.holds | {"fascia": np.zeros_like(flesh.holds["fascia"])}
    off = [m.with_state(on=False) for m in flesh.muscles]
    return replace(flesh, holds=holds, muscles=off, residual=None)


def _shown_by(model: AimModel, drive: Drive) -> EvenSkin:
    """The skin above flesh that no shapes draw: there is no sum whose volume would have to be kept."""
    return EvenSkin(model, drive, keeps_volume=False)


class Contraction:
    """Flesh that is drawn by its muscles alone.

    Args:
        flesh: with tracks, of which the flesh under the jaw alone is taken.
        model: the actor.
        stop: when to stop.
    """

    def __init__(self, flesh: Flesh, model: AimModel, stop: Stop | None = None) -> None:
        self.flesh, self.model, self.base = flesh, model, JawBase(flesh)
        bare = without_tracks(flesh)
        self.even = _shown_by(model, Drive(bare))
        fibres = make_fibres(flesh, passive=True)
        self.solver = Equilibrium(flesh.elastic, bare.blocks, stop or Stop(), extras=(fibres,))
        self.names = fibres.names
        self._none = np.zeros(len(flesh.expression_names))

    def pull(self, jaw: np.ndarray) -> np.ndarray:
        """[F, 3] N of bones, border and base under jaw parameters [4]."""
        return self.base.pull(self.solver, jaw)

    def skin(self, free: np.ndarray, jaw: np.ndarray) -> np.ndarray:
        """[S, 3] mm, the skin that is shown above nodes [F, 3] under jaw parameters [4]."""
        alone = self.model.skin(self._none.astype(np.float32), self.model.joint.pose(jaw))
        return self.even.shown(free, self._none, jaw, alone[self.flesh.skin].astype(float))

    def skin_slopes(self, nodes: np.ndarray) -> np.ndarray:
        """[S, K] slopes of the skin by those of the nodes [F, K]."""
        carried = self.flesh.skin_places @ nodes
        return self.even.evened(carried, np.zeros_like(carried))


class ContractedSimulation(Simulation):
    """Flesh of an actor that plays activations.

    Args:
        flesh: with tracks.
        model: the actor.
        activations: [T, M] from 0 to 1, of the muscles in the order of the flesh.
        stop: when a frame is near enough.
        survey: of the skin in rest, where it is known.
        touching: what the skin touches; None for nothing.
    """

    def __init__(  # noqa: PLR0913
        self,
        flesh: Flesh,
        model: AimModel,
        activations: np.ndarray,
        stop: Stop | None = None,
        survey: FaceSurvey | None = None,
        touching: Touching | None = None,
    ) -> None:
        bare = without_tracks(flesh)
        if touching is not None:
            touching = replace(touching, flesh=bare)
        super().__init__(bare, model, stop, survey, touching=touching)
        self.solver.extras = (make_fibres(flesh, passive=True),)
        self.even = _shown_by(model, self.drive)
        self.base, self.activations = JawBase(flesh), activations
        self.muscle_names = tuple(muscle.name for muscle in flesh.muscles)

    def pull(self, number: int, weights: np.ndarray, jaw: np.ndarray) -> np.ndarray:  # noqa: ARG002
        """[F, 3] N of bones, border and base."""
        return self.base.pull(self.solver, jaw)

    def frame(self, number: int, weights: np.ndarray, jaw: np.ndarray) -> SimulatedFrame:
        """The frame ``number`` of the activations with jaw parameters [4]; weights are not used."""
        activate(self.solver, self.activations[number])
        return super().frame(number, np.zeros_like(weights), jaw)


def check_activations(
    activations: np.ndarray, names: Sequence[str], flesh: Flesh, frames: int, source: str
) -> tuple[np.ndarray, list[str]]:
    """Activations [T, M] in the order of the flesh's muscles, from 0 to 1; and what was mended, a sentence each.

    Gaps are filled from their neighbours. Muscles that are not given rest.

    Raises:
        AimError: they do not fit the frames, name a muscle twice, or name none of the flesh.
    """
    activations = np.asarray(activations, float)
    if activations.shape != (frames, len(names)) or len(set(names)) != len(names):
        raise AimError(
            f"{source} has activations {activations.shape} of {len(set(names))} muscles in {frames} frames: "
            "give one value a muscle and frame"
        )
    known = [m.name for m in flesh.muscles]
    unknown = [name for name in names if name not in known]
    if len(unknown) == len(names):
        raise AimError(f"{source} names no muscle of this flesh: read activations back with it")
    notes = []
    if unknown:
        notes.append(f"{', '.join(unknown)}: no muscles of this flesh; they were left out")
    whole = np.zeros((frames, len(known)))
    gaps = beyond = 0
    at = np.arange(frames)
    for name, column in zip(names, activations.T, strict=True):
        if name in unknown:
            continue
        seen = np.isfinite(column)
        gaps += int((~seen).sum())
        filled = np.interp(at, at[seen], column[seen]) if seen.any() else np.zeros(frames)
        bounded = np.clip(filled, 0.0, 1.0)
        beyond += int((bounded != filled).sum())
        whole[:, known.index(name)] = bounded
    if gaps:
        notes.append(f"{gaps} activations are missing; they were filled from their neighbours")
    if beyond:
        notes.append(f"{beyond} activations are not from 0 to 1; they were held there")
    return whole, notes
