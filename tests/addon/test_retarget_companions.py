# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Retargeting by the real worker: several objects play along, and the same head plays what it did."""

from pathlib import Path

import bpy
import numpy as np
import pytest

from aim_blender_addon.bridge.data.shape_keys import difference
from tests.addon import characters, faces
from tests.addon.recorder import draw

OWN = ("browDownLeft", "eyeBlinkLeft", "eyeBlinkRight", "jawOpen", "mouthSmileLeft")
FRAMES = range(1, 11)


pytestmark = pytest.mark.usefixtures("one_worker")


@pytest.fixture(autouse=True)
def _saved(_empty_file: None, tmp_path: Path) -> None:
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))


def part(
    name: str, keys: tuple[str, ...], head: bpy.types.Object, move: tuple[float, float, float]
) -> bpy.types.Object:
    """A small triangle in the head with shape keys."""
    data = bpy.data.meshes.new(name)
    middle = np.array([v.co[:] for v in head.data.vertices]).mean(axis=0)
    corners = middle + 0.01 * np.array([[0, 0, 0], [1, 0, 0], [0, 0, 1]])
    data.from_pydata(corners.tolist(), [], [(0, 1, 2)])
    obj = bpy.data.objects.new(name, data)
    bpy.context.scene.collection.objects.link(obj)
    obj.shape_key_add(name="Basis", from_mix=False)
    for key in keys:
        for point in obj.shape_key_add(name=key, from_mix=False).points:
            point.co = [a + b for a, b in zip(point.co, move, strict=True)]
    return obj


def write_curves(path: Path) -> str:
    """Curves of jaw, tongue, eyes and a blink, ten frames at the scene's rate."""
    names = ("JawOpen", "TongueOut", "EyeLookUpLeft", "EyeBlinkLeft")
    rise = np.linspace(0, 1, 10)
    values = np.stack([0.8 * rise, 0.6 * rise, 0.5 * rise[::-1], rise * (1 - rise) * 2], axis=1)
    rows = [",".join(("Timecode", "BlendShapeCount", *names))]
    for number, row in enumerate(values):
        rows.append(f"01:00:00:{number:02d}.000,61," + ",".join(f"{v:.4f}" for v in row))
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return str(path)


def values(obj: bpy.types.Object, name: str) -> np.ndarray:
    """What the evaluated shape key shows at each frame."""
    found = []
    for frame in FRAMES:
        bpy.context.scene.frame_set(frame)
        twin = obj.evaluated_get(bpy.context.evaluated_depsgraph_get())
        found.append(twin.data.shape_keys.key_blocks[name].value)
    return np.array(found)


