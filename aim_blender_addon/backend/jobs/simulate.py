# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The job that simulates a take through an actor's muscles."""

import hashlib
import time
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ..muscles.motion import Motion
from ..progress import Progress
from .fleshed_actor import FleshedActor
from .wire import Request

if TYPE_CHECKING:
    from ..model.aim import AimModel
    from ..muscles.simulate import SimulatedFrame, Simulation
    from ..muscles.take import Poses
    from ..muscles.touching import Touching


@dataclass(frozen=True)
class SimulateRequest(Request):
    """Simulate poses.

    Attributes:
        actor: the actor with its flesh.
        weights: [T, E] of the expressions.
        jaw_parameters: [T, 4] of the joint: radians, mm, mm, mm.
        take_name: of the poses, for messages.
        motion: gravity, the head's motion and tissue; None for nothing of it.
        activations: [T, M] of the muscles named; they draw the flesh in place of the weights.
        muscles: M names.
        contact: bones, teeth, eyes, lips and lids keep the skin out.
        depths: of every frame are measured, with contact or without; it takes some seconds before the first.
    """

    actor: FleshedActor
    weights: np.ndarray
    jaw_parameters: np.ndarray
    take_name: str
    motion: Motion | None = None
    activations: np.ndarray | None = None
    muscles: tuple[str, ...] = ()
    contact: bool = False
    depths: bool = False

    def settings(self) -> dict[str, Any]:
        """What frames depend on beside model, flesh and poses, ready for JSON."""
        others = {
            "actor",
            "weights",
            "jaw_parameters",
            "take_name",
            "activations",
            "muscles",
            "depths",
        }
        own = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in others}
        if self.activations is not None:
            values = np.ascontiguousarray(self.activations, float).tobytes()
            own["activations"] = hashlib.sha256(values).hexdigest()
            own["muscles"] = list(self.muscles)
        own["strengths"] = self.actor.strengths
        return own | {"motion": self.motion.settings() if self.motion else None}


@dataclass(frozen=True)
class SimulateResult:
    """What came of it.

    Attributes:
        vertices: [T, V, 3] float32 mm, head space.
        report: figures, lists with a value a frame.
    """

    vertices: np.ndarray
    report: dict[str, Any]


@dataclass
class Begun:
    """Poses that are about to be simulated, and the figures of those that are done."""

    model: "AimModel"
    poses: "Poses"
    simulation: "Simulation"
    frames: "list[SimulatedFrame]" = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    measure: "Touching | None" = None
    depths: list[tuple[float, float]] = field(default_factory=list)

    @classmethod
    def of(cls, request: SimulateRequest) -> "Begun":
        """Model, flesh and poses, checked; raises ModelFileError and AimError."""
        from ..errors import AimError
        from ..muscles.contract import ContractedSimulation, check_activations
        from ..muscles.simulate import Simulation
        from ..muscles.sway import Sway
        from ..muscles.take import check_poses
        from ..muscles.touch_make import make_touching

        model = request.actor.model.read()
        flesh = request.actor.read_flesh(model)
        poses = check_poses(request.weights, request.jaw_parameters, model, request.take_name)
        survey = request.actor.survey(model)
        touching = measure = None
        if request.contact or request.depths:
            touching = measure = make_touching(flesh, model, survey)
            poses = replace(poses, notes=(*poses.notes, *touching.notes))
            touching = touching if request.contact else None
            measure = measure if request.depths else None
        if request.activations is not None:
            if request.motion is not None and request.motion.acts:
                raise AimError(
                    "Activations are played at rest: leave gravity and secondary motion out, or give weights"
                )
            activations, notes = check_activations(
                request.activations, request.muscles, flesh, len(poses.weights), request.take_name
            )
            poses = replace(poses, notes=(*poses.notes, *notes))
            played = ContractedSimulation(
                flesh, model, activations, survey=survey, touching=touching
            )
            return cls(model, poses, played, measure=measure)
        sway = None
        if request.motion is not None and request.motion.acts:
            sway = Sway(flesh, model, poses, request.motion, request.take_name, survey=survey)
            poses = replace(poses, notes=poses.notes + sway.path.notes)
        played = Simulation(flesh, model, survey=survey, sway=sway, touching=touching)
        return cls(model, poses, played, measure=measure)

    def frame(self, number: int, progress: Progress) -> np.ndarray:
        """Simulate a frame; its skin [V, 3] float32 mm."""
        count = len(self.poses.weights)
        progress("simulating", number / max(count, 1), {"frame": number + 1, "frames": count})
        begun = time.perf_counter()
        frame = self.simulation.frame(number, self.poses.weights[number], self.poses.jaw[number])
        self.seconds.append(time.perf_counter() - begun)
        self.frames.append(replace(frame, skin=np.zeros((0, 3)), free=np.zeros((0, 3))))
        if self.measure is not None:
            touch = self.measure.posed(
                self.measure.laid(frame.skin, frame.free),
                self.model.joint.pose(self.poses.jaw[number]),
            )
            touch.renew(frame.free)
            self.depths.append(touch.depths(touch.skin(frame.free)))
        return frame.skin

    def report(self) -> dict[str, Any]:
        """Figures, ready for JSON."""
        from ..muscles.factor import SLOW_SOLVER, SuperLu

        late = [frame.number for frame in self.frames if not frame.converged]
        notes = list(self.poses.notes)
        if late:
            notes.append(
                f"{len(late)} of {len(self.frames)} frames did not come to rest, the first is {late[0]}; "
                "the rest went on from the last good one"
            )
        if self.simulation.solver.solver == SuperLu.name:
            notes.append(SLOW_SOLVER)
        return {
            "frames": len(self.frames),
            "solver": self.simulation.solver.solver,
            "seconds": sum(self.seconds),
            "seconds_per_frame": self.seconds,
            "seconds_per_frame_mean": float(np.mean(self.seconds)) if self.seconds else 0.0,
            "residual": [frame.residual_mm for frame in self.frames],
            "steps": [frame.steps for frame in self.frames],
            "worst_region": [frame.worst_region for frame in self.frames],
            "worst_region_volume": [frame.worst_region_volume for frame in self.frames],
            "sway_mm": list(self.simulation.sway.largest_mm) if self.simulation.sway else [],
            "inverted": [frame.inverted for frame in self.frames],
            "deepest_mm": [frame.deepest_mm for frame in self.frames if self.simulation.touching],
            "unsettled_frames": late,
            "notes": notes,
        } | self._depths()

    def _depths(self) -> dict[str, Any]:
        if self.measure is None:
            return {}
        bone, other = np.array(self.depths).reshape(-1, 2).T.tolist()
        return {"deepest_in_bone_mm": bone, "through_lips_mm": other}


def run(request: SimulateRequest, progress: Progress) -> SimulateResult:
    """Simulate; raises ModelFileError and AimError where model, flesh or poses cannot be used."""
    begun = Begun.of(request)
    vertices = [begun.frame(number, progress) for number in range(len(begun.poses.weights))]
    return SimulateResult(np.stack(vertices), begun.report())
