# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where Online Manual (F1) finds the page of an operator or property."""

from pathlib import Path

import bpy

#: The pages lie in the extension when it was built, beside it in the sources.
_FOLDERS = (Path(__file__).parent / "docs", Path(__file__).parent.parent / "docs")

_PAGES = (
    ("bpy.ops.aim.add_scans*", "panels/scans.md"),
    ("bpy.ops.aim.scans_from_shape_keys*", "panels/scans.md"),
    ("bpy.ops.aim.import_scans*", "panels/scans.md"),
    ("bpy.ops.aim.add_sample_actor*", "panels/scans.md"),
    ("bpy.ops.aim.remove_scan*", "panels/scans.md"),
    ("bpy.ops.aim.clear_scans*", "panels/scans.md"),
    ("bpy.ops.aim.find_landmarks*", "panels/bones.md"),
    ("bpy.ops.aim.estimate_bones*", "panels/bones.md"),
    ("bpy.ops.aim.show_bones*", "panels/bones.md"),
    ("bpy.ops.aim.fit*", "panels/fit.md"),
    ("bpy.ops.aim.cancel_job*", "panels/fit.md"),
    ("bpy.ops.aim.bake*", "panels/bake.md"),
    ("bpy.ops.aim.attach_*", "panels/bake.md"),
    ("bpy.ops.aim.*expression*_assets*", "panels/bake.md"),
    ("bpy.ops.aim.show_colours*", "panels/bake.md"),
    ("bpy.ops.aim.*_jaw*", "panels/jaw.md"),
    ("bpy.ops.aim.mark_incisors*", "panels/jaw.md"),
    ("bpy.ops.aim.import_markers*", "panels/performance.md"),
    ("bpy.ops.aim.bind_markers*", "panels/performance.md"),
    ("bpy.ops.aim.*_view*", "panels/performance.md"),
    ("bpy.ops.aim.solve*", "panels/performance.md"),
    ("bpy.ops.aim.retarget*", "panels/retarget.md"),
    ("bpy.ops.aim.*correspondence*", "panels/retarget.md"),
    ("bpy.ops.aim.*match*", "panels/retarget.md"),
    ("bpy.ops.aim.*landmark_pairs*", "panels/retarget.md"),
    ("bpy.ops.aim.import_face_curves*", "panels/retarget.md"),
    ("bpy.types.aim_pg_face.retarget*", "panels/retarget.md"),
    ("bpy.types.aim_pg_retarget*", "panels/retarget.md"),
    ("bpy.types.aim_pg_match*", "panels/retarget.md"),
    ("bpy.ops.aim.*_edit*", "panels/sculpt.md"),
    ("bpy.ops.aim.edit_face*", "panels/sculpt.md"),
    ("bpy.ops.aim.*_handle*", "panels/sculpt.md"),
    ("bpy.ops.aim.constrain_key*", "panels/sculpt.md#sculpted-freely"),
    ("bpy.ops.aim.compare_sculpt*", "panels/sculpt.md#sculpted-freely"),
    ("bpy.ops.aim.*_shape", "panels/shapes.md"),
    ("bpy.ops.aim.*_shapes", "panels/shapes.md"),
    ("bpy.ops.aim.shape_from_pose*", "panels/shapes.md"),
    ("bpy.ops.aim.*_anatomy*", "panels/anatomy.md"),
    ("bpy.ops.aim.paint_tissue*", "panels/anatomy.md"),
    ("bpy.ops.aim.save_model*", "panels/model.md"),
    ("bpy.ops.aim.load_model*", "panels/model.md"),
    ("bpy.ops.aim.remove_model*", "panels/model.md"),
    ("bpy.ops.aim.*_runtime*", "panels/setup.md"),
    ("bpy.ops.aim.stop_worker*", "panels/setup.md"),
    ("bpy.ops.aim.open_log*", "panels/setup.md"),
    ("bpy.types.aim_pg_face.take*", "panels/performance.md"),
    ("bpy.types.aim_pg_face.sculpt*", "panels/sculpt.md"),
    ("bpy.types.aim_pg_sculpt*", "panels/sculpt.md"),
    ("bpy.types.aim_pg_handle*", "panels/sculpt.md"),
    ("bpy.types.aim_pg_take*", "panels/performance.md"),
    ("bpy.types.aim_pg_marker*", "panels/performance.md"),
    ("bpy.types.aim_pg_face.shapes*", "panels/shapes.md"),
    ("bpy.types.aim_pg_shapes*", "panels/shapes.md"),
    ("bpy.types.aim_pg_face.anatomy*", "panels/anatomy.md"),
    ("bpy.types.aim_pg_anatomy*", "panels/anatomy.md"),
    ("bpy.types.aim_pg_view*", "panels/performance.md"),
    ("bpy.types.aim_pg_face.jaw_*", "panels/jaw.md"),
    ("bpy.types.aim_pg_face.template_*", "panels/bones.md"),
    ("bpy.types.aim_pg_face.skull*", "panels/bones.md"),
    ("bpy.types.aim_pg_face.jaw*", "panels/bones.md"),
    ("bpy.types.aim_pg_face.bones_*", "panels/bones.md"),
    ("bpy.types.aim_pg_face.landmarks*", "panels/bones.md"),
    ("bpy.types.aim_pg_face.seed*", "panels/fit.md"),
    ("bpy.types.aim_pg_face.rig*", "panels/bake.md"),
    ("bpy.types.aim_pg_face.armature*", "panels/bake.md"),
    ("bpy.types.aim_pg_face.colour_*", "panels/bake.md"),
    ("bpy.types.aim_pg_face.report*", "panels/model.md"),
    ("bpy.types.aim_pg_face*", "panels/scans.md"),
    ("bpy.types.aim_pg_scene*", "panels/scans.md"),
    ("bpy.types.aim_pg_scan.*pin*", "panels/jaw.md"),
    ("bpy.types.aim_pg_scan.*_mark*", "panels/jaw.md"),
    ("bpy.types.aim_pg_scan*", "panels/scans.md"),
    ("bpy.types.aim_pg_landmark*", "panels/bones.md"),
    ("bpy.types.aim_pg_fit_report*", "panels/model.md"),
    ("bpy.types.aim_pg_job*", "panels/fit.md"),
    ("bpy.types.aim_ap_preferences*", "panels/setup.md"),
)


def manual_map() -> tuple[str, tuple[tuple[str, str], ...]]:
    """Address of the manual, and the page for each pattern of names."""
    folder = next((folder for folder in _FOLDERS if folder.is_dir()), None)
    return (f"{folder.as_uri()}/", _PAGES) if folder else ("", ())


def register() -> None:
    """Let Blender ask."""
    bpy.utils.register_manual_map(manual_map)


def unregister() -> None:
    """Take it back."""
    bpy.utils.unregister_manual_map(manual_map)
