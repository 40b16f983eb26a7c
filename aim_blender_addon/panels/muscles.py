# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Muscles panel: flesh, the muscles in it, and what they do to a pose."""

import bpy

from .. import words
from ..backend.solving.result_file import part_folder
from ..bridge.data.storage import face_object
from ..bridge.muscles import activations, curves, figures, picture, simulated, store, take
from ..bridge.rig.objects import rig_of
from ..jobs import environment
from ..operators import reasons
from ..operators.muscles.flesh import AIM_OT_build_flesh
from ..operators.muscles.match import AIM_OT_match_scan
from ..operators.muscles.picture import AIM_OT_pose_from_points
from ..operators.muscles.reasons import picked
from ..operators.muscles.simulate import AIM_OT_simulate_pose
from ..operators.muscles.simulate_range import AIM_OT_simulate_range
from .drawing import FacePanel, draw_job, draw_rows, draw_wrapped, settings_column

#: Endings of names, and the letters that stand for them.
_SIDES = {"_left": "L", "_right": "R"}


class AIM_UL_muscles(bpy.types.UIList):
    """Each muscle with its side, whether it pulls, and how firmly."""

    def draw_item(
        self, context, layout, data, item, icon, active_data, active_property, index, flt_flag
    ) -> None:
        """One muscle; a sign stands before one that leaves the flesh, or was changed since the build."""
        known = item.activation >= 0
        split = layout.split(factor=0.5 if known else 0.62, align=True)
        row = split.row(align=True)
        row.prop(item, "on", text="")
        name, side = _parts(item.name)
        sign = 'CURVE_DATA' if item.added else 'NONE'
        if store.leaves(item):
            sign = 'ERROR'
        elif item.changed and not item.added:
            sign = 'GREASEPENCIL'
        row.label(text=name, icon=sign, translate=False)
        row = split.row(align=True)
        row.active = item.on
        row.label(text=side, translate=False)
        if known:
            row.label(text=f"{item.activation:.2f}", translate=False)
        row.prop(item, "strength", text="", emboss=False, slider=True)


class AIM_PT_muscles(FacePanel, bpy.types.Panel):
    """Flesh between bone and skin, and the muscles that move it"""

    bl_idname = "AIM_PT_muscles"
    bl_options = {'DEFAULT_CLOSED'}

    def draw(self, context: bpy.types.Context) -> None:
        """Building the flesh, then its muscles."""
        layout = self.layout
        if obstacle := reasons.first_reason(context, reasons.no_face, reasons.no_model):
            draw_wrapped(layout, context, obstacle, icon='INFO')
            return
        face = face_object(context)
        settings = face.aim.muscles
        column = settings_column(layout)
        column.prop(settings, "size")
        if settings.size == 'CUSTOM':
            column.prop(settings, "edge_mm")
        if not draw_job(layout, context, "aim.build_flesh"):
            row = layout.row()
            row.scale_y = 1.2
            text = "Rebuild Flesh" if store.has_flesh(face) else "Build Flesh"
            row.operator("aim.build_flesh", text=text, icon='MOD_REMESH')
            if obstacle := AIM_OT_build_flesh.disabled_reason(context):
                draw_wrapped(layout, context, obstacle, icon='INFO')
        if environment.lacks_quick_solver() or figures.is_slow(settings):
            text = (
                "Flesh is solved by scipy alone. cvxopt makes it six times as fast: install the environment of Setup "
                "anew, or cvxopt into its Python"
            )
            draw_wrapped(layout, context, text, icon='INFO')
        if store.has_flesh(face):
            _draw_flesh(layout, context, face)
        if len(settings.muscles):
            _draw_muscles(layout, context, face)


