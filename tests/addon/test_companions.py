# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Characters of several objects: teeth, eyes and brows with keys of their own play along, another's never do."""

import bpy
import numpy as np
import pytest

from aim_blender_addon import compat
from aim_blender_addon.bridge.data.same_character import find_character
from aim_blender_addon.bridge.performance import layers, writing
from aim_blender_addon.bridge.performance.companions import (
    Channels,
    Reason,
    find_companions,
    plan_companions,
)
from aim_blender_addon.bridge.performance.shown import findings
from aim_blender_addon.bridge.performance.shown.along import look_along

FRAMES = np.arange(1.0, 13.0)
NAMES = ("jawOpen", "eyeBlinkLeft", "eyeBlinkRight")
#: What the head plays [T, 3], and the source beside it [T, 2].
HEAD = np.stack(
    [np.linspace(0, 0.8, 12), np.linspace(0.5, 0, 12), np.linspace(0, 0.25, 12)], axis=1
)
SOURCE = Channels(
    ("jawOpen", "tongueOut", "eyeLookUpLeft"),
    np.stack([np.ones(12), np.linspace(0, 0.6, 12), np.linspace(0.3, 0, 12)], axis=1),
)


def add(name, size, keys=(), at=(0, 0, 0), parent=None, collection=None, data=None):
    """A cube with shape keys that each lift it."""
    if data is None:
        corners = [(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)]
        faces = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
        data = bpy.data.meshes.new(name)
        data.from_pydata([tuple(size / 2 * c for c in corner) for corner in corners], [], faces)
    obj = bpy.data.objects.new(name, data)
    (collection or bpy.context.scene.collection).objects.link(obj)
    obj.location, obj.parent = at, parent
    if keys and data.shape_keys is None:
        obj.shape_key_add(name="Basis", from_mix=False)
        for key in keys:
            block = obj.shape_key_add(name=key, from_mix=False)
            for point in block.points:
                point.co.z += 0.1
            block.value = 0.0
    return obj


def add_armature(name="Bones", *skins):
    armature = bpy.data.objects.new(name, bpy.data.armatures.new(name))
    bpy.context.scene.collection.objects.link(armature)
    for skin in skins:
        skin.modifiers.new("Armature", 'ARMATURE').object = armature
    return armature


def collection(name):
    made = bpy.data.collections.new(name)
    bpy.context.scene.collection.children.link(made)
    return made


def found(head, armature=None, others=()):
    bpy.context.view_layer.update()
    objects, left_out = find_companions(head, armature, bpy.context.scene, others)
    return {obj.name for obj in objects}, {one.name: one for one in left_out}


def write(head, armature=None, layered=True, wanted=True, source=SOURCE, name="Take", widen=False):
    bpy.context.view_layer.update()
    plan = plan_companions(
        head, armature, bpy.context.scene, Channels(NAMES, HEAD), source, wanted=wanted
    )
    still = np.tile(np.eye(4), (12, 1, 1))
    take = writing.Performance(
        name,
        FRAMES,
        np.ones(12, bool),
        NAMES,
        still,
        still,
        HEAD,
        np.zeros((0, 8, 3)),
        np.zeros((12, 0)),
        bones=("", ""),
        layered=layered,
        widen=widen,
        companions=plan,
    )
    return writing.write_performance(head, armature, take, 1000.0)


def value(obj, name, frame):
    """What the evaluated shape key shows."""
    bpy.context.scene.frame_set(frame)
    twin = obj.evaluated_get(bpy.context.evaluated_depsgraph_get())
    return twin.data.shape_keys.key_blocks[name].value


def hidden(written):
    """What keeps the take off what plays along."""
    found = look_along(written.companions.objects, written.actions, FRAMES, bpy.context)
    return {part.reason: part.names for part in found}


@pytest.mark.parametrize("layered", [True, False])
def test_scene_teeth_of_their_own(layered):
    """Teeth on the same armature with a jawOpen of their own equal the head's at every frame."""
    head, teeth = add("Head", 1.0, NAMES), add("Teeth", 0.3, ("jawOpen",))
    armature = add_armature("Bones", head, teeth)
    written = write(head, armature, layered)
    for frame in range(1, 13):
        assert value(teeth, "jawOpen", frame) == pytest.approx(HEAD[frame - 1, 0], abs=1e-4)
        assert value(head, "jawOpen", frame) == value(teeth, "jawOpen", frame)
    assert hidden(written) == {}
    assert [obj.name for obj in written.companions.objects] == ["Teeth"]


