# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""ARKit's 52 shapes of an actor: names, what scans tell, and what is learned from them."""

import functools

import numpy as np
import pytest

from aim_blender_addon.backend.contact.closing import RimStations
from aim_blender_addon.backend.geometry.mesh import Mesh
from aim_blender_addon.backend.io.model_file import StoredModel, model_to_bytes
from aim_blender_addon.backend.jobs.arkit import ArkitRequest
from aim_blender_addon.backend.model.aim import AimModel
from aim_blender_addon.backend.model.network import SineNetwork
from aim_blender_addon.backend.progress import Progress
from aim_blender_addon.backend.retargeting import arkit_shapes
from aim_blender_addon.backend.retargeting.arkit_head import arkit_head
from aim_blender_addon.backend.retargeting.arkit_shapes import (
    ArkitShapes,
    make_arkit_shapes,
)
from aim_blender_addon.backend.retargeting.choices import ShapeOrigin
from aim_blender_addon.backend.retargeting.retarget_face import face_of_model
from aim_blender_addon.backend.retargeting.scan_words import (
    WORDS,
    exactly_named,
    shapes_of_scan_name,
)
from tests.backend.wire import over_the_wire

#: As Apple writes them (ARFaceAnchor.BlendShapeLocation).
SIDED = (
    "browDown browOuterUp cheekSquint eyeBlink eyeLookDown eyeLookIn eyeLookOut eyeLookUp eyeSquint eyeWide "
    "mouthDimple mouthFrown mouthLowerDown mouthPress mouthSmile mouthStretch mouthUpperUp noseSneer"
)
WHOLE = (
    "browInnerUp cheekPuff jawForward jawLeft jawOpen jawRight mouthClose mouthFunnel mouthLeft mouthPucker mouthRight "
    "mouthRollLower mouthRollUpper mouthShrugLower mouthShrugUpper tongueOut"
)
NAMES = {*WHOLE.split(), *(f"{name}{side}" for name in SIDED.split() for side in ("Left", "Right"))}
#: The actor of these tests is the generic head, but smiles half as far again and puckers with the nose.
SMILE = 1.5


@functools.cache
def actor() -> AimModel:
    """The generic head as an actor with five scans, whose network hands its values through."""
    head = arkit_head()
    unit = dict(zip(head.expression_names, head.displacements, strict=True))
    poses = dict(zip(head.expression_names, head.jaw_poses, strict=True))
    scans = {
        "smile": SMILE * (unit["mouthSmileLeft"] + unit["mouthSmileRight"]),
        "mouthPucker": unit["mouthPucker"] + 0.3 * unit["noseSneerLeft"],
        "jawOpen": 1.2 * unit["jawOpen"],
        "eye_closed": unit["eyeBlinkLeft"] + unit["eyeBlinkRight"],
        "odd one": unit["browDownLeft"] + unit["browDownRight"],
    }
    skin = head.skin
    moved = np.stack(list(scans.values())).transpose(1, 0, 2).reshape(len(skin.vertices), -1)
    values = np.column_stack([head.thickness, skin.normals, head.jaw_weight, moved])
    columns = values.shape[1]
    nothing = Mesh.from_triangles(np.zeros((3, 3)), np.array([[0, 1, 2]]))
    return AimModel(
        name="actor",
        neutral=skin,
        coordinates=values.astype(np.float32),
        network=SineNetwork(
            (np.zeros((columns, 1), np.float32), np.zeros((1, 1), np.float32)),
            (np.zeros(1, np.float32), np.zeros(1, np.float32)),
        ),
        heads=np.vstack([np.zeros(columns), np.eye(columns), np.zeros(columns)]).astype(np.float32),
        bone_below=np.ones(len(skin.vertices), np.float32),
        expression_names=tuple(scans),
        jaw_poses=np.stack([poses["jawOpen"] if n == "jawOpen" else np.eye(4) for n in scans]),
        head_poses=np.tile(np.eye(4), (len(scans), 1, 1)),
        joint=head.joint,
        skull=nothing,
        jaw=nothing,
        bones_estimated=True,
    )


@functools.cache
def made() -> ArkitShapes:
    return make_arkit_shapes(actor())


def shape(name: str) -> np.ndarray:
    return made().displacements[made().names.index(name)]


def generic(name: str) -> np.ndarray:
    head = arkit_head()
    return head.displacements[head.expression_names.index(name)]


def likeness(one: np.ndarray, other: np.ndarray) -> float:
    return float((one * other).sum() / np.linalg.norm(one) / np.linalg.norm(other))


def test_names_are_exactly_arkits() -> None:
    assert len(NAMES) == 52
    assert set(arkit_head().expression_names) == NAMES
    assert set(made().names) == NAMES


