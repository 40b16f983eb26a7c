# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A mouth and eyes for characters without a model, and for neutrals alone: they follow bones, shape keys, or wait."""

import functools
from dataclasses import replace

import bpy
import numpy as np
import pytest

from aim_blender_addon.backend.anatomy.eyes.ball import fit_ball
from aim_blender_addon.backend.anatomy.eyes.look import rotation
from aim_blender_addon.backend.anatomy.jaw.joint import JawJoint
from aim_blender_addon.backend.geometry.rigid import fit_rigid, move_rigidly
from aim_blender_addon.backend.inside.kinds import KINDS
from aim_blender_addon.backend.io.curves import Curves
from aim_blender_addon.backend.jobs.inside_character import InsideCharacterResult
from aim_blender_addon.bridge.data.head_space import head_space
from aim_blender_addon.bridge.data.meshes import transform
from aim_blender_addon.bridge.direct.playing import turns_without_bones
from aim_blender_addon.bridge.direct.target import find_target
from aim_blender_addon.bridge.retarget import inside
from aim_blender_addon.bridge.rig.inside import made_kind, made_pieces
from aim_blender_addon.operators.rig.inside import AIM_OT_add_mouth_and_eyes as Button
from tests.addon import characters, faces
from tests.addon.test_rig_parts import needs_package

pytestmark = [pytest.mark.usefixtures("one_worker"), needs_package]

SHAPES = ("jawOpen", "eyeBlinkLeft", "mouthSmileLeft")


def hero(matrix: np.ndarray | None = None, shapes: tuple[str, ...] = SHAPES) -> bpy.types.Object:
    """The sample head's skin as a character; its shape keys at zero."""
    made = characters.add("Hero", shapes, matrix)
    for key in made.data.shape_keys.key_blocks if shapes else ():
        key.value = 0.0
    bpy.context.view_layer.update()
    return made


@functools.cache
def result() -> InsideCharacterResult:
    """What the worker makes for that head, asked once by the button."""
    kept = []
    button = Button._give_character

    def keep(self, context, target, found):
        kept.append(found)
        return button(self, context, target, found)

    made = hero()
    Button._give_character = keep
    try:
        assert bpy.ops.aim.add_mouth_and_eyes() == {'FINISHED'}
    finally:
        Button._give_character = button
    assert len(made_pieces(made)) == 10
    return kept[0]


def piece(owner: bpy.types.Object, name: str) -> bpy.types.Object:
    return next(obj for obj in made_pieces(owner) if obj.name.endswith(name))


def posed(owner: bpy.types.Object, name: str, **keys: float) -> np.ndarray:
    """[V, 3] mm in the world of a piece, with values of the owner's shape keys."""
    for key in owner.data.shape_keys.key_blocks[1:]:
        key.value = keys.get(key.name, 0.0)
    bpy.context.view_layer.update()
    return 1000 * characters.shown(piece(owner, name)).astype(float)


def test_the_button_names_what_a_character_gets() -> None:
    assert {*result().kinds} == {*KINDS}
    assert result().there == ()
    assert result().scale == 1.0


def test_shape_keys_move_the_new_mouth_of_a_character() -> None:
    found = result()
    made = hero()
    given = inside.give(made, found, bpy.context)
    assert given.jaw_moves and given.eyes_turn is False
    assert [made_kind(obj) for obj in given.objects] == list(found.kinds)
    rest, opened = (posed(made, "Lower Teeth", jawOpen=value) for value in (0.0, 1.0))
    head = characters.head()
    moved = head.lower_teeth_units[head.unit_names.index("jawOpen")]
    jaw = fit_rigid(head.lower_teeth, head.lower_teeth + moved, np.ones(len(moved)))
    assert np.linalg.norm(move_rigidly(rest, jaw) - opened, axis=1).max() < 6
    upper = [posed(made, "Upper Teeth", jawOpen=value) for value in (0.0, 1.0)]
    assert np.abs(upper[0] - upper[1]).max() < 1e-3
    lashes = [posed(made, "Left Lashes", eyeBlinkLeft=value) for value in (0.0, 1.0)]
    assert (lashes[0] - lashes[1])[:, 2].max() > 4
    # a key that is renamed goes on
    made.data.shape_keys.key_blocks["jawOpen"].name = "Mouth"
    assert np.abs(posed(made, "Lower Teeth", Mouth=1.0) - opened).max() < 1e-3


