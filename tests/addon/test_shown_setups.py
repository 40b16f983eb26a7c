# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said of a take is so: set-ups of all kinds, beside the evaluated mesh as the test itself measures it."""

from collections.abc import Callable
from dataclasses import dataclass

import bpy
import numpy as np
import pytest

from aim_blender_addon import compat
from aim_blender_addon.backend.io.model_file import model_to_bytes
from aim_blender_addon.bridge.data import storage
from aim_blender_addon.bridge.data.shape_keys import mark_sculpted, read_points, write_points
from aim_blender_addon.bridge.performance import writing
from aim_blender_addon.bridge.performance.shown.findings import Reason
from aim_blender_addon.bridge.performance.shown.look import look
from aim_blender_addon.bridge.rig.actions import scan_frame
from aim_blender_addon.operators.performance import shown_report
from tests.addon import faces, stand_in, takes
from tests.addon.recorder import draw

#: The same in the take, and as the test measures it: mm.
SAME = 0.02


@dataclass(frozen=True)
class SetUp:
    """Something of the user's, done before a take is written or after.

    Attributes:
        name: of the case.
        make: does it, of the rig and the armature.
        reason: that has to be given; None where the take shows.
        names: in that reason; () for any.
        before: done before the take is written.
    """

    name: str
    make: Callable[[bpy.types.Object, bpy.types.Object], object]
    reason: Reason | None = None
    names: tuple[str, ...] = ()
    before: bool = False


def empty(name: str = "Empty") -> bpy.types.Object:
    obj = bpy.data.objects.new(name, None)
    bpy.context.scene.collection.objects.link(obj)
    obj.location, obj.rotation_euler = (0.01, 0.02, 0.03), (0.3, 0.1, 0.2)
    return obj


def constrain(owner: bpy.types.ID, kind: str, **settings: object) -> bpy.types.Constraint:
    found = owner.constraints.new(kind)
    if hasattr(found, "target"):
        found.target = empty()
    for name, value in settings.items():
        setattr(found, name, value)
    return found


def modifier(rig: bpy.types.Object, kind: str, **settings: object) -> bpy.types.Modifier:
    found = rig.modifiers.new(kind.title(), kind)
    for name, value in settings.items():
        setattr(found, name, value)
    return found


def lattice(rig: bpy.types.Object) -> bpy.types.Modifier:
    data = bpy.data.lattices.new("Cage")
    cage = bpy.data.objects.new("Cage", data)
    bpy.context.scene.collection.objects.link(cage)
    cage.location, cage.scale = (0, 0, 1.6), (0.4, 0.4, 0.4)
    for point in data.points:
        point.co_deform.x *= 1.1
    return modifier(rig, "LATTICE", object=cage)


def nodes(rig: bpy.types.Object, kind: str) -> bpy.types.Modifier:
    tree = bpy.data.node_groups.new(kind, "GeometryNodeTree")
    tree.interface.new_socket("Geometry", in_out="INPUT", socket_type="NodeSocketGeometry")
    tree.interface.new_socket("Geometry", in_out="OUTPUT", socket_type="NodeSocketGeometry")
    inside, outside = tree.nodes.new("NodeGroupInput"), tree.nodes.new("NodeGroupOutput")
    node = tree.nodes.new(kind)
    if kind == "GeometryNodeSetPosition":
        node.inputs["Offset"].default_value = (0.0, 0.004, 0.0)
    tree.links.new(inside.outputs[0], node.inputs[0])
    tree.links.new(node.outputs[0], outside.inputs[0])
    return modifier(rig, "NODES", node_group=tree)


def mask(rig: bpy.types.Object) -> bpy.types.Modifier:
    group = rig.vertex_groups.new(name="Seen")
    group.add(list(range(100, len(rig.data.vertices))), 1.0, 'REPLACE')
    return modifier(rig, "MASK", vertex_group="Seen")


def second_armature(rig: bpy.types.Object) -> None:
    data = bpy.data.armatures.new("Other")
    other = bpy.data.objects.new("Other", data)
    bpy.context.scene.collection.objects.link(other)
    bpy.context.view_layer.objects.active = other
    bpy.ops.object.mode_set(mode='EDIT')
    bone = data.edit_bones.new("lip")
    bone.head, bone.tail = (0, -0.1, 1.55), (0, -0.2, 1.55)
    bpy.ops.object.mode_set(mode='OBJECT')
    rig.vertex_groups.new(name="lip").add(list(range(40)), 1.0, 'REPLACE')
    other.pose.bones["lip"].location = (0, 0, 0.01)
    modifier(rig, "ARMATURE", object=other)