class AIM_PT_muscles_simulate(FacePanel, bpy.types.Panel):
    """The rig's poses through its muscles"""

    bl_idname = "AIM_PT_muscles_simulate"
    bl_parent_id = "AIM_PT_muscles"
    bl_label = "Simulate"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        face = face_object(context)
        return face is not None and store.has_flesh(face)

    def draw(self, context: bpy.types.Context) -> None:
        """The buttons, then what was simulated last."""
        layout = self.layout
        face = face_object(context)
        _draw_acting(layout, face)
        if not draw_job(layout, context, "aim.simulate_pose"):
            row = layout.row()
            row.scale_y = 1.2
            row.operator("aim.simulate_pose", icon='PLAY')
            if obstacle := AIM_OT_simulate_pose.disabled_reason(context):
                draw_wrapped(layout, context, obstacle, icon='INFO')
        _draw_match(layout, context)
        _draw_range(layout, context, face)
        if not draw_job(layout, context, "aim.bake_muscle_correctives"):
            layout.operator("aim.bake_muscle_correctives", icon='SHAPEKEY_DATA')
        if not draw_job(layout, context, "aim.settle_shape"):
            row = layout.row(align=True)
            text = words.label("Settle")
            row.label(text=text, translate=False)
            row.operator("aim.settle_shape", text="Picked").what = 'PICKED'
            row.operator("aim.settle_shape", text="Several").what = 'SEVERAL'
            row.operator("aim.settle_shape", text="As Shown").what = 'SHOWN'
        _draw_activations(layout, context, face)
        rig = rig_of(face)
        keys = rig.data.shape_keys if rig is not None else None
        if simulated.names(keys) or take.cache_of(face):
            plain = not take.is_shown(face)
            text = "Show Simulation" if plain else "Show Plain Shapes"
            icon = 'HIDE_ON' if plain else 'HIDE_OFF'
            layout.operator("aim.compare_simulation", text=text, icon=icon, depress=plain)
        settings = face.aim.muscles
        if settings.frames or settings.matched:
            draw_rows(layout, _simulated(settings))


class AIM_PT_muscles_picture(FacePanel, bpy.types.Panel):
    """The rig posed through its muscles by points of one picture"""

    bl_idname = "AIM_PT_muscles_picture"
    bl_parent_id = "AIM_PT_muscles"
    bl_label = "Pose from Picture"
    bl_options = {'DEFAULT_CLOSED'}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return AIM_PT_muscles_simulate.poll(context)

    def draw(self, context: bpy.types.Context) -> None:
        """The points, the camera, and the button."""
        layout = self.layout
        face = face_object(context)
        settings = face.aim.muscles
        row = layout.row(align=True)
        row.operator("aim.add_picture_points", text="Add Landmarks", icon='ADD').at = 'LANDMARKS'
        row.operator("aim.add_picture_points", text="Add Vertices").at = 'VERTICES'
        layout.operator("aim.load_picture_points", icon='FILE_FOLDER')
        if points := picture.points_of(face):
            counts = {"moved": len(picture.counted(face)), "count": len(points)}
            draw_rows(layout, [("Points That Count", words.label("{moved} of {count}", **counts))])
        column = settings_column(layout)
        column.prop(settings, "camera")
        column.prop(settings, "move_camera")
        column.prop(settings, "contact")
        if draw_job(layout, context, "aim.pose_from_points"):
            return
        row = layout.row()
        row.scale_y = 1.2
        row.operator("aim.pose_from_points", icon='CAMERA_DATA')
        if obstacle := AIM_OT_pose_from_points.disabled_reason(context):
            draw_wrapped(layout, context, obstacle, icon='INFO')


def _draw_acting(layout: bpy.types.UILayout, face: bpy.types.Object) -> None:
    """What acts on the flesh beside its muscles."""
    settings = face.aim.muscles
    column = settings_column(layout)
    column.prop(settings, "gravity")
    column.prop(settings, "secondary")
    column.prop(settings, "contact")
    column.prop(settings, "material")
    if settings.material == 'CUSTOM':
        for name in ("skin", "fat", "muscle", "fullness", "density"):
            column.prop(settings, f"tissue_{name}")


