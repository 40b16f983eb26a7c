# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Random walks through all operators with undo and redo; ``tools/undo_walk.py`` walks further, with slow jobs too."""

import warnings
from collections import Counter
from pathlib import Path

import bpy
import pytest

from tools.walking import acts, stage
from tools.walking.walk import Walk

CALLS = 200
#: Of walks on Blender 5.2, one in ten loses one collection.
MOST_LOST = 2


@pytest.fixture
def built(tmp_path: Path) -> stage.Stage:
    with stage.workers():
        yield stage.build(tmp_path, character=False)


@pytest.mark.parametrize(("seed", "slow"), [(1, 0), (2, -1), (3, -1)])
def test_undo_and_redo_bring_back_the_scene(built: stage.Stage, seed: int, slow: int) -> None:
    walk = Walk(seed, slow)
    acts.begin(walk, built)
    outcome = walk.run(acts.acts_of(built), CALLS)
    assert not outcome.faults, "\n".join(outcome.faults)
    for text in outcome.lost:  # Blender's own fault, see docs/reliability.md
        warnings.warn(text, stacklevel=1)
    assert len(outcome.lost) <= MOST_LOST, "\n".join(outcome.lost)
    ends = Counter(name.split()[1] for name in outcome.counts.elements())
    assert outcome.calls >= CALLS and ends["finished"] > CALLS // 3
    assert outcome.undone > 50 and outcome.redone > 10


def test_every_operator_is_walked_through(built: stage.Stage) -> None:
    """But for those of the environment, of presets, of files that open elsewhere, and of streams (``test_live``)."""
    elsewhere = {"open_log", "stop_worker", "remove_runtime", "fit_preset_add", "add_sample_actor"}
    elsewhere |= {"install_runtime", "install_runtime_from_folder"}
    elsewhere |= {"receive_face_stream", "stop_face_stream", "record_face_stream"}
    called = set()

    class Listening(Walk):
        def call(self, name: str, /, **settings: object) -> bool:
            called.add(name)
            return False

    known = {name for name in dir(bpy.ops.aim) if not name.startswith("_")} - elsewhere
    for number in range(20):
        for act in acts.acts_of(built):
            act(Listening(number))
        if known <= called:
            break
    assert not known - called


def test_a_change_without_an_undo_step_is_found(built: stage.Stage) -> None:
    walk = Walk(0)
    acts.begin(walk, built)
    walk.user("nothing", lambda: None)
    bpy.data.objects["Tooth"].location.x = 1.0
    walk.call("save_model", filepath=str(built.folder / "saved.safetensors"))
    assert "object Tooth" in walk.outcome.faults[0]


def test_an_undo_that_goes_elsewhere_is_found(built: stage.Stage) -> None:
    walk = Walk(0)
    acts.begin(walk, built)
    walk.user("slider", lambda: setattr(bpy.data.objects["Tooth"].location, "z", 1.0))
    bpy.data.objects["Tooth"].location.x = 1.0
    bpy.ops.ed.undo_push(message="a step too many")
    walk._go_back(1)
    assert "after undo of 'user: slider'" in walk.outcome.faults[0]


def test_a_collection_that_blender_loses_is_told(built: stage.Stage) -> None:
    class Losing(Walk):
        lost = False

        def _undo(self) -> None:
            super()._undo()
            if not self.lost:
                self.lost = True
                bpy.context.scene.collection.children.unlink(bpy.data.collections["Kept"])

    walk = Losing(0)
    walk.user("new collection", _link_new_collection)
    walk.user("frame", lambda: bpy.context.scene.frame_set(7))
    walk._go_back(1)
    assert not walk.outcome.faults
    assert walk.outcome.lost == ["Blender lost Scene > Kept in undo of 'user: frame'"]


def test_a_collection_that_its_step_lacks_is_a_fault(built: stage.Stage) -> None:
    walk = Walk(0)
    collection = bpy.data.collections.new("Kept")
    bpy.ops.ed.undo_push(message="before the link")
    bpy.context.scene.collection.children.link(collection)
    walk._step("new collection")
    walk.user("frame", lambda: bpy.context.scene.frame_set(7))
    walk._go_back(1)
    assert "link Scene > Kept" in walk.outcome.faults[0] and not walk.outcome.lost


def _link_new_collection() -> None:
    bpy.context.scene.collection.children.link(bpy.data.collections.new("Kept"))