def bone_of_the_user(rig: bpy.types.Object, armature: bpy.types.Object) -> bpy.types.PoseBone:
    bpy.context.view_layer.objects.active = armature
    bpy.ops.object.mode_set(mode='EDIT')
    bone = armature.data.edit_bones.new("lip")
    bone.head, bone.tail = (0, -0.1, 1.55), (0, -0.2, 1.55)
    bone.parent = armature.data.edit_bones["skull"]
    bpy.ops.object.mode_set(mode='OBJECT')
    rig.vertex_groups.new(name="lip").add(list(range(40)), 1.0, 'REPLACE')
    return armature.pose.bones["lip"]


def action(owner: bpy.types.ID, path: str, value: float, index: int = 0) -> bpy.types.Action:
    made = bpy.data.actions.new("Mine")
    curve = compat.action_curves(made, owner).new(path, index=index)
    curve.keyframe_points.insert(1, value)
    curve.keyframe_points.insert(20, value)
    return made


def track(owner: bpy.types.ID, path: str, value: float, index: int = 0) -> bpy.types.NlaTrack:
    made = action(owner, path, value, index)
    found = owner.animation_data.nla_tracks.new()
    found.name = "Above"
    strip = compat.add_strip(found, "Above", 1, made, owner)
    strip.frame_end = 30
    return found


def key_path(rig: bpy.types.Object) -> str:
    return f'key_blocks["{rig.data.shape_keys.key_blocks[1].name}"].value'


def block(rig: bpy.types.Object, number: int = 1) -> bpy.types.ShapeKey:
    return rig.data.shape_keys.key_blocks[number]


def without_slot(rig: bpy.types.Object) -> None:
    """The user's Action is there, and no slot of it is chosen: it plays nothing."""
    keys = rig.data.shape_keys
    compat.assign_action(keys, action(keys, key_path(rig), 0.1))
    keys.animation_data.action_slot = None


def muted_curves(rig: bpy.types.Object) -> None:
    keys = rig.data.shape_keys
    compat.assign_action(keys, action(keys, key_path(rig), 0.1))
    for curve in compat.all_curves(keys.animation_data.action):
        curve.mute = True


def older_tracks(rig: bpy.types.Object) -> None:
    keys = rig.data.shape_keys
    keys.animation_data_create()
    track(keys, key_path(rig), 0.1)
    track(keys, key_path(rig), 0.2).strips[0].blend_type = 'ADD'


def older_bones(armature: bpy.types.Object) -> None:
    armature.animation_data_create()
    track(armature, JAW, 0.1)
    track(armature, 'pose.bones["skull"].location', 0.05)


def half_an_action(rig: bpy.types.Object) -> None:
    """The user's Action plays with half of its influence."""
    keys = rig.data.shape_keys
    compat.assign_action(keys, action(keys, key_path(rig), 1.0))
    track(keys, key_path(rig), 0.1).mute = True
    keys.animation_data.action_influence = 0.5


def tweaked(rig: bpy.types.Object) -> None:
    """The user is editing a strip of their own when the take comes."""
    keys = rig.data.shape_keys
    keys.animation_data_create()
    track(keys, key_path(rig), 0.1)
    keys.animation_data.nla_tracks[0].mute = True
    keys.animation_data.nla_tracks[0].select = True
    keys.animation_data.nla_tracks[0].strips[0].select = True
    keys.animation_data.use_tweak_mode = True


