# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A mouth and eyes for a rig without: made, attached, pressed again, beside what the user has."""

import bpy
import numpy as np
import pytest

from aim_blender_addon.backend.inside.mouth import usual_pieces
from aim_blender_addon.backend.io.model_file import model_to_bytes
from aim_blender_addon.backend.sample.head import find_package, load_sample_head, z_up
from aim_blender_addon.bridge.data import meshes
from aim_blender_addon.bridge.data.head_space import HeadSpace
from aim_blender_addon.bridge.face.results import keep_model
from aim_blender_addon.bridge.rig.eye_bones import has_eyes
from aim_blender_addon.bridge.rig.inside import made_kind, made_pieces
from tests.addon import faces, kept_scene
from tests.addon.test_rig_parts import needs_package, open_jaw, sample_model, seen

pytestmark = pytest.mark.usefixtures("one_worker")


def make_neutral() -> bpy.types.Object:
    """The sample actor without what is inside its head, baked."""
    assert bpy.ops.aim.add_sample_actor(detail='LOW', use_inside=False) == {'FINISHED'}
    neutral = bpy.context.active_object
    model = sample_model(z_up(load_sample_head(find_package(), 0)))
    keep_model(neutral, model, model_to_bytes(model))
    assert bpy.ops.aim.bake(use_action=False) == {'FINISHED'}
    faces.select([neutral.aim.rig])
    return neutral


@pytest.fixture
def neutral() -> bpy.types.Object:
    return kept_scene.begin(make_neutral)


def by_kind(neutral: bpy.types.Object) -> dict[str, list[bpy.types.Object]]:
    found: dict[str, list[bpy.types.Object]] = {}
    for obj in made_pieces(neutral):
        found.setdefault(made_kind(obj), []).append(obj)
    return found


@needs_package
def test_a_head_gets_a_mouth_and_eyes_that_move_with_it(neutral) -> None:
    assert bpy.ops.aim.add_mouth_and_eyes() == {'FINISHED'}
    pieces = by_kind(neutral)
    assert {kind: len(own) for kind, own in pieces.items()} == {
        "teeth": 2, "gums": 2, "tongue": 1, "lining": 1, "eyes": 2, "lashes": 2,
    }  # fmt: skip
    assert has_eyes(neutral.aim.armature)
    rest = {obj.name: seen(obj) for own in pieces.values() for obj in own}
    jaw = open_jaw(neutral)
    for obj in pieces["teeth"] + pieces["gums"]:
        move = np.linalg.norm(seen(obj) - rest[obj.name], axis=1)
        assert move.max() < 0.01 if "Upper" in obj.name else move.min() > 5
    turn = jaw[:3, :3]
    lower = next(obj for obj in pieces["teeth"] if "Lower" in obj.name)
    moved = rest[lower.name] @ turn.T + 1000 * jaw[:3, 3]
    assert np.abs(seen(lower) - moved).max() < 0.1
    # the edge of the lining stays on that of the skin
    lining = seen(pieces["lining"][0])
    skin = seen(neutral.aim.rig)
    away = np.linalg.norm(lining[:38, None] - skin[None], axis=2).min(axis=1)
    assert away.max() < 0.2
    shown = {
        slot.material.name for own in pieces.values() for obj in own for slot in obj.material_slots
    }
    assert {"AIM Teeth", "AIM Gums", "AIM Tongue", "AIM Iris", "AIM Pupil"} <= shown

    # pressed again: the same pieces anew, none twice, and nothing else is touched
    mine = bpy.data.objects.new("Mine", pieces["tongue"][0].data.copy())
    mine.location = (0, 0, -5)
    bpy.context.scene.collection.objects.link(mine)
    before = {obj.name for obj in bpy.data.objects}
    assert bpy.ops.aim.add_mouth_and_eyes(pieces={'TEETH', 'TONGUE'}) == {'FINISHED'}
    assert {obj.name for obj in bpy.data.objects} == before


@needs_package
def test_what_a_head_has_stays(neutral) -> None:
    """Teeth and an eye of the user's own."""
    scene = bpy.context.scene
    space = HeadSpace(np.array(neutral.matrix_world), scene.unit_settings.scale_length * 1000)
    head = z_up(load_sample_head(find_package(), 0))
    own = [
        meshes.create_object(name, head.parts[name].mesh, space, scene.collection)
        for name in ("upper teeth", "lower teeth", "left eye")
    ]
    before = [seen(obj) for obj in own]
    assert bpy.ops.aim.add_mouth_and_eyes(pieces={'TEETH', 'GUMS', 'TONGUE', 'EYES'}) == {
        'FINISHED'
    }
    pieces = by_kind(neutral)
    assert set(pieces) == {"tongue", "eyes"}
    assert [obj.name for obj in pieces["eyes"]] == [f"{neutral.name} Right Eye"]
    for obj, was in zip(own, before, strict=True):
        assert np.abs(seen(obj) - was).max() < 0.01
    assert len(usual_pieces()["tongue"].vertices) == len(pieces["tongue"][0].data.vertices)
    with pytest.raises(RuntimeError, match="has all of these already: teeth"):
        bpy.ops.aim.add_mouth_and_eyes(pieces={'TEETH'})
    with pytest.raises(RuntimeError, match="Choose pieces"):
        bpy.ops.aim.add_mouth_and_eyes(pieces=set())
