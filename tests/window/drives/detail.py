# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Generic skin seen close in EEVEE, its compression as colours, before and after, a region keyed, two frames baked,
undo, and all taken off again without a trace."""

import importlib
from pathlib import Path

import bpy
import faces
import numpy as np
from mathutils import Quaternion
from stage import ADDON

OUT = Path.home() / "maps"
FRAMES = (1, 2)
#: The deviation of a view that shows next to nothing.
EMPTY = 0.08


def drive(stage):
    stage.step("Start from Generic Skin gives the rig wrinkles")
    yield from stage.open_file(faces.FILE)
    faces.preferences().python_path = faces.FITTING_PYTHON
    yield from stage.wait(lambda: not bpy.types.AIM_PT_setup.poll(bpy.context), 60, "the check")
    yield from stage.open_tab()
    faces.hide_start_up()
    rest()
    before = left()
    settings().size, settings().age = '512', 50.0
    with stage.override():
        bpy.ops.ed.undo_push(message="Made ready")
    yield 0.5
    yield from stage.open_panel("detail")
    yield from stage.press("aim.make_generic_skin")
    yield from stage.wait(faces.job_runs, 20, "the skin")
    yield from stage.wait(lambda: not faces.job_runs(), 300, "the skin")
    yield 0.5
    assert settings().kind == 'GENERIC' and len(settings().regions) > 8

    stage.step("Compression is shown in colours with their legend, and hidden")
    show("brow_raiser")
    look(stage, -0.2, 0.1)
    with stage.override():
        bpy.ops.ed.undo_push(message="Brows raised")
    yield 0.5
    button = yield from stage.find("aim.show_compression")
    yield from stage.click(*button)
    yield 0.5
    assert settings().colours and stage.area().spaces.active.shading.color_type == 'VERTEX'
    stage.picture("compression")
    assert compressed() > 0.1, compressed()
    yield from stage.click(*button)
    assert not settings().colours

    stage.step("The strength of a region is keyed over its number, and followed")
    values, number = {}, of_forehead()
    show("")
    for frame, strength in zip(FRAMES, (1.0, 0.0), strict=True):
        bpy.context.scene.frame_set(frame)
        settings().regions["forehead"].strength = strength
        yield from stage.find(number)
        yield from stage.key('I')
        yield 0.3
    for frame in FRAMES:
        bpy.context.scene.frame_set(frame)
        values[frame] = settings().regions["forehead"].strength
    assert list(values.values()) == [1.0, 0.0], values

    stage.step("Close in EEVEE: raised brows with wrinkles and without")
    bpy.context.scene.frame_set(1)
    show("brow_raiser")
    with_lines = yield from close(stage, "brows", -0.3, 0.05)
    yield from stage.search("Compare Detail", lambda: not settings().shown)
    without = yield from close(stage, "brows-without", -0.3, 0.05)
    yield from stage.search("Compare Detail", lambda: settings().shown)
    differs = float((np.abs(with_lines - without).max(axis=2) > 0.05).mean())
    assert differs > 0.005, differs  # of the view: the wrinkles are lines

    stage.step("Two frames are baked, which differ by the key alone")
    settings().output = str(OUT)
    bpy.context.scene.frame_start, bpy.context.scene.frame_end = FRAMES
    with stage.override():
        bpy.ops.ed.undo_push(message="Keyed")
    yield from stage.search("Bake Sequence", lambda: len([*OUT.glob("*.exr")]) == len(FRAMES))
    first, second = (path.read_bytes() for path in sorted(OUT.glob("*.exr")))
    assert first != second
    yield 0.5

    stage.step("Undo takes back the last change alone; Remove Detail leaves nothing")
    yield from stage.search("Remove Detail", lambda: settings().kind == 'NONE')
    assert left() == before, (left(), before)
    yield from stage.away()
    yield from stage.key('Z', ctrl=True)
    yield 0.5
    assert settings().kind == 'GENERIC' and len([*OUT.glob("*.exr")]) == len(FRAMES)
    bpy.context.scene.frame_set(FRAMES[1])
    assert settings().regions["forehead"].strength == 0.0  # its keys came back, too
    yield from stage.key('Z', ctrl=True, shift=True)
    yield 0.5
    assert left() == before, (left(), before)


def settings() -> bpy.types.PropertyGroup:
    return faces.face().aim.detail


def of_forehead() -> str:
    """The end of the data path of the strength of the forehead."""
    regions = importlib.import_module(f"{ADDON}.bridge.detail.regions")
    modifier = faces.face().aim.rig.modifiers["AIM Detail"]
    holder, name = regions.place_of(modifier, "forehead", "strength")
    return name if name != "value" else holder.path_from_id(name)


def keys() -> bpy.types.Key:
    return faces.face().aim.rig.data.shape_keys


def compressed() -> float:
    """The most that lines are open anywhere on the skin, as it is seen."""
    rig = faces.face().aim.rig
    channels = (
        rig.evaluated_get(bpy.context.evaluated_depsgraph_get()).data.attributes["aim_w"].data
    )
    values = np.empty(4 * len(channels), np.float32)
    channels.foreach_get("color", values)
    return float(values.max())


def rest() -> None:
    """No Action plays, no shape is in use, and skin is subdivided as heights need it."""
    face = faces.face()
    face.aim.armature.animation_data.action = None
    keys().animation_data_clear()
    show("")
    bpy.context.scene.frame_set(1)
    finer = face.aim.rig.modifiers.new("Finer", 'SUBSURF')
    finer.levels, finer.uv_smooth = 1, 'NONE'


def show(name: str) -> None:
    """One shape alone."""
    for block in keys().key_blocks:
        block.value = float(block.name == name)


def left() -> tuple:
    """What a detail leaves on a rig and in the file."""
    rig = faces.face().aim.rig
    return (
        sorted(one.name for one in rig.data.attributes),
        [one.name for one in rig.modifiers],
        [slot.name for slot in rig.material_slots],
        sorted(node.name for node in rig.material_slots[0].material.node_tree.nodes),
        *(len(getattr(bpy.data, kind)) for kind in ("images", "node_groups", "materials")),
    )


def close(stage, name: str, turn: float, distance: float):
    """What material preview shows, when its shaders are compiled; few samples, as a processor draws it here."""
    space = stage.area().spaces.active
    bpy.context.scene.eevee.taa_samples = 2
    look(stage, turn, distance)
    space.overlay.show_overlays, space.shading.type = False, 'MATERIAL'
    for _ in range(60):  # until its shaders are compiled, objects are not drawn at all
        yield 2.0
        if stage.seen("wait", keep=False).std() > EMPTY:
            break
    yield 2.0
    found = stage.seen(name)
    assert found.std() > EMPTY, "the view shows no head"
    space.overlay.show_overlays, space.shading.type = True, 'SOLID'
    yield 0.3
    return found


def look(stage, turn: float, distance: float) -> None:
    """Look at what the shape that is shown moves, ``turn`` radians from the front."""
    points = faces.shown_vertices(faces.face().aim.rig)
    values = [block.value for block in keys().key_blocks]
    show("")
    moved = np.linalg.norm(points - faces.shown_vertices(faces.face().aim.rig), axis=1) ** 2
    for block, value in zip(keys().key_blocks, values, strict=True):
        block.value = value
    bpy.context.scene.frame_set(bpy.context.scene.frame_current)  # the view shows it at once
    region = stage.area().spaces.active.region_3d
    region.view_location = (moved @ points / moved.sum()).tolist()
    region.view_rotation = Quaternion((0, 0, 1), turn) @ Quaternion((1, 0, 0), np.pi / 2)
    region.view_distance = 2.5 * distance
    region.view_perspective = 'PERSP'
    region.update()
    stage.area().tag_redraw()