def test_keys_that_only_the_source_has_play_its_curves():
    head = add("Head", 1.0, NAMES)
    tongue = add("Tongue", 0.2, ("tongue_out", "jaw_open"), parent=head)
    eye = add("Eye", 0.2, ("eyeLookUpLeft", "eyeBlink", "smile"), parent=head)
    write(head)
    assert value(tongue, "tongue_out", 12) == pytest.approx(0.6, abs=1e-4)
    assert value(tongue, "jaw_open", 12) == pytest.approx(0.8, abs=1e-4)
    assert value(eye, "eyeLookUpLeft", 1) == pytest.approx(0.3, abs=1e-4)
    assert value(eye, "eyeBlink", 1) == pytest.approx(0.25, abs=1e-4)  # both of the head's sides
    assert value(eye, "smile", 12) == 0.0


def test_names_that_only_the_take_has_play_along():
    """A head without keys of its own, whose expressions are made, and which no tracker knows."""
    head = add("Head", 1.0, ("Basis 2",))
    brows = add("Brows", 0.3, ("frown hard",), parent=head)
    plays = Channels(("Frown_Hard",), np.linspace(0, 0.7, 12)[:, None])
    plan = plan_companions(head, None, bpy.context.scene, plays)
    assert plan.objects == (brows,)
    np.testing.assert_array_equal(plan.playing[0].values, plays.values)


def test_who_belongs_to_a_character():
    """By armature, by bone, by parents, below one parent, in one collection; shapeless objects are no noise."""
    mine = collection("Hero")
    head = add("Head", 1.0, NAMES, collection=mine)
    skinned, hung = add("Teeth", 0.3, ("jawOpen",)), add("Brows", 0.3, ("eyeBlinkLeft",))
    armature = add_armature("Bones", head, skinned)
    hung.parent = armature
    add("Lash", 0.3, ("eyeBlinkLeft",), parent=head)
    add("Beard", 0.3, ("jawOpen",), collection=mine)
    add("Hat", 0.3, collection=mine)
    add("Shelf", 0.3, ("up",), collection=mine)
    hidden_eye = add("Eye", 0.2, ("eyeBlinkLeft",), parent=head)
    hidden_eye.hide_viewport = hidden_eye.hide_render = True
    assert found(head, armature) == ({"Teeth", "Brows", "Lash", "Beard", "Eye"}, {})
    empty = bpy.data.objects.new("Root", None)
    bpy.context.scene.collection.objects.link(empty)
    far = add("Body", 3.0, ("jawOpen",), at=(0, 0, -2), parent=empty)
    head.parent = empty
    assert "Body" in found(head, armature)[0]
    bones = add_armature("Other Bones", far)
    assert "Body" not in found(head, armature)[0] and bones is not None


def test_another_character_is_never_touched():
    """Two in one collection, the second with head, skinned and loose teeth; also where they stand in each other."""
    both = collection("Cast")
    for name, place in (("A", 0.0), ("B", 3.0)):
        head = add(f"Head {name}", 1.0, NAMES, (place, 0, 0), collection=both)
        skinned = add(f"Skinned {name}", 0.3, ("jawOpen",), (place, 0, 0), collection=both)
        add_armature(f"Bones {name}", head, skinned)
        add(f"Loose {name}", 0.3, ("jawOpen",), (place, 0, 0), collection=both)
        add(f"Child {name}", 0.3, ("jawOpen",), (place, 0, 0), parent=head)
    head, bones = bpy.data.objects["Head A"], bpy.data.objects["Bones A"]
    bpy.data.objects["Child B"].matrix_parent_inverse.identity()
    names, left_out = found(head, bones)
    assert names == {"Skinned A", "Loose A", "Child A"} and not left_out
    for obj in ("Head B", "Skinned B", "Loose B"):
        bpy.data.objects[obj].location.x = 0.0
    names, left_out = found(head, bones)
    assert names == {"Skinned A", "Child A"}
    assert {name: one.reason for name, one in left_out.items()} == {
        "Loose A": Reason.UNCLEAR,
        "Loose B": Reason.UNCLEAR,
    }
    write(head, bones)
    for name in ("Head B", "Skinned B", "Loose B", "Child B"):
        assert bpy.data.objects[name].data.shape_keys.animation_data is None, name


