# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes on a face that is joined to a body: in the head bone's space all plays as it did before.

Armatures of MPFB and Auto-Rig Pro are built here as their sources have them, with parents, rolls and what a control
does to the bone that deforms.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

import bpy
import numpy as np
import pytest
from mathutils import Matrix

from aim_blender_addon.backend.io.model_file import model_to_bytes
from aim_blender_addon.backend.live.stream import Frame
from aim_blender_addon.bridge.body import bodies as real_bodies
from aim_blender_addon.bridge.data import storage
from aim_blender_addon.bridge.data.playing import go_to
from aim_blender_addon.bridge.direct import target as targets
from aim_blender_addon.bridge.performance.writing import Performance, write_performance
from aim_blender_addon.bridge.rig.jaw_controls import shown_pose
from aim_blender_addon.bridge.rig.own_bones import EYES, JAW, SKULL, pose_bone
from tests.addon import bodies, faces, stand_in
from tests.addon.test_eyes import LEFT, RIGHT, add_eye, ball

NAMES = ("jawOpen", "mouthSmileLeft", "browInnerUp")
#: Frames that are looked at, and what may differ, millimetres.
LOOKED_AT, SAME = (1.0, 4.0, 7.5), 0.02

#: Name: parent, head and tail (metres, MakeHuman's neutral person, feet at -0.82), roll, whether it deforms.
Built = Mapping[str, tuple[str, tuple, tuple, float, bool]]
MPFB: Built = {
    "root": ("", (0, 0.0648, 0.0518), (0, -0.0132, 0.056), 0.0, True),
    "spine01": ("root", (0, 0.0187, 0.421), (0, -0.0051, 0.596), 0.0, True),
    "neck01": ("spine01", (0, -0.0051, 0.596), (0, -0.0165, 0.6272), 0.0, True),
    "neck02": ("neck01", (0, -0.0165, 0.6272), (0, -0.0271, 0.6641), 0.0, True),
    "neck03": ("neck02", (0, -0.0271, 0.6641), (0, -0.0443, 0.6968), 0.0, True),
    "head": ("neck03", (0, -0.0443, 0.6968), (0, -0.0374, 0.8448), 0.0, True),
    "jaw": ("head", (0, -0.06, 0.7), (0, -0.1069, 0.6255), 3.14159, True),
    "special04": ("jaw", (0, -0.1069, 0.6255), (0, -0.1323, 0.6434), 3.14159, True),
    "special06.L": ("head", (0, -0.0374, 0.8448), (0.0187, -0.0934, 0.8298), -1.8471, True),
    "special05.L": (
        "special06.L",
        (0.0187, -0.0934, 0.8298),
        (0.0289, -0.1181, 0.7355),
        -0.4351,
        True,
    ),
    "eye.L": ("special05.L", (0.0289, -0.1181, 0.7355), (0.0307, -0.1561, 0.7326), 2.0618, True),
    "special06.R": ("head", (0, -0.0374, 0.8448), (-0.0187, -0.0934, 0.8298), 1.8471, True),
    "special05.R": (
        "special06.R",
        (-0.0187, -0.0934, 0.8298),
        (-0.0289, -0.1181, 0.7355),
        0.4351,
        True,
    ),
    "eye.R": (
        "special05.R",
        (-0.0289, -0.1181, 0.7355),
        (-0.0307, -0.1561, 0.7326),
        -2.0618,
        True,
    ),
}
AUTO_RIG: Built = {
    "c_traj": ("", (0, 0, 0), (0, 0.3, 0), 0.0, False),
    "c_spine_02.x": ("c_traj", (0, 0, 0.4), (0, -0.005, 0.59), 0.0, False),
    "spine_02.x": ("c_spine_02.x", (0, 0, 0.4), (0, -0.005, 0.59), 0.0, True),
    "c_neck.x": ("spine_02.x", (0, -0.005, 0.596), (0, -0.044, 0.6968), 0.0, False),
    "neck.x": ("c_neck.x", (0, -0.005, 0.596), (0, -0.044, 0.6968), 0.0, True),
    "c_head.x": ("neck.x", (0, -0.044, 0.6968), (0, -0.037, 0.8448), 0.0, False),
    "head.x": ("c_head.x", (0, -0.044, 0.6968), (0, -0.037, 0.8448), 0.0, True),
    "c_jawbone.x": ("head.x", (0, -0.13, 0.63), (0, -0.16, 0.63), 0.0, False),
    "jawbone.x": ("head.x", (0, -0.06, 0.7), (0, -0.13, 0.63), 3.14159, True),
    "c_eye_offset.l": ("head.x", (0.0289, -0.118, 0.7355), (0.0289, -0.15, 0.7355), 1.5708, True),
    "c_eye.l": ("c_eye_offset.l", (0.0289, -0.118, 0.7355), (0.0289, -0.15, 0.7355), 1.5708, True),
    "c_eye_ref_track.l": (
        "c_eye_offset.l",
        (0.0289, -0.118, 0.7355),
        (0.0289, -0.14, 0.7355),
        0.3,
        True,
    ),
    "c_eye_offset.r": (
        "head.x",
        (-0.0289, -0.118, 0.7355),
        (-0.0289, -0.15, 0.7355),
        -1.5708,
        True,
    ),
    "c_eye.r": (
        "c_eye_offset.r",
        (-0.0289, -0.118, 0.7355),
        (-0.0289, -0.15, 0.7355),
        -1.5708,
        True,
    ),
}


