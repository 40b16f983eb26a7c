# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The jaw of face curves on actors and characters: the bone turns, and characters get bones only when asked."""

from pathlib import Path

import bpy
import numpy as np
import pytest

from tests.addon import characters, faces
from tests.addon.test_retarget import (
    FRAMES,
    OPEN,
    OWN,
    displacement,
    key_value,
    retarget,
    turned,
)

pytestmark = pytest.mark.usefixtures("one_worker")


@pytest.fixture(autouse=True)
def _saved(_empty_file: None, tmp_path: Path) -> None:
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))


@pytest.fixture
def curves(tmp_path: Path) -> str:
    return str(characters.write_curves(tmp_path / "take.csv"))


@pytest.mark.one_blender
def test_curves_of_nobody_turn_the_jaw_bone_of_an_actor(curves: str, tmp_path: Path) -> None:
    actor = characters.add_actor(OWN)
    state = retarget(actor, curves)
    assert state.played_frames == 12 and state.baked_p99_mm <= state.tolerance_mm
    opened = turned(actor.aim.armature, "jaw", OPEN)
    assert opened > 0.6 * 0.3  # the actor's own jawOpen turns by 0.3
    assert turned(actor.aim.armature, "jaw", FRAMES[0]) < 0.05
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "kept.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "kept.blend"))
    again = turned(bpy.data.objects["Actor"].aim.armature, "jaw", OPEN)
    assert again == pytest.approx(opened, abs=1e-4)


def test_a_neutral_without_an_armature_gets_none_and_its_shapes_open_the_mouth(curves: str) -> None:
    hero = characters.add()
    before = {obj.name for obj in bpy.data.objects}
    state = retarget(hero, curves)
    assert state.armature is None and {obj.name for obj in bpy.data.objects} == before
    assert state.baked_p99_mm <= state.tolerance_mm
    moved = characters.play(hero, FRAMES)
    assert 15e-3 < np.linalg.norm(moved[OPEN - 1] - moved[0], axis=1).max() < 60e-3
    unit = characters.head().units[characters.head().unit_names.index("jawOpen")]
    assert np.corrcoef(displacement(hero, "jawOpen").ravel(), unit.ravel())[0, 1] > 0.95


def test_bones_that_are_asked_for_have_handles_and_move_the_jaw(curves: str) -> None:
    hero = characters.add("Hero", OWN)
    state = retarget(hero, curves)
    assert state.armature is None and key_value(hero, "jawOpen", OPEN) > 0.5
    plain = characters.play(hero, FRAMES)
    state.make_bones = True
    assert bpy.ops.aim.retarget() == {'FINISHED'}
    armature = state.armature
    assert all(armature.pose.bones[name].custom_shape for name in ("skull", "jaw"))
    assert turned(armature, "jaw", OPEN) > 0.15
    assert key_value(hero, "jawOpen", OPEN) == pytest.approx(0.0, abs=1e-6)
    off = np.linalg.norm(characters.play(hero, FRAMES) - plain, axis=2)
    assert np.quantile(off, 0.99) < 1e-3 * (2 * state.tolerance_mm)
    # Once more, with the bones that are there.
    assert bpy.ops.aim.retarget() == {'FINISHED'}
    assert state.armature == armature
    off = np.linalg.norm(characters.play(hero, FRAMES) - plain, axis=2)
    assert np.quantile(off, 0.99) < 1e-3 * (2 * state.tolerance_mm)


def test_bones_of_a_character_are_made_in_one_undo_step(curves: str) -> None:
    hero = characters.add()
    hero.aim.retarget.make_bones = True
    faces.select([hero])
    bpy.ops.aim.import_face_curves(filepath=curves)
    bpy.ops.aim.find_correspondence()
    bpy.ops.ed.undo_push(message="before")
    before = {obj.name for obj in bpy.data.objects}
    assert bpy.ops.aim.retarget() == {'FINISHED'}
    bpy.ops.ed.undo_push(message="after")
    assert {obj.name for obj in bpy.data.objects} > before
    bpy.ops.ed.undo()
    assert {obj.name for obj in bpy.data.objects} == before
    assert bpy.data.objects["Hero"].aim.retarget.armature is None
