# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A retargeting that is stopped. It has a file of its own after its kin: it ends the worker and all that this knows."""

from dataclasses import replace
from pathlib import Path

import bpy
import pytest

from aim_blender_addon.jobs import environment
from aim_blender_addon.jobs.client import WorkerClient
from tests.addon import characters
from tests.addon.test_retarget import OWN

pytestmark = pytest.mark.usefixtures("one_worker")


def test_a_cancelled_job_changes_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    curves = str(characters.write_curves(tmp_path / "take.csv"))
    hero = characters.add("Hero", OWN)
    assert bpy.ops.aim.import_face_curves(filepath=curves, play=False) == {'FINISHED'}
    assert bpy.ops.aim.find_correspondence() == {'FINISHED'}
    poll = WorkerClient.poll

    def cancelling(client: WorkerClient) -> list:
        news = poll(client)
        if any(getattr(message, "stage", "") == "Playing" for message in news):
            bpy.context.window_manager.aim_job.cancel_requested = True
        return news

    monkeypatch.setattr(WorkerClient, "poll", cancelling)
    for grace in (2.0, 0.0):  # by force, too
        worker = environment.worker(bpy.context)
        monkeypatch.setattr(worker, "options", replace(worker.options, cancel_grace_s=grace))
        assert bpy.ops.aim.retarget() == {'CANCELLED'}
        assert hero.aim.retarget.played_frames == 0 and hero.parent is None
        assert not bpy.data.actions and not files_in(tmp_path / "aim_takes")


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]