@pytest.fixture
def face() -> bpy.types.Object:
    """A baked face of ARKit's names with an open neck and eyes that turn."""
    model = stand_in.named(bodies.open_model(), NAMES)
    made = stand_in.add_neutral(model)
    storage.store_model(made, model_to_bytes(model))
    faces.select([made])
    assert bpy.ops.aim.bake(use_action=False) == {'FINISHED'}
    for place, name in ((LEFT, "Eye L"), (RIGHT, "Eye R")):
        add_eye(made, ball(place), name)
    faces.select([made.aim.rig])
    assert bpy.ops.aim.make_eyes() == {'FINISHED'}
    return made


def build(bones: Built, name: str) -> bpy.types.Object:
    """An armature whose head lies in the stand-in face."""
    data = bpy.data.armatures.new(name)
    obj = bpy.data.objects.new(name, data)
    bpy.context.scene.collection.objects.link(obj)
    bpy.context.view_layer.objects.active = obj
    bpy.ops.object.mode_set(mode='EDIT')
    up = np.array((0, 0.035, bodies.HEAD - 0.6968))
    for bone, (parent, head, tail, roll, deforms) in bones.items():
        made = data.edit_bones.new(bone)
        made.head, made.tail, made.roll = np.add(head, up), np.add(tail, up), roll
        made.use_deform = deforms
        if parent:
            made.parent = data.edit_bones[parent]
    bpy.ops.object.mode_set(mode='OBJECT')
    return obj


def join(face: bpy.types.Object) -> None:
    faces.select([face.aim.rig])
    assert bpy.ops.aim.join_body() == {'FINISHED'}


def in_head(face: bpy.types.Object, body: bpy.types.Object | None, bone: str) -> np.ndarray:
    """[N, 3] mm: skin above the neck's blend and both eyes, in the space of the head bone's motion."""
    rest = np.array([vertex.co for vertex in face.aim.rig.data.vertices])
    low = rest[:, 2].min() + 0.001 * face.aim.body.width + 0.02 * np.ptp(rest[:, 2])
    points = np.concatenate(
        [bodies.shown(face.aim.rig)[rest[:, 2] > low]]
        + [bodies.shown(bpy.data.objects[name]) for name in ("Eye L", "Eye R")]
    )
    if body is None:
        return 1000 * points
    posed = body.evaluated_get(bpy.context.evaluated_depsgraph_get()).pose.bones[bone]
    world = np.array(body.matrix_world, np.float64)
    joined_at = np.diag(
        (*body.scale, 1.0)
    )  # bodies of this file stand at the origin until they are turned
    rest_bone = np.array(body.data.bones[bone].matrix_local, np.float64)
    moved = world @ np.array(posed.matrix, np.float64) @ np.linalg.inv(joined_at @ rest_bone)
    back = np.linalg.inv(moved)
    return 1000 * (points @ back[:3, :3].T + back[:3, 3])


def turn_body(body: bpy.types.Object, bone: str) -> None:
    """Move a body through the scene, and its head."""
    body.location = (0.4, -0.2, 0.1)
    body.rotation_euler = (0.1, 0.2, 0.9)
    bodies.turn(body, (bone,), (20, 25, -15))


def rows() -> dict[str, np.ndarray]:
    """[9] of curves and turns of a short take."""
    ramp = np.sin(np.linspace(0, np.pi, 9))
    return {
        "jawOpen": ramp,
        "mouthSmileLeft": 0.6 * ramp[::-1],
        "browInnerUp": 0.5 * ramp,
        "eyeLookOutLeft": 0.8 * ramp,
        "eyeLookInRight": 0.8 * ramp,
        "eyeLookInLeft": 0 * ramp,
        "eyeLookOutRight": 0 * ramp,
        **{f"eyeLook{way}{side}": 0 * ramp for way in ("Up", "Down") for side in ("Left", "Right")},
    }


