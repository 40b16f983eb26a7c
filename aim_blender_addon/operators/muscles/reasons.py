# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reasons of the Muscles panel; see ``operators.reasons``."""

import bpy

from ...bridge.data.storage import face_object
from ...bridge.muscles import curves, store


def no_muscles(context: bpy.types.Context) -> str:
    """The face has no list of muscles."""
    return "" if len(face_object(context).aim.muscles.muscles) else "Build the flesh first"


def no_muscle(context: bpy.types.Context) -> str:
    """No muscle is picked in the list."""
    return "" if picked(face_object(context)) is not None else "Pick a muscle in the list first"


def no_flesh(context: bpy.types.Context) -> str:
    """The face has no flesh, or that of an earlier model."""
    face = face_object(context)
    if not store.has_flesh(face):
        return "Build the flesh first"
    if not store.is_current(face):
        return "The flesh is of another model, or the model was changed since: press Rebuild Flesh"
    return ""


def no_curve(context: bpy.types.Context) -> str:
    """The active object is no curve that can become a muscle."""
    active = context.active_object
    if active is None or active.type != 'CURVE':
        return "Draw a curve from the muscle's origin to its insertion, and select it"
    face = face_object(context)
    if any(curves.curve_of(item) == active for item in face.aim.muscles.muscles):
        return "This curve is a muscle already: select another curve"
    return ""


def picked(face: bpy.types.Object) -> bpy.types.PropertyGroup | None:
    """The muscle that is picked in the list."""
    settings = face.aim.muscles
    inside = 0 <= settings.active < len(settings.muscles)
    return settings.muscles[settings.active] if inside else None
