# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests and results cross the pipe as they are, and table, worker and command line derive from lists."""

import dataclasses
import importlib
import json
import pkgutil
import typing
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from aim_blender_addon.backend import jobs
from aim_blender_addon.backend.anatomy.eyes.ball import Ball
from aim_blender_addon.backend.anatomy.jaw.joint import JawJoint
from aim_blender_addon.backend.anatomy.jaw.pins import JawPin
from aim_blender_addon.backend.cli import table as cli_table
from aim_blender_addon.backend.editing.response import EditResponse
from aim_blender_addon.backend.fitting.actor import Actor
from aim_blender_addon.backend.geometry.mesh import Mesh
from aim_blender_addon.backend.io.model_file import StoredModel
from aim_blender_addon.backend.io.takes import Take, TakeFile
from aim_blender_addon.backend.jobs import table, wire
from aim_blender_addon.backend.jobs.activations import ActivationsRequest, ActivationsResult
from aim_blender_addon.backend.jobs.arkit import ArkitRequest, ArkitResult
from aim_blender_addon.backend.jobs.bones import BonesRequest, BonesResult
from aim_blender_addon.backend.jobs.controls import ControlsRequest, ControlsResult
from aim_blender_addon.backend.jobs.correspondence import (
    CorrespondenceRequest,
    CorrespondenceResult,
)
from aim_blender_addon.backend.jobs.detail_extract import DetailExtractRequest
from aim_blender_addon.backend.jobs.detail_fit import DetailFitRequest
from aim_blender_addon.backend.jobs.detail_prior import DetailPriorRequest
from aim_blender_addon.backend.jobs.detail_skin import DetailResult, GenericSkin, SkinActor
from aim_blender_addon.backend.jobs.distil import DistilRequest, DistilResult
from aim_blender_addon.backend.jobs.edit_constrain import (
    EditConstrainRequest,
    EditConstrainResult,
)
from aim_blender_addon.backend.jobs.edit_grab import EditGrabRequest
from aim_blender_addon.backend.jobs.edit_prepare import EditPrepareRequest, EditPrepareResult
from aim_blender_addon.backend.jobs.edit_solve import EditSolveRequest
from aim_blender_addon.backend.jobs.edited_face import EditedFace, RigState
from aim_blender_addon.backend.jobs.eyes import EyesRequest, EyesResult
from aim_blender_addon.backend.jobs.face_pair import BoneGroups, FacePair, FoundMap, StoredMap
from aim_blender_addon.backend.jobs.fit import FitRequest, FitResult
from aim_blender_addon.backend.jobs.flesh import FleshRequest, FleshResult
from aim_blender_addon.backend.jobs.fleshed_actor import FleshedActor
from aim_blender_addon.backend.jobs.inside import InsideRequest, InsideResult
from aim_blender_addon.backend.jobs.inside_character import (
    InsideCharacterRequest,
    InsideCharacterResult,
)
from aim_blender_addon.backend.jobs.landmarks import LandmarksRequest, LandmarksResult
from aim_blender_addon.backend.jobs.match import MatchRequest, MatchResult
from aim_blender_addon.backend.jobs.match_shapes import MatchShapesRequest, MatchShapesResult
from aim_blender_addon.backend.jobs.pose_from_points import (
    PoseFromPointsRequest,
    PoseFromPointsResult,
)
from aim_blender_addon.backend.jobs.probe import ProbeRequest, ProbeResult
from aim_blender_addon.backend.jobs.retarget import (
    ActorRigWanted,
    CharacterRigWanted,
    PlayedRig,
    RetargetRequest,
    RetargetResult,
)
from aim_blender_addon.backend.jobs.settle_shape import SettleShapeRequest, SettleShapeResult
from aim_blender_addon.backend.jobs.simulate import SimulateRequest, SimulateResult
from aim_blender_addon.backend.jobs.simulate_range import SimulateRangeRequest, SimulateRangeResult
from aim_blender_addon.backend.jobs.solve import (
    ShapesWanted,
    SolvedShapes,
    SolveRequest,
    SolveResult,
)
from aim_blender_addon.backend.jobs.tissue import TissueRequest, TissueResult
from aim_blender_addon.backend.muscles.material import Tissue
from aim_blender_addon.backend.muscles.motion import Motion
from aim_blender_addon.backend.muscles.seen_points import SeenPoints
from aim_blender_addon.backend.retargeting.gains import Gains
from aim_blender_addon.backend.retargeting.jaw_bone import JawBone
from aim_blender_addon.backend.retargeting.shape_table import Match
from aim_blender_addon.backend.retargeting.sources import (
    CurvesFile,
    MeshFace,
    ModelFace,
    RecordedFrames,
    RetargetSettings,
    SampleFace,
    SolvedFile,
)
from aim_blender_addon.backend.solving.look import SeenEye
from aim_blender_addon.backend.solving.settings import SolveSettings

