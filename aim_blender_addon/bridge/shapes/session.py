# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One shape being sculpted: alone on show, the others locked, and a copy of how it was.

All of it is in the file, so that a shape can be kept or taken back days later. Of a combination its two shapes are
added meanwhile, as a corrective is sculpted on what they show together.
"""

import json

import bpy
import numpy as np

from ...backend.errors import RigError
from ...backend.io.json_text import parse_json
from ..data import attributes, shape_keys
from ..rig.carried import carry_keys
from ..rig.objects import rig_of
from . import shapes
from .combinations import parts_of

#: Custom property of the Key: what is being sculpted, JSON. Attribute of the mesh: the shape as it was.
_SESSION = "aim_session"
BEFORE = "aim_before"


def being_sculpted(keys: bpy.types.Key | None) -> str:
    """The shape that is being sculpted, "?" where the record of it is damaged, or ""."""
    if not keys or _SESSION not in keys:
        return ""
    session = _read(keys)
    return session["shape"] if session else "?"


def begin(face: bpy.types.Object, with_jaw: bool) -> None:
    """Make the picked shape ready for sculpting."""
    rig = rig_of(face)
    keys, block = rig.data.shape_keys, shapes.picked(rig)
    points = shape_keys.read_points(block)
    attributes.write_attribute(rig.data, BEFORE, points)
    parts = [keys.key_blocks[name] for name in parts_of(keys, block.name)]
    for part in parts:
        points = points + shape_keys.difference(part)
    shape_keys.write_points(block, points)
    keys[_SESSION] = json.dumps(
        {
            "shape": block.name,
            "parts": [part.name for part in parts],
            "locked": shapes.locked(keys),
            "solo": rig.show_only_shape_key,
        }
    )
    shapes.lock(keys, [other.name for other in keys.key_blocks if other != block])
    shapes.show_alone(face, with_jaw)


def commit(face: bpy.types.Object) -> float:
    """Keep what was sculpted; how far it is from the shape before, in mm at most.

    Raises:
        RigError: the shape, or one it combines, is gone, or the record is damaged; nothing is changed.
    """
    rig = rig_of(face)
    session = _read(rig.data.shape_keys)
    if session is None:
        raise RigError(
            f"The record of what is sculpted on {rig.name} is damaged: press Revert to end the sculpting; "
            "every shape stays as it is now."
        )
    block = shapes.require_points(rig, session["shape"])
    points = shape_keys.read_points(block)
    for name in session["parts"]:
        points = points - shape_keys.difference(shapes.require_points(rig, name))
    changed = np.linalg.norm(points - _before(rig, block), axis=1).max(initial=0.0)
    shape_keys.write_points(block, points)
    carry_keys(rig, [block.name])
    moved = float(changed) * shapes.mm_per_unit(face)
    if moved > 1e-3 and block.name in shape_keys.baked_names(rig.data):
        shape_keys.mark_sculpted(rig.data, block.name, True)
    _end(face, session)
    return moved


def revert(face: bpy.types.Object) -> None:
    """Take back what was sculpted; also where the shape is gone, or the record is damaged, which ends the sculpting."""
    rig = rig_of(face)
    keys = rig.data.shape_keys
    session = _read(keys)
    if session is None:
        _end(face, {"locked": [], "solo": False})
        return
    block = keys.key_blocks.get(session["shape"])
    if block is not None and BEFORE in rig.data.attributes:
        shape_keys.write_points(block, _before(rig, block))
        carry_keys(rig, [block.name])
    _end(face, session)


def _read(keys: bpy.types.Key) -> dict | None:
    """The record of what is sculpted, or None where it is damaged: the property may have been copied or edited."""
    try:
        found = parse_json(keys[_SESSION])
        shape, parts, locked, solo = (found[name] for name in ("shape", "parts", "locked", "solo"))
    except (KeyError, TypeError, ValueError):
        return None
    names = [shape, *parts, *locked] if isinstance(parts, list) and isinstance(locked, list) else []
    if not shape or not names or not all(isinstance(name, str) for name in names):
        return None
    return {"shape": shape, "parts": parts, "locked": locked, "solo": bool(solo)}


def _before(rig: bpy.types.Object, block: bpy.types.ShapeKey) -> np.ndarray:
    """The shape [V, 3] as it was.

    Raises:
        RigError: the copy is gone.
    """
    points = attributes.read_vectors(rig.data, BEFORE)
    if points is None or len(points) != len(block.points):
        raise RigError(
            f"The copy of {block.name} from before is gone with the attribute {BEFORE}: undo, or press Revert to end."
        )
    return points


def _end(face: bpy.types.Object, session: dict) -> None:
    rig = rig_of(face)
    keys = rig.data.shape_keys
    shapes.lock(keys, session["locked"])
    if not session["solo"]:
        shapes.show_all(face)
    attributes.remove_attribute(rig.data, BEFORE)
    del keys[_SESSION]
    rig.data.update()
