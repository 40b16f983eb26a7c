# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every panel draws in every state, and its words fit."""

import re

import bpy
import pytest

from aim_blender_addon.backend.io.model_file import model_to_bytes
from aim_blender_addon.bridge.face.results import keep_model
from aim_blender_addon.jobs import environment
from aim_blender_addon.panels.drawing import FacePanel
from aim_blender_addon.topics import TOPICS
from tests.addon import faces, models
from tests.addon.recorder import Layout, draw

PANELS = ("AIM_PT_scans", "AIM_PT_bones", "AIM_PT_fit", "AIM_PT_bake", "AIM_PT_model")
#: Letters of a line that fit into the sidebar as Blender opens it.
LETTERS = 36


def draw_all() -> dict[str, Layout]:
    return {name: draw(getattr(bpy.types, name)) for name in PANELS}


def modelled() -> bpy.types.Object:
    face = faces.new_face()
    faces.pick_bones(face)
    model = models.make_model()
    keep_model(face, model, model_to_bytes(model))
    faces.select([face])
    return face


def check(drawn: dict[str, Layout]) -> None:
    for name, layout in drawn.items():
        for text in layout.texts:
            assert len(text) <= LETTERS, f"{name}: {text}"


def test_an_empty_scene_says_what_to_do_first() -> None:
    drawn = draw_all()
    check(drawn)
    first = drawn["AIM_PT_scans"]
    assert " ".join(first.texts).startswith("Select the scans of one actor")
    assert {"aim.add_scans", "aim.scans_from_shape_keys", "aim.import_scans"} <= set(
        first.operators
    )
    assert "aim.fit" in drawn["AIM_PT_fit"].operators


@pytest.mark.parametrize("source", ["objects", "shape keys"])
def test_a_face_without_a_model(source: str) -> None:
    if source == "objects":
        faces.new_face()
    else:
        faces.new_shape_keys()
        bpy.ops.aim.scans_from_shape_keys()
    check(draw_all())


def test_a_face_with_a_model_shows_its_figures() -> None:
    modelled()
    drawn = draw_all()
    check(drawn)
    assert "0.021 mm" in drawn["AIM_PT_fit"].texts
    assert "0.02" in drawn["AIM_PT_scans"].texts
    assert "Anna" in drawn["AIM_PT_model"].texts


def test_the_fit_panel_names_the_jaw_that_is_known_least() -> None:
    scan = modelled().aim.scans[0]
    assert "aim.mark_incisors" not in draw(bpy.types.AIM_PT_fit).operators
    scan.jaw_degrees, scan.jaw_uncertain_mm = 20.0, 3.6
    drawn = draw(bpy.types.AIM_PT_fit)
    check({"AIM_PT_fit": drawn})
    assert f"The lower teeth of {scan.name} may be 4 mm off" in " ".join(drawn.texts)
    assert "aim.mark_incisors" in drawn.operators


def test_a_baked_face_offers_its_colours() -> None:
    modelled()
    assert bpy.ops.aim.bake() == {'FINISHED'}
    drawn = draw_all()
    check(drawn)
    assert drawn["AIM_PT_bake"].operators.count("aim.show_colours") == 5


def test_a_running_job_shows_progress_error_time_and_cancel() -> None:
    faces.new_face()
    job = bpy.context.window_manager.aim_job
    job.running, job.title, job.operator = True, "Fitting Face", "aim.fit"
    job.stage, job.fraction = "Fitting the expressions", 0.5
    job.error_mm, job.seconds_left = 0.123, 20.0
    try:
        drawn = draw_all()
    finally:
        job.running = False
    fit = drawn["AIM_PT_fit"]
    assert "aim.cancel_job" not in drawn["AIM_PT_bones"].operators
    assert "aim.cancel_job" in fit.operators and "aim.fit" not in fit.operators
    assert {"50%", "Fitting the expressions", "0.123 mm off", "about 20 s left"} <= set(fit.texts)


def test_without_python_every_panel_draws_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "disabled_reason", lambda _context: environment.NOTHING_SET_UP)
    faces.new_face()
    drawn = draw_all()
    check(drawn)
    assert "Set up Python first" in " ".join(drawn["AIM_PT_fit"].texts)


def test_a_missing_scan_is_marked() -> None:
    face = faces.new_face()
    bpy.context.scene.collection.objects.unlink(face.aim.scans[0].object)
    face.aim.active_scan = 0
    drawn = draw_all()
    check(drawn)
    assert "This scan is gone" in " ".join(drawn["AIM_PT_scans"].texts)


def test_menus_draw() -> None:
    assert len(draw(bpy.types.AIM_MT_add_scans).operators) == 3


def test_panels_stand_in_the_order_of_the_work() -> None:
    panels = {
        cls.bl_label: cls.bl_order
        for cls in FacePanel.__subclasses__()
        if not hasattr(cls, "bl_parent_id")
    }
    inside = {"setup", "performance", "retarget", "live"}  # the last three are parts of Animation
    work = [topic.title for topic in TOPICS if topic.slug not in inside]
    assert sorted(panels, key=panels.get) == ["Setup", *work]


def _operators() -> list[str]:
    return [name for name in dir(bpy.ops.aim) if not name.startswith("_")]


def test_tooltips_are_sentences_without_a_full_stop() -> None:
    for name in _operators():
        rna = getattr(bpy.ops.aim, name).get_rna_type()
        assert rna.description, name
        assert rna.description[0].isupper() and rna.description[-1] != ".", name
        assert rna.name[0].isupper(), name
        for prop in rna.properties:
            if prop.identifier != "rna_type" and prop.description:
                assert prop.description[-1] != ".", f"{name}.{prop.identifier}"


def test_words_are_a_riggers() -> None:
    for name in _operators():
        rna = getattr(bpy.ops.aim, name).get_rna_type()
        assert not re.search("tensor|neural|epoch|SIREN", f"{rna.name} {rna.description}"), name