_random = np.random.default_rng(0)


def _points(*shape: int) -> np.ndarray:
    return _random.normal(size=shape)


def _mesh(count: int, name: str) -> Mesh:
    corners = _random.integers(0, count, 3 * count).astype(np.int32)
    return Mesh(_points(count, 3).astype(np.float32), corners, np.full(count, 3, np.int32), name)


NEUTRAL, MARKS = _mesh(200, "Ärger ✓"), {"nasion": _points(3), "chin": _points(3)}
SCANS = tuple(NEUTRAL.with_vertices(_points(200, 3), name) for name in ("smile", "brows"))
JOINT = JawJoint(np.array([50.0, -5, 15]), np.array([-50.0, -5, 15]), np.array([0.0, -45, 85]))
MODEL = StoredModel(bytes(range(256)) * 2, "Anna")
FACE, STATE = (
    EditedFace("Anna", "key", MODEL.data),
    RigState(_points(200, 3), _points(5), np.eye(4)),
)
CHARACTER = MeshFace(NEUTRAL, ("a", "b"), _points(2, 200, 3).astype(np.float32), MARKS, "Bert")
PAIR = FacePair(
    ModelFace(MODEL, MARKS, "Anna"),
    CHARACTER,
    StoredMap(b"map", "Bert"),
    BoneGroups(("jaw", "head"), _points(2, 200)),
    "0123",
)
FOUND = FoundMap(b"", MARKS, {}, 3, 0.5, "jaw", "0123")
ROWS = (Match("smile", "happy", 0.8, "hand", float("nan")),)
CORRECTIVES = _points(0, 200, 3)
PLAYED = PlayedRig(
    ("a",),
    _points(9, 1),
    CORRECTIVES,
    _points(9, 0),
    _points(9, 4, 4),
    _points(9, 4, 4),
    {"p99": 0.1},
    True,
)

SEEN = SeenPoints(_random.integers(0, 200, (9, 3)), _points(9, 3), _points(9, 2), _points(9))

