# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Normal maps against true displacement: ``python -m bench.detail.normals``. The head needs the folder shared/.

Cycles bakes the normals of a displaced mesh onto the smooth one, and renders both. Ours are compared with the bake by
angle, and the smooth mesh with our map is compared with the displaced one by what is rendered.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import bpy
import numpy as np

from aim_blender_addon.backend.detail.normal_map import encoded, normal_map
from aim_blender_addon.backend.detail.plain_skin import PlainSkin
from aim_blender_addon.backend.detail.tangents import uv_tangents
from aim_blender_addon.backend.detail.uv import Chart, UvMap
from aim_blender_addon.backend.geometry.mesh import Mesh
from aim_blender_addon.backend.io.mesh_files import read_mesh
from aim_blender_addon.backend.io.obj_uv import read_obj_uv
from aim_blender_addon.backend.io.png16 import write_png16
from bench.common import machine
from tests.backend.detail_patches import patch
from tests.shared_data import make_actor

#: Waves of the known heights: wavelength and depth, mm.
WAVE, DEPTH = 5.0, 0.1
_LOW = 2


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--no-sheet", action="store_true")
    parser.add_argument("--no-head", action="store_true")
    options = parser.parse_args()
    sys.stdout.write(f"Measured on {machine()}, {options.size} px.\n\n")
    sys.stdout.write(
        "| case | tangents off Blender's, degrees mean / max | lines tilt, degrees RMS | ours off the bake, "
        "median / p95 / RMS | without map, rendered error | with map |\n|---|---|---|---|---|---|\n"
    )
    if not options.no_sheet:
        mesh, corner_uv = patch(9)
        _row("bumpy sheet", mesh, UvMap.of(mesh, corner_uv), options.size, 5)
    if not options.no_head:
        folder = Path(make_actor(3, 8, "--uv"))
        head = read_mesh(folder / "neutral.obj")
        uv = UvMap.of(head, read_obj_uv(folder / "neutral.obj"))
        _row("head", *_in_tile(head, uv), options.size, 3)


def _in_tile(mesh: Mesh, uv: UvMap) -> tuple[Mesh, UvMap]:
    """The faces of the first tile alone: others have no map, and would be rendered without."""
    faces = Chart.of(mesh, uv).faces
    corners = np.repeat(faces, mesh.face_sizes)
    used, numbers = np.unique(mesh.face_vertices[corners], return_inverse=True)
    part = Mesh(
        mesh.vertices[used], numbers.reshape(-1).astype(np.int32), mesh.face_sizes[faces], "part"
    )
    return part, UvMap.of(part, uv.points[uv.corners][corners])


def heights(points: np.ndarray) -> np.ndarray:
    """[N] mm at places [N, 3] mm."""
    x, y, z = (2 * np.pi * points / WAVE).T
    return DEPTH * (np.sin(x) * np.cos(0.6 * y) + np.cos(0.8 * y + 0.5 * z)) / 2


def _row(name: str, mesh: Mesh, uv: UvMap, size: int, levels: int) -> None:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    low, high = _smooth(mesh, uv, _LOW, False), _smooth(mesh, uv, levels, True)
    chart = Chart.of(mesh, uv)
    skin = PlainSkin.of(mesh, chart, size)
    smooth = skin.smooth(mesh.vertices)
    height = skin.image(heights(skin.mixed(smooth[skin.triangles])).astype(np.float32))
    ours = normal_map(height, skin, mesh, chart.uv)
    _scene(low, high, size)
    baked = _bake(low, high, size)
    inner = skin.mask & (np.linalg.norm(baked, axis=2) > 0.9)  # noqa: PLR2004
    baked /= np.maximum(np.linalg.norm(baked, axis=2, keepdims=True), 1e-9)
    off = np.degrees(np.arccos(np.clip((ours * baked).sum(axis=2), -1, 1)))[inner]
    tilt = np.degrees(np.arccos(np.clip(baked[..., 2], -1, 1)))[inner]
    mean, most = _tangents(mesh, uv)
    without, with_map = _rendered(low, high, ours)
    sys.stdout.write(
        f"| {name} | {mean:.3f} / {most:.3f} | {_rms(tilt):.2f} | {np.median(off):.2f} / "
        f"{np.percentile(off, 95):.2f} / {_rms(off):.2f} | {without:.4f} | {with_map:.4f} |\n"
    )
    sys.stdout.flush()


def _object(mesh: Mesh, uv: UvMap) -> bpy.types.Object:
    data = bpy.data.meshes.new("mesh")
    ends = np.cumsum(mesh.face_sizes)
    faces = [list(map(int, part)) for part in np.split(mesh.face_vertices, ends[:-1])]
    data.from_pydata(np.asarray(mesh.vertices), [], faces)
    data.uv_layers.new(name="UVMap").uv.foreach_set(
        "vector", uv.points[uv.corners].astype(np.float32).ravel()
    )
    data.shade_smooth()
    obj = bpy.data.objects.new("mesh", data)
    bpy.context.scene.collection.objects.link(obj)
    return obj