JAW = 'pose.bones["jaw"].rotation_euler'
CASES = [
    SetUp("plain", lambda rig, armature: None),
    SetUp(
        "constraint on the jaw bone",
        lambda rig, armature: constrain(armature.pose.bones["jaw"], "COPY_ROTATION"),
        Reason.CONSTRAINED,
        ("jaw",),
    ),
    SetUp(
        "constraint on the head bone",
        lambda rig, armature: constrain(armature.pose.bones["skull"], "COPY_LOCATION"),
        Reason.CONSTRAINED,
        ("skull",),
    ),
    SetUp(
        "limits on the jaw bone that hold it",
        lambda rig, armature: constrain(
            armature.pose.bones["jaw"],
            "LIMIT_ROTATION",
            use_limit_x=True,
            max_x=0.05,
            owner_space='LOCAL',
        ),
        Reason.CONSTRAINED,
        ("jaw",),
    ),
    SetUp(
        "muted constraint",
        lambda rig, armature: constrain(armature.pose.bones["jaw"], "COPY_ROTATION", mute=True),
    ),
    SetUp(
        "constraint on the mesh object",
        lambda rig, armature: constrain(rig, "COPY_LOCATION"),
        Reason.APART,
    ),
    SetUp("smooth", lambda rig, _a: modifier(rig, "SMOOTH", iterations=4), Reason.MODIFIED),
    SetUp(
        "smooth, off in the viewport",
        lambda rig, _a: modifier(rig, "SMOOTH", iterations=4, show_viewport=False),
    ),
    SetUp("cast", lambda rig, _a: modifier(rig, "CAST", factor=0.02), Reason.MODIFIED, ("Cast",)),
    SetUp("lattice", lambda rig, _a: lattice(rig), Reason.MODIFIED, ("Lattice",)),
    SetUp(
        "shrinkwrap",
        lambda rig, _a: modifier(rig, "SHRINKWRAP", target=bpy.data.objects["Head"]),
        Reason.MODIFIED,
        ("Shrinkwrap",),
    ),
    SetUp(
        "corrective smooth",
        lambda rig, _a: modifier(rig, "CORRECTIVE_SMOOTH", iterations=30, scale=0.0),
        Reason.MODIFIED,
    ),
    SetUp(
        "nodes that move the skin",
        lambda rig, _a: nodes(rig, "GeometryNodeSetPosition"),
        Reason.MODIFIED,
        ("Nodes",),
    ),
    SetUp("armature of their own", lambda rig, _a: second_armature(rig), Reason.MODIFIED),
    SetUp(
        "preserve volume",
        lambda rig, _a: setattr(rig.modifiers[0], "use_deform_preserve_volume", True),
        Reason.SKINNED_OTHERWISE,
        ("Preserve Volume",),
    ),
    SetUp(
        "jaw locked",
        lambda rig, armature: setattr(
            armature.pose.bones["jaw"], "lock_rotation", (True, False, False)
        ),
        Reason.LOCKED,
        ("jaw: rotation X",),
        before=True,
    ),
    SetUp(
        "rest position",
        lambda rig, armature: setattr(armature.data, "pose_position", 'REST'),
        Reason.AT_REST,
    ),
    SetUp(
        "bone of their own",
        lambda rig, armature: setattr(bone_of_the_user(rig, armature), "location", (0, 0, 0.02)),
        Reason.POSED,
        ("lip",),
    ),
    SetUp(
        "constraint on a bone of their own",
        lambda rig, armature: constrain(
            bone_of_the_user(rig, armature), "COPY_LOCATION", influence=0.01
        ),
        Reason.CONSTRAINED,
        ("lip",),
    ),
    SetUp(
        "Action above on the bones",
        lambda rig, armature: compat.assign_action(armature, action(armature, JAW, 0.1)),
        Reason.OTHER_ANIMATION,
        ("jaw",),
    ),
    SetUp(
        "track above on the bones",
        lambda rig, armature: track(armature, JAW, 0.6),
        Reason.OTHER_ANIMATION,
        ("jaw",),
    ),
    SetUp(
        "track above on the keys",
        lambda rig, _a: track(rig.data.shape_keys, key_path(rig), 0.1),
        Reason.OTHER_ANIMATION,
    ),
    SetUp(
        "solo track",
        lambda rig, _a: setattr(
            track(rig.data.shape_keys, 'key_blocks["quote\\"d"].value', 0.0), "is_solo", True
        ),
        Reason.OTHER_ANIMATION,
    ),
    SetUp(
        "tracks off",
        lambda rig, _a: setattr(rig.data.shape_keys.animation_data, "use_nla", False),
        Reason.NLA_OFF,
    ),
    SetUp("tweak mode", lambda rig, _a: tweaked(rig), before=True),
    SetUp("older track", lambda rig, _a: older_tracks(rig), before=True),
    SetUp("older tracks on the bones", lambda rig, armature: older_bones(armature), before=True),
    SetUp("half an Action", lambda rig, _a: half_an_action(rig), before=True),
    SetUp("Action without a slot", lambda rig, _a: without_slot(rig), before=True),
    SetUp("Action with muted curves", lambda rig, _a: muted_curves(rig), before=True),
    SetUp("key muted", lambda rig, _a: setattr(block(rig), "mute", True), Reason.MUTED),
    SetUp("range", lambda rig, _a: setattr(block(rig), "slider_max", 0.3), Reason.LIMITED),
    SetUp("driver", lambda rig, _a: block(rig).driver_add("value"), Reason.DRIVEN),
    SetUp(
        "driver on a bone",
        lambda rig, armature: armature.driver_add(JAW, 0),
        Reason.DRIVEN,
        ("jaw",),
    ),
    SetUp("another key on", lambda rig, _a: setattr(block(rig, 4), "value", 0.7), Reason.ALSO_ON),
    SetUp("key locked", lambda rig, _a: setattr(block(rig), "lock_shape", True)),
    SetUp(
        "absolute keys",
        lambda rig, _a: setattr(rig.data.shape_keys, "use_relative", False),
        Reason.ABSOLUTE,
    ),
    SetUp("one key alone", lambda rig, _a: setattr(rig, "show_only_shape_key", True), Reason.SOLO),
    SetUp(
        "modifier off",
        lambda rig, _a: setattr(rig.modifiers[0], "show_viewport", False),
        Reason.NO_MODIFIER,
    ),
    SetUp("subdivision", lambda rig, _a: modifier(rig, "SUBSURF")),
    SetUp("mask", lambda rig, _a: mask(rig)),
    SetUp("nodes that add points", lambda rig, _a: nodes(rig, "GeometryNodeSubdivideMesh")),
]
BEFORE = {"subdivision": "Subsurf", "mask": "Mask", "nodes that add points": "Nodes"}


