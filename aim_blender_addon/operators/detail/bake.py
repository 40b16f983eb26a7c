# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wrinkles and pores that leave Blender: height maps of frames, normal maps, maps for game engines, Multires."""

from collections.abc import Iterator
from pathlib import Path

import bpy
from bpy.props import EnumProperty

from ... import words
from ...backend.errors import AimError
from ...bridge.data.storage import face_object
from ...bridge.detail import bake, gather, multires, played
from ...bridge.rig.objects import rig_of
from .. import reasons
from .reasons import no_detail, no_output
from .steps import InSteps

#: Maps leave a linked rig, too.
_READABLE = (*reasons.WRITABLE_RIG[:4], no_detail, no_output)


class _WritesMaps(InSteps):
    """What the three operators have in common."""

    _folder: Path | None = None

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return reasons.allow(cls, context, *_READABLE)


class AIM_OT_bake_detail_sequence(_WritesMaps, bpy.types.Operator):
    """Write a height map of every frame of the scene's range, as the rig plays it now; Esc stops, frames stay"""

    bl_idname = "aim.bake_detail_sequence"
    bl_label = "Bake Sequence"

    _baked: "bake.Sequence | None" = None

    def steps(self, context: bpy.types.Context) -> Iterator[float]:
        """Frame by frame."""
        face = face_object(context)
        scene = context.scene
        numbers = range(scene.frame_start, scene.frame_end + 1, scene.frame_step)
        self._folder = gather.output_of(face)
        self._baked = bake.Sequence(face, self._folder)
        yield 0.0
        yield from self._baked.write(numbers, context)

    def said(self, cancelled: bool) -> str:
        """How many frames are written, and where."""
        text = "{count} height maps are in {folder}; {kept} of them were there."
        if cancelled:
            text = "Stopped. {count} height maps are in {folder}; turn on Keep Frames That Are There to go on."
        written, kept = self._baked.counts if self._baked else (0, 0)
        return words.report(text, count=written + kept, kept=kept, folder=self._folder)


class AIM_OT_bake_detail_normals(_WritesMaps, bpy.types.Operator):
    """Write the height map and the normal map of the frame that is shown"""

    bl_idname = "aim.bake_detail_normals"
    bl_label = "Normal Map of This Frame"

    _name = ""

    def steps(self, context: bpy.types.Context) -> Iterator[float]:
        """Both maps."""
        face = face_object(context)
        self._folder = gather.output_of(face)
        yield 0.0
        self._name = bake.write_normals(face, self._folder, context).name

    def said(self, cancelled: bool) -> str:
        """Where they are."""
        if cancelled:
            return words.report("Stopped.")
        return words.report("{name} is in {folder}.", name=self._name, folder=self._folder)


class AIM_OT_bake_detail_shapes(_WritesMaps, bpy.types.Operator):
    """Write height, normal and mask maps of each ARKit shape, which game engines mix by the shapes' values"""

    bl_idname = "aim.bake_detail_shapes"
    bl_label = "Maps for Game Engines"

    _report: dict | None = None

    def steps(self, context: bpy.types.Context) -> Iterator[float]:
        """Shape by shape."""
        face = face_object(context)
        self._folder = gather.output_of(face)
        self._report = None
        writer = bake.shape_writer(face, self._folder)
        shapes = played.arkit_shapes(face)
        yield 0.0
        writer.begin()
        for number, (name, vertices) in enumerate(shapes.items(), start=1):
            writer.add(name, vertices)
            yield number / len(shapes)
        self._report = writer.finish()

    def said(self, cancelled: bool) -> str:
        """How many there are, and what engines lose."""
        if self._report is None:
            return words.report("Stopped. The maps in {folder} are not whole.", folder=self._folder)
        text = (
            "Maps of {count} shapes are in {folder}; {still} open no lines. Between values lines open a little "
            "otherwise than here: maps.json tells by how much."
        )
        report = self._report
        return words.report(
            text, count=len(report["shapes"]), still=len(report["still"]), folder=self._folder
        )


class AIM_OT_detail_to_multires(bpy.types.Operator):
    """Put the heights into a Multiresolution modifier of the rig, to sculpt on; nothing shows twice"""

    bl_idname = "aim.detail_to_multires"
    bl_label = "Into Multires"
    bl_options = {'REGISTER', 'UNDO'}

    what: EnumProperty(
        name="Heights",
        description="Which heights are put in",
        items=(
            (
                'REST',
                "At Rest",
                "Pores and lines of the neutral; wrinkles go on following the skin",
            ),
            (
                'FRAME',
                "This Frame",
                "All heights of the frame that is shown, which then stay as they are",
            ),
        ),
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return reasons.allow(
            cls, context, reasons.not_in_object_mode, *reasons.WRITABLE_RIG, no_detail
        )

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        return context.window_manager.invoke_props_dialog(self)

    def draw(self, context: bpy.types.Context) -> None:
        """What, and how finely."""
        layout = self.layout
        layout.use_property_split = True
        settings = face_object(context).aim.detail
        layout.prop(self, "what")
        layout.prop(settings, "multires_levels")
        faces = settings.faces * 4**settings.multires_levels
        layout.label(text=words.label("{count:,} faces", count=faces))

    def execute(self, context: bpy.types.Context) -> set[str]:
        face = face_object(context)
        try:
            actor = played.played_actor(face)
            height = bake.heights(face, actor, self.what == 'FRAME', context)
            levels = face.aim.detail.multires_levels
            multires.to_multires(rig_of(face), actor, height, levels, context)
        except AimError as error:
            self.report({'ERROR'}, str(error))
            return {'CANCELLED'}
        bake.leave_out(face, self.what == 'FRAME')
        return {'FINISHED'}


classes = (
    AIM_OT_bake_detail_sequence,
    AIM_OT_bake_detail_normals,
    AIM_OT_bake_detail_shapes,
    AIM_OT_detail_to_multires,
)
register, unregister = bpy.utils.register_classes_factory(classes)
