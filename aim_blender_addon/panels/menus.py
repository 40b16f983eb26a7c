# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Menus: of the panels, and *AIM Face* in the 3D view, where the search (F3) finds every operator."""

import bpy


class AIM_MT_add_scans(bpy.types.Menu):
    """Ways to get scans in"""

    bl_idname = "AIM_MT_add_scans"
    bl_label = "Add Scans"

    def draw(self, context: bpy.types.Context) -> None:
        """One entry for each place scans can be."""
        layout = self.layout
        layout.operator("aim.add_scans", text="Selected Objects", icon='RESTRICT_SELECT_OFF')
        layout.operator("aim.scans_from_shape_keys", text="Shape Keys", icon='SHAPEKEY_DATA')
        layout.operator_context = 'INVOKE_DEFAULT'
        layout.operator("aim.import_scans", text="Files or Folder...", icon='FILE_FOLDER')


class AIM_MT_face(bpy.types.Menu):
    """Everything that can be done with a face, in the order of the work"""

    bl_idname = "AIM_MT_face"
    bl_label = "AIM Face"

    def draw(self, context: bpy.types.Context) -> None:
        """Entries have their operators' own names: those are what F3 looks for."""
        layout = self.layout
        layout.operator_context = 'INVOKE_REGION_WIN'
        layout.operator("aim.add_scans", icon='RESTRICT_SELECT_OFF')
        layout.operator("aim.scans_from_shape_keys", icon='SHAPEKEY_DATA')
        layout.operator("aim.import_scans", icon='FILE_FOLDER')
        layout.operator("aim.remove_scan")
        layout.operator("aim.clear_scans")
        layout.separator()
        layout.operator("aim.find_landmarks", icon='EMPTY_AXIS')
        layout.operator("aim.estimate_bones", icon='BONE_DATA')
        layout.operator("aim.show_bones", icon='HIDE_OFF')
        layout.separator()
        layout.operator("aim.fit", icon='PLAY')
        layout.operator("aim.cancel_job")
        layout.separator()
        layout.operator("aim.bake", icon='ARMATURE_DATA')
        layout.menu("AIM_MT_jaw")
        layout.menu("AIM_MT_sculpt")
        layout.operator_menu_enum("aim.show_colours", "mode", icon='COLOR')
        layout.operator("aim.attach_parts", icon='LINKED')
        layout.operator_menu_enum("aim.attach_to_bone", "bone", icon='BONE_DATA')
        layout.operator("aim.expressions_to_assets", icon='ASSET_MANAGER')
        layout.operator("aim.remove_expression_assets")
        layout.separator()
        layout.menu("AIM_MT_shapes")
        layout.menu("AIM_MT_anatomy")
        layout.separator()
        layout.operator("aim.import_markers", icon='IMPORT')
        layout.operator("aim.add_view", icon='CAMERA_DATA')
        layout.operator("aim.remove_view")
        layout.operator("aim.bind_markers", icon='EMPTY_AXIS')
        layout.operator("aim.solve", icon='PLAY')
        layout.menu("AIM_MT_retarget")
        layout.separator()
        layout.operator("aim.save_model", icon='EXPORT')
        layout.operator("aim.load_model", icon='IMPORT')
        layout.operator("aim.remove_model")
        layout.separator()
        layout.menu("AIM_MT_fitting_python")


class AIM_MT_jaw(bpy.types.Menu):
    """The jaw of the rig and of the scans"""

    bl_idname = "AIM_MT_jaw"
    bl_label = "Jaw"

    def draw(self, context: bpy.types.Context) -> None:
        """What the Jaw panel has as buttons."""
        layout = self.layout
        layout.operator("aim.reset_jaw", icon='LOOP_BACK')
        layout.operator("aim.key_jaw", icon='KEY_HLT')
        layout.separator()
        layout.operator("aim.show_scan_jaw", icon='ARMATURE_DATA')
        layout.operator("aim.pin_jaw", icon='PINNED')
        layout.operator("aim.mark_incisors", icon='EMPTY_AXIS')
        layout.operator("aim.unpin_jaw", icon='UNPINNED')


class AIM_MT_retarget(bpy.types.Menu):
    """Performances of other faces"""

    bl_idname = "AIM_MT_retarget"
    bl_label = "Retarget"

    def draw(self, context: bpy.types.Context) -> None:
        """What the Retarget panel has as buttons."""
        layout = self.layout
        layout.operator_context = 'INVOKE_REGION_WIN'
        layout.operator("aim.import_face_curves", icon='IMPORT')
        layout.operator("aim.find_correspondence", icon='ORIENTATION_NORMAL')
        layout.operator("aim.show_correspondence", icon='COLOR')
        layout.operator("aim.show_landmark_pairs", icon='EMPTY_AXIS')
        layout.operator("aim.save_correspondence", icon='EXPORT')
        layout.separator()
        layout.operator("aim.match_shapes", icon='SHAPEKEY_DATA')
        layout.operator("aim.add_match", icon='ADD')
        layout.operator("aim.remove_match", icon='REMOVE')
        layout.separator()
        layout.operator("aim.retarget", icon='PLAY')


