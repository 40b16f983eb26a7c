# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""ARKit's 52 shapes of an actor, from the neutral and the scans of the model."""

from collections import Counter

import bpy
import numpy as np
from bpy.props import BoolProperty, EnumProperty

from ... import words
from ...backend.io.model_file import StoredModel, model_from_bytes
from ...backend.jobs.arkit import ArkitRequest, ArkitResult
from ...backend.retargeting.choices import ShapeOrigin
from ...bridge.data.head_space import head_space
from ...bridge.data.storage import face_object, load_model, model_bytes
from ...bridge.face.scans import require_alive, require_own_data
from ...bridge.rig.objects import rig_of
from ...bridge.shapes import making, shapes
from ...jobs.driver import JobRequest, WorkerJobOperator
from .. import reasons


class AIM_OT_make_arkit_shapes(WorkerJobOperator, bpy.types.Operator):
    """Make ARKit's 52 shapes under their exact names, from the neutral and the scans of this actor"""

    bl_idname = "aim.make_arkit_shapes"
    bl_label = "Make ARKit Shapes"

    place: EnumProperty(
        name="On",
        description="Which mesh gets the shapes",
        items=(
            ('RIG', "Rig", "The rig, beside the shapes of the scans"),
            ('OBJECT', "Mesh of Their Own", "A new mesh with these shapes alone, for export"),
        ),
    )
    use_scans: BoolProperty(
        name="Learn from Scans",
        description="Let the shapes move as the actor's scans do; else a generic head's shapes are carried over",
        default=True,
    )

    @classmethod
    def disabled_reason(cls, context: bpy.types.Context) -> str:
        """Also: no model, or no rig."""
        return super().disabled_reason(context) or reasons.first_reason(
            context, reasons.editing, reasons.no_face, reasons.no_model, reasons.linked_face
        )

    def gather(self, context: bpy.types.Context) -> JobRequest:
        """The model."""
        face = face_object(context)
        require_own_data(face)
        if self.place == 'RIG' and rig_of(face) is not None:
            making.require_polygons(rig_of(face), load_model(face))
        model = StoredModel(model_bytes(face), face.name)
        return JobRequest(ArkitRequest(model, self.use_scans), "Making ARKit Shapes", target=face)

    def write(
        self, context: bpy.types.Context, target: bpy.types.Object, result: ArkitResult
    ) -> str:
        """Shape keys on the rig, or on a mesh of their own."""
        require_alive(target)
        space = head_space(target, context)
        rig = rig_of(target)
        if self.place == 'RIG' and rig is not None:
            points = result.tissue / np.float32(space.mm_per_unit)
            making.write_arkit(target, result.names, points, result.jaws, context)
            shapes.measure(target)
            name = rig.name
        else:
            model = model_from_bytes(model_bytes(target), target.name)
            points = result.skins / np.float32(space.mm_per_unit)
            made = making.arkit_object(target, model, space, result.names, points)
            name = made.name
        counts = Counter(result.origins)
        text = (
            "{object} has ARKit's 52 shapes: {scans} told by the scans, {joint} by the jaw's joint, "
            "{generic} of a generic head."
        )
        return words.report(
            text,
            object=name,
            scans=counts[ShapeOrigin.NAMED] + counts[ShapeOrigin.SCANS],
            joint=counts[ShapeOrigin.JOINT],
            generic=counts[ShapeOrigin.GENERIC],
        )


register, unregister = bpy.utils.register_classes_factory((AIM_OT_make_arkit_shapes,))