def test_rider_on_the_bones_of_a_horse_is_no_horse():
    horse = add("Horse", 2.0, NAMES)
    bones = add_armature("Horse Bones", horse)
    rider = add("Rider", 1.0, NAMES, (0, 0, 2))
    add_armature("Rider Bones", rider).parent = bones
    assert found(horse, bones) == (set(), {})
    assert found(rider, bpy.data.objects["Rider Bones"]) == (set(), {})


def test_performer_does_not_play_along():
    empty = bpy.data.objects.new("Root", None)
    bpy.context.scene.collection.objects.link(empty)
    head, source = (add(name, 1.0, NAMES, parent=empty) for name in ("Head", "Source"))
    assert found(head, None, (source,)) == (set(), {})
    assert not find_character(head, None, bpy.context.scene, (source,)).own


def test_shared_meshes_and_duplicates():
    """Two objects with one key block play once; one that another character shows, too, is named."""
    head = add("Head", 1.0, NAMES)
    left = add("Eye Left", 0.2, ("eyeBlinkLeft",), parent=head)
    add("Eye Right", 0.2, data=left.data, parent=head)
    add("Head Copy", 1.0, data=head.data, at=(5, 0, 0))
    names, left_out = found(head)
    assert len(names) == 1 and not left_out
    write(head)
    assert value(bpy.data.objects["Eye Right"], "eyeBlinkLeft", 1) == pytest.approx(0.5, abs=1e-4)
    other = add("Other Head", 1.0, NAMES, (5, 0, 0))
    add("Other Eye", 0.2, data=left.data, parent=other)
    names, left_out = found(head)
    assert not names and left_out["Eye Left"].reason is Reason.SHARED
    assert left_out["Eye Left"].other == "Other Eye"


def test_linked_teeth_are_named(tmp_path):
    teeth = add("Teeth", 0.3, ("jawOpen",))
    path = str(tmp_path / "teeth.blend")
    bpy.data.libraries.write(path, {teeth}, fake_user=True)
    bpy.data.objects.remove(teeth)
    head = add("Head", 1.0, NAMES)
    with bpy.data.libraries.load(path, link=True) as (_, loaded):
        loaded.meshes = ["Teeth"]
    add("Teeth", 0.3, data=loaded.meshes[0], parent=head)
    names, left_out = found(head)
    assert not names and left_out["Teeth"].reason is Reason.LINKED
    assert not write(head).companions.playing


def own_action(owner, name):
    action = bpy.data.actions.new(name)
    compat.assign_action(owner, action)
    curve = compat.action_curves(action, owner).new('key_blocks["jawOpen"].value')
    curve.keyframe_points.insert(1, 0.3)
    return action


@pytest.mark.parametrize("layered", [True, False])
def test_older_action_of_the_teeth_makes_room_and_is_kept(layered):
    head = add("Head", 1.0, NAMES)
    teeth = add("Teeth", 0.3, ("jawOpen",), parent=head)
    own = own_action(teeth.data.shape_keys, "Old Teeth")
    written = write(head, None, layered)
    assert written.set_aside == (layers.SetAside("Old Teeth", False, "Old Teeth (below the take)"),)
    assert value(teeth, "jawOpen", 12) == pytest.approx(0.8, abs=1e-4)
    tracks = teeth.data.shape_keys.animation_data.nla_tracks
    track = next(track for track in tracks if "Old Teeth" in track.name)
    assert track.mute and track.strips[0].action == own
    write(head, None, layered)
    assert [t.strips[0].action for t in tracks if "Old Teeth" in t.name] == [own]
    assert len([t for t in tracks if t.name == "AIM Take"]) == int(layered)


@pytest.mark.parametrize("layered", [True, False])
def test_teeth_that_are_left_out_do_not_keep_an_earlier_take(layered):
    head = add("Head", 1.0, NAMES)
    teeth = add("Teeth", 0.3, ("jawOpen",), parent=head)
    write(head, None, layered)
    assert value(teeth, "jawOpen", 12) > 0.7
    written = write(head, None, layered, wanted=False)
    assert not written.companions.playing and value(head, "jawOpen", 12) > 0.7
    assert value(teeth, "jawOpen", 12) == 0.0
    animation = teeth.data.shape_keys.animation_data
    assert not animation.nla_tracks
    assert animation.action is None or not compat.owned_curves(
        animation.action, teeth.data.shape_keys
    )


