# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A model of the made-up head without a fit, and a worker that hands it over without a process."""

import json

import numpy as np

from aim_blender_addon.backend.anatomy.jaw.joint import JawJoint
from aim_blender_addon.backend.geometry.mesh import Mesh
from aim_blender_addon.backend.io.model_file import model_to_bytes
from aim_blender_addon.backend.jobs.bones import BonesResult
from aim_blender_addon.backend.jobs.fit import FitResult
from aim_blender_addon.backend.jobs.table import find
from aim_blender_addon.backend.jobs.wire import Request, from_wire, to_wire
from aim_blender_addon.backend.model.aim import AimModel
from aim_blender_addon.backend.model.network import SineNetwork
from aim_blender_addon.backend.worker.messages import CANCELLED, Failed, Finished, Progressed
from tests.addon import faces


def make_model(names: tuple[str, ...] = faces.EXPRESSIONS, neutral: Mesh | None = None) -> AimModel:
    """A model that says nothing of the skin, but holds poses and figures of every expression."""
    neutral = neutral or faces.neutral()
    random = np.random.default_rng(0)
    count, channels, hidden = len(neutral.vertices), 6, 4
    network = SineNetwork(
        (
            random.normal(size=(channels, hidden)).astype(np.float32),
            random.normal(size=(hidden, hidden)).astype(np.float32),
        ),
        (np.zeros(hidden, np.float32), np.zeros(hidden, np.float32)),
    )
    poses = np.stack([faces.jaw_pose(12.0 if name == "jawOpen" else 0.0) for name in names])
    figures = {"mean": 0.021, "p95": 0.05, "p99": 0.11, "max": 0.75}
    return AimModel(
        name="Anna",
        neutral=neutral,
        coordinates=random.normal(size=(count, channels)).astype(np.float32),
        network=network,
        heads=np.zeros((network.feature_count, 5 + 3 * len(names)), np.float32),
        bone_below=np.ones(count, np.float32),
        expression_names=names,
        jaw_poses=poses,
        head_poses=np.tile(np.eye(4), (len(names), 1, 1)),
        joint=JawJoint(
            np.array([50.0, 10, -20]), np.array([-50.0, 10, -20]), np.array([0.0, -80, -70])
        ),
        skull=faces.skull(),
        jaw=faces.jaw(),
        bones_estimated=False,
        report={
            "seconds": 12.5,
            "skin_error_mm": figures,
            "per_expression": {
                name: {**figures, "jaw_open_degrees": 12.0, "head_motion_mm": 1.5} for name in names
            },
        },
    )


def finished(result: object) -> Finished:
    """What the worker says when a job has that result."""
    return Finished(*to_wire(result))


class FakeWorker:
    """Stands in for the worker's client; every job ends with ``answers``, one a look.

    Attributes:
        requests: what was asked, taken from the wire as the worker does.
    """

    def __init__(self, *answers: object) -> None:
        self.answers = list(answers)
        self.requests: list[Request] = []
        self.cancelled = False

    def submit(self, job: str, params: dict, arrays: dict) -> int:
        """Remember the job."""
        params = json.loads(json.dumps(params))
        self.requests.append(from_wire(find(job).request, params, arrays))
        return len(self.requests)

    def poll(self) -> list[object]:
        """The next answer."""
        if self.cancelled:
            return [Failed(CANCELLED, "The job was cancelled; nothing was changed.")]
        answer = self.answers.pop(0)
        return [answer() if callable(answer) else answer]

    def cancel(self) -> None:
        """The next look tells it."""
        self.cancelled = True


def fitted(model: AimModel | None = None) -> Finished:
    """What the worker says when a fit is done."""
    data = model_to_bytes(model or make_model())
    return finished(FitResult(data, {}))


def estimated() -> Finished:
    """What the worker says when bones are estimated."""
    skull, jaw = faces.skull(), faces.jaw()
    return finished(BonesResult(skull, jaw, np.zeros(0), np.zeros(0), {}, 2.5))


def halfway() -> Progressed:
    """What the worker says in between."""
    return Progressed("Fitting the expressions", 0.5, {"skin_error_mm": 0.2})
