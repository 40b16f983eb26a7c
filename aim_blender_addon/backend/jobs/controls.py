# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The job that makes the face controls of a rig."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..io.model_file import StoredModel
from ..progress import Progress, section
from .wire import Request


@dataclass(frozen=True)
class ControlsRequest(Request):
    """Map face controls to the expressions of a rig.

    Attributes:
        model: of the actor.
        landmarks: moved by hand, [3] mm each.
        shapes: [E, V, 3] mm, what the rig's shape keys add, head space.
        jaws: [E, 4, 4] mm, the jaw's pose with each.
        balls: [5] by side: centre [3], radius and error of the eyes' balls, mm; none where they are not known.
        adds: the shapes are made to add, as ARKit's are.
    """

    model: StoredModel
    landmarks: Mapping[str, np.ndarray]
    shapes: np.ndarray
    jaws: np.ndarray
    balls: Mapping[str, np.ndarray]
    adds: bool = False


@dataclass(frozen=True)
class ControlsResult:
    """Face controls; N of them with K ways in all.

    Attributes:
        names: N controls.
        points: [N, 3] mm, head space.
        axes: [N, 3, 3] rows X, Y, Z of each bone.
        jaw_weights: [N] how much each place follows the jaw.
        owners: K controls of the ways.
        ways: K.
        numbers: [K, 2] axis and sign of each.
        reaches: [K] mm.
        moved: [K, V, 3] mm at these.
        pairs: [P, 2] numbers of two ways that need more at once.
        pairs_moved: [P, V, 3] mm of that.
        seal_roles: S shapes of the lips' zip: side, tooth and part.
        seal_moved: [S, V, 3] mm.
        seal_pose: [4, 4] mm, the jaw's where those of the opening are whole.
        seal_aside: [4, 4] mm, the jaw's where those of side and way forward are whole.
        seal_gap_mm: how far sealed lips are apart at most.
        missing: controls that the expressions cannot move, or whose place does not show.
        left_up_front: [3, 3] rows of the face.
        teeth: whether bone and teeth hold the skin.
    """

    names: tuple[str, ...]
    points: np.ndarray
    axes: np.ndarray
    jaw_weights: np.ndarray
    owners: tuple[str, ...]
    ways: tuple[str, ...]
    numbers: np.ndarray
    reaches: np.ndarray
    moved: np.ndarray
    pairs: np.ndarray
    pairs_moved: np.ndarray
    seal_roles: tuple[str, ...]
    seal_moved: np.ndarray
    seal_pose: np.ndarray
    seal_aside: np.ndarray
    seal_gap_mm: float
    missing: tuple[str, ...]
    left_up_front: np.ndarray
    teeth: bool


def run(request: ControlsRequest, progress: Progress) -> ControlsResult:
    """Make the controls.

    Raises:
        ScanError: the neutral shows no face.
        ModelFileError: the model cannot be read.
    """
    progress("Reading the model", 0.0, {})
    from ..anatomy.eyes.ball import Ball
    from ..anatomy.jaw.controls import JawControls
    from ..anatomy.survey import FaceSurvey
    from ..controls.keep_off import KeepOff
    from ..controls.make import frame_axes, make_controls
    from ..controls.seal import SEAL, make_seal
    from ..controls.table import CORNER, side_of
    from ..editing.editable_face import EditableFace

    model = request.model.read()
    has_bones = bool(len(model.skull.face_sizes) and len(model.jaw.face_sizes))
    measuring, making = section(progress, 0.0, 0.3), section(progress, 0.3, 0.95)
    keep_off = KeepOff.of(EditableFace(model, measuring)) if has_bones else None
    balls = {
        side: Ball(np.asarray(values[:3], np.float64), float(values[3]), float(values[4]))
        for side, values in request.balls.items()
    }
    incisor = np.append(model.joint.incisor, 1.0)
    jaw_mm = np.linalg.norm((request.jaws @ incisor - incisor)[:, :3], axis=1)
    survey = FaceSurvey(model.neutral, request.landmarks)
    made = make_controls(survey, request.shapes, jaw_mm, keep_off, balls, making, request.adds)
    jaw_weight = model.evaluate().jaw_weight.astype(np.float64)
    progress("Sealing the lips", 0.95, {})
    axes = frame_axes(survey)
    jaw = JawControls.of_joint(model.joint, model.jaw_poses)

    def pose_at(opening: float, side: float, forward: float) -> np.ndarray:
        parameters = jaw.parameters(opening * np.radians(SEAL.degrees), 0.0, 0.0)
        return model.joint.pose(parameters + [0, forward * SEAL.forward_mm, side * SEAL.side_mm, 0])

    corners = {
        f"{side_of(key.control)} {key.way}": key.moved
        for key in made.keys
        if key.control.startswith("mouth_corner") and key.way in CORNER
    }
    seal = None
    if "mouth" in survey.rims:
        seal = make_seal(model.neutral, survey.rims["mouth"], axes, pose_at, jaw_weight, corners)
    roles = [f"{key.control} {key.way}" for key in made.keys]
    pairs = [(roles.index(one.first), roles.index(one.second)) for one in made.together]
    count = len(model.neutral.vertices)
    return ControlsResult(
        made.names,
        made.points,
        made.axes,
        np.einsum("nk,nk->n", made.weights, jaw_weight[made.corners]),
        tuple(key.control for key in made.keys),
        tuple(key.way for key in made.keys),
        np.array([(key.axis, key.sign) for key in made.keys], np.int32).reshape(-1, 2),
        np.array([key.reach for key in made.keys]),
        np.array([key.moved for key in made.keys], np.float32).reshape(-1, count, 3),
        np.array(pairs, np.int32).reshape(-1, 2),
        np.array([one.moved for one in made.together], np.float32).reshape(-1, count, 3),
        seal.roles if seal else (),
        seal.moved if seal else np.zeros((0, count, 3), np.float32),
        pose_at(1, 0, 0),
        pose_at(0, 1, 1),
        float(seal.gaps.max()) if seal else 0.0,
        made.missing,
        axes,
        has_bones,
    )
