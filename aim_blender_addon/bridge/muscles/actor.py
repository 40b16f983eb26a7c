# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A face with its flesh, as jobs of muscles take it."""

import bpy

from ... import words
from ...backend.io.model_file import StoredModel
from ...backend.jobs.fleshed_actor import FleshedActor
from ..data.head_space import head_space
from ..data.storage import model_bytes
from ..face.landmarks import corrected_landmarks
from . import store


def fleshed_actor(face: bpy.types.Object, context: bpy.types.Context) -> FleshedActor:
    """Model and flesh of a face, and what the user has set of its muscles and landmarks.

    Raises:
        ModelFileError: one of them is not there, or cannot be read.
    """
    return FleshedActor(
        StoredModel(model_bytes(face), face.name),
        store.flesh_bytes(face),
        words.report("The flesh of {face}", face=face.name),
        store.strengths(face) or None,
        corrected_landmarks(face, head_space(face, context), context) or None,
    )