@pytest.mark.parametrize(
    ("case", "layered"),
    [(case, True) for case in CASES] + [(case, False) for case in CASES if case.before],
    ids=lambda value: getattr(value, "name", ("alone", "layered")[value is True]),
)
def test_what_is_said_is_so(case: SetUp, layered: bool) -> None:
    face = takes.add_face()
    rig, armature = face.aim.rig, face.aim.armature
    bpy.context.scene.frame_set(7)
    if case.before:
        case.make(rig, armature)
    written = takes.write(face, layered)
    if not case.before:
        case.make(rig, armature)
    shown = takes.seen(face, written)
    assert bpy.context.scene.frame_current == 7
    assert len(bpy.data.scenes) == 1 and not any("AIM Reading" in s.name for s in bpy.data.scenes)
    figure, found = shown.figure, {part.reason: part for part in shown.hidden}
    assert (figure.seen, figure.frames) == (takes.COUNT, takes.COUNT)
    if case.name in BEFORE:
        assert figure.before == (BEFORE[case.name],)
        rig.modifiers[BEFORE[case.name]].show_viewport = False
    else:
        assert figure.before == ()
    distance = takes.truth(face)
    assert figure.largest == pytest.approx(distance.max(), abs=SAME)
    assert figure.mean == pytest.approx(distance.mean(), abs=SAME)
    assert figure.p99 == pytest.approx(np.quantile(distance, 0.99), abs=SAME)
    assert shown.is_off == (distance.max() > 0.2) == (case.reason is not None)
    assert set(found) == ({case.reason} if case.reason else set())
    if case.names:
        assert found[case.reason].names == case.names


