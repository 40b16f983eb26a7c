# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The muscles of the demo: under skin like a veil, and a sum of shapes without and with them."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import bpy
from pictures import LARGE, PORTRAIT, Stage, View, sheet
from PIL import Image
from studio import plain_material, veil_material

from aim_blender_addon.bridge.muscles import curves

#: Scans that were never made together.
SUM = ("smile", "lip_puckerer")
_MOUTH = View(turn=30, rise=0, width=0.12, aim=(0, 0, -0.035))
_MUSCLE, _VEIL = (0.52, 0.07, 0.06), (0.62, 0.40, 0.31)


def muscles(stage: Stage, press) -> tuple[Image.Image, dict]:  # noqa: ANN001
    """Three pictures side by side, and figures.

    Args:
        stage: of the demo; the face has flesh.
        press: presses a button of the extension by its name.
    """
    face = stage.neutral
    tiles = [(_under_skin(stage), "the muscles")]
    keys = face.aim.rig.data.shape_keys
    with at_rest(face, SUM):
        for name in SUM:
            keys.key_blocks[name].value = 1.0
        label = " + ".join(name.replace("_", " ") for name in SUM)
        tiles.append((stage.shoot("muscles_plain", _MOUTH, LARGE, 8), f"{label}: a sum"))
        press("simulate_pose")
        tiles.append((stage.shoot("muscles_sum", _MOUTH, LARGE, 8), "through the muscles"))
    settings = face.aim.muscles
    figures = {
        "tetrahedra": settings.tetrahedra,
        "build_seconds": round(settings.seconds, 2),
        "pose_seconds": round(settings.seconds_a_frame, 2),
        "worst_region_volume": round(settings.worst_volume, 4),
        "inverted": settings.inverted,
    }
    return sheet(tiles, columns=3), figures


def _under_skin(stage: Stage) -> Image.Image:
    """Muscles and bones under skin like a veil; the curves are hidden again afterwards."""
    face, skin = stage.neutral, stage.skin
    own = [slot.material for slot in skin.material_slots]
    for slot in skin.material_slots:
        slot.material = veil_material("Veil", _VEIL)
    curves.show(face, bpy.context)
    for item in face.aim.muscles.muscles:
        item.curve.data.materials[0] = plain_material("Muscle", _MUSCLE, 0.45)
    stage.show(skin, *stage.bones.values())
    image = stage.shoot("muscles_under_skin", PORTRAIT, LARGE, 12)
    curves.hide(face)
    for item in face.aim.muscles.muscles:
        item.curve.hide_render = True
    for slot, material in zip(skin.material_slots, own, strict=True):
        slot.material = material
    stage.show(skin, *stage.parts.values())
    return image


@contextmanager
def at_rest(face: bpy.types.Object, names: Iterable[str]) -> Iterator[None]:
    """The rig without its Action, and at rest; as it was afterwards. ``names`` are the shape keys that are posed."""
    keys, armature = face.aim.rig.data.shape_keys, face.aim.armature
    played = [(owner.animation_data, owner.animation_data.action) for owner in (keys, armature)]
    slots = [getattr(animation, "action_slot", None) for animation, _action in played]
    for animation, _action in played:
        animation.action = None
    for block in keys.key_blocks:
        block.value = 0.0
    jaw = armature.pose.bones["jaw"]
    jaw.location, jaw.rotation_euler = (0, 0, 0), (0, 0, 0)
    try:
        yield
    finally:
        for name in names:
            keys.key_blocks[name].value = 0.0
        for (animation, action), slot in zip(played, slots, strict=True):
            animation.action = action
            if slot is not None:
                animation.action_slot = slot
        bpy.context.scene.frame_set(1)
