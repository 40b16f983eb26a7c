# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the 3D views show of a face: its model as colours on the rig, or its bones under translucent skin."""

import bpy
import numpy as np

from ...backend.errors import RigError
from ..data import attributes, colours
from ..data.linked import is_linked
from ..rig.skin import BONE_DISTANCE, CONFIDENCE, JAW_WEIGHT, ON_BONE, THICKNESS
from . import materials, shading, translucent

OFF = 'OFF'
#: Modes whose values are shares and no millimetres.
SHARES = ('JAW_WEIGHT', 'CONFIDENCE')
#: Attribute and material of each mode of ``properties.enums.COLOUR_MODES``.
_SHOWN = {
    'THICKNESS': (THICKNESS, "AIM thickness"),
    'JAW_WEIGHT': (JAW_WEIGHT, "AIM jaw weight"),
    'BONE_DISTANCE': (BONE_DISTANCE, "AIM bone distance"),
    'CONFIDENCE': (CONFIDENCE, "AIM confidence"),
}


def show(
    rig: bpy.types.Object,
    mode: str,
    limits: tuple[float, float] | None,
    with_material: bool,
    context: bpy.types.Context,
) -> tuple[float, float]:
    """Show an attribute of a baked mesh in the 3D views.

    Args:
        rig: the baked mesh.
        mode: one of ``properties.enums.COLOUR_MODES`` but OFF.
        limits: values of the darkest and the brightest colour; None for a range that suits the values.
        with_material: also put the material of that attribute over the rig, for renders.
        context: whose 3D views and scene are switched.

    Returns:
        The values of the darkest and the brightest colour.

    Raises:
        RigError: the rig has lost the attribute.
    """
    attribute, material = _SHOWN[mode]
    values = _values(rig, attribute)
    for face in _faces_with_bones(context):
        translucent.hide(face, context)
    low, high = limits or _range(mode, values, attributes.read_attribute(rig.data, ON_BONE))
    state = rig.aim
    if state.colour_mode == OFF:
        state.colour_before = colours.active_colour(rig.data)
    # off while the range changes: nothing has to follow it
    state.colour_mode = OFF
    state.colour_min, state.colour_max = low, high
    state.colour_mode = mode
    colours.show_colours(rig.data, colours.from_values(values, low, high))
    materials.hide_material(rig)
    if with_material:
        materials.show_material(rig, materials.colour_material(material, attribute, low, high))
    shading.show(shading.VERTEX, context)
    return low, high


def refresh(rig: bpy.types.Object) -> None:
    """Bring the colours up to date after attributes or range have changed.

    Raises:
        RigError: the rig has lost the attribute.
    """
    state = rig.aim
    if state.colour_mode == OFF:
        return
    low, high = state.colour_min, state.colour_max
    values = _values(rig, _SHOWN[state.colour_mode][0])
    colours.show_colours(rig.data, colours.from_values(values, low, high))
    materials.set_range(rig, low, high)


def follow_range(rig: bpy.types.Object) -> None:
    """Bring the colours up to date with their range where that is possible now."""
    writable = not is_linked(rig) and rig.mode != 'EDIT' and rig.aim.colour_mode != OFF
    if writable and _SHOWN[rig.aim.colour_mode][0] in rig.data.attributes:
        refresh(rig)


def hide(rig: bpy.types.Object, context: bpy.types.Context) -> None:
    """Show the rig as it was before; the 3D views too, unless they still show something of ours."""
    colours.hide_colours(rig.data, rig.aim.colour_before)
    materials.hide_material(rig)
    rig.aim.colour_mode = OFF
    release_views(context)


def release_views(context: bpy.types.Context) -> None:
    """Let the 3D views show what they did before, unless something of ours is still shown."""
    if _wanted(context) is None:
        shading.restore(context)


def show_bones(face: bpy.types.Object, context: bpy.types.Context) -> None:
    """Show skull and jaw of ``face`` under translucent skin, in place of colours; again after a bake or an estimate."""
    for rig in [obj for obj in context.scene.objects if obj.aim.colour_mode != OFF]:
        hide(rig, context)
    translucent.show(face, context)
    shading.show(shading.OBJECT, context)


def hide_bones(face: bpy.types.Object, context: bpy.types.Context) -> None:
    """Show ``face`` as it was before; the 3D views too, unless they still show something of ours."""
    translucent.hide(face, context)
    release_views(context)


def settle(context: bpy.types.Context) -> None:
    """Let the 3D views show what the scene says after an undo or the opening of a file."""
    shading.settle(_wanted(context), context)


def _wanted(context: bpy.types.Context) -> str | None:
    """The type of colours that the 3D views should show."""
    faces = [obj.aim for obj in context.scene.objects]
    if any(face.colour_mode != OFF or face.detail.colours for face in faces):
        return shading.VERTEX
    return shading.OBJECT if _faces_with_bones(context) else None


def _faces_with_bones(context: bpy.types.Context) -> list[bpy.types.Object]:
    return [obj for obj in context.scene.objects if obj.aim.bones_shown]


def _values(rig: bpy.types.Object, attribute: str) -> np.ndarray:
    values = attributes.read_attribute(rig.data, attribute)
    if values is None:
        raise RigError(
            f"{rig.name} has lost its attribute {attribute}; press Bake to write it again."
        )
    return values


def _range(mode: str, values: np.ndarray, on_bone: np.ndarray | None) -> tuple[float, float]:
    """0 to 1 for weights; 0 to the whole millimetres that hold nearly all distances where bone lies below."""
    if mode in SHARES:
        return 0.0, 1.0
    counted = values[on_bone] if on_bone is not None and on_bone.any() else values
    return 0.0, max(1.0, float(np.ceil(np.quantile(counted, 0.995))))
