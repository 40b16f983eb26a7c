# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where Online Manual (F1) finds the page of an operator or property."""

from pathlib import Path

import bpy

#: The pages lie in the extension when it was built, beside it in the sources.
_FOLDERS = (Path(__file__).parent / "docs", Path(__file__).parent.parent / "docs")

_PAGES = (
    ("bpy.ops.aim.add_scans*", "guide/scans.md"),
    ("bpy.ops.aim.scans_from_shape_keys*", "guide/scans.md"),
    ("bpy.ops.aim.import_scans*", "guide/scans.md"),
    ("bpy.ops.aim.add_sample_actor*", "guide/scans.md"),
    ("bpy.ops.aim.remove_scan*", "guide/scans.md"),
    ("bpy.ops.aim.clear_scans*", "guide/scans.md"),
    ("bpy.ops.aim.find_landmarks*", "guide/bones.md"),
    ("bpy.ops.aim.estimate_bones*", "guide/bones.md"),
    ("bpy.ops.aim.show_bones*", "guide/bones.md"),
    ("bpy.ops.aim.fit*", "guide/fit.md"),
    ("bpy.ops.aim.cancel_job*", "guide/fit.md"),
    ("bpy.ops.aim.bake*", "guide/rig.md"),
    ("bpy.ops.aim.attach_*", "guide/rig.md"),
    ("bpy.ops.aim.*expression*_assets*", "guide/rig.md"),
    ("bpy.ops.aim.show_colours*", "guide/rig.md"),
    ("bpy.ops.aim.*_jaw*", "guide/jaw.md"),
    ("bpy.ops.aim.mark_incisors*", "guide/jaw.md"),
    ("bpy.ops.aim.import_markers*", "guide/performance.md"),
    ("bpy.ops.aim.bind_markers*", "guide/performance.md"),
    ("bpy.ops.aim.*_view*", "guide/performance.md"),
    ("bpy.ops.aim.solve*", "guide/performance.md"),
    ("bpy.ops.aim.retarget*", "guide/retarget.md"),
    ("bpy.ops.aim.*correspondence*", "guide/retarget.md"),
    ("bpy.ops.aim.*match*", "guide/retarget.md"),
    ("bpy.ops.aim.*landmark_pairs*", "guide/retarget.md"),
    ("bpy.ops.aim.import_face_curves*", "guide/retarget.md"),
    ("bpy.types.aim_pg_face.retarget*", "guide/retarget.md"),
    ("bpy.types.aim_pg_retarget*", "guide/retarget.md"),
    ("bpy.types.aim_pg_match*", "guide/retarget.md"),
    ("bpy.ops.aim.*_edit*", "guide/sculpt.md"),
    ("bpy.ops.aim.edit_face*", "guide/sculpt.md"),
    ("bpy.ops.aim.*_handle*", "guide/sculpt.md"),
    ("bpy.ops.aim.constrain_key*", "guide/sculpt.md#sculpted-freely"),
    ("bpy.ops.aim.compare_sculpt*", "guide/sculpt.md#sculpted-freely"),
    ("bpy.ops.aim.*_shape", "guide/shapes.md"),
    ("bpy.ops.aim.*_shapes", "guide/shapes.md"),
    ("bpy.ops.aim.shape_from_pose*", "guide/shapes.md"),
    ("bpy.ops.aim.*_anatomy*", "guide/anatomy.md"),
    ("bpy.ops.aim.paint_tissue*", "guide/anatomy.md"),
    ("bpy.ops.aim.save_model*", "guide/model.md"),
    ("bpy.ops.aim.load_model*", "guide/model.md"),
    ("bpy.ops.aim.remove_model*", "guide/model.md"),
    ("bpy.ops.aim.*_runtime*", "guide/setup.md"),
    ("bpy.ops.aim.stop_worker*", "guide/setup.md"),
    ("bpy.ops.aim.open_log*", "guide/setup.md"),
    ("bpy.types.aim_pg_face.take*", "guide/performance.md"),
    ("bpy.types.aim_pg_face.sculpt*", "guide/sculpt.md"),
    ("bpy.types.aim_pg_sculpt*", "guide/sculpt.md"),
    ("bpy.types.aim_pg_handle*", "guide/sculpt.md"),
    ("bpy.types.aim_pg_take*", "guide/performance.md"),
    ("bpy.types.aim_pg_marker*", "guide/performance.md"),
    ("bpy.types.aim_pg_face.shapes*", "guide/shapes.md"),
    ("bpy.types.aim_pg_shapes*", "guide/shapes.md"),
    ("bpy.types.aim_pg_face.anatomy*", "guide/anatomy.md"),
    ("bpy.types.aim_pg_anatomy*", "guide/anatomy.md"),
    ("bpy.types.aim_pg_view*", "guide/performance.md"),
    ("bpy.types.aim_pg_face.jaw_*", "guide/jaw.md"),
    ("bpy.types.aim_pg_face.template_*", "guide/bones.md"),
    ("bpy.types.aim_pg_face.skull*", "guide/bones.md"),
    ("bpy.types.aim_pg_face.jaw*", "guide/bones.md"),
    ("bpy.types.aim_pg_face.bones_*", "guide/bones.md"),
    ("bpy.types.aim_pg_face.landmarks*", "guide/bones.md"),
    ("bpy.types.aim_pg_face.seed*", "guide/fit.md"),
    ("bpy.types.aim_pg_face.rig*", "guide/rig.md"),
    ("bpy.types.aim_pg_face.armature*", "guide/rig.md"),
    ("bpy.types.aim_pg_face.colour_*", "guide/rig.md"),
    ("bpy.types.aim_pg_face.report*", "guide/model.md"),
    ("bpy.types.aim_pg_face*", "guide/scans.md"),
    ("bpy.types.aim_pg_scene*", "guide/scans.md"),
    ("bpy.types.aim_pg_scan.*pin*", "guide/jaw.md"),
    ("bpy.types.aim_pg_scan.*_mark*", "guide/jaw.md"),
    ("bpy.types.aim_pg_scan*", "guide/scans.md"),
    ("bpy.types.aim_pg_landmark*", "guide/bones.md"),
    ("bpy.types.aim_pg_fit_report*", "guide/model.md"),
    ("bpy.types.aim_pg_job*", "guide/fit.md"),
    ("bpy.types.aim_ap_preferences*", "guide/setup.md"),
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