@pytest.mark.parametrize(
    ("reason", "spoil"),
    [
        (findings.Reason.ABSOLUTE, lambda obj, keys: setattr(keys, "use_relative", False)),
        (findings.Reason.SOLO, lambda obj, keys: setattr(obj, "show_only_shape_key", True)),
        (findings.Reason.LIMITED, lambda obj, keys: setattr(keys.key_blocks[1], "slider_max", 0.3)),
    ],
    ids=lambda case: getattr(case, "name", ""),
)
def test_what_hides_the_take_on_the_teeth_is_named(reason, spoil):
    head = add("Head", 1.0, NAMES)
    teeth = add("Teeth", 0.3, ("jawOpen",), parent=head)
    spoil(teeth, teeth.data.shape_keys)
    named = hidden(write(head))
    assert named[reason] == (
        ("Teeth: jawOpen",) if reason is findings.Reason.LIMITED else ("Teeth",)
    )


def test_driven_and_muted_keys_of_the_teeth_are_named_or_play_by_their_property():
    head = add("Head", 1.0, NAMES)
    keys = ("jawOpen", "eyeBlinkLeft", "eyeBlinkRight", "tongueOut")
    teeth = add("Teeth", 0.3, keys, parent=head)
    blocks = teeth.data.shape_keys.key_blocks
    blocks["eyeBlinkLeft"].mute = True
    blocks["eyeBlinkRight"].driver_add("value").driver.expression = "frame"
    teeth["tongue"] = 0.0
    for name, owner, path in (
        ("jawOpen", head.data.shape_keys, 'key_blocks["jawOpen"].value'),
        ("tongueOut", teeth, '["tongue"]'),
    ):
        driver = blocks[name].driver_add("value").driver
        driver.type = 'AVERAGE'
        target = driver.variables.new().targets[0]
        if owner != teeth:
            target.id_type = 'KEY'
        target.id, target.data_path = owner, path
    written = write(head)
    assert written.companions.left_alone == ("Teeth: eyeBlinkLeft", "Teeth: eyeBlinkRight")
    assert value(teeth, "jawOpen", 12) == pytest.approx(0.8, abs=1e-4)
    assert value(teeth, "tongueOut", 12) == pytest.approx(0.6, abs=1e-4)
    curves = compat.owned_curves(written.actions[0], head.data.shape_keys)
    assert sorted(curve.data_path for curve in curves) == sorted(
        f'key_blocks["{name}"].value' for name in NAMES
    )


@pytest.mark.parametrize("layered", [True, False])
def test_teeth_that_are_left_out_keep_no_take_of_another_name(layered):
    """Nor one whose Action has a number, as the one before it was changed by hand."""
    head = add("Head", 1.0, NAMES)
    teeth = add("Teeth", 0.3, ("jawOpen",), parent=head)
    written = write(head, None, layered)
    compat.owned_curves(written.actions[0], head.data.shape_keys)[0].keyframe_points[3].co.y = 0.9
    write(head, None, layered)
    assert value(teeth, "jawOpen", 12) > 0.7
    for name in ("Take", "Other"):
        write(head, None, layered, wanted=False, name=name)
        assert value(head, "jawOpen", 12) > 0.7
        assert value(teeth, "jawOpen", 12) == 0.0
        write(head, None, layered)
        assert value(teeth, "jawOpen", 12) > 0.7


def test_widened_ranges_are_those_of_the_teeth_too():
    head = add("Head", 1.0, NAMES)
    teeth = add("Teeth", 0.3, ("jawOpen", "tongueOut"), parent=head)
    for key in teeth.data.shape_keys.key_blocks[1:]:
        key.slider_max = 0.3
    assert findings.Reason.LIMITED in hidden(write(head))
    assert hidden(write(head, widen=True)) == {}
    assert value(teeth, "jawOpen", 12) == pytest.approx(0.8, abs=1e-4)
    assert value(teeth, "tongueOut", 12) == pytest.approx(0.6, abs=1e-4)
