# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The flesh of a face, kept in the .blend beside its model, and the list of its muscles."""

import json

import bpy
import numpy as np

from ...backend.errors import ModelFileError
from ...backend.io.json_text import parse_json
from ...backend.jobs.flesh import FleshResult, GivenMuscle
from ..data.kept import read_bytes
from ..data.storage import model_fingerprint
from ..face.scans import require_alive, require_own_data

_FLESH, _OF = "aim_flesh", "aim_flesh_of"
#: A muscle of which so much lies outside is told; one of which nearly all does, has no flesh to draw.
_OUTSIDE, _ALL = 0.25, 0.9


def has_flesh(face: bpy.types.Object) -> bool:
    """Whether flesh is kept with a face; cheap enough for draw and poll."""
    return face.type == 'MESH' and _FLESH in face.data


def is_current(face: bpy.types.Object) -> bool:
    """Whether the flesh is of the model as it is now; cheap enough for draw and poll."""
    try:
        return has_flesh(face) and face.data.get(_OF) == model_fingerprint(face)
    except ModelFileError:
        return False


def flesh_bytes(face: bpy.types.Object) -> bytes:
    """The bytes of the flesh file.

    Raises:
        ModelFileError: there is none, or something else was written there.
    """
    data = read_bytes(face.data, _FLESH) if has_flesh(face) else None
    if data is None:
        raise ModelFileError(f"{face.name} has no flesh: press Build Flesh in the Muscles panel.")
    return data


def flesh_stamp(face: bpy.types.Object) -> tuple:
    """What tells flesh apart without reading it; cheap enough for draw."""
    settings = face.aim.muscles
    return face.session_uid, settings.built, settings.tetrahedra


def require_same(face: bpy.types.Object, fingerprint: str) -> None:
    """Refuse a result for a face that is gone, linked, or whose model has been changed meanwhile.

    Raises:
        AimError: it is.
    """
    require_alive(face)
    require_own_data(face)
    if model_fingerprint(face) != fingerprint:
        raise ModelFileError(
            f"The model of {face.name} was changed meanwhile, so the result was dropped: start again."
        )


def keep(face: bpy.types.Object, result: FleshResult) -> None:
    """Keep flesh with the model it was built of, its figures, and the muscles in it."""
    remove(face)
    face.data[_FLESH] = result.flesh
    face.data[_OF] = model_fingerprint(face)
    settings, report = face.aim.muscles, result.report
    settings.built += 1
    settings.tetrahedra = report["tetrahedra"]
    settings.seconds = report["seconds"]
    misses = report.get("scan_error_mm", {})
    settings.misses_mm = misses.get("mean", 0.0)
    settings.left_out = "\n".join(report["left_out"])
    _keep_muscles(settings, {muscle.name: muscle for muscle in result.muscles})


def remove(face: bpy.types.Object) -> None:
    """Forget the flesh; the list of muscles and their curves stay."""
    for key in (_FLESH, _OF):
        if key in face.data:
            del face.data[key]
    face.aim.muscles.tetrahedra = 0


def _keep_muscles(settings: bpy.types.PropertyGroup, found: dict[str, GivenMuscle]) -> None:
    """Bring the list up to date: what the user has set stays, and so do muscles that the user has added."""
    listed = settings.muscles
    for index in reversed(range(len(listed))):
        if listed[index].name not in found and not listed[index].added:
            listed.remove(index)
    for name, muscle in found.items():
        item = next((one for one in listed if one.name == name), None)
        if item is None:
            item = listed.add()
            item.name = name
            item.radius_mm = muscle.radius
        item.outside = muscle.outside
        item.built_radius_mm = muscle.radius
        item.built_points = points_text(muscle.points)
        if muscle.placed is not None or not item.changed:
            item.placed_points = points_text(
                muscle.points if muscle.placed is None else muscle.placed
            )
    settings.active = min(settings.active, max(len(listed) - 1, 0))


def points_text(points: np.ndarray) -> str:
    """Points [K, 3] as a property holds them."""
    return json.dumps(np.round(np.asarray(points, float), 4).tolist())


def read_points(text: str) -> np.ndarray:
    """Points [K, 3] mm of :func:`points_text`; none [0, 3] where others have written there."""
    try:
        points = np.array(parse_json(text), float)
    except (TypeError, ValueError):
        return np.zeros((0, 3))
    return points if points.ndim == 2 and points.shape[1:] == (3,) else np.zeros((0, 3))


def strengths(face: bpy.types.Object) -> dict[str, float]:
    """How firmly each muscle holds, 0 for one that is off, by name."""
    return {
        item.name: item.strength if item.on else 0.0
        for item in face.aim.muscles.muscles
        if item.strength != 1.0 or not item.on
    }


def leaves(item: bpy.types.PropertyGroup) -> bool:
    """Whether a muscle that the user has drawn or changed leaves the flesh."""
    return item.outside > _OUTSIDE and (item.changed or item.added)


def outside(face: bpy.types.Object) -> list[str]:
    """Names of the muscles that the user has drawn or changed and that leave the flesh."""
    return [item.name for item in face.aim.muscles.muscles if leaves(item)]


def without_flesh(face: bpy.types.Object) -> list[str]:
    """Names of the muscles that lie where no scan moves the skin, as landmarks place them."""
    muscles = face.aim.muscles.muscles
    return [item.name for item in muscles if item.outside > _ALL and not leaves(item)]