SKIN = SkinActor(NEUTRAL, _random.random((30, 2)), {"smile": _points(200, 3)}, MARKS, 1002)
ACTOR = FleshedActor(MODEL, b"flesh", "its flesh", {"masseter_left": 0.5}, MARKS)
VALUES = (
    ProbeRequest(),
    ProbeResult("3.11", {"torch": ""}, ["torch"], devices=[{"name": "cpu", "threads": 8}]),
    FitRequest(Actor(NEUTRAL, SCANS), "Anna"),
    FitRequest(
        Actor(NEUTRAL, SCANS, NEUTRAL, NEUTRAL, {"smile": JawPin(np.eye(4))}), "", "cpu", 7, MARKS
    ),
    FitResult(MODEL.data, {"skin_error_mm": {"mean": 0.1}, "expressions": 2}),
    DetailExtractRequest(SKIN, Path("scans"), Path("maps"), 512, 10.0, GenericSkin(70.0, 3)),
    DetailFitRequest(SKIN, Path("maps"), 2.0, GenericSkin(spacings={"chin": 1.5})),
    DetailPriorRequest(SKIN, 256, GenericSkin(spacing=0.5), Path("a.safetensors"), Path("b.npz")),
    DetailResult(
        _random.random((4, 4)).astype(np.float32),
        _random.random((4, 4, 4)).astype(np.float32),
        _random.random(200),
        0.12,
        _points(3),
        ("forehead", "chin"),
        _random.random((200, 2)).astype(np.float32),
        {"maps": 3},
    ),
    FleshRequest(MODEL, 6.0),
    FleshResult(b"flesh", {"tetrahedra": 5}),
    (
        simulated := SimulateRequest(
            ACTOR,
            _random.random((2, 3)),
            _random.random((2, 4)),
            "take",
            motion=Motion(
                True, True, Tissue(fat=0.5), np.tile(np.eye(4), (2, 1, 1)), 25.0, _points(3)
            ),
        )
    ),
    SimulateRangeRequest(simulated, np.tile(np.eye(4), (2, 1, 1)), Path("out.npz"), True, 0.1),
    TissueRequest(ACTOR, _points(2, 5, 3), ("on-back", "face-down")),
    TissueResult(Tissue(fat=0.5), {"rounds": 3}),
    SimulateRangeResult({"frames": 2}, _points(1, 5), _points(2, 1), {"max": 0.1}, False),
    SimulateResult(_points(2, 5), {"steps": [3, 4]}),
    ActivationsRequest(
        SimulateRequest(
            *(ACTOR, _random.random((2, 3)), _random.random((2, 4)), "take"),
            activations=_random.random((2, 1)),
            muscles=("masseter_left",),
        ),
        0.2,
    ),
    ActivationsResult(
        *(("masseter_left",), _random.random((2, 1)), _random.random((2, 4))),
        *(_random.random(2), _random.random(2), {"left_mm": [0.1, 0.2]}),
    ),
    MatchRequest(ACTOR, "scan", SCANS[0], None, np.eye(4)),
    MatchRequest(ACTOR, "points", points=SEEN),
    MatchResult(_points(3), _points(4), np.eye(4), _points(200, 3), _points(200), {"steps": 3}),
    PoseFromPointsRequest(ACTOR, SEEN, "picture", _points(3, 4), _points(2)),
    PoseFromPointsResult(
        *(_points(3), _points(4), np.eye(4), _points(3, 4), 2000.0, _points(200, 3), _points(9)),
        {"steps": 3},
    ),
    DistilRequest(
        *(ACTOR, 30, 5, _random.random((2, 3)), _random.random((2, 4)), "take", 1, True, 7),
    ),
    DistilResult(
        *(("smile x jaw open",), _points(1, 5, 3), ("smile",), ("smile", "jaw open")),
        *(np.array([0, 1]), np.array([[0, 1], [0, 0.4]]), np.array([[0, 1]]), {"poses": 30}),
    ),
    SettleShapeRequest(ACTOR, _points(2, 200, 3), ("a", "b"), _points(2, 4), 0.5),
    SettleShapeResult(_points(2, 200, 3), _points(2, 4), {"seconds": [1.0, 2.0]}),
    BonesRequest(NEUTRAL, MARKS, (NEUTRAL, SCANS[0])),
    BonesResult(NEUTRAL, NEUTRAL, _points(200), np.zeros(0), MARKS, 2.5),
    LandmarksRequest(NEUTRAL),
    LandmarksResult(MARKS),
    ControlsRequest(MODEL, MARKS, _points(2, 200, 3), _points(2, 4, 4), {"left": _points(5)}),
    ControlsResult(
        *(("a.L",), _points(1, 3), _points(1, 3, 3), _points(1), ("a.L",), ("up",)),
        *(np.array([[2, 1]]), _points(1), _points(1, 200, 3), np.zeros((0, 2), int)),
        *(_points(0, 200, 3), ("left 1",), _points(1, 200, 3), np.eye(4), np.eye(4), 0.1, ("b",)),
        np.eye(3),
        True,
    ),
    InsideRequest(
        *(NEUTRAL, MARKS, JOINT, True, ("TEETH",), ("left",)),
        *(_points(2, 200, 3), _points(2, 4, 4)),
    ),
    InsideResult(("TEETH",), (NEUTRAL,), (np.arange(5, dtype=np.int32),), ("a note",)),
    InsideCharacterRequest(
        *(NEUTRAL, MARKS, ("jawOpen",), _points(1, 200, 3), (NEUTRAL,), ("teeth",)),
        BoneGroups(("jaw", "head"), _points(2, 200)),
    ),
    InsideCharacterResult(
        *(("teeth",), (NEUTRAL,), (np.arange(5, dtype=np.int32),), ("a note",), ("eyes",), 0.1),
        *(_points(3, 3), np.arange(200) > 3, _points(200), _points(1, 4, 4), "jaw"),
    ),
    EyesRequest(NEUTRAL, MARKS),
    EyesResult({"left": _points(3)}, {"left": 12.0}, {"left": 1.2}),
    SolveRequest(MODEL, TakeFile(Path("/tmp/take.npz"), 10.0, "take"), Path("out.npz")),
    SolveRequest(
        MODEL,
        Take("t", "image_points", _points(3, 2, 9, 2), np.arange(9), weights=_points(3, 2, 9)),
        Path("out.npz"),
        SolveSettings(count=3),
        True,
        ShapesWanted(0.2, "max", _points(6)),
    ),
    SolveRequest(
        *(MODEL, TakeFile(Path("/tmp/take.npz"), 10.0, "take"), Path("out.npz")),
        eyes=(SeenEye("left", Ball(_points(3), 12.0, 0.1), np.eye(3), np.arange(4), np.arange(0)),),
    ),
    SolveResult({"frames": 3}),
    SolveResult({"frames": 3}, look=_points(3, 2, 2)),
    SolveResult(
        {"frames": 3}, SolvedShapes(_points(3, 5), CORRECTIVES, _points(3, 0), {"p99": 0.1}, False)
    ),
    ArkitRequest(MODEL, False),
    ArkitResult(
        ("a", "b"),
        ("scans", "generic head"),
        _points(2, 200, 3),
        _points(2, 200, 3),
        np.ones((2, 4)),
    ),
    CorrespondenceRequest(PAIR),
    CorrespondenceResult(FOUND),
    MatchShapesRequest(PAIR, True, _points(200)),
    MatchShapesResult(ROWS, None),
    MatchShapesResult((), FOUND),
    RetargetRequest(PAIR, SolvedFile(Path("a.npz")), Path("o.npz"), {"performance": "a"}),
    RetargetRequest(
        FacePair(SampleFace(), CHARACTER),
        CurvesFile(Path("a.csv"), None, 0.1, 0.0, (-0.5, 1.5), 2, 0),
        Path("o.npz"),
        {"performance": "a"},
        RetargetSettings(Gains(1.5, eyes=0.5), False),
        ROWS,
        _points(2),
        _points(200),
        CharacterRigWanted(0.1, JawBone(np.eye(4), (True, False, True)), True),
    ),
    RetargetRequest(
        FacePair(CHARACTER, CHARACTER),
        RecordedFrames(_points(9, 2), _points(9, 200, 3)),
        Path("o.npz"),
        {"performance": "a"},
        rig=ActorRigWanted(0.1, _points(6)),
    ),
    RetargetResult(
        9, 1.0, 0.1, 60, 0.9, 0, ("a note",), np.eye(3), ROWS, FOUND, PLAYED, _points(9)
    ),
    EditPrepareRequest(FACE),
    EditPrepareResult(np.arange(200, dtype=np.uint8)),
    EditGrabRequest(
        FACE, STATE, np.array([3]), _points(1, 3), np.array([0]), _points(1, 3), True, 10.0
    ),
    EditSolveRequest(_points(0, 3), True),
    EditResponse(
        *(_points(200, 3), np.eye(4), _points(2, 3), _points(2, 3), _points(2, 3)),
        *(np.array([1, 2]), _points(2), _points(2), np.array([0, 1]), False),
    ),
    EditConstrainRequest(FACE, STATE, _points(200, 3), 1.0, 0.02, True, 4, _points(200)),
    EditConstrainResult(_points(200, 3), np.eye(4), 0.1, 0.2, 0.0, 1.0),
)