@pytest.mark.parametrize(
    ("unit", "turn"),
    [(0.01, np.eye(3)), (1.0, np.eye(3)), (1.0, np.diag([-1.0, 1.0, 1.0]))],
    ids=["cm", "m", "mirrored"],
)
def test_pieces_lie_in_the_space_of_a_scaled_mesh(unit: float, turn: np.ndarray) -> None:
    """Data in another unit under a scale, and a mirrored object: seen in head space, all is as ever."""
    made = hero(turn / unit)
    made.matrix_world = np.diag([*(unit * np.diag(turn)), 1.0]).tolist()
    bpy.context.view_layer.update()
    inside.give(made, result(), bpy.context)
    for name in ("Lower Teeth", "Left Eye"):
        to_head = head_space(made, bpy.context).from_world()
        rest = transform(characters.shown(piece(made, name)), to_head)
        number = [mesh.name.title() for mesh in result().meshes].index(name)
        assert np.abs(rest - result().meshes[number].vertices).max() < 0.01
    eye = piece(made, "Left Eye")
    corners = np.array([eye.matrix_world @ v.co for v in eye.data.vertices])
    eye.data.calc_loop_triangles()
    volume = sum(np.linalg.det(corners[list(t.vertices)]) for t in eye.data.loop_triangles)
    assert volume * np.linalg.det(turn) > 0  # Blender turns the faces of a mirrored object
    moved = np.linalg.norm(
        posed(made, "Lower Teeth", jawOpen=1.0) - posed(made, "Lower Teeth"), axis=1
    )
    assert 20 < moved.max() < 80


def with_armature(owner: bpy.types.Object, *names: str) -> bpy.types.Object:
    """Bones of these names in the middle of the head; the lower third of its skin follows the last."""
    data = bpy.data.armatures.new("Bones")
    armature = bpy.data.objects.new("Bones", data)
    bpy.context.scene.collection.objects.link(armature)
    bpy.context.view_layer.objects.active = armature
    bpy.ops.object.mode_set(mode='EDIT')
    for name in names:
        bone = data.edit_bones.new(name)
        bone.head, bone.tail = (0, 0, 1.6), (0, 0, 1.65)
        if name != names[0]:
            bone.parent = data.edit_bones[names[0]]
    bpy.ops.object.mode_set(mode='OBJECT')
    points = np.array([vertex.co[:] for vertex in owner.data.vertices])
    low = points[:, 2] < np.quantile(points[:, 2], 0.33)
    for name in names:
        chosen = (low if name == names[-1] else ~low) if len(names) > 1 else low | True
        group = owner.vertex_groups.new(name=name)
        group.add(np.flatnonzero(chosen).tolist(), 1.0, 'REPLACE')
    owner.modifiers.new("Armature", 'ARMATURE').object = armature
    faces.select([owner])
    return armature


def test_bones_of_a_character_move_what_it_gets() -> None:
    found = replace(result(), jaw_poses=np.tile(np.eye(4), (len(SHAPES), 1, 1)))
    made = hero()
    armature = with_armature(made, "Head", "Jaw")
    given = inside.give(made, found, bpy.context)
    assert given.jaw_moves
    before = {name: posed(made, name) for name in ("Lower Teeth", "Upper Teeth", "Left Eye")}
    armature.pose.bones["Jaw"].location = (0.0, 0.02, 0.0)
    bpy.context.view_layer.update()
    moves = {name: np.linalg.norm(posed(made, name) - was, axis=1) for name, was in before.items()}
    assert np.abs(moves["Lower Teeth"] - 20).max() < 0.1
    assert moves["Upper Teeth"].max() < 0.01
    armature.pose.bones["Head"].location = (0.0, 0.03, 0.0)
    bpy.context.view_layer.update()
    assert (
        np.abs(np.linalg.norm(posed(made, "Left Eye") - before["Left Eye"], axis=1) - 30).max()
        < 0.1
    )


