# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Skins that the product makes of a face: drags, constrained sculpts, retargeted frames, controls at their limits."""

from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import numpy as np

from aim_blender_addon.backend.editing.constrain import constrain
from aim_blender_addon.backend.editing.drag import Drag
from aim_blender_addon.backend.editing.editable_face import EditableFace
from aim_blender_addon.backend.editing.handles import Handles
from aim_blender_addon.backend.io.model_file import StoredModel, model_to_bytes
from aim_blender_addon.backend.jobs import arkit, controls
from aim_blender_addon.backend.progress import silent
from aim_blender_addon.backend.retargeting.gains import Gains
from aim_blender_addon.backend.retargeting.pipeline import ShapedFace, find_map, make_player
from aim_blender_addon.backend.retargeting.retarget_face import face_of_model
from aim_blender_addon.backend.retargeting.sources import RetargetSettings
from bench.retarget.cases import solved_actor

#: Skin that the scans move less than this is not pulled, mm.
MOVES_MM = 2.0
#: Ways that do not both move some skin by this are no pair, mm.
BOTH_MM = 1.0

#: A skin [V, 3] mm and its jaw [4, 4].
Posed = tuple[np.ndarray, np.ndarray]


def pulled_at_random(
    face: EditableFace, random: np.random.Generator, count: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """One to six vertices [N] and ways [N, 3] up to 30 mm; those of every third edit go straight into the head."""
    motion = np.linalg.norm(face.displacements, axis=1).max(axis=1)
    candidates = np.flatnonzero(motion > MOVES_MM)
    normals = face.model.neutral.normals.astype(np.float64)
    for index in range(count):
        handles = random.integers(1, 7)
        vertices = random.choice(candidates, handles, replace=False)
        if index % 3 == 0:
            ways = -normals[vertices] * random.uniform(5, 30, (handles, 1))
        else:
            ways = random.normal(size=(handles, 3))
            ways *= random.uniform(0, 30, (handles, 1)) / np.linalg.norm(
                ways, axis=1, keepdims=True
            )
        yield vertices, ways


def drags(face: EditableFace, count: int, seed: int = 0) -> Iterator[Posed]:
    """One to six handles pulled up to 30 mm; every third edit straight into the head, every second from a scan."""
    random = np.random.default_rng(seed)
    for index, (vertices, ways) in enumerate(pulled_at_random(face, random, count)):
        weights = np.zeros(len(face.scan_jaws))
        if index % 2:
            weights[random.integers(len(weights))] = random.uniform(0, 1)
        start = face.initial_state(weights)
        goals = face.posed(start)[vertices] + ways
        drag = Drag(face, Handles.of(vertices, goals), start)
        edit = drag.solve(quick=index % 4 == 3)
        if edit.unfinished:  # as Blender asks again when the mouse rests
            edit = drag.solve()
        yield edit.vertices, face.joint.pose(edit.jaw)


def sculpts(face: EditableFace, count: int, seed: int = 1) -> Iterator[Posed]:
    """Dents and bumps of 8 to 20 mm across, put on random scans and constrained."""
    random = np.random.default_rng(seed)
    motion = np.linalg.norm(face.displacements, axis=1).max(axis=1)
    candidates = np.flatnonzero(motion > MOVES_MM)
    normals = face.model.neutral.normals.astype(np.float64)
    for _ in range(count):
        weights = np.zeros(len(face.scan_jaws))
        weights[random.integers(len(weights))] = random.uniform(0, 1)
        start = face.initial_state(weights)
        skin = face.posed(start)
        for vertex in random.choice(candidates, 4):
            far = np.linalg.norm(face.rest - face.rest[vertex], axis=1)
            bump = np.exp(-((far / random.uniform(4, 10)) ** 2)) * random.uniform(-12, 4)
            skin = skin + bump[:, None] * normals[vertex]
        done = constrain(face, skin, initial=start)
        yield done.vertices, face.joint.pose(done.jaw)


def retargeted(face: EditableFace, seed: int, every: int) -> Iterator[Posed]:
    """Frames of an actor's solved performance on the face."""
    source, played = solved_actor(seed)
    target = ShapedFace(face_of_model(face.model), model=face.model)
    mapped = find_map(source, target.face)
    player = make_player(source, target, played, RetargetSettings(Gains()), mapped, False)
    for number, frame in enumerate(played.frames(source)):
        if number % every == 0:
            shown = player.play(frame)
            back = np.linalg.inv(shown.head)
            yield shown.vertices.astype(float) @ back[:3, :3].T + back[:3, 3], shown.jaw


def at_limits(face: EditableFace, pairs: int) -> Iterator[Posed]:
    """Each way of the controls at its limit, and pairs of them with their shapes."""
    model = face.model
    stored = StoredModel(model_to_bytes(model), model.name)
    made = arkit.run(arkit.ArkitRequest(stored, True), silent)
    jaws = np.array([model.joint.pose(parameters) for parameters in made.jaws])
    shapes = (made.tissue - model.neutral.vertices).astype(np.float32)
    found = controls.run(controls.ControlsRequest(stored, {}, shapes, jaws, {}, True), silent)
    moved = found.moved.astype(np.float64)
    for one in moved:
        yield face.rest + one, np.eye(4)
    together = {
        tuple(pair): more.astype(np.float64)
        for pair, more in zip(found.pairs.tolist(), found.pairs_moved, strict=True)
    }
    size = np.linalg.norm(moved, axis=2)
    axes = [(owner, int(n[0])) for owner, n in zip(found.owners, found.numbers, strict=True)]
    both = [
        (one, two)
        for one, two in combinations(range(len(moved)), 2)
        if axes[one] != axes[two] and np.minimum(size[one], size[two]).max() > BOTH_MM
    ]
    for row in np.random.default_rng(0).permutation(len(both))[:pairs]:
        one, two = both[row]
        more = together.get((one, two), together.get((two, one), 0.0))
        yield face.rest + moved[one] + moved[two] + more, np.eye(4)


def scans(face: EditableFace) -> Iterator[Posed]:
    """The scans as the model shows them: what the fit itself leaves in bone."""
    for index, jaw in enumerate(face.model.jaw_poses):
        yield face.model.scan(index).astype(np.float64), jaw


def work_folder() -> Path:
    """Where results go."""
    from bench.common import OUT

    folder = OUT.parent / "contact"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