def direct(face: bpy.types.Object, folder: Path) -> None:
    """The short take as a file that is dropped."""
    bpy.context.scene.render.fps = 60
    names = [*rows(), "headYaw", "headPitch", "headRoll"]
    ramp = rows()["jawOpen"]
    table = np.stack([*rows().values(), 0.3 * ramp, 0.2 * ramp, 0 * ramp], axis=1)
    lines = [",".join(("Timecode", "BlendShapeCount", *(n[0].upper() + n[1:] for n in names)))]
    lines += [
        ",".join((f"01:00:00:{n:02d}.000", "61", *(f"{value:.5f}" for value in row)))
        for n, row in enumerate(table)
    ]
    path = folder / "take.csv"
    path.write_text("\n".join(lines) + "\n")
    faces.select([face.aim.rig])
    assert bpy.ops.aim.import_face_curves(filepath=str(path)) == {'FINISHED'}
    assert face.aim.retarget.played_frames == 9


def retargeted(face: bpy.types.Object, _folder: Path) -> None:
    """The short take as a retargeting writes it: skull and jaw posed, the look, a corrective."""
    ramp = rows()["jawOpen"]
    nods = np.stack([stand_in.pose((20 * a, 5 * a, 0), (0, 0, 0)) for a in ramp])
    count = len(face.aim.rig.data.vertices)
    mended = np.zeros((1, count, 3))
    mended[0, : count // 2] = (0, -3, 0)
    take = Performance(
        "take",
        np.arange(1.0, 10.0),
        np.ones(9, bool),
        NAMES,
        nods,
        nods[::-1],
        np.stack([rows()[name] for name in NAMES], axis=1),
        mended,
        ramp[:, None],
        look=np.tile(0.3 * ramp[:, None, None], (1, 2, 2)),
    )
    write_performance(face.aim.rig, face.aim.armature, take, 1000.0)


def played(face: bpy.types.Object, body: bpy.types.Object | None, bone: str) -> list[np.ndarray]:
    found = []
    for frame in LOOKED_AT:
        go_to(bpy.context.scene, frame)
        bpy.context.view_layer.update()
        found.append(in_head(face, body, bone))
    return found


def live(face: bpy.types.Object, body: bpy.types.Object | None, bone: str) -> list[np.ndarray]:
    """Frames of a stream, shown as they come."""
    faces.select([face.aim.rig])
    target, found = targets.find_target(bpy.context), []
    for number in (0, 3, 6):
        values = {name: float(row[number]) for name, row in rows().items()}
        turn = 0.1 * number
        target.show(Frame(0.0, values, (turn, -turn / 2, 0.05), None))
        bpy.context.view_layer.update()
        found.append(in_head(face, body, bone))
    return found


def same(before: list[np.ndarray], after: list[np.ndarray]) -> None:
    for one, two in zip(before, after, strict=True):
        assert np.linalg.norm(one - two, axis=1).max() < SAME
    assert np.linalg.norm(before[1] - before[0], axis=1).max() > 1, "it moves"


def two_heads(face: bpy.types.Object) -> tuple[bpy.types.Object, str]:
    bones = {"spine": ("", 1.0, bodies.NECK, True)}
    bones |= {name: ("spine", bodies.NECK, bodies.TOP, True) for name in ("Head_L", "Head_R")}
    body = bodies.add_armature(bones, "Twins")
    bodies.add_skin(face, body, ["spine", "Head_L"])
    face.aim.body.head_bone = "Head_L"
    return body, "Head_L"


def scaled(_face: bpy.types.Object) -> tuple[bpy.types.Object, str]:
    body = bodies.add_armature(bodies.MPFB, "Small")
    bodies.scaled(body, (0.01,) * 3)
    return body, "head"


BODIES: dict[str, Callable[[bpy.types.Object], tuple[bpy.types.Object, str]]] = {
    "MPFB": lambda _face: (build(MPFB, "MPFB"), "head"),
    "Auto-Rig Pro": lambda _face: (build(AUTO_RIG, "rig"), "head.x"),
    "scaled": scaled,
    "two heads": two_heads,
}


@pytest.mark.parametrize("kind", BODIES)
@pytest.mark.parametrize("take", [direct, retargeted], ids=["direct", "retargeted"])
def test_a_take_plays_in_the_heads_space_as_before(
    face: bpy.types.Object, tmp_path: Path, kind: str, take: Callable
) -> None:
    take(face, tmp_path)
    before = played(face, None, "")
    body, bone = BODIES[kind](face)
    join(face)
    turn_body(body, bone)
    same(before, played(face, body, bone))
    take(face, tmp_path)  # and when it is played again on the joined face
    same(before, played(face, body, bone))


@pytest.mark.parametrize("kind", ["Auto-Rig Pro", "scaled"])
def test_a_stream_moves_a_joined_face_as_before(face: bpy.types.Object, kind: str) -> None:
    before = live(face, None, "")
    body, bone = BODIES[kind](face)
    join(face)
    turn_body(body, bone)
    same(before, live(face, body, bone))


def test_a_neck_of_another_mesh_keeps_the_take(face: bpy.types.Object, tmp_path: Path) -> None:
    direct(face, tmp_path)
    before = played(face, None, "")
    body, _skin = bodies.new_body(face)
    collar = bodies.add_skin(face, body, ["spine01", "neck01"], "Collar")
    face.aim.body.mesh = collar
    join(face)
    turn_body(body, "head")
    same(before, played(face, body, "head"))


def test_mpfb_is_known_as_its_source_has_it(face: bpy.types.Object) -> None:
    body = build(MPFB, "MPFB")
    found = real_bodies.guess_bones(face, body)
    assert found.title == "MPFB" and found.heads == ("head",) and found.jaw == "jaw"
    assert found.eyes == {"left": "eye.L", "right": "eye.R"}
    face.aim.body.jaw = face.aim.body.eyes = 'BODY'
    join(face)
    turn(body, "jaw", -15)
    assert opened(face) == pytest.approx(15, abs=0.01)
    turn(body, "eye.L", 12)
    assert eye_turned(face) == pytest.approx(12, abs=0.1)


def test_auto_rig_pros_jaw_and_eyes_are_those_that_its_controls_end_in(
    face: bpy.types.Object,
) -> None:
    body = build(AUTO_RIG, "rig")
    aim = body.pose.bones["jawbone.x"].constraints.new('DAMPED_TRACK')
    aim.target, aim.subtarget = body, "c_jawbone.x"
    found = real_bodies.guess_bones(face, body)
    assert found.title == "Auto-Rig Pro" and found.heads == ("head.x",)
    assert found.jaw == "jawbone.x" and found.eyes["left"] == "c_eye.l"
    face.aim.body.jaw = face.aim.body.eyes = 'BODY'
    join(face)
    before = opened(face)
    body.pose.bones["c_jawbone.x"].location.z = -0.03  # it opens by being moved
    bpy.context.view_layer.update()
    assert before == pytest.approx(0, abs=0.01) and 10 < opened(face) < 25
    turn(body, "c_eye.l", 12)
    assert eye_turned(face) == pytest.approx(12, abs=0.1)


def turn(body: bpy.types.Object, bone: str, degrees: float) -> None:
    posed = body.pose.bones[bone]
    posed.rotation_mode = 'XYZ'
    posed.rotation_euler.x = np.radians(degrees)
    bpy.context.view_layer.update()


def opened(face: bpy.types.Object) -> float:
    """Degrees by which the jaw is turned within the head."""
    pose = shown_pose(face.aim.armature)
    return float(np.degrees(np.arccos(np.clip((np.trace(pose[:3, :3]) - 1) / 2, -1, 1))))


def eye_turned(face: bpy.types.Object) -> float:
    """Degrees by which the left eye is turned within the head."""
    armature = face.aim.armature
    eye, skull = (pose_bone(armature, bone) for bone in (EYES["left"], SKULL))
    rest = skull.bone.matrix_local.inverted() @ eye.bone.matrix_local
    motion: Matrix = skull.matrix.inverted() @ eye.matrix @ rest.inverted()
    return float(np.degrees(motion.to_quaternion().angle))


def test_jaw_bone_of_the_face_is_where_a_take_has_its_keys(
    face: bpy.types.Object, tmp_path: Path
) -> None:
    body, bone = BODIES["MPFB"](face)
    join(face)
    direct(face, tmp_path)
    turn_body(body, bone)
    go_to(bpy.context.scene, 5.0)
    bpy.context.view_layer.update()
    assert opened(face) > 3
    assert pose_bone(face.aim.armature, JAW).parent.name == pose_bone(face.aim.armature, SKULL).name
