# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Presets of the fit: saved, loaded, removed, in the user's scripts."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import bpy
import pytest

from aim_blender_addon.jobs import environment
from aim_blender_addon.operators.fit.presets import SUBDIR, AIM_OT_fit_preset_add
from tests.addon import faces
from tests.addon.recorder import draw


def files() -> list[Path]:
    folder = bpy.utils.user_resource('SCRIPTS', path=f"presets/{SUBDIR}")
    return sorted(Path(folder).glob("*.py"))


@pytest.fixture(autouse=True)
def _no_presets() -> Iterator[None]:
    assert not files()
    yield
    bpy.types.AIM_PT_fit_presets.bl_label = "Fit Presets"  # Blender shows the name of the last one
    for file in files():
        file.unlink()


def settings() -> tuple[int, str, int]:
    worker = environment.preferences()
    return faces.face_settings().seed, worker.device, worker.threads


def set_all(seed: int, device: str, threads: int) -> None:
    worker = environment.preferences()
    faces.face_settings().seed, worker.device, worker.threads = seed, device, threads


def load(file: Path) -> None:
    found = bpy.ops.script.execute_preset(filepath=str(file), menu_idname="AIM_PT_fit_presets")
    assert found == {'FINISHED'}


def test_a_preset_brings_its_settings_back() -> None:
    faces.new_face()
    set_all(7, 'CPU', 3)
    assert bpy.ops.aim.fit_preset_add(name="Quiet Machine") == {'FINISHED'}
    assert [file.name for file in files()] == ["Quiet_Machine.py"]
    set_all(0, 'AUTO', 0)
    load(files()[0])
    assert settings() == (7, 'CPU', 3)


def test_a_preset_serves_whichever_face_is_active() -> None:
    first = faces.new_face()
    set_all(7, 'CPU', 3)
    assert bpy.ops.aim.fit_preset_add(name="Mine") == {'FINISHED'}
    second = faces.new_face()
    assert second != first and second.aim.seed == 0
    faces.select([first])
    first.aim.seed = 1
    load(files()[0])
    assert (first.aim.seed, second.aim.seed) == (7, 0)
    faces.select([second])
    load(files()[0])
    assert second.aim.seed == 7


def test_a_preset_can_be_removed() -> None:
    faces.new_face()
    bpy.ops.aim.fit_preset_add(name="Mine")
    assert bpy.ops.aim.fit_preset_add(name="Mine", remove_name=True) == {'FINISHED'}
    assert not files()


def test_a_name_is_taken_once(capfd: pytest.CaptureFixture[str]) -> None:
    faces.new_face()
    bpy.ops.aim.fit_preset_add(name="Mine")
    before = files()[0].read_text()
    faces.face_settings().seed = 9
    assert bpy.ops.aim.fit_preset_add(name="Mine") == {'CANCELLED'}
    assert files()[0].read_text() == before


def test_presets_need_a_face() -> None:
    assert not bpy.ops.aim.fit_preset_add.poll()


def test_a_preset_holds_every_setting_of_the_panel() -> None:
    faces.new_face()
    held = {value.partition(".")[2] for value in AIM_OT_fit_preset_add.preset_values}
    assert set(draw(bpy.types.AIM_PT_fit).props) <= held


def test_the_panel_offers_them_in_its_header_once_there_is_a_face() -> None:
    popovers: list[str] = []
    layout = SimpleNamespace(popover=lambda panel, **_: popovers.append(panel))
    panel = SimpleNamespace(layout=layout)
    bpy.types.AIM_PT_fit.draw_header_preset(panel, bpy.context)
    assert popovers == []
    faces.new_face()
    bpy.types.AIM_PT_fit.draw_header_preset(panel, bpy.context)
    assert popovers == ["AIM_PT_fit_presets"]
