# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the muscles add to the rig, as corrective shapes that its own controls drive."""

import bpy
from bpy.props import IntProperty

from ... import words
from ...backend.jobs.distil import DistilRequest, DistilResult
from ...bridge.data.storage import face_object, load_model, model_fingerprint
from ...bridge.muscles import mending, store
from ...bridge.muscles.actor import fleshed_actor
from ...bridge.muscles.pose import simulated_rig
from ...bridge.rig.objects import check_can_write
from ...bridge.shapes import shapes
from ...jobs.driver import JobRequest, WorkerJobOperator
from .simulate import reasons_of_simulation


class AIM_OT_bake_muscle_correctives(WorkerJobOperator, bpy.types.Operator):
    """Learn what the muscles add to poses, as shape keys that the rig's own shapes and jaw drive without us"""

    bl_idname = "aim.bake_muscle_correctives"
    bl_label = "Bake Muscle Correctives"

    poses: IntProperty(
        name="Poses",
        description="How many poses to simulate and learn from; more come nearer and take longer",
        default=80,
        min=20,
        max=5000,
        options={'SKIP_SAVE'},
    )
    most: IntProperty(
        name="Shapes",
        description="At most so many corrective shapes; each costs time in every frame",
        default=20,
        min=1,
        max=200,
        options={'SKIP_SAVE'},
    )

    off_bone: IntProperty(
        name="Shapes off Bone",
        description="With Contact: at most so many more shapes, which keep skin off bone in poses that were not "
        "simulated",
        default=100,
        min=0,
        max=300,
        options={'SKIP_SAVE'},
    )

    _model = ""

    @classmethod
    def disabled_reason(cls, context: bpy.types.Context) -> str:
        """Also: no flesh, or no rig."""
        return super().disabled_reason(context) or reasons_of_simulation(context)

    def gather(self, context: bpy.types.Context) -> JobRequest:
        """Model and flesh."""
        face = face_object(context)
        self._model = model_fingerprint(face)
        simulated_rig(face, load_model(face))
        request = DistilRequest(
            fleshed_actor(face, context),
            self.poses,
            self.most,
            contact=face.aim.muscles.contact,
            off_bone=self.off_bone,
        )
        return JobRequest(request, "Baking Muscle Correctives", target=face)

    def write(
        self, context: bpy.types.Context, target: bpy.types.Object, result: DistilResult
    ) -> str:
        """The corrective shapes with their drivers."""
        store.require_same(target, self._model)
        model = load_model(target)
        rig = simulated_rig(target, model)
        check_can_write(rig.mesh)
        made = mending.write(rig, model, result)
        shapes.measure(target)
        for text in words.sentences(result.report["notes"]):
            self.report({'WARNING'}, text)
        if len(made) < len(result.names):
            text = "{count} correctives were left out, as their shapes were renamed or removed."
            self.report({'WARNING'}, words.report(text, count=len(result.names) - len(made)))
        if left := result.report.get("deep_left"):
            self.report({'WARNING'} if left["deep"] else {'INFO'}, _depth(left, result.report))
        text = "{count} corrective shapes: 95 % of skin within {left:.2f} mm of the simulation, before {plain:.2f}."
        return words.report(
            text,
            count=len(made),
            left=result.report["left_mm"]["p95"],
            plain=result.report["plain_mm"]["p95"],
        )


def _depth(left: dict, report: dict) -> str:
    """How deep the rig still lies in bone."""
    text = (
        "{deep} of {count} poses that were not learned lie more than 0.3 mm in bone, the deepest {worst:.2f} mm; "
        "without correctives {plain}."
    )
    return words.report(
        text,
        deep=left["deep"],
        count=left["poses"],
        worst=left["worst_mm"],
        plain=report["deep_plain"]["deep"],
    )


register, unregister = bpy.utils.register_classes_factory((AIM_OT_bake_muscle_correctives,))
