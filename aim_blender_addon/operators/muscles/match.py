# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rig posed so that its simulated skin meets a scan."""

import bpy
import numpy as np

from ... import words
from ...backend.jobs.match import MatchRequest, MatchResult
from ...backend.jobs.pose_from_points import PoseFromPointsResult
from ...backend.muscles.drawn import added_shape
from ...bridge.data.head_space import head_space
from ...bridge.data.meshes import read_object
from ...bridge.data.storage import face_object, load_model, model_fingerprint
from ...bridge.face.scans import require_object_mode
from ...bridge.muscles import combination, figures, matched, store
from ...bridge.muscles.actor import fleshed_actor
from ...bridge.muscles.pose import face_to_write, shown_pose, simulated_rig
from ...bridge.rig.objects import check_can_write
from ...bridge.sculpt.rig_parts import RigParts
from ...bridge.shapes import shapes
from ...jobs.driver import JobRequest, WorkerJobOperator
from .simulate import reasons_of_pose, warnings_of_pose


class AIM_OT_match_scan(WorkerJobOperator, bpy.types.Operator):
    """Pose shapes and jaw so that the simulated skin meets the other selected mesh, a scan of the same topology"""

    bl_idname = "aim.match_scan"
    bl_label = "Match Scan"

    _model = ""
    _scan = ""

    @classmethod
    def disabled_reason(cls, context: bpy.types.Context) -> str:
        """Also: no flesh, no rig that is seen, or not one scan beside the face."""
        return super().disabled_reason(context) or reasons_of_pose(context) or _no_scan(context)

    def gather(self, context: bpy.types.Context) -> JobRequest:
        """The scan as it is seen, wherever it stands."""
        face, model, rig = face_to_write(context)
        matched.require_free(rig, model)
        scan = matched.scans_beside(face, context)[0]
        require_object_mode(scan)
        self._model, self._scan = model_fingerprint(face), scan.name
        space = head_space(face, context)
        request = MatchRequest(
            fleshed_actor(face, context),
            scan.name,
            scan=read_object(scan, space, context),
            contact=face.aim.muscles.contact,
        )
        return JobRequest(request, "Matching the Scan", target=face)

    def write(
        self, context: bpy.types.Context, target: bpy.types.Object, result: MatchResult
    ) -> str:
        """Sliders, jaw, and the combination shape of the simulated skin."""
        show_found(self, target, self._model, result, context)
        figures.keep_match(target, self._scan, result.report)
        text = "The simulated skin misses {scan} by {mean:.2f} mm on average, 99 % by less than {p99:.2f} mm."
        error = result.report["error_mm"]
        return words.report(text, scan=self._scan, mean=error["mean"], p99=error["p99"])


def show_found(
    operator: bpy.types.Operator,
    face: bpy.types.Object,
    fingerprint: str,
    result: MatchResult | PoseFromPointsResult,
    context: bpy.types.Context,
) -> RigParts:
    """Show a pose that was found through the muscles: sliders, jaw and combination shape; what to know is reported.

    Raises:
        AimError: the rig cannot show it, or the model was changed meanwhile; nothing is changed.
    """
    store.require_same(face, fingerprint)
    model = load_model(face)
    rig = simulated_rig(face, model)
    check_can_write(rig.mesh)
    matched.require_free(rig, model)
    matched.show(rig, model, result)
    pose = shown_pose(rig, model, context)
    dropped = []
    if len(pose.in_use) or pose.jaw_moves:
        added = added_shape(model, pose.weights, pose.jaw, np.asarray(result.vertices, float))
        dropped = combination.write(rig, model, pose, added).dropped
        shapes.measure(face)
    for text in warnings_of_pose(pose, result.report["notes"], dropped):
        operator.report({'WARNING'}, text)
    if matched.is_played(rig):
        text = "An Action plays {rig}: key the pose, or it is gone at the next frame."
        operator.report({'WARNING'}, words.report(text, rig=rig.mesh.name))
    return rig


def _no_scan(context: bpy.types.Context) -> str:
    found = matched.scans_beside(face_object(context), context)
    if len(found) == 1:
        return ""
    return "Select one scan alone beside the face" if found else "Select a scan, then the face"


register, unregister = bpy.utils.register_classes_factory((AIM_OT_match_scan,))