def _smooth(mesh: Mesh, uv: UvMap, levels: int, displaced: bool) -> bpy.types.Object:
    """The mesh subdivided by Blender; displaced along its normals."""
    obj = _object(mesh, uv)
    modifier = obj.modifiers.new("s", 'SUBSURF')
    modifier.levels, modifier.uv_smooth = levels, 'NONE'
    bpy.context.view_layer.update()
    twin = obj.evaluated_get(bpy.context.evaluated_depsgraph_get())
    dense = bpy.data.meshes.new_from_object(twin)
    obj.modifiers.clear()
    obj.data = dense
    if displaced:
        points = np.empty((len(dense.vertices), 3), np.float32)
        normals = np.empty_like(points)
        dense.vertices.foreach_get("co", points.ravel())
        dense.vertex_normals.foreach_get("vector", normals.ravel())
        points += normals * heights(points.astype(float))[:, None].astype(np.float32)
        dense.vertices.foreach_set("co", points.ravel())
        dense.update()
    return obj


def _scene(low: bpy.types.Object, high: bpy.types.Object, size: int) -> None:
    """Cycles, one light from the side, a camera in front of the middle, a plain material with an image."""
    scene = bpy.context.scene
    scene.render.engine, scene.cycles.device, scene.cycles.samples = 'CYCLES', 'CPU', 4
    scene.cycles.use_denoising = False
    scene.render.resolution_x = scene.render.resolution_y = 256
    scene.view_settings.view_transform = 'Raw'
    points = np.array([corner[:] for corner in low.bound_box])
    middle, span = (points.max(axis=0) + points.min(axis=0)) / 2, np.ptp(points, axis=0)
    is_sheet = span[2] < 0.3 * span[0]
    camera = bpy.data.objects.new("camera", bpy.data.cameras.new("camera"))
    camera.data.type, camera.data.ortho_scale = 'ORTHO', 0.6 * span[:2].max()
    camera.data.clip_end = 1e4
    camera.location = (*middle[:2], points[:, 2].max() + 200)
    light = bpy.data.objects.new("sun", bpy.data.lights.new("sun", 'SUN'))
    light.data.energy, light.data.angle = 3.0, 0.0
    light.rotation_euler = (0.0, 1.0 if is_sheet else 0.7, 0.3)
    for obj in (camera, light):
        scene.collection.objects.link(obj)
    scene.camera = camera
    material = bpy.data.materials.new("skin")
    material.use_nodes = True
    tree = material.node_tree
    node = tree.nodes.new("ShaderNodeTexImage")
    node.image = bpy.data.images.new("bake", size, size, float_buffer=True, is_data=True)
    tree.nodes.active = node
    for obj in (low, high):
        obj.data.materials.clear()
        obj.data.materials.append(material)


def _bake(low: bpy.types.Object, high: bpy.types.Object, size: int) -> np.ndarray:
    """[S, S, 3] tangent-space normals of the displaced mesh on the smooth one."""
    for obj in (low, high):
        obj.select_set(True)
    bpy.context.view_layer.objects.active = low
    bpy.ops.object.bake(
        type='NORMAL', use_selected_to_active=True, cage_extrusion=0.3, margin=0,
        normal_space='TANGENT', use_clear=True,
    )  # fmt: skip
    image = bpy.data.images["bake"]
    values = np.empty(size * size * 4, np.float32)
    image.pixels.foreach_get(values)
    return values.reshape(size, size, 4)[::-1, :, :3].astype(float) * 2 - 1


def _tangents(mesh: Mesh, uv: UvMap) -> tuple[float, float]:
    """How far our tangents are off Blender's, degrees: mean and largest."""
    obj = _object(mesh, uv)
    data = obj.data
    normals = np.empty((len(data.vertices), 3), np.float32)
    data.vertex_normals.foreach_get("vector", normals.ravel())
    data.calc_tangents()
    theirs = np.empty((len(data.loops), 3), np.float32)
    data.loops.foreach_get("tangent", theirs.ravel())
    ours = uv_tangents(mesh, uv, normals)[0][uv.corners]
    bpy.data.objects.remove(obj)
    off = np.degrees(np.arccos(np.clip((ours * theirs).sum(axis=1), -1, 1)))
    return float(off.mean()), float(off.max())


def _rendered(
    low: bpy.types.Object, high: bpy.types.Object, ours: np.ndarray
) -> tuple[float, float]:
    """Root mean square by which pictures differ from the displaced mesh: without the map, and with it."""
    material = low.data.materials[0]
    tree = material.node_tree
    with tempfile.TemporaryDirectory() as folder:
        write_png16(Path(folder, "n.png"), encoded(ours))
        image = bpy.data.images.load(str(Path(folder, "n.png")))
        image.colorspace_settings.name = "Non-Color"
        image.pack()
        low.hide_render = True
        truth = _render(folder)
        low.hide_render, high.hide_render = False, True
        plain = _render(folder)
        texture = tree.nodes.new("ShaderNodeTexImage")
        texture.image = image
        node = tree.nodes.new("ShaderNodeNormalMap")
        tree.links.new(texture.outputs["Color"], node.inputs["Color"])
        shader = next(n for n in tree.nodes if n.type == 'BSDF_PRINCIPLED')
        tree.links.new(node.outputs["Normal"], shader.inputs["Normal"])
        mapped = _render(folder)
    return _rms(plain - truth), _rms(mapped - truth)


def _render(folder: str) -> np.ndarray:
    scene = bpy.context.scene
    scene.render.image_settings.file_format = 'OPEN_EXR'
    scene.render.filepath = str(Path(folder, "r.exr"))
    bpy.ops.render.render(write_still=True)
    image = bpy.data.images.load(scene.render.filepath)
    values = np.empty(len(image.pixels), np.float32)
    image.pixels.foreach_get(values)
    bpy.data.images.remove(image)
    return values.reshape(-1, 4)[:, :3].mean(axis=1)


def _rms(values: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(values))))


if __name__ == "__main__":
    main()
