# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rig posed by points of one picture: points added, read from a file, and met through the muscles."""

from pathlib import Path

import bpy
import numpy as np
from bpy.props import EnumProperty, StringProperty
from bpy_extras.io_utils import ImportHelper

from ... import words
from ...backend.errors import AimError
from ...backend.jobs.pose_from_points import PoseFromPointsRequest, PoseFromPointsResult
from ...backend.muscles.seen_points import read_seen_points
from ...bridge.data.storage import face_object, load_model, model_fingerprint
from ...bridge.muscles import matched, picture
from ...bridge.muscles.actor import fleshed_actor
from ...bridge.muscles.pose import face_to_write, simulated_rig
from ...bridge.rig.objects import rig_of
from ...jobs.driver import JobRequest, WorkerJobOperator
from .. import reasons
from .match import show_found
from .simulate import reasons_of_pose

_READY = (
    reasons.busy,
    reasons.editing,
    reasons.no_face,
    reasons.no_model,
    reasons.no_rig,
    reasons.linked_face,
    reasons.linked_rig,
    reasons.hidden_rig,
)


class _AddsPoints:
    """What operators that add points have in common."""

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return reasons.allow(cls, context, *_READY)

    def execute(self, context: bpy.types.Context) -> set[str]:
        face = face_object(context)
        try:
            made = self.add(face, context)
        except AimError as error:
            self.report({'ERROR'}, str(error))
            return {'CANCELLED'}
        text = "{count} points of {face} were added to Picture Points."
        self.report({'INFO'}, words.report(text, count=len(made), face=face.name))
        return {'FINISHED'}


class AIM_OT_add_picture_points(_AddsPoints, bpy.types.Operator):
    """Add points of the face to move onto the picture, in the camera's view; those that are left alone do not count"""

    bl_idname = "aim.add_picture_points"
    bl_label = "Add Picture Points"
    bl_options = {'REGISTER', 'UNDO'}

    at: EnumProperty(
        name="At",
        description="Where on the face the points are",
        items=(
            (
                'LANDMARKS',
                "Landmarks",
                "The landmarks of the face, such as corners of mouth and eyes",
            ),
            ('VERTICES', "Selected Vertices", "The vertices that are selected on the rig"),
        ),
    )

    def add(self, face: bpy.types.Object, context: bpy.types.Context) -> list[bpy.types.Object]:
        """Add them on the skin as it is shown."""
        model = load_model(face)
        rig = simulated_rig(face, model)
        if self.at == 'VERTICES':
            return picture.add(rig, picture.vertex_points(rig_of(face)), context)
        if not len(face.aim.landmarks):
            raise AimError(
                f"{face.name} has no landmarks: press Find Landmarks in the Bones panel."
            )
        return picture.add(rig, picture.landmark_points(face, model.neutral), context)


class AIM_OT_load_picture_points(_AddsPoints, bpy.types.Operator, ImportHelper):
    """Read points of the picture from a table: places on the skin, and pixels from the picture's upper left"""

    bl_idname = "aim.load_picture_points"
    bl_label = "Load Picture Points"
    bl_options = {'REGISTER', 'UNDO'}

    filepath: StringProperty(subtype='FILE_PATH', options={'HIDDEN', 'SKIP_SAVE'})
    filter_glob: StringProperty(default="*.csv;*.npz", options={'HIDDEN'})

    def add(self, face: bpy.types.Object, context: bpy.types.Context) -> list[bpy.types.Object]:
        """Add them where the camera sees them, as far away as the head."""
        model = load_model(face)
        rig = simulated_rig(face, model)
        camera = picture.require_camera(context)
        path = Path(bpy.path.abspath(self.filepath))
        points = read_seen_points(path, model.neutral, picture=True)
        view = picture.View.of(camera, rig, context)
        pixels = picture.from_picture(points.seen, camera, view)
        seen = np.flatnonzero(np.isfinite(pixels).all(axis=1))
        if not 0 < len(seen) <= picture.MOST:
            raise AimError(
                f"'{path.name}' has {len(seen):,} points that are seen: give 1 to {picture.MOST}."
            )
        named = picture.table_points(points, seen)
        head = np.array(rig.mesh.matrix_world.translation, float)[None]
        world = view.world(pixels[seen], view.distance_mm(head))
        return picture.add(rig, named, context, world)


class AIM_OT_pose_from_points(WorkerJobOperator, bpy.types.Operator):
    """Pose shapes and jaw so that the simulated skin meets the points that were moved onto the picture"""

    bl_idname = "aim.pose_from_points"
    bl_label = "Pose from Picture"

    _model = ""
    _view: picture.View
    _camera = ""

    @classmethod
    def disabled_reason(cls, context: bpy.types.Context) -> str:
        """Also: no flesh, no rig that is seen, or no point was moved."""
        return super().disabled_reason(context) or reasons_of_pose(context) or _no_points(context)

    def gather(self, context: bpy.types.Context) -> JobRequest:
        """The points as the camera sees them."""
        face, model, rig = face_to_write(context)
        matched.require_free(rig, model)
        camera = picture.require_camera(context)
        self._model, self._camera = model_fingerprint(face), camera.name
        self._view = view = picture.View.of(camera, rig, context)
        known = face.aim.muscles.camera == 'KNOWN'
        request = PoseFromPointsRequest(
            fleshed_actor(face, context),
            picture.read(face, view, model.neutral, context),
            words.report("The picture of {camera}", camera=camera.name),
            view.projection if known else None,
            view.size,
            contact=face.aim.muscles.contact,
        )
        return JobRequest(request, "Posing from the Picture", target=face)

    def write(
        self, context: bpy.types.Context, target: bpy.types.Object, result: PoseFromPointsResult
    ) -> str:
        """Sliders, jaw, combination shape, and the camera."""
        rig = show_found(self, target, self._model, result, context)
        camera = context.scene.objects.get(self._camera)
        if camera is not None and target.aim.muscles.move_camera:
            picture.move_camera(camera, rig, self._view, np.asarray(result.head), result.focal)
        error = result.report["error_px"]
        text = "The simulated skin misses the points by {mean:.1f} pixels on average, {most:.1f} at most."
        return words.report(text, mean=error["mean"], most=error["max"])


def _no_points(context: bpy.types.Context) -> str:
    if context.scene.camera is None:
        return "Give the scene a camera, and the camera the picture as background"
    if picture.counted(face_object(context)):
        return ""
    return "Add points, look through the camera, and move them onto the picture"


register, unregister = bpy.utils.register_classes_factory(
    (AIM_OT_add_picture_points, AIM_OT_load_picture_points, AIM_OT_pose_from_points)
)
