# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Curves of Live Link Face dropped onto a character: mapped, matched in a table that is edited, played and undone."""

from pathlib import Path

import bpy
import faces
import numpy as np

FOLDER = Path.home() / "Takes"
FRAMES = 60
CHANNELS = (
    "BrowInnerUp",
    "EyeBlinkLeft",
    "EyeBlinkRight",
    "JawOpen",
    "MouthSmileLeft",
    "MouthSmileRight",
)


def drive(stage):
    stage.step("A character with shape keys of its own names, and a recording")
    yield from faces.use_python(stage)
    with stage.override():
        bpy.ops.aim.add_sample_actor(detail='LOW', use_inside=False)
    write_curves()
    hero = bpy.context.view_layer.objects.active
    state = hero.aim.retarget
    yield 1.0
    yield from stage.open_tab()
    with stage.override():
        bpy.ops.ed.undo_push(message="Start")

    stage.step("The recording is dragged from a file browser onto the character")
    yield from stage.drop_file(FOLDER)
    stage.picture("dropped")
    yield from stage.key('RET')
    yield from stage.wait(lambda: state.curves_path, 15, "the curves")
    assert state.source_kind == 'CURVES' and Path(state.curves_path).name == "smile.csv"
    stage.area('FILE_BROWSER').type = 'DOPESHEET_EDITOR'
    yield 0.5

    stage.step("The correspondence is cancelled by Esc, then found and looked at")
    hero.aim.animation.refine = True
    yield 0.5
    job = bpy.context.window_manager.aim_job
    yield from stage.press("aim.find_correspondence")
    yield from stage.move(*stage.middle(stage.region('WINDOW')))
    yield from stage.wait(lambda: job.fraction > 0.05, 200, "the start of the search")
    yield from stage.key('ESC')
    yield from stage.wait(lambda: not faces.job_runs(), 30, "the end of the cancelled search")
    assert not state.pairs
    yield from stage.press("aim.find_correspondence")
    stage.watch_gaps()
    yield from stage.wait(lambda: not faces.job_runs(), 200, "the correspondence")
    stage.figures["longest gap while finding"] = f"{stage.longest_gap:.3f} s"
    assert state.pairs > 20 and state.mapped_share > 0.7, (state.pairs, state.mapped_share)
    yield from stage.press("aim.show_correspondence")
    yield 0.5
    stage.picture("checker")
    yield from stage.press("aim.show_correspondence")
    yield from stage.press("aim.show_landmark_pairs")
    yield 0.5
    stage.picture("landmarks")
    yield from stage.press("aim.show_landmark_pairs")

    stage.step("The table of shapes is found and a row is turned off")
    yield from stage.press("aim.match_shapes")
    yield from stage.wait(lambda: not faces.job_runs(), 200, "the table")
    assert len(state.matches) > 10
    yield 0.5
    stage.picture("table")
    yield from stage.press("matches[0].use")
    assert not state.matches[0].use

    stage.step("Retargeted: the mouth opens and the lids close when the recording's do")
    yield from stage.press("aim.retarget(")  # not a setting of it
    stage.watch_gaps()
    yield from stage.wait(lambda: not faces.job_runs(), 200, "the retargeting")
    stage.figures["longest gap while retargeting"] = f"{stage.longest_gap:.3f} s"
    stage.figures["recording on the character"] = (
        f"{state.ms_per_frame:.0f} ms a frame, {state.correctives} correctives, {state.baked_p99_mm:.2f} mm"
    )
    assert state.played_frames == FRAMES
    rest = shown(hero, 1)
    for name, frame in (("blink", 11), ("open", 25), ("smile", 39)):
        moved = np.linalg.norm(shown(hero, frame) - rest, axis=1)
        assert moved.max() > 0.004, (name, moved.max())
        yield 0.3
        stage.picture(name)

    stage.step("Undone, nothing of it is left")
    name = hero.name
    yield from stage.move(*stage.middle(stage.region('WINDOW')))
    yield from stage.key('Z', ctrl=True)
    yield 0.5
    hero = bpy.data.objects[name]  # undo has made all objects anew
    assert hero.aim.retarget.played_frames == 0
    assert hero.data.shape_keys.animation_data is None
    stage.picture("undone")


def shown(obj, frame):
    bpy.context.scene.frame_set(frame)
    return faces.shown_vertices(obj)


def write_curves():
    """Two seconds at 30 frames: brows and a blink, then the mouth opens, then a smile."""
    FOLDER.mkdir(exist_ok=True)
    time = np.linspace(0, 2, FRAMES)

    def bump(middle):
        return np.clip(1 - np.abs(time - middle) / 0.3, 0, 1)

    curves = [bump(0.2), bump(0.4), bump(0.4), bump(1.0), bump(1.6), bump(1.6)]
    rows = [",".join(("Timecode", "BlendShapeCount", *CHANNELS))]
    for number, values in enumerate(np.array(curves).T):
        stamp = f"01:00:{number // 30:02d}:{2 * (number % 30):02d}.000"
        rows.append(",".join((stamp, "61", *(f"{value:.4f}" for value in values))))
    (FOLDER / "smile.csv").write_text("\n".join(rows) + "\n")