def test_new_eyes_without_bones_turn_by_the_keys_of_looks() -> None:
    """As far as ARKit's curves mean, each eye by its own; a file's look plays then without a warning."""
    made = hero(shapes=(*SHAPES, "eyeLookDownLeft", "eyeLookOutLeft"))
    found = replace(result(), jaw_poses=np.tile(np.eye(4), (len(SHAPES) + 2, 1, 1)))
    assert inside.give(made, found, bpy.context).eyes_turn
    axes = JawJoint(*found.hinges).head_axes
    rest = posed(made, "Left Eye")
    for key, wanted in (("eyeLookDownLeft", (0, -0.61)), ("eyeLookOutLeft", (0.65, 0))):
        turned = fit_rigid(rest, posed(made, "Left Eye", **{key: 1.0}), np.ones(len(rest)))
        assert np.allclose(
            turned[:3, :3] @ axes[1], rotation(np.array(wanted), axes) @ axes[1], atol=1e-3
        )
        middle = fit_ball(rest).centre
        assert np.linalg.norm(move_rigidly(middle[None], turned)[0] - middle) < 0.1
    still = [posed(made, "Right Eye", eyeLookDownLeft=value) for value in (0.0, 1.0)]
    assert np.abs(still[0] - still[1]).max() < 1e-3
    look = np.array([[0.0], [1.0]])
    curves = Curves(("eyeLookDownLeft",), look, np.arange(2) / 30, np.zeros((2, 3)), 30.0)
    assert turns_without_bones(curves, find_target(bpy.context)) == []


def test_a_neutral_alone_gets_pieces_that_wait_for_bones() -> None:
    found = replace(result(), jaw_poses=np.zeros((0, 4, 4)))
    made = hero(shapes=())
    given = inside.give(made, found, bpy.context)
    assert not given.jaw_moves
    lower = piece(made, "Lower Teeth")
    assert lower.parent == made and lower.data.shape_keys is None
    armature = characters_armature()
    inside.hang_on_made_bones(made, armature)
    before = characters.shown(lower)
    armature.pose.bones["jaw"].location = (0.0, 0.01, 0.0)
    moved = np.linalg.norm(characters.shown(lower) - before, axis=1)
    assert np.abs(moved - 0.01).max() < 1e-4


def characters_armature() -> bpy.types.Object:
    """Bones ``skull`` and ``jaw`` as retargeting makes them."""
    data = bpy.data.armatures.new("Made")
    armature = bpy.data.objects.new("Made", data)
    bpy.context.scene.collection.objects.link(armature)
    bpy.context.view_layer.objects.active = armature
    bpy.ops.object.mode_set(mode='EDIT')
    skull, jaw = (data.edit_bones.new(name) for name in ("skull", "jaw"))
    skull.head, skull.tail = jaw.head, jaw.tail = (0, 0, 0), (0, 0.1, 0)
    jaw.parent = skull
    bpy.ops.object.mode_set(mode='OBJECT')
    return armature


def test_pressed_again_pieces_are_made_anew_and_those_of_the_user_stay() -> None:
    """A piece replaced by the artist's own mesh is the artist's; one that was deleted comes again."""
    made = hero()
    inside.give(made, result(), bpy.context)
    mine = piece(made, "Tongue")
    mine.data = mine.data.copy()
    del mine.data["aim_inside"]
    bpy.data.objects.remove(piece(made, "Lining"))
    names = {obj.name for obj in made.children}
    others = inside.request_of(made, KINDS, bpy.context).others
    assert [mesh.name for mesh in others] == [mine.name]
    inside.give(made, replace(result(), **_only(result(), "lining")), bpy.context)
    assert {obj.name for obj in made.children} == names | {"Hero Lining"}


def _only(found: InsideCharacterResult, kind: str) -> dict:
    rows = [number for number, one in enumerate(found.kinds) if one == kind]
    return {
        field: [getattr(found, field)[row] for row in rows]
        for field in ("kinds", "meshes", "shows")
    }


def test_what_cannot_get_a_mouth_says_why() -> None:
    made = hero()
    made.data.shape_keys.use_relative = False
    assert "absolute" in Button.disabled_reason(bpy.context)
    made.data.shape_keys.use_relative = True
    assert Button.disabled_reason(bpy.context) == ""
    with pytest.raises(RuntimeError, match="Choose pieces that Hero is to get"):
        bpy.ops.aim.add_mouth_and_eyes(pieces=set())
