# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sculpted and retargeted shape keys, corrected by the flesh below them."""

import bpy
from bpy.props import EnumProperty, FloatProperty

from ... import words
from ...backend.jobs.settle_shape import (
    LARGEST_FIRMNESS,
    LEAST_FIRMNESS,
    SettleShapeRequest,
    SettleShapeResult,
)
from ...bridge.data.storage import face_object, load_model, model_fingerprint
from ...bridge.muscles import settled, store
from ...bridge.muscles.actor import fleshed_actor
from ...bridge.muscles.pose import face_to_write, simulated_rig
from ...bridge.rig.objects import check_can_write, rig_of
from ...bridge.shapes import shapes
from ...jobs.driver import JobRequest, WorkerJobOperator
from .simulate import reasons_of_pose, reasons_of_simulation


class AIM_OT_settle_shape(WorkerJobOperator, bpy.types.Operator):
    """Let flesh correct shapes: skin keeps to the shape, while the flesh below regains its volume and unfolds"""

    bl_idname = "aim.settle_shape"
    bl_label = "Settle Shape"

    what: EnumProperty(
        name="What",
        description="Which shapes are settled",
        items=(
            (settled.PICKED, "Picked Shape", "The shape key that is picked in the list, alone"),
            (
                settled.SEVERAL,
                "Several Shapes",
                "The shape keys that are selected in the list, or else those whose sliders are up, each alone",
            ),
            (
                settled.SHOWN,
                "What the Rig Shows",
                "All sliders and the jaw as they are; the picked shape key takes the change",
            ),
        ),
    )
    firmness: FloatProperty(
        name="Firmness",
        description="How firmly the skin keeps to the shape: more changes less",
        default=1.0,
        min=LEAST_FIRMNESS,
        max=LARGEST_FIRMNESS,
        soft_max=5.0,
        options={'SKIP_SAVE'},
    )

    _laid: settled.LaidShapes
    _model = ""

    @classmethod
    def disabled_reason(cls, context: bpy.types.Context) -> str:
        """Also: no flesh, no rig, or no shape is picked."""
        return super().disabled_reason(context) or reasons_of_simulation(context) or _none(context)

    def gather(self, context: bpy.types.Context) -> JobRequest:
        """The shapes with their jaws."""
        face, model, rig = face_to_write(context)
        self._model = model_fingerprint(face)
        context.view_layer.update()
        self._laid = laid = settled.read(rig, model, self.what)
        request = SettleShapeRequest(
            fleshed_actor(face, context),
            laid.skins,
            laid.names,
            laid.jaws,
            self.firmness,
            face.aim.muscles.contact,
        )
        return JobRequest(request, "Settling Shapes", target=face)

    def write(
        self, context: bpy.types.Context, target: bpy.types.Object, result: SettleShapeResult
    ) -> str:
        """The settled shapes, in place of the shapes before."""
        store.require_same(target, self._model)
        model = load_model(target)
        rig = simulated_rig(target, model)
        check_can_write(rig.mesh)
        settled.write(rig, model, self._laid, result.shapes, self.what)
        shapes.measure(target)
        for text in words.sentences(result.report["notes"]):
            self.report({'WARNING'}, text)
        moved = [one["max"] for one in result.report["moved_mm"]]
        worst = max(range(len(moved)), key=lambda number: moved[number])
        before, after = result.report["worst_region_volume"][worst]
        text = "{shape} moved by up to {moved:.2f} mm; worst region's volume {before:+.1%} before, {after:+.1%} now."
        said = words.report(
            text, shape=self._laid.names[worst], moved=moved[worst], before=before, after=after
        )
        if len(moved) == 1:
            return said
        text = "{count} shapes were settled."
        return " ".join((words.report(text, count=len(moved)), said))


def _none(context: bpy.types.Context) -> str:
    if reason := reasons_of_pose(context):
        return reason
    picked = shapes.picked(rig_of(face_object(context)))
    return "" if picked else "Pick a shape in the list first"


register, unregister = bpy.utils.register_classes_factory((AIM_OT_settle_shape,))