def _same(first: object, second: object) -> bool:
    """Whether two values are equal in type, shape and every bit."""
    if isinstance(first, np.ndarray):
        return (
            isinstance(second, np.ndarray)
            and first.dtype == second.dtype
            and np.array_equal(first, second, equal_nan=first.dtype.kind == "f")
        )
    if type(first) is not type(second):
        return False
    if dataclasses.is_dataclass(first):
        names = [field.name for field in dataclasses.fields(first)]
        return all(_same(getattr(first, name), getattr(second, name)) for name in names)
    if isinstance(first, Mapping):
        return first.keys() == second.keys() and all(_same(first[k], second[k]) for k in first)
    if isinstance(first, list | tuple):
        return len(first) == len(second) and all(map(_same, first, second))
    return first == second or first != first


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_a_value_comes_back_as_it_was(value: object) -> None:
    params, arrays = wire.to_wire(value)
    back = wire.from_wire(type(value), json.loads(json.dumps(params)), arrays)
    assert _same(value, back)


def test_every_request_and_result_is_among_them() -> None:
    found = {type(value) for value in VALUES}
    for name in table.NAMES:
        hints = typing.get_type_hints(importlib.import_module(f"{jobs.__name__}.{name}").run)
        assert {hints["request"], hints["return"]} <= found, name


def test_an_array_that_fields_share_goes_once() -> None:
    _, arrays = wire.to_wire(FitRequest(Actor(NEUTRAL, SCANS, NEUTRAL), "Anna"))
    assert len(arrays) == 1 + 1 + len(SCANS)  # polygons; vertices of the neutral and of each scan


def test_small_arrays_go_without_a_file() -> None:
    """Thirty times a second while the mouse moves."""
    name, _params, arrays = EditSolveRequest(_points(12, 3), True).message()
    assert name == "edit_solve" and not arrays
    assert [job for job in table.NAMES if table.find(job).follows] == ["edit_solve"]


def test_what_cannot_be_sent_is_named() -> None:
    with pytest.raises(TypeError, match=r"report\.model: object"):
        wire.to_wire(SolveResult({"model": object()}))
    with pytest.raises(TypeError, match="places: only arrays of plain numbers"):
        wire.to_wire(EditPrepareResult(np.array([object()])))


def test_the_table_lists_every_job() -> None:
    """A job is a module with ``run``; its request says its name."""
    modules = {module.name for module in pkgutil.iter_modules(jobs.__path__)}
    with_run = {
        n for n in modules if hasattr(importlib.import_module(f"{jobs.__name__}.{n}"), "run")
    }
    assert set(table.NAMES) == with_run
    with pytest.raises(KeyError):
        table.find("wire")


def test_the_command_line_lists_every_command() -> None:
    folder = Path(cli_table.__file__).parent
    files = {path.stem for path in folder.glob("*.py")} - {
        "__init__",
        "table",
        "shared",
        "detail_shared",
    }
    assert {command.__name__.rpartition(".")[2] for command in cli_table.COMMANDS} == files
