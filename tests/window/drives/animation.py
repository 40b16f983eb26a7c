# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a dropped recording to a playing face in two clicks, looked at close up."""

import time
from pathlib import Path

import bpy
import faces
import numpy as np

FOLDER = Path("/home/curves")
FRAMES = 61
CHANNELS = ("EyeBlinkLeft", "EyeBlinkRight", "JawOpen", "MouthSmileLeft", "MouthSmileRight")
HEAD = ("HeadYaw",)


def write_curves() -> None:
    """Two seconds at 30 a second as Live Link Face writes them: a blink, an open mouth, a smile, a turned head."""
    FOLDER.mkdir(exist_ok=True)
    at = np.arange(FRAMES) / 30

    def bump(middle: float) -> np.ndarray:
        return np.clip(1 - np.abs(at - middle) / 0.25, 0, 1)

    columns = [bump(0.4), bump(0.4), bump(1.0), bump(1.6), bump(1.6), 0.3 * bump(1.6)]
    rows = [",".join(("Timecode", "BlendShapeCount", *CHANNELS, *HEAD))]
    for number, values in enumerate(np.array(columns).T):
        stamp = f"01:00:{number // 30:02d}:{number % 30:02d}.000"
        rows.append(",".join((stamp, "61", *(f"{value:.4f}" for value in values))))
    (FOLDER / "take.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")


def drive(stage):
    stage.step("An actor's rig gets ARKit's shapes by the button in Animation")
    write_curves()
    yield from stage.open_file(faces.FILE)
    faces.preferences().python_path = faces.FITTING_PYTHON
    yield from stage.wait(lambda: not bpy.types.AIM_PT_setup.poll(bpy.context), 60, "the check")
    faces.hide_start_up()
    face = faces.face()
    rig, state = face.aim.rig, face.aim.retarget
    with stage.override():
        for obj in bpy.context.selected_objects:
            obj.select_set(False)
        rig.select_set(True)
        bpy.context.view_layer.objects.active = rig
    look_at_mouth(stage)
    yield from stage.open_tab()
    yield from stage.find("aim.import_face_curves")
    stage.picture("asked")
    yield from stage.press("aim.make_arkit_shapes")
    yield 1.0
    yield from stage.wait(lambda: not faces.job_runs(), 300, "ARKit's shapes")
    assert "jawOpen" in rig.data.shape_keys.key_blocks
    bpy.context.scene.frame_set(1)
    yield from stage.press("aim.attach_parts")
    yield 1.0

    stage.step("First click: the file is dragged into the view. Second click: OK. The face plays")
    yield from stage.drop_file(FOLDER)
    stage.picture("dropped")
    began = time.perf_counter()
    yield from stage.key('RET')
    yield from stage.wait(lambda: state.played_frames == FRAMES, 15, "a playing face")
    stage.figures["from OK to a playing face"] = f"{time.perf_counter() - began:.2f} s"
    stage.area('FILE_BROWSER').type = 'DOPESHEET_EDITOR'
    yield 0.5
    stage.picture("plays")

    stage.step("Lids, jaw and corners of the mouth are where the recording has them")
    scene = bpy.context.scene
    fps = scene.render.fps / scene.render.fps_base
    rest = None
    for name, seconds, key in (
        ("rest", 0.0, ""),
        ("blink", 0.4, "eyeBlinkLeft"),
        ("open", 1.0, "jawOpen"),
        ("smile", 1.6, "mouthSmileLeft"),
    ):
        scene.frame_set(round(scene.frame_start + seconds * fps))
        yield 0.5
        stage.picture(name)
        if key:
            value = rig.data.shape_keys.key_blocks[key].value
            assert value > 0.9, (name, value)
            if key == "jawOpen":
                jaw = face.aim.armature.evaluated_get(bpy.context.evaluated_depsgraph_get())
                bone = jaw.pose.bones["jaw"]
                turn = (bone.parent.matrix.inverted() @ bone.matrix).to_quaternion()
                rest_turn = bone.parent.bone.matrix_local.inverted() @ bone.bone.matrix_local
                angle = turn.rotation_difference(rest_turn.to_quaternion()).angle
                stage.figures["jaw bone, open"] = f"{np.degrees(angle):.1f} degrees"
                assert angle > 0.1, angle
            assert np.linalg.norm(points(rig) - rest, axis=1).max() > 1e-3, name
        else:
            rest = points(rig)

    stage.step("One undo takes it back")
    yield from stage.away()
    yield from stage.key('Z', ctrl=True)
    yield from stage.wait(lambda: not state.played_frames, 5, "nothing that plays")


def look_at_mouth(stage) -> None:
    """The face from the front and a little from the side, filling the view."""
    space = stage.area().spaces.active
    with stage.override():
        bpy.ops.view3d.view_axis(type='FRONT')
        bpy.ops.view3d.view_selected()
        bpy.ops.view3d.view_orbit(angle=0.3, type='ORBITRIGHT')
    space.region_3d.view_distance *= 0.7
    space.overlay.show_overlays = False


def points(obj: bpy.types.Object) -> np.ndarray:
    twin = obj.evaluated_get(bpy.context.evaluated_depsgraph_get())
    mesh = twin.to_mesh()
    found = np.empty((len(mesh.vertices), 3), np.float32)
    mesh.vertices.foreach_get("co", found.ravel())
    twin.to_mesh_clear()
    return found
