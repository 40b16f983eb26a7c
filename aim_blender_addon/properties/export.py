# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a face goes to a game engine (``Object.aim.export``)."""

import bpy
from bpy.props import BoolProperty, EnumProperty, IntProperty, PointerProperty

from ..bridge.export.names import NONE, OCULUS, VRCHAT
from ..bridge.export.presets import IN_BONE, IN_KEYS, PRESETS


def _preset_changed(group: bpy.types.PropertyGroup, _context: bpy.types.Context) -> None:
    preset = PRESETS[group.preset]
    group.jaw, group.visemes = preset.jaw, preset.visemes
    group.weights = str(preset.weights)


class AIM_PG_export(bpy.types.PropertyGroup):
    """How a face goes to a game engine."""

    preset: EnumProperty(
        name="Engine",
        description="Where the face goes: sets names of bones, size, visemes, weights and the jaw",
        items=(
            ("UNREAL", "Unreal", "FBX: eight weights, the jaw in its bone"),
            ("UNITY", "Unity", "FBX: humanoid bones, VRChat's visemes, the jaw in the shapes"),
            ("GLTF", "glTF", "GLB in metres: Oculus' visemes, the jaw in the shapes"),
            ("VRM", "VRM", "GLB in metres: humanoid bones and VRM's expressions beside ARKit's"),
        ),
        default="GLTF",
        update=_preset_changed,
    )
    jaw: EnumProperty(
        name="Jaw of Shapes",
        description="What makes the jaw's part of ARKit's shapes; never both",
        items=(
            (IN_KEYS, "In the Shapes", "Each shape moves the skin over the jaw by itself"),
            (IN_BONE, "In the Bone", "Shapes are soft tissue alone; the jaw bone has to be posed"),
        ),
        default=IN_KEYS,
    )
    visemes: EnumProperty(
        name="Visemes",
        description="15 mouth shapes of speech, made of ARKit's shapes, and whose names they get",
        items=(
            (NONE, "None", "No visemes"),
            (OCULUS, "Oculus", "viseme_sil to viseme_U"),
            (VRCHAT, "VRChat", "vrc.v_sil to vrc.v_ou"),
        ),
        default=OCULUS,
    )
    weights: EnumProperty(
        name="Weights",
        description="How many bones may move one vertex; the largest weights stay",
        items=(("4", "4", "Most engines"), ("8", "8", "Unreal and desktops")),
        default="4",
    )
    correctives: IntProperty(
        name="Correctives",
        description="How many correctives go along, the largest first, then shapes of face controls",
        min=0,
        max=256,
        soft_max=64,
        default=0,
    )
    with_take: BoolProperty(
        name="Bake the Take",
        description="Key what the rig plays on the export, every frame: shapes, head, jaw and eyes",
    )
    control_shapes: BoolProperty(
        name="Controls as Shapes",
        description=(
            "A face control that the take moves goes along as a shape of its own where ARKit's shapes miss it by over "
            "0.5 mm; otherwise, or turned off, the nearest sum of ARKit's stands for it"
        ),
        default=True,
    )


class FaceFields:
    """How a face goes to a game engine."""

    export: PointerProperty(type=AIM_PG_export)


register, unregister = bpy.utils.register_classes_factory((AIM_PG_export,))