@pytest.mark.parametrize("frames_each", [1.0, 0.4, 2.5])
@pytest.mark.parametrize(("old", "new"), [(100, 100), (100, 250), (150, 100)])
def test_frames_between_whole_ones_and_stretched_time(
    frames_each: float, old: int, new: int
) -> None:
    face, scene = takes.add_face(), bpy.context.scene
    scene.render.frame_map_old, scene.render.frame_map_new = old, new
    frames = 1 + frames_each * np.arange(takes.COUNT)
    written = takes.write(face, False, frames=frames)
    scene.frame_set(3, subframe=0.25)
    keys = face.aim.rig.data.shape_keys.key_blocks
    keys[1].value = 0.123  # posed by hand, without a key
    before = [block.value for block in keys]
    shown = takes.seen(face, written, frames)
    assert scene.frame_current == 3 and scene.frame_subframe == 0.25
    assert [block.value for block in keys] == before
    assert shown.figure.largest < 0.1 and takes.truth(face, frames).max() < 0.1
    reasons = {part.reason: part.names for part in shown.hidden}
    assert reasons == ({} if old == new else {Reason.REMAPPED: (f"{old} / {new}",)})
    assert not shown.is_off


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"use_preview_range": True, "frame_preview_end": 8}, Reason.PREVIEW),
        ({"frame_step": 2}, Reason.STEPPED),
    ],
)
def test_frames_that_the_scene_leaves_out_are_named(settings: dict, reason: Reason) -> None:
    face, scene = takes.add_face(), bpy.context.scene
    written = takes.write(face, False)
    for name, value in settings.items():
        setattr(scene, name, value)
    shown = takes.seen(face, written)
    assert [part.reason for part in shown.hidden] == [reason] and not shown.is_off


def test_a_long_take_is_looked_at_evenly() -> None:
    face = takes.add_face()
    frames = np.linspace(1, 480, takes.COUNT)
    written = takes.write(face, True, frames=frames)
    every = np.arange(1.0, 481.0)
    rows = np.interp(every, frames, np.arange(takes.COUNT))
    made = takes.made_of(written, every, takes.between(rows))
    shown = look(face.aim.rig, face.aim.armature, written.actions, made, bpy.context)
    assert (shown.figure.seen, shown.figure.frames) == (24, 480)
    assert "24 of 480 frames" in shown_report.figure(shown)


def test_head_that_the_body_carries() -> None:
    """A walking body is no fault of a take on the head: the face is measured where the body has it."""
    face = takes.add_face()
    armature = face.aim.armature
    bpy.context.view_layer.objects.active = armature
    bpy.ops.object.mode_set(mode='EDIT')
    neck = armature.data.edit_bones.new("neck")
    neck.head, neck.tail = (0, 0, 1.3), (0, 0, 1.4)
    armature.data.edit_bones["skull"].parent = neck
    bpy.ops.object.mode_set(mode='OBJECT')
    written = takes.write(face, True)
    armature.pose.bones["neck"].rotation_mode = 'XYZ'
    armature.pose.bones["neck"].rotation_euler = (0.2, 0.3, 0.1)
    armature.location = (0.5, 0.2, 0.1)
    shown = takes.seen(face, written)
    assert shown.hidden == () and not shown.is_off and shown.figure.largest < 0.1
    assert shown.figure.share == 1.0
    bpy.context.view_layer.update()
    bone = armature.pose.bones["neck"]
    carried = armature.matrix_world @ bone.matrix @ bone.bone.matrix_local.inverted()
    assert takes.truth(face, carried=np.array(carried)).max() < 0.1
    constrain(armature.pose.bones["skull"], "COPY_ROTATION")
    shown = takes.seen(face, written)
    assert shown.is_off and Reason.CONSTRAINED in {part.reason for part in shown.hidden}
    distance = takes.truth(face, carried=np.array(carried))
    assert shown.figure.largest == pytest.approx(distance.max(), abs=SAME)


