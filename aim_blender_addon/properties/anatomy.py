# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the Anatomy panel keeps in the .blend (``Object.aim.anatomy``)."""

from typing import Any

import bpy
from bpy.props import FloatProperty, FloatVectorProperty, PointerProperty, StringProperty

from ..backend.anatomy.tissue.regions import PLACES
from ..backend.errors import AimError
from ..bridge.face import anatomy


def _changed(self: bpy.types.PropertyGroup, _context: bpy.types.Context) -> None:
    """The rig shows the thickness at once; the model gets it with Apply."""
    try:
        anatomy.preview(self.id_data)
    except AimError:
        pass  # Apply says what is wrong


def _slider(name: str, description: str) -> Any:
    return FloatProperty(
        name=name,
        description=description,
        default=0.0,
        min=-20.0,
        max=20.0,
        soft_min=-5.0,
        soft_max=5.0,
        precision=1,
        step=10,
        options=set(),
        update=_changed,
    )


class AIM_PG_anatomy(bpy.types.PropertyGroup):
    """Millimetres of soft tissue added to what the fit found, region by region."""

    forehead: _slider("Forehead", "Tissue added over the forehead, in millimetres")
    temples: _slider("Temples", "Tissue added over the temples, in millimetres")
    nose: _slider("Nose", "Tissue added over the nose, in millimetres")
    cheekbones: _slider("Cheekbones", "Tissue added over the cheekbones, in millimetres")
    cheeks: _slider("Cheeks", "Tissue added to the cheeks, in millimetres")
    lips: _slider("Lips", "Tissue added to the lips, in millimetres")
    chin: _slider("Chin", "Tissue added over the chin, in millimetres")
    jawline: _slider("Jawline", "Tissue added over border and angle of the jaw, in millimetres")
    under_chin: _slider("Under Chin", "Tissue added under the chin, in millimetres")
    painted_mm: _slider("Painted", "Tissue added where the vertex group is painted, in millimetres")
    painted: StringProperty(
        name="Vertex Group",
        description="The vertex group of the rig that says where tissue is added, and how much of it",
        update=_changed,
    )
    applied: FloatVectorProperty(
        name="Applied",
        description="The millimetres that the stored model holds, in the order of the regions, the painted one last",
        size=len(PLACES) + 1,
    )


class FaceFields:
    """The anatomy of a face as the user changes it."""

    anatomy: PointerProperty(type=AIM_PG_anatomy)


register, unregister = bpy.utils.register_classes_factory((AIM_PG_anatomy,))
