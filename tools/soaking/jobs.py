# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs of every kind on a small face, each sound or with something that the worker has to refuse."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from aim_blender_addon.backend.fitting.actor import Actor
from aim_blender_addon.backend.geometry.mesh import Mesh
from aim_blender_addon.backend.io.model_file import StoredModel
from aim_blender_addon.backend.io.takes import DENSE, Take
from aim_blender_addon.backend.jobs.bones import BonesRequest
from aim_blender_addon.backend.jobs.edit_grab import EditGrabRequest
from aim_blender_addon.backend.jobs.edit_solve import EditSolveRequest
from aim_blender_addon.backend.jobs.edited_face import EditedFace, RigState
from aim_blender_addon.backend.jobs.face_pair import FacePair
from aim_blender_addon.backend.jobs.fit import FitRequest
from aim_blender_addon.backend.jobs.landmarks import LandmarksRequest
from aim_blender_addon.backend.jobs.retarget import RetargetRequest
from aim_blender_addon.backend.jobs.solve import SolveRequest
from aim_blender_addon.backend.jobs.wire import Request
from aim_blender_addon.backend.retargeting.sources import (
    CurvesFile,
    MeshFace,
    ModelFace,
    SolvedFile,
)
from aim_blender_addon.backend.sample.head import find_package, load_sample_head, sample_actor
from aim_blender_addon.backend.solving.settings import SolveSettings

#: Scans of the sample head that are fitted, and what ARKit calls such a shape.
_SCANS = {"smile": "mouthSmileLeft", "mouth_stretch": "jawOpen", "brow_raiser": "browInnerUp"}
#: Models under this many names are edited in turn, more than the worker keeps.
_EDITED = 4


@dataclass
class Face:
    """A face, and what jobs before have found on it.

    Attributes:
        folder: where results are written.
        neutral: the skin, mm.
        scans: of the same topology as the neutral.
        skull, jaw: the bones, once they are there.
        landmarks: [3] mm each, once they are there.
        model: bytes of a model file, once it is there.
        frames: [T, V, 3] mm.
        take: a solved performance is there.
        edited: which name the model was edited under last.
        handles: how many are grabbed.
    """

    folder: Path
    neutral: Mesh
    scans: tuple[Mesh, ...]
    frames: np.ndarray
    skull: Mesh | None = None
    jaw: Mesh | None = None
    landmarks: Mapping[str, np.ndarray] | None = None
    model: bytes = b""
    take: bool = False
    edited: int = 0
    handles: int = 0

    @property
    def output(self) -> Path:
        """The solved performance."""
        return self.folder / "take.npz"

    @property
    def stored(self) -> StoredModel:
        """The model as a file."""
        return StoredModel(self.model, "Soaked")


def sample_face(folder: Path, frames: int = 12) -> Face:
    """The sample head with a few scans, and frames between them.

    Raises:
        SystemExit: the package with the sample head is not installed.
    """
    package = find_package()
    if package is None:
        raise SystemExit("The package with the sample head is missing: make env installs it")
    actor = sample_actor(load_sample_head(package)).actor
    scans = tuple(
        scan.with_vertices(scan.vertices, _SCANS[scan.name])
        for scan in actor.expressions
        if scan.name in _SCANS
    )
    return Face(folder, actor.neutral, scans, frames_between(actor.neutral, scans, frames))