def test_scene_teeth_of_their_own(tmp_path: Path, capfd: pytest.CaptureFixture) -> None:
    """Teeth and eyes with keys of their own, in one undo step; a second character stays as it is."""
    hero = characters.add("Hero", OWN)
    still = hero.shape_key_add(name="tongueOut", from_mix=False)
    assert not difference(still).any()
    armature = bpy.data.objects.new("Body", bpy.data.armatures.new("Body"))
    bpy.context.scene.collection.objects.link(armature)
    teeth = part("Teeth", ("jawOpen", "tongueOut"), hero, (0, 0, -0.02))
    for obj in (hero, teeth):
        obj.modifiers.new("Armature", 'ARMATURE').object = armature
    eye = part("Eye", ("eyeLookUpLeft", "eyeBlinkLeft"), hero, (0, 0, 0.01))
    eye.parent = hero
    other = characters.add("Other", OWN)
    other.location.x = 1.0
    part("Other Teeth", ("jawOpen",), other, (0, 0, -0.02)).parent = other
    faces.select([hero])
    bpy.context.scene.render.fps = 30
    take = write_curves(tmp_path / "take.csv")
    assert bpy.ops.aim.import_face_curves(filepath=take, play=False) == {'FINISHED'}
    assert bpy.ops.aim.find_correspondence() == {'FINISHED'}
    drawn = " ".join(draw(bpy.types.AIM_PT_retarget).texts)
    assert "Teeth" in drawn and "Eye" in drawn and "Other Teeth" not in drawn
    bpy.ops.ed.undo_push(message="before")
    capfd.readouterr()
    assert bpy.ops.aim.retarget('EXEC_DEFAULT', True) == {'FINISHED'}
    assert "Objects that play along: " in capfd.readouterr().out
    hero, teeth, eye = (bpy.data.objects[name] for name in ("Hero", "Teeth", "Eye"))
    rise = np.linspace(0, 1, 10)
    opened = values(hero, "jawOpen")
    assert opened.max() > 0.6
    np.testing.assert_allclose(values(teeth, "jawOpen"), opened, atol=1e-6)
    np.testing.assert_allclose(values(teeth, "tongueOut"), 0.6 * rise, atol=1e-3)
    np.testing.assert_allclose(values(hero, "tongueOut"), 0.6 * rise, atol=1e-3)
    np.testing.assert_allclose(values(eye, "eyeLookUpLeft"), 0.5 * rise[::-1], atol=1e-3)
    np.testing.assert_allclose(values(eye, "eyeBlinkLeft"), values(hero, "eyeBlinkLeft"), atol=1e-6)
    for name in ("Other", "Other Teeth"):
        assert bpy.data.objects[name].data.shape_keys.animation_data is None
    bpy.ops.ed.undo()
    for name in ("Hero", "Teeth", "Eye"):
        assert bpy.data.objects[name].data.shape_keys.animation_data is None, name
    # Range and gain count for them as for the head; and they are left out where that is asked.
    hero, teeth = bpy.data.objects["Hero"], bpy.data.objects["Teeth"]
    state = hero.aim.retarget
    state.curves_limits, state.gain_mouth = (0.0, 0.4), 0.5
    assert bpy.ops.aim.retarget() == {'FINISHED'}
    np.testing.assert_allclose(
        values(teeth, "tongueOut"), 0.5 * np.minimum(0.6 * rise, 0.4), atol=1e-3
    )
    np.testing.assert_allclose(values(teeth, "jawOpen"), values(hero, "jawOpen"), atol=1e-6)
    state.companions = False
    assert bpy.ops.aim.retarget() == {'FINISHED'}
    assert values(teeth, "jawOpen").max() == 0.0 and values(hero, "jawOpen").max() > 0.1


def test_scene_same_head_blink() -> None:
    """Source and target are one head with one set of keys: each key alone, whole and by half, as it was."""
    source, hero = characters.add("Source", OWN), characters.add("Hero", OWN)
    hero.location.x = 1.0
    keys = source.data.shape_keys.key_blocks[1:]
    scene, levels = bpy.context.scene, (1.0, 0.5)
    for number, key in enumerate(keys):
        first = 2 + len(levels) * number
        for frame, value in ((1, 0.0), *((first + n, v) for n, v in enumerate(levels))):
            key.value = value
            key.keyframe_insert("value", frame=frame)
        for frame in (first - 1, first + len(levels)):
            key.value = 0.0
            key.keyframe_insert("value", frame=frame)
    scene.frame_start, scene.frame_end = 1, 1 + len(levels) * len(keys)
    state = hero.aim.retarget
    state.source_kind, state.source = 'MESH', source
    faces.select([hero])
    assert bpy.ops.aim.find_correspondence() == {'FINISHED'}
    assert bpy.ops.aim.retarget() == {'FINISHED'}
    frames = range(scene.frame_start, scene.frame_end + 1)
    off = characters.play(hero, frames) - characters.play(source, frames) - [1.0, 0, 0]
    worst = 1000 * np.linalg.norm(off, axis=2).max(axis=1)
    assert worst.max() < 0.1, worst.round(3)
    assert state.correctives == 0 and state.baked_p99_mm < 0.01
