# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The job that simulates a take through an actor's muscles."""

import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..io.model_file import StoredModel
from ..progress import Progress
from .wire import Request


@dataclass(frozen=True)
class SimulateRequest(Request):
    """Simulate poses.

    Attributes:
        model: the actor's model file.
        flesh: the bytes of its flesh file.
        weights: [T, E] of the expressions.
        jaw_parameters: [T, 4] of the joint: radians, mm, mm, mm.
        flesh_name, take_name: of what both are from, for messages.
    """

    model: StoredModel
    flesh: bytes
    weights: np.ndarray
    jaw_parameters: np.ndarray
    flesh_name: str
    take_name: str


@dataclass(frozen=True)
class SimulateResult:
    """What came of it.

    Attributes:
        vertices: [T, V, 3] float32 mm, head space.
        report: figures, lists with a value a frame.
    """

    vertices: np.ndarray
    report: dict[str, Any]


def run(request: SimulateRequest, progress: Progress) -> SimulateResult:
    """Simulate; raises ModelFileError and AimError where model, flesh or poses cannot be used."""
    from ..muscles.flesh_file import flesh_from_bytes
    from ..muscles.simulate import Simulation
    from ..muscles.take import check_poses

    model = request.model.read()
    flesh = flesh_from_bytes(request.flesh, request.flesh_name, model)
    poses = check_poses(request.weights, request.jaw_parameters, model, request.take_name)
    simulation = Simulation(flesh, model)
    count = len(poses.weights)
    vertices = np.empty((count, len(model.neutral.vertices), 3), np.float32)
    frames = []
    started = time.perf_counter()
    seconds = []
    for number in range(count):
        progress("simulating", number / max(count, 1), {"frame": number + 1, "frames": count})
        begun = time.perf_counter()
        frame = simulation.frame(number, poses.weights[number], poses.jaw[number])
        seconds.append(time.perf_counter() - begun)
        vertices[number] = frame.skin
        frames.append(frame)
    late = [frame.number for frame in frames if not frame.converged]
    notes = list(poses.notes)
    if late:
        notes.append(
            f"{len(late)} frames did not come to rest, the first is {late[0]}; the rest went on from the last good one"
        )
    return SimulateResult(
        vertices,
        {
            "frames": count,
            "solver": simulation.solver.solver,
            "seconds": time.perf_counter() - started,
            "seconds_per_frame": seconds,
            "seconds_per_frame_mean": float(np.mean(seconds)) if seconds else 0.0,
            "residual": [frame.residual_mm for frame in frames],
            "steps": [frame.steps for frame in frames],
            "worst_region": [frame.worst_region for frame in frames],
            "worst_region_volume": [frame.worst_region_volume for frame in frames],
            "inverted": [frame.inverted for frame in frames],
            "unsettled_frames": late,
            "notes": notes,
        },
    )