def frames_between(neutral: Mesh, scans: tuple[Mesh, ...], count: int) -> np.ndarray:
    """[T, V, 3] frames that go from the neutral to each scan and back."""
    way = np.abs(np.sin(np.linspace(0, np.pi * len(scans), count)))
    whose = np.minimum((np.arange(count) * len(scans)) // count, len(scans) - 1)
    moves = np.stack([scan.vertices - neutral.vertices for scan in scans])
    return neutral.vertices + way[:, None, None] * moves[whose]


@dataclass(frozen=True)
class Kind:
    """A kind of job.

    Attributes:
        make: the request for a face; the chance chooses among sound ones.
        spoil: the same request with something that is to be refused.
        keep: takes what came out into the face.
        ready: whether the face has what it needs.
    """

    make: Callable[[Face, random.Random], Request]
    spoil: Callable[[Request], Request]
    keep: Callable[[Face, Request, object], None] = lambda *_: None
    ready: Callable[[Face], bool] = lambda _: True


def _no_face() -> Mesh:
    """A mesh without a face."""
    return Mesh.from_triangles(np.eye(3), np.array([[0, 1, 2]]), "other")


def _keep_landmarks(face: Face, _: Request, found: object) -> None:
    face.landmarks = {name: np.array(point) for name, point in found.landmarks.items()}


def _keep_bones(face: Face, _: Request, found: object) -> None:
    face.skull, face.jaw = found.skull, found.jaw


def _keep_model(face: Face, _: Request, found: object) -> None:
    face.model = bytes(found.model)


def _keep_take(face: Face, _: Request, __: object) -> None:
    face.take = True


def _bones(face: Face, _: random.Random) -> Request:
    return BonesRequest(face.neutral, face.landmarks)


def _fit(face: Face, chance: random.Random) -> Request:
    actor = Actor(face.neutral, face.scans, face.skull, face.jaw)
    return FitRequest(actor, "Soaked", seed=chance.randrange(1000))


def _other_mesh(request: FitRequest) -> Request:
    scans = request.actor.expressions
    other = _no_face()
    return replace(request, actor=replace(request.actor, expressions=(other, *scans)))


def _solve(face: Face, chance: random.Random) -> Request:
    frames = face.frames + chance.uniform(-5, 5)  # another take each time, of the same size
    settings = SolveSettings(functions=8, detail_mm=0.0)
    return SolveRequest(face.stored, Take("take", DENSE, frames), face.output, settings)


def _unseen(request: SolveRequest) -> Request:
    return replace(request, take=replace(request.take, frames=request.take.frames * np.nan))


def _retarget(face: Face, chance: random.Random) -> Request:
    marks = face.landmarks or {}
    target = MeshFace(face.neutral, landmarks=marks)
    if chance.random() < 0.5:  # the same head, with shape keys under ARKit's names
        shapes = np.stack([scan.vertices - face.neutral.vertices for scan in face.scans])
        target = replace(target, shape_names=tuple(scan.name for scan in face.scans), shapes=shapes)
    performance = SolvedFile(face.output)
    if chance.random() < 0.5:
        performance = CurvesFile(_curves(face.folder / "take.csv"))
    pair = FacePair(ModelFace(face.stored, marks), target)
    return RetargetRequest(pair, performance, face.folder / "played.npz", {"performance": "take"})


def _curves(path: Path, frames: int = 30) -> Path:
    rows = [f"00:00:00:{n:02d}.000,{abs(np.sin(n / 5)):.4f},0.1" for n in range(frames)]
    path.write_text("\n".join(["Timecode,MouthSmileLeft,JawOpen", *rows]))
    return path


def _no_file(request: RetargetRequest) -> Request:
    return replace(request, performance=SolvedFile(Path("nowhere.npz")))


def _edit(face: Face, chance: random.Random) -> Request:
    face.edited = (face.edited + 1) % _EDITED
    rest = face.neutral.vertices
    state = RigState(rest.copy(), np.zeros(len(face.scans)), np.eye(4))
    count = chance.randint(1, 3)
    points = np.array(chance.sample(range(len(rest)), count))
    face.handles = 0  # until it is known that they are grabbed
    return EditGrabRequest(
        EditedFace("Soaked", f"key {face.edited}", face.model),
        state,
        points,
        rest[points].astype(float) + chance.uniform(-3, 3),
        np.zeros(count, int),
        np.zeros((count, 3)),
        chance.random() < 0.5,
        10.0,
    )


def _keep_handles(face: Face, request: EditGrabRequest, _result: object) -> None:
    face.handles = len(request.vertices)


def _beyond(request: EditGrabRequest) -> Request:
    return replace(request, vertices=request.vertices + 10**6)


def _drag(face: Face, chance: random.Random) -> Request:
    where = face.neutral.vertices[: face.handles].astype(float) + chance.uniform(-3, 3)
    return EditSolveRequest(where, quick=True)


def _too_many(request: EditSolveRequest) -> Request:
    return replace(request, positions=np.zeros((50, 3)))


def _spoil_mesh(request: LandmarksRequest | BonesRequest) -> Request:
    return replace(request, neutral=_no_face())


def _has_model(face: Face) -> bool:
    return bool(face.model)


#: By name, in the order in which one needs what the other finds.
KINDS = {
    "landmarks": Kind(lambda face, _: LandmarksRequest(face.neutral), _spoil_mesh, _keep_landmarks),
    "bones": Kind(_bones, _spoil_mesh, _keep_bones),
    "fit": Kind(_fit, _other_mesh, _keep_model, lambda face: face.skull is not None),
    "solve": Kind(_solve, _unseen, _keep_take, _has_model),
    "retarget": Kind(_retarget, _no_file, ready=lambda face: face.take),
    "edit": Kind(_edit, _beyond, _keep_handles, _has_model),
    "drag": Kind(_drag, _too_many, ready=lambda face: face.handles > 0),
}
