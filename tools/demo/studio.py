# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A photo studio for heads: lights, a portrait camera, materials, and rendering with Cycles on the processor."""

import math
from dataclasses import dataclass
from pathlib import Path

import bpy
from mathutils import Vector

BACKGROUND = (0.055, 0.06, 0.068)
BONE_COLOUR = (0.72, 0.64, 0.49)
JAW_COLOUR = (0.60, 0.66, 0.74)


@dataclass(frozen=True)
class View:
    """Where the camera stands, in head heights around the middle of the face.

    Attributes:
        turn: degrees from the front; positive shows the person's left.
        rise: degrees above level.
        width: of the picture at the head, in metres.
        aim: offset [3] of what it looks at from the middle of the face, in metres.
    """

    turn: float = 24.0
    rise: float = 3.0
    width: float = 0.245
    aim: tuple[float, float, float] = (0.0, 0.0, 0.0)


class Studio:
    """Lights and a camera around a head that looks along -y."""

    def __init__(self, scene: bpy.types.Scene, middle: Vector, quick: bool = False) -> None:
        """Set the scene up around ``middle``, the middle of the face; ``quick`` for small, coarse pictures."""
        self.scene, self.middle, self.quick = scene, middle, quick
        self.collection = bpy.data.collections.new("Studio")
        scene.collection.children.link(self.collection)
        self.camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
        self.collection.objects.link(self.camera)
        scene.camera = self.camera
        self._light("Key", (-0.75, -1.0, 0.65), 0.55, 17.0, (1.0, 0.93, 0.86))
        self._light("Fill", (1.1, -0.9, 0.05), 0.9, 6.0, (0.86, 0.92, 1.0))
        self._light("Rim", (0.55, 0.95, 0.7), 0.7, 9.0, (0.92, 0.96, 1.0))
        self._light("Mouth", (0.0, -1.3, -0.1), 0.3, 4.5, (1.0, 0.97, 0.94))
        self._world()
        self._renderer()

    def look(self, view: View, aspect: float) -> None:
        """Stand the camera; ``aspect`` is the picture's width over its height."""
        camera = self.camera.data
        camera.lens = 85.0
        camera.sensor_fit = 'HORIZONTAL'
        distance = view.width * camera.lens / camera.sensor_width
        turn, rise = math.radians(view.turn), math.radians(view.rise)
        away = Vector(
            (math.sin(turn) * math.cos(rise), -math.cos(turn) * math.cos(rise), math.sin(rise))
        )
        target = self.middle + Vector(view.aim)
        self.camera.location = target + away * distance
        self.camera.rotation_euler = (-away).to_track_quat('-Z', 'Y').to_euler()
        camera.clip_start, camera.clip_end = distance * 0.1, distance * 10

    def render(self, path: Path, view: View, size: tuple[int, int], samples: int = 24) -> Path:
        """Render one picture to ``path`` (PNG)."""
        self.look(view, size[0] / size[1])
        render = self.scene.render
        render.resolution_x, render.resolution_y = size
        render.resolution_percentage = 40 if self.quick else 100
        self.scene.cycles.samples = 4 if self.quick else samples
        render.filepath = str(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        bpy.ops.render.render(write_still=True)
        if not path.is_file():
            raise RuntimeError(f"Blender wrote no picture to {path}")
        return path

    def _light(self, name, offset, size, watts, colour) -> None:
        light = bpy.data.lights.new(name, 'AREA')
        light.size, light.energy, light.color = size, watts, colour
        obj = bpy.data.objects.new(name, light)
        obj.location = self.middle + Vector(offset)
        obj.rotation_euler = (self.middle - obj.location).to_track_quat('-Z', 'Y').to_euler()
        self.collection.objects.link(obj)

    def _world(self) -> None:
        world = bpy.data.worlds.new("Studio")
        if world.node_tree is None:
            world.use_nodes = True
        tree = world.node_tree
        tree.nodes["Background"].inputs["Color"].default_value = (*BACKGROUND, 1)
        tree.nodes["Background"].inputs["Strength"].default_value = 1.0
        self.scene.world = world

    def _renderer(self) -> None:
        scene = self.scene
        scene.render.engine = 'CYCLES'
        scene.cycles.device = 'CPU'
        scene.cycles.use_denoising = True
        scene.cycles.denoiser = 'OPENIMAGEDENOISE'
        scene.cycles.denoising_quality = scene.cycles.denoising_prefilter = 'FAST'
        scene.cycles.use_light_tree = False
        scene.cycles.use_adaptive_sampling = True
        scene.cycles.max_bounces = 3
        scene.cycles.transparent_max_bounces = 12
        scene.cycles.caustics_reflective = scene.cycles.caustics_refractive = False
        scene.render.use_persistent_data = True
        scene.render.image_settings.file_format = 'PNG'
        scene.render.image_settings.color_mode = 'RGB'
        scene.view_settings.view_transform = 'Standard'


def smooth(obj: bpy.types.Object, levels: int) -> None:
    """Refine a mesh object for pictures, after all that moves it."""
    modifier = obj.modifiers.new("Smooth", 'SUBSURF')
    modifier.levels, modifier.render_levels = 0, levels


def plain_material(name: str, colour, roughness: float) -> bpy.types.Material:
    """A matte material of one colour."""
    material = bpy.data.materials.get(name) or bpy.data.materials.new(name)
    if material.node_tree is None:
        material.use_nodes = True
    shader = material.node_tree.nodes["Principled BSDF"]
    shader.inputs["Base Color"].default_value = (*colour, 1)
    shader.inputs["Roughness"].default_value = roughness
    material.diffuse_color = (*colour, 1)
    return material


def veil_material(name: str, colour) -> bpy.types.Material:
    """Skin as thin as a veil: clear where it faces the camera, there at its edges."""
    material = bpy.data.materials.get(name)
    if material is not None:
        return material
    material = plain_material(name, colour, 0.35)
    tree = material.node_tree
    shader = tree.nodes["Principled BSDF"]
    clear = tree.nodes.new("ShaderNodeBsdfTransparent")
    facing = tree.nodes.new("ShaderNodeLayerWeight")
    facing.inputs["Blend"].default_value = 0.42
    amount = tree.nodes.new("ShaderNodeMapRange")
    amount.inputs["To Min"].default_value = 0.05
    amount.inputs["To Max"].default_value = 0.75
    mix = tree.nodes.new("ShaderNodeMixShader")
    tree.links.new(facing.outputs["Facing"], amount.inputs["Value"])
    tree.links.new(amount.outputs["Result"], mix.inputs["Fac"])
    tree.links.new(clear.outputs["BSDF"], mix.inputs[1])
    tree.links.new(shader.outputs["BSDF"], mix.inputs[2])
    tree.links.new(mix.outputs["Shader"], tree.nodes["Material Output"].inputs["Surface"])
    return material
