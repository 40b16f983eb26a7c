# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A baked face in a saved file whose rig plays a performance, and that performance as others would record it."""

from pathlib import Path

import bpy
import numpy as np
from bpy_extras.object_utils import world_to_camera_view
from mathutils import Vector

from aim_blender_addon.backend.io.model_file import model_to_bytes
from aim_blender_addon.bridge.data import storage
from aim_blender_addon.bridge.data.head_space import head_space
from aim_blender_addon.bridge.data.meshes import read_object

from . import faces, stand_in

FRAMES = 31
#: Pixels of the clips, and of what is rendered.
PICTURE = (960, 540)


def new_face(folder: Path) -> bpy.types.Object:
    """The face; its rig plays the baked Action over the scene's range."""
    bpy.ops.wm.save_as_mainfile(filepath=str(folder / "shot.blend"))
    model = stand_in.make_model(3)
    obj = stand_in.add_neutral(model)
    storage.store_model(obj, model_to_bytes(model))
    faces.select([obj])
    assert bpy.ops.aim.bake(use_head_motion=True) == {'FINISHED'}
    bpy.context.scene.frame_start, bpy.context.scene.frame_end = 1, FRAMES
    return obj


def recorded(face: bpy.types.Object) -> np.ndarray:
    """[T, V, 3] mm: what the rig shows now at each frame."""
    space, scene = head_space(face, bpy.context), bpy.context.scene
    frames = []
    for frame in range(1, FRAMES + 1):
        scene.frame_set(frame)
        frames.append(read_object(face.aim.rig, space, bpy.context).vertices)
    scene.frame_set(1)
    return np.stack(frames)


def in_world(face: bpy.types.Object, points: np.ndarray) -> np.ndarray:
    """Points [..., 3] of head space mm in Blender's units."""
    world = head_space(face, bpy.context).to_world()
    return points @ world[:3, :3].T + world[:3, 3]


def add_markers(face: bpy.types.Object, frames: np.ndarray, step: int) -> bpy.types.Collection:
    """Empties that move as some vertices do."""
    collection = bpy.data.collections.new("Markers")
    bpy.context.scene.collection.children.link(collection)
    for vertex in range(0, frames.shape[1], step):
        empty = bpy.data.objects.new(f"marker {vertex}", None)
        collection.objects.link(empty)
        for number, place in enumerate(in_world(face, frames[:, vertex])):
            empty.location = place
            empty.keyframe_insert("location", frame=number + 1)
    bpy.context.scene.frame_set(1)
    return collection


def add_cloud(face: bpy.types.Object, frames: np.ndarray, vertices: np.ndarray) -> bpy.types.Object:
    """An object of loose vertices that move as ``vertices`` do, by a shape key a frame."""
    world = in_world(face, frames[:, vertices])
    data = bpy.data.meshes.new("Cloud")
    data.from_pydata(world[0].tolist(), [], [])
    cloud = bpy.data.objects.new("Cloud", data)
    bpy.context.scene.collection.objects.link(cloud)
    cloud.shape_key_add(name="Basis")
    for number, places in enumerate(world[1:], start=2):
        key = cloud.shape_key_add(name=f"frame {number}", from_mix=False)
        key.points.foreach_set("co", places.astype(np.float32).ravel())
        for frame, value in ((number - 1, 0.0), (number, 1.0), (number + 1, 0.0)):
            key.value = value
            key.keyframe_insert("value", frame=frame)
    bpy.context.scene.frame_set(1)
    return cloud


def add_camera(place: tuple[float, float, float], name: str = "Camera") -> bpy.types.Object:
    """A camera at ``place`` (metres) that looks at the middle of the head, its lens shifted."""
    data = bpy.data.cameras.new(name)
    data.lens, data.sensor_width, data.shift_x, data.shift_y = 60.0, 32.0, 0.02, -0.03
    camera = bpy.data.objects.new(name, data)
    camera.location = place
    aim = Vector((stand_in.CENTRE / 1000).tolist()) - camera.location
    camera.rotation_euler = aim.to_track_quat('-Z', 'Y').to_euler()
    bpy.context.scene.collection.objects.link(camera)
    bpy.context.scene.render.resolution_x, bpy.context.scene.render.resolution_y = PICTURE
    return camera


def add_clip(folder: Path, name: str = "shot.png") -> bpy.types.MovieClip:
    """A clip without tracks."""
    image = bpy.data.images.new(name, *PICTURE)
    image.filepath_raw, image.file_format = str(folder / name), 'PNG'
    image.save()
    bpy.data.images.remove(image)
    return bpy.data.movieclips.load(str(folder / name))


def track(
    clip: bpy.types.MovieClip,
    camera: bpy.types.Object,
    face: bpy.types.Object,
    frames: np.ndarray,
    vertices: np.ndarray,
) -> None:
    """Give ``clip`` a track of each vertex, where Blender's own look through ``camera`` has it."""
    scene = bpy.context.scene
    world = in_world(face, frames[:, vertices])
    made = [clip.tracking.tracks.new(name=f"v{vertex}", frame=1) for vertex in vertices]
    for number, places in enumerate(world):
        scene.frame_set(number + 1)
        for one, place in zip(made, places, strict=True):
            x, y, _depth = world_to_camera_view(scene, camera, Vector(place.tolist()))
            one.markers.insert_frame(number + clip.frame_start, co=(x, y))
    scene.frame_set(1)


def front(face: bpy.types.Object, step: int = 2) -> np.ndarray:
    """Vertices of the half of the face that a camera before it sees."""
    points = storage.load_model(face).neutral.vertices
    return np.flatnonzero(points[:, 1] < stand_in.CENTRE[1] - 65)[::step]