def test_vertices_of_the_body_are_left_out() -> None:
    face = takes.add_face()
    rig, armature = face.aim.rig, face.aim.armature
    bpy.context.view_layer.objects.active = armature
    bpy.ops.object.mode_set(mode='EDIT')
    neck = armature.data.edit_bones.new("neck")
    neck.head, neck.tail = (0, 0, 1.3), (0, 0, 1.4)
    armature.data.edit_bones["skull"].parent = neck
    bpy.ops.object.mode_set(mode='OBJECT')
    body = list(range(len(rig.data.vertices) // 4))
    for group in rig.vertex_groups:
        group.remove(body)
    rig.vertex_groups.new(name="neck").add(body, 1.0, 'REPLACE')
    written = takes.write(face, True)
    shown = takes.seen(face, written)
    assert shown.figure.share == pytest.approx(0.75, abs=0.01) and not shown.is_off


def test_looking_calls_no_handler_and_adds_none() -> None:
    face = takes.add_face()
    written = takes.write(face, True)
    calls = []
    handlers = bpy.app.handlers
    before = {n: len(getattr(handlers, n)) for n in dir(handlers) if n.endswith(("pre", "post"))}

    def note(*_args: object) -> None:
        calls.append(1)

    for name in ("depsgraph_update_pre", "depsgraph_update_post"):
        getattr(handlers, name).append(note)
    try:
        bpy.context.view_layer.update()
        calls.clear()
        takes.seen(face, written)
        assert not calls
    finally:
        for name in ("depsgraph_update_pre", "depsgraph_update_post"):
            getattr(handlers, name).remove(note)
    assert before == {n: len(getattr(handlers, n)) for n in before}


def test_what_a_handler_of_the_user_does_counts() -> None:
    face = takes.add_face()
    written = takes.write(face, False)
    smile = face.aim.rig.data.shape_keys.key_blocks[3]

    def act(scene: bpy.types.Scene, *_args: object) -> None:
        smile.value = 0.5

    bpy.app.handlers.frame_change_pre.append(act)
    try:
        shown = takes.seen(face, written)
        distance = takes.truth(face)
    finally:
        bpy.app.handlers.frame_change_pre.remove(act)
    assert shown.is_off and shown.figure.largest == pytest.approx(distance.max(), abs=SAME)
    assert [part.reason for part in shown.hidden] == [Reason.ALSO_ON]


def test_handler_and_modifiers_that_add_vertices() -> None:
    """The shown scene plays, and the skin is looked at before the modifiers all the same."""
    face = takes.add_face()
    written = takes.write(face, False)
    modifier(face.aim.rig, "SUBSURF")
    calls = []
    bpy.app.handlers.frame_change_post.append(lambda *_args: calls.append(1))
    bpy.context.scene.frame_set(4, subframe=0.5)
    try:
        shown = takes.seen(face, written)
    finally:
        bpy.app.handlers.frame_change_post.clear()
    assert calls and bpy.context.scene.frame_current_final == 4.5
    assert shown.figure.before == ("Subsurf",) and shown.figure.largest < 0.1
    assert not shown.is_off and shown.hidden == ()
    assert [scene.name for scene in bpy.data.scenes] == [bpy.context.scene.name]


def test_hidden_rig_is_named_and_measured_all_the_same() -> None:
    face = takes.add_face()
    written = takes.write(face, False)
    face.aim.rig.hide_viewport = True
    shown = takes.seen(face, written)
    assert [part.reason for part in shown.hidden] == [Reason.OUT_OF_SIGHT]
    assert shown.figure.largest < 0.1 and not shown.is_off


def test_sculpted_shape_is_named() -> None:
    face = takes.add_face()
    key = face.aim.rig.data.shape_keys.key_blocks[1]
    points = read_points(key)
    points[:, 2] += 0.01
    write_points(key, points)
    mark_sculpted(face.aim.rig.data, key.name, True)
    shown = takes.seen(face, takes.write(face, False))
    assert shown.is_off and [(p.reason, p.names) for p in shown.hidden] == [
        (Reason.KEPT, (key.name,))
    ]


def test_modifier_that_is_off_in_renders_is_named() -> None:
    face = takes.add_face()
    face.aim.rig.modifiers[0].show_render = False
    shown = takes.seen(face, takes.write(face, False))
    assert [part.reason for part in shown.hidden] == [Reason.NOT_RENDERED] and not shown.is_off


@pytest.mark.parametrize(
    ("old", "new", "last"), [(100, 100, 300), (100, 200, 599), (200, 100, 150)]
)
def test_scene_is_lengthened_for_a_take(old: int, new: int, last: int) -> None:
    scene = bpy.context.scene
    scene.render.frame_map_old, scene.render.frame_map_new = old, new
    writing.lengthen(scene, np.array([1.0, 299.5]))
    assert scene.frame_end == max(last, 250)


def test_what_nobody_can_name_is_said_with_its_size() -> None:
    """A key was sculpted between the solve and now: nothing in the scene tells."""
    face = takes.add_face()
    written = takes.write(face, False)
    key = face.aim.rig.data.shape_keys.key_blocks[1]
    points = read_points(key)
    points[:, 2] += 0.02
    write_points(key, points)
    shown = takes.seen(face, written)
    (part,) = shown.hidden
    assert part.reason is Reason.UNKNOWN and shown.is_off
    assert part.mm == pytest.approx(takes.truth(face).max(), abs=SAME)
    (text,) = shown_report.sentences(shown)
    assert text == "Something of the scene changes the skin of Head Rig (up to 16.0 mm)."


def baked(**settings: object) -> bpy.types.Object:
    """A face that the operator has baked."""
    model = takes.model()
    face = stand_in.add_neutral(model)
    storage.store_model(face, model_to_bytes(model))
    faces.select([face])
    assert bpy.ops.aim.bake(**settings) == {'FINISHED'}
    return face


def scans_off(face: bpy.types.Object) -> np.ndarray:
    """[E, V] mm: how far the evaluated rig is from each scan of the model at its frame."""
    model, found = takes.model(), []
    for number, weights in enumerate(np.eye(5)):
        bpy.context.scene.frame_set(scan_frame(number))
        made = stand_in.skin(model, weights, model.jaw_poses[number], np.eye(4))
        found.append(np.linalg.norm(stand_in.evaluated_mm(face.aim.rig) - made, axis=1))
    return np.stack(found)


def test_baked_scans_are_measured_as_the_scene_shows_them() -> None:
    face = baked()
    assert (face.aim.shown_seen, face.aim.shown_frames) == (5, 5) and not face.aim.shown_off
    assert face.aim.shown_largest_mm == pytest.approx(scans_off(face).max(), abs=SAME)
    face.aim.rig.modifiers.new("Smooth", 'SMOOTH').iterations = 5
    faces.select([face])
    assert bpy.ops.aim.bake() == {'FINISHED'}
    distance = scans_off(face)
    assert distance.max() > 0.5 and face.aim.shown_off
    assert face.aim.shown_largest_mm == pytest.approx(distance.max(), abs=SAME)
    assert face.aim.baked_p99_mm == pytest.approx(np.quantile(distance, 0.99), abs=SAME)


@pytest.mark.parametrize("settings", [{"use_action": False}, {"use_head_motion": True}])
def test_scans_are_measured_with_and_without_their_action(settings: dict) -> None:
    face = baked(**settings)
    assert face.aim.shown_frames == 5 and face.aim.shown_largest_mm < 0.01


def test_scans_are_measured_beside_an_action_of_the_user() -> None:
    face = baked()
    mine = action(face.aim.armature, JAW, 0.3)
    compat.assign_action(face.aim.armature, mine)
    faces.select([face])
    assert bpy.ops.aim.bake() == {'FINISHED'}
    assert face.aim.armature.animation_data.action == mine
    assert face.aim.shown_frames == 5 and face.aim.shown_largest_mm < 0.01
    assert len(bpy.data.meshes) == len({o.data for o in bpy.data.objects if o.type == 'MESH'})


def test_absolute_keys_of_a_rig_are_said_and_mended() -> None:
    """A rig whose shape keys take turns in time, brought up to date."""
    face = baked()
    keys = face.aim.rig.data.shape_keys
    keys.use_relative = False
    faces.select([face])
    assert bpy.ops.aim.bake() == {'FINISHED'}
    assert not keys.use_relative and face.aim.shown_off
    drawn = draw(bpy.types.AIM_PT_bake)
    assert "aim.make_keys_relative" in drawn.operators
    assert "Frames Looked At" not in drawn.texts  # no figure stands beside keys that do not show
    assert bpy.ops.aim.make_keys_relative() == {'FINISHED'}
    assert bpy.ops.aim.bake() == {'FINISHED'}
    assert keys.use_relative and not face.aim.shown_off and face.aim.shown_largest_mm < 0.01
    assert "Frames Looked At" in draw(bpy.types.AIM_PT_bake).texts
    assert scans_off(face).max() < 0.01
    with pytest.raises(RuntimeError, match="absolute shape keys first"):
        bpy.ops.aim.make_keys_relative()


def test_making_keys_relative_is_one_undo_step() -> None:
    face = baked()
    face.aim.rig.data.shape_keys.use_relative = False
    name = face.aim.rig.data.name
    bpy.ops.ed.undo_push(message="before")
    assert bpy.ops.aim.make_keys_relative('EXEC_DEFAULT', True) == {'FINISHED'}
    assert bpy.data.meshes[name].shape_keys.use_relative
    bpy.ops.ed.undo()
    assert not bpy.data.meshes[name].shape_keys.use_relative