def test_what_no_scan_shows_is_the_generic_heads() -> None:
    for name in ("mouthLeft", "browOuterUpLeft", "cheekPuff"):
        assert likeness(shape(name), generic(name)) > 0.95, name
        assert made().origins[made().names.index(name)] == ShapeOrigin.GENERIC
    assert made().origins[made().names.index("jawLeft")] == ShapeOrigin.JOINT


def test_a_smile_is_learned_and_split_into_its_sides() -> None:
    for side, sign in (("Left", 1), ("Right", -1)):
        learned = shape(f"mouthSmile{side}")
        assert likeness(learned, generic(f"mouthSmile{side}")) > 0.95
        ratio = np.linalg.norm(learned) / np.linalg.norm(generic(f"mouthSmile{side}"))
        # The cheeks may explain some of it as well as a larger smile does.
        assert 1.1 < ratio < 1.1 * SMILE
        other = sign * actor().neutral.vertices[:, 0] < -25
        assert np.abs(learned[other]).max() < 0.5
        assert made().origins[made().names.index(f"mouthSmile{side}")] == ShapeOrigin.SCANS


def test_a_scan_of_a_shapes_name_is_that_shape() -> None:
    at = actor().evaluate()
    for name in ("mouthPucker", "jawOpen"):
        index = actor().expression_names.index(name)
        np.testing.assert_allclose(shape(name), at.displacements[index], atol=1e-3)
        assert made().origins[made().names.index(name)] == ShapeOrigin.NAMED
    row = made().names.index("jawOpen")
    wanted = actor().joint.parameters(actor().jaw_poses[2])
    np.testing.assert_allclose(made().jaw_parameters[row], wanted, atol=1e-3)


def test_a_scan_of_no_known_name_is_told_by_its_motion() -> None:
    shown = dict(zip(made().names, made().shown[4], strict=True))
    assert shown["browDownLeft"] > 0.8 and shown["browDownRight"] > 0.8
    assert sum(shown.values()) < 2.4


def test_the_jaws_motion_is_in_the_shapes() -> None:
    row = made().names.index("jawOpen")
    chin = actor().evaluate().jaw_weight > 0.995
    pose = actor().joint.pose(made().jaw_parameters[row])
    rest = actor().neutral.vertices[chin]
    moved = made().skins[row][chin] - made().displacements[row][chin] @ pose[:3, :3].T
    np.testing.assert_allclose(moved, rest @ pose[:3, :3].T + pose[:3, 3], atol=0.3)


def rims_apart(*names: str) -> np.ndarray:
    """How much farther than at rest the lips' rims are apart [N] mm, with shapes at one."""
    face = face_of_model(actor())
    stations = RimStations.of(face.skin, face.rims["mouth"])
    rest = face.skin.vertices.astype(float)
    moved = sum(made().skins[made().names.index(name)] - rest for name in names)
    return stations.heights(moved, face.up)


def test_mouth_close_brings_the_lips_of_an_open_jaw_together() -> None:
    assert np.median(rims_apart("jawOpen")) > 10
    assert abs(np.median(rims_apart("jawOpen", "mouthClose"))) < 0.5


def test_mouth_close_closes_the_lips_everywhere() -> None:
    assert np.abs(rims_apart("jawOpen", "mouthClose")).max() < 0.3


def test_names_of_scans_tell_shapes() -> None:
    names = sorted(NAMES)

    def called(numbers: list[int]) -> set[str]:
        return {names[i] for i in numbers}

    assert called(exactly_named("mouthSmile", names)) == {"mouthSmileLeft", "mouthSmileRight"}
    assert called(exactly_named("AU12_L", names)) == {"mouthSmileLeft"}
    assert called(exactly_named("jaw_left", names)) == {"jawLeft"}
    assert exactly_named("mouth_stretch", names) == []  # FaceScape's opens the jaw
    fully, maybe = shapes_of_scan_name("mouth_stretch", names)
    assert called(fully) == {"jawOpen"} and "mouthStretchLeft" in called(maybe)
    fully, _ = shapes_of_scan_name("smile_right", names)
    assert called(fully) == {"mouthSmileRight"}
    assert shapes_of_scan_name("scan 7", names) is None
    plain = {name.removesuffix("Left").removesuffix("Right") for name in NAMES}
    for fully, maybe in WORDS.values():
        assert {*fully, *maybe} <= plain | NAMES


def test_the_workers_job_hands_the_shapes_over(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def once(model: AimModel, progress: Progress, use_scans: bool) -> ArkitShapes:
        asked.append((model.expression_names, use_scans))
        return made()

    monkeypatch.setattr(arkit_shapes, "make_arkit_shapes", once)
    result = over_the_wire(ArkitRequest(StoredModel(model_to_bytes(actor()), "Anna"), False))
    assert asked == [(actor().expression_names, False)]
    assert set(result.names) == NAMES and len(result.origins) == 52
    assert result.skins.shape == (52, len(actor().neutral.vertices), 3)