def _draw_match(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    if draw_job(layout, context, "aim.match_scan"):
        return
    layout.operator("aim.match_scan", icon='MOD_SHRINKWRAP')
    own = AIM_OT_match_scan.disabled_reason(context)
    if own and own != AIM_OT_simulate_pose.disabled_reason(context):
        draw_wrapped(layout, context, own, icon='INFO')


def _draw_range(
    layout: bpy.types.UILayout, context: bpy.types.Context, face: bpy.types.Object
) -> None:
    settings = face.aim.muscles
    column = settings_column(layout)
    column.prop(settings, "output")
    if settings.output == 'CORRECTIVES':
        column.prop(settings, "tolerance_mm")
    column.prop(settings, "range")
    if settings.range == 'CUSTOM':
        frames = column.column(align=True)
        frames.prop(settings, "range_start")
        frames.prop(settings, "range_end")
    if draw_job(layout, context, "aim.simulate_range"):
        return
    row = layout.row(align=True)
    row.scale_y = 1.2
    if part_folder(take.output_path(face, context.scene)).is_dir():
        row.operator("aim.simulate_range", text="Resume", icon='PLAY').resume = True
        row.operator("aim.simulate_range", text="Start Over")
    else:
        row.operator("aim.simulate_range", icon='RENDER_ANIMATION')
    own = AIM_OT_simulate_range.disabled_reason(context)
    if own and own != AIM_OT_simulate_pose.disabled_reason(context):
        draw_wrapped(layout, context, own, icon='INFO')


def _draw_activations(
    layout: bpy.types.UILayout, context: bpy.types.Context, face: bpy.types.Object
) -> None:
    if draw_job(layout, context, "aim.read_activations"):
        return
    row = layout.row(align=True)
    text = words.label("Activations of")
    row.label(text=text, translate=False)
    row.operator("aim.read_activations", text="Pose").what = 'POSE'
    row.operator("aim.read_activations", text="Range").what = 'RANGE'
    if activations.are_known(face):
        row.operator("aim.forget_activations", text="", icon='X')
    settings = face.aim.muscles
    if settings.explained >= 0:
        said = f"{settings.explained:.0%}"
        if settings.explained_frame >= 0:
            text = "{share}, least {least} in frame {frame}"
            least = f"{settings.explained_least:.0%}"
            said = words.label(text, share=said, least=least, frame=settings.explained_frame)
        draw_rows(layout, [("Muscles Explain", said)])


def _simulated(settings: bpy.types.PropertyGroup) -> list[tuple[str, str]]:
    """What the last simulation and the last match say of themselves."""
    match = []
    if settings.matched:
        misses = {"mean": f"{settings.matched_mm:.2f}", "p99": f"{settings.matched_p99_mm:.2f}"}
        match = [
            ("Matched", settings.matched),
            ("Misses It by", words.label("{mean} mm, 99 % within {p99} mm", **misses)),
        ]
    if not settings.frames:
        return match
    volume = f"{settings.worst_volume:+.1%}"
    rows = [
        ("Simulated", settings.simulated),
        (
            "Worst Volume",
            words.label("{volume}, {region}", volume=volume, region=settings.worst_region),
        ),
        ("Inside Out", str(settings.inverted)),
        ("Time per Frame", f"{settings.seconds_a_frame:.2f} s"),
    ]
    if settings.frames > 1:
        rows.insert(1, ("Frames", str(settings.frames)))
    if settings.deepest_mm >= 0:
        rows.insert(-1, ("In Bone or Skin", f"{settings.deepest_mm:.2f} mm"))
    if settings.late_frames:
        rows.append(("Not at Rest", str(settings.late_frames)))
    return rows + match


def _draw_flesh(
    layout: bpy.types.UILayout, context: bpy.types.Context, face: bpy.types.Object
) -> None:
    settings = face.aim.muscles
    rows = [
        ("Tetrahedra", f"{settings.tetrahedra:,}"),
        ("Built in", f"{settings.seconds:.0f} s"),
        ("Misses Scans by", f"{settings.misses_mm:.2f} mm"),
    ]
    draw_rows(layout, rows)
    layout.prop(settings, "show_flesh", toggle=True, icon='MESH_GRID')
    if settings.show_flesh:
        column = settings_column(layout)
        column.prop(settings, "cut_axis")
        column.prop(settings, "cut", slider=True)
    if not store.is_current(face):
        text = "The flesh is of another model, or the model was changed since: press Rebuild Flesh"
        draw_wrapped(layout, context, text, icon='ERROR')


def _draw_muscles(
    layout: bpy.types.UILayout, context: bpy.types.Context, face: bpy.types.Object
) -> None:
    settings = face.aim.muscles
    layout.template_list("AIM_UL_muscles", "", settings, "muscles", settings, "active", rows=5)
    layout.operator(
        "aim.show_muscles",
        text="Show Under Skin",
        icon='HIDE_OFF' if settings.shown else 'HIDE_ON',
        depress=settings.shown,
    )
    muscle = picked(face)
    if muscle is not None:
        settings_column(layout).prop(muscle, "radius_mm")
        row = layout.row(align=True)
        if muscle.added:
            row.operator("aim.remove_muscle", text="Remove", icon='REMOVE')
        else:
            row.operator("aim.reset_muscle", text="Reset", icon='LOOP_BACK')
        row.operator("aim.mirror_muscle", text="Mirror", icon='MOD_MIRROR')
    active = context.active_object
    if active is not None and active.type == 'CURVE' and not _is_muscle(face, active):
        layout.operator("aim.add_muscle", icon='ADD')
    if out := store.outside(face):
        text = "These muscles leave the flesh, so that they pull on little of it: {names}."
        text = words.report(text, names=", ".join(out))
        draw_wrapped(layout, context, text, icon='ERROR')
    still = store.without_flesh(face)
    if not settings.left_out and not still:
        return
    header, body = layout.panel("aim_muscles_left_out", default_closed=True)
    header.label(text="Left Out")
    if body and settings.left_out:
        names = settings.left_out.replace("\n", ", ")
        text = words.label("Their landmarks are missing: {names}", names=names)
        draw_wrapped(body, context, text)
    if body and still:
        names = ", ".join(still)
        text = words.label("No scan moves the skin over them: {names}", names=names)
        draw_wrapped(body, context, text)


def _is_muscle(face: bpy.types.Object, curve: bpy.types.Object) -> bool:
    return any(curves.curve_of(item) == curve for item in face.aim.muscles.muscles)


def _parts(name: str) -> tuple[str, str]:
    """A muscle's name as it is read, and the letter of its side."""
    for ending, letter in _SIDES.items():
        if name.endswith(ending):
            return name.removesuffix(ending).replace("_", " "), letter
    return name.replace("_", " "), ""


class AIM_MT_muscles(bpy.types.Menu):
    """Flesh and muscles of the face"""

    bl_idname = "AIM_MT_muscles"
    bl_label = "Muscles"

    def draw(self, context: bpy.types.Context) -> None:
        """What the Muscles panel has as buttons."""
        layout = self.layout
        layout.operator("aim.build_flesh", icon='MOD_REMESH')
        layout.operator("aim.remove_flesh", icon='X')
        layout.separator()
        layout.operator("aim.show_muscles", icon='HIDE_OFF')
        layout.operator("aim.reset_muscle", icon='LOOP_BACK')
        layout.operator("aim.mirror_muscle", icon='MOD_MIRROR')
        layout.operator("aim.add_muscle", icon='ADD')
        layout.operator("aim.remove_muscle", icon='REMOVE')
        layout.separator()
        layout.operator("aim.simulate_pose", icon='PLAY')
        layout.operator("aim.match_scan", icon='MOD_SHRINKWRAP')
        layout.operator("aim.add_picture_points", icon='ADD')
        layout.operator("aim.load_picture_points", icon='FILE_FOLDER')
        layout.operator("aim.pose_from_points", icon='CAMERA_DATA')
        layout.operator("aim.simulate_range", icon='RENDER_ANIMATION')
        layout.operator("aim.settle_shape", icon='MOD_SMOOTH')
        layout.operator("aim.bake_muscle_correctives", icon='SHAPEKEY_DATA')
        layout.operator("aim.compare_simulation", icon='HIDE_OFF')
        layout.operator("aim.read_activations", icon='GRAPH')
        layout.operator("aim.forget_activations", icon='X')


MENU = AIM_MT_muscles


register, unregister = bpy.utils.register_classes_factory(
    (
        AIM_UL_muscles,
        AIM_PT_muscles,
        AIM_PT_muscles_simulate,
        AIM_PT_muscles_picture,
        AIM_MT_muscles,
    )
)