class AIM_MT_sculpt(bpy.types.Menu):
    """Editing the face within what anatomy allows"""

    bl_idname = "AIM_MT_sculpt"
    bl_label = "Sculpt"

    def draw(self, context: bpy.types.Context) -> None:
        """What the Sculpt panel has as buttons."""
        layout = self.layout
        layout.operator_context = 'INVOKE_REGION_WIN'
        layout.operator("aim.edit_face", icon='EMPTY_AXIS')
        layout.operator("aim.leave_edit")
        layout.separator()
        layout.operator("aim.place_handle", icon='ADD')
        layout.operator("aim.drag_handle", icon='VIEW_PAN')
        layout.operator("aim.remove_handle", icon='REMOVE')
        layout.operator("aim.solve_handles", icon='FILE_REFRESH')
        layout.separator()
        layout.operator("aim.keep_edit", icon='CHECKMARK')
        layout.operator("aim.reset_edit", icon='LOOP_BACK')
        layout.separator()
        layout.operator("aim.constrain_key", icon='MOD_SHRINKWRAP')
        layout.operator("aim.compare_sculpt", icon='UV_SYNC_SELECT')


class AIM_MT_shapes(bpy.types.Menu):
    """The shapes of the rig"""

    bl_idname = "AIM_MT_shapes"
    bl_label = "Shapes"

    def draw(self, context: bpy.types.Context) -> None:
        """What the Shapes panel has as buttons."""
        layout = self.layout
        layout.operator_context = 'INVOKE_REGION_WIN'
        layout.operator("aim.solo_shape", icon='SOLO_ON')
        layout.operator("aim.lock_other_shapes", icon='LOCKED')
        layout.separator()
        layout.operator("aim.sculpt_shape", icon='SCULPTMODE_HLT')
        layout.operator("aim.commit_shape", icon='CHECKMARK')
        layout.operator("aim.revert_shape", icon='LOOP_BACK')
        layout.separator()
        layout.operator_menu_enum("aim.mirror_shape", "how", icon='MOD_MIRROR')
        layout.operator("aim.reset_shape")
        layout.operator("aim.shape_from_pose", icon='ADD')
        layout.operator_menu_enum("aim.combine_shapes", "how", icon='DRIVER')
        layout.operator("aim.measure_shapes")
        layout.separator()
        layout.operator("aim.make_arkit_shapes", icon='SHAPEKEY_DATA')


class AIM_MT_anatomy(bpy.types.Menu):
    """Tissue and bones of the face"""

    bl_idname = "AIM_MT_anatomy"
    bl_label = "Anatomy"

    def draw(self, context: bpy.types.Context) -> None:
        """What the Anatomy panel has as buttons."""
        layout = self.layout
        layout.operator("aim.apply_anatomy", icon='CHECKMARK')
        layout.operator("aim.reset_anatomy", icon='LOOP_BACK')
        layout.operator("aim.paint_tissue", icon='WPAINT_HLT')


class AIM_MT_fitting_python(bpy.types.Menu):
    """The Python that fitting runs in, its process and its logs"""

    bl_idname = "AIM_MT_fitting_python"
    bl_label = "Python for Fitting"

    def draw(self, context: bpy.types.Context) -> None:
        """What the preferences have as buttons."""
        layout = self.layout
        layout.operator_context = 'INVOKE_REGION_WIN'
        layout.operator("aim.check_runtime")
        layout.operator("aim.install_runtime")
        layout.operator("aim.install_runtime_from_folder")
        layout.operator("aim.remove_runtime")
        layout.separator()
        layout.operator("aim.stop_worker")
        layout.operator("aim.open_log").log = "worker"
        layout.operator("aim.open_log", text="Open Installation Log").log = "install"


def _draw_face_menu(self: bpy.types.Menu, _context: bpy.types.Context) -> None:
    self.layout.separator()
    self.layout.menu("AIM_MT_face")


#: Menus of the 3D view that hold *AIM Face*: those of the modes in which a face is worked on.
_IN = ("VIEW3D_MT_object", "VIEW3D_MT_pose", "VIEW3D_MT_sculpt", "VIEW3D_MT_paint_weight")
_register_classes, _unregister_classes = bpy.utils.register_classes_factory(
    (
        AIM_MT_add_scans,
        AIM_MT_jaw,
        AIM_MT_sculpt,
        AIM_MT_shapes,
        AIM_MT_anatomy,
        AIM_MT_retarget,
        AIM_MT_fitting_python,
        AIM_MT_face,
    )
)


def register() -> None:
    """Register the menus and hang *AIM Face* into Blender's own."""
    _register_classes()
    for name in _IN:
        getattr(bpy.types, name).append(_draw_face_menu)


def unregister() -> None:
    """Take all back."""
    for name in _IN:
        getattr(bpy.types, name).remove(_draw_face_menu)
    _unregister_classes()
