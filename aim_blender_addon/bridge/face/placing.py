# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A model from a file put where the scans of the scene stand, with their axes, their origin and their unit."""

from dataclasses import dataclass

import bpy

from ...backend.geometry.mesh import Mesh
from ...backend.io.model_file import model_to_bytes
from ...backend.model.aim import AimModel
from ...backend.model.moved import moved_model
from ...backend.model.placing import distance, find_place
from ..data.head_space import MM_PER_UNIT, HeadSpace

#: The unit of scans that is the scene's.
_SCENE = "SCENE"


@dataclass(frozen=True)
class PlacedModel:
    """A model as it belongs to a face.

    Attributes:
        model: with the face's axes and origin.
        data: bytes of its file; those that were given where nothing had to be moved.
        unit: what the face's Scan Unit has to be.
        moved: whether axes or origin differed.
        apart_mm: largest distance between the face and the neutral of the model.
    """

    model: AimModel
    data: bytes
    unit: str
    moved: bool
    apart_mm: float


def place_model(
    face: bpy.types.Object,
    model: AimModel,
    data: bytes,
    neutral: Mesh,
    space: HeadSpace,
    scene: bpy.types.Scene,
    source: str,
) -> PlacedModel:
    """The model as it belongs to ``face``.

    Args:
        face: the neutral, with the polygons of the model's.
        model: what ``data`` holds.
        data: bytes of a model file.
        neutral: the face in head space, mm.
        space: its frame.
        scene: for its unit.
        source: name of the file, for messages.

    Raises:
        ModelFileError: the face is stretched, or of another size or shape; see :func:`find_place`.
    """
    units = {face.aim.scan_unit: space.mm_per_unit, **_units(scene)}
    points = neutral.vertices / space.mm_per_unit
    rest = model.neutral.vertices if model.fitted is None else model.fitted.neutral
    place = find_place(rest, points, list(units.values()), source, face.name)
    unit = next(name for name, length in units.items() if length == place.mm_per_unit)
    if place.moved:
        model = moved_model(model, place.motion)
        data = model_to_bytes(model)
    return PlacedModel(model, data, unit, place.moved, distance(rest, points, place))


def _units(scene: bpy.types.Scene) -> dict[str, float]:
    """Millimetres in each unit that scans may be in, the scene's first."""
    return {_SCENE: scene.unit_settings.scale_length * 1000.0, **MM_PER_UNIT}
