# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rig as game engines take it: one mesh, one plain armature, and a list of what is lost."""

import bpy

from ... import words
from ...backend.errors import AimError
from ...bridge.data.storage import face_object
from ...bridge.export import make
from ...bridge.export.presets import PRESETS
from .. import reasons

_LOST = {
    "missing": "ARKit's shapes that the rig lacks: {names}",
    "own": "Shapes that are none of ARKit's: {names}",
    "correctives": "Correctives beyond the number: {names}",
    "modifiers": "Modifiers: {names}",
    "lids": "Lids that slide over the eyes: {names}",
    "drivers": "Drivers of: {names}",
    "constraints": "Constraints of bones: {names}",
    "controls": "Bones that only control: {names}",
    "hair": "Hair and curves: {names}",
    "uvs": "UV maps but for the active one, of: {names}",
    "objects": "Objects that are hidden or no meshes: {names}",
}
#: More names than this are counted.
_MOST = 12


class AIM_OT_prepare_export(bpy.types.Operator):
    """Make one mesh and one plain armature of the rig for a game engine, and list what is lost; the rig stays as it \
is"""

    bl_idname = "aim.prepare_export"
    bl_label = "Prepare for Export"
    bl_options = {'REGISTER', 'UNDO'}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return reasons.allow(
            cls,
            context,
            reasons.busy,
            reasons.not_in_object_mode,
            reasons.no_face,
            reasons.no_rig,
            reasons.sculpting_shape,
        )

    def execute(self, context: bpy.types.Context) -> set[str]:
        face = face_object(context)
        state = face.aim.export
        options = make.ExportOptions(
            PRESETS[state.preset],
            state.visemes,
            state.jaw,
            int(state.weights),
            state.correctives,
            state.with_take,
            state.control_shapes,
        )
        try:
            made = make.prepare(face, options, context)
        except AimError as error:
            self.report({'ERROR'}, str(error))
            return {'CANCELLED'}
        make.keep_lost(made.mesh, lines_of(made))
        made.mesh.aim.face_object = made.armature.aim.face_object = face
        for obj in context.selected_objects:
            obj.select_set(False)
        for obj in (made.armature, made.mesh):
            obj.select_set(True)
        context.view_layer.objects.active = made.mesh
        if "missing" in made.lost:
            text = "{count} of ARKit's 52 shapes are missing: {names}."
            names = made.lost["missing"]
            self.report({'WARNING'}, words.report(text, count=len(names), names=_listed(names)))
        text = "{mesh} is ready: {shapes} shapes, {bones} bones, {height:.1f} cm high. Export the selection."
        bones = len(made.armature.data.bones)
        figures = {"shapes": made.shapes, "bones": bones, "height": made.height_mm / 10}
        self.report({'INFO'}, words.report(text, mesh=made.mesh.name, **figures))
        return {'FINISHED'}


def lines_of(made: make.Exported) -> list[str]:
    """What is lost, and which correctives stayed, a line each."""
    lines = [words.report(_LOST[kind], names=_listed(names)) for kind, names in made.lost.items()]
    if made.controls:
        lines.append(_controls(made))
    if made.correctives:
        lines.append(words.report("Correctives kept: {names}", names=_listed(made.correctives)))
    return lines


def _controls(made: make.Exported) -> str:
    """What becomes of the face controls without shapes of their own, and by how much ARKit's shapes miss them."""
    if not made.controls_off_mm:
        text = "{count} shapes of face controls: in a baked take ARKit's stand for them, within half a millimetre"
        return words.report(text, count=len(made.controls))
    text = "{count} shapes of face controls: in a baked take ARKit's stand for them, and miss by (mm) {names}"
    missed = [f"{name} {off:.1f}" for name, off in made.controls_off_mm.items()]
    return words.report(text, count=len(made.controls), names=_listed(missed))


def _listed(names: list[str]) -> str:
    if len(names) <= _MOST:
        return ", ".join(names)
    more = words.report("and {count} more", count=len(names) - _MOST)
    return f"{', '.join(names[:_MOST])} {more}"


classes = (AIM_OT_prepare_export,)
register, unregister = bpy.utils.register_classes_factory(classes)
