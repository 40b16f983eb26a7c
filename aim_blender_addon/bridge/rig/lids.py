# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lids on a rig: shape keys that follow the look, and a surface that keeps them off the eyeball.

The keys are driven by the pitch of the eye's bone, and fade as other keys shut the lids. The eyeball's outside hangs on
the bone, unseen, and a Shrinkwrap modifier keeps the lids outside of it. All plays without this extension.
"""

from dataclasses import dataclass

import bpy
import numpy as np

from ...backend.anatomy.eyes import lids, outside
from ...backend.anatomy.eyes.ball import Ball
from ...backend.geometry.mesh import Mesh
from ..data import groups, shape_keys
from ..data.meshes import fill_mesh
from .attaching import attach_to_eye
from .eye_bones import LIDS, property_path
from .own_bones import EYES, bone_name

#: Custom property of the Key: the names of the lids' shape keys, by way and side.
_KEYS = "aim_lids"
#: Custom property of an eyeball's outside: its side.
OUTSIDE = "aim_eye_outside"
#: A shape that shuts the lids by less does not count, and shut is what shuts them by so much.
_LEAST, _SHUT = 0.12, 0.85
#: So many shapes can count: a driver's expression has 256 letters.
_MOST = 10
#: Blender's drivers leave smaller values out, Blender units.
_DRIVEN = 1.5e-4
_LETTERS = "abcdeghijk"  # f, p and y are taken


@dataclass(frozen=True)
class Eye:
    """One eye as its lids need it.

    Attributes:
        side: ``left`` or ``right``.
        ball: fitted, mm, head space.
        outside: of the eyeball.
    """

    side: str
    ball: Ball
    outside: Mesh


@dataclass(frozen=True)
class RigSkin:
    """The skin of a rig.

    Attributes:
        obj: its object.
        mesh: in rest, mm, head space.
        is_skin: [V] bool, vertices that are no eyeball's.
        to_head: [4, 4] from the object's own space.
    """

    obj: bpy.types.Object
    mesh: Mesh
    is_skin: np.ndarray
    to_head: np.ndarray


def write_lids(
    skin: RigSkin,
    armature: bpy.types.Object,
    eye: Eye,
    axes: np.ndarray,
    mm_per_unit: float,
    collection: bpy.types.Collection,
) -> bool:
    """Let the lids of an eye follow it and slide over it.

    Returns:
        Whether its lids are open at rest, so that they can follow; else they only slide.
    """
    off = outside.signed_distance(skin.mesh.vertices, eye.ball, eye.outside, axes)
    weight = lids.sliding_weight(skin.mesh, skin.is_skin, off, eye.ball, axes)
    surface = _surface(skin, armature, eye, mm_per_unit, collection)
    modifier = _slide(skin.obj, eye.side, surface, weight)
    opening = lids.find_opening(skin.mesh, skin.is_skin, eye.ball, axes)
    closers, shut = [], skin.mesh
    if opening is not None:
        closers, shut = _closers(skin, eye, opening, axes)
    clear = [
        lids.clearance_mm(
            mesh,
            weight,
            outside.signed_distance(mesh.vertices, eye.ball, eye.outside, axes),
            eye.ball,
        )
        for mesh in (skin.mesh, shut)
    ]
    keys = skin.obj.data.shape_keys
    units = [max(value / mm_per_unit, _DRIVEN) if value else 0.0 for value in clear]
    _drive_clearance(skin.obj, modifier, armature, eye.side, units, (keys, closers))
    if opening is None:
        remove_keys(skin.obj, eye.side)
        return False
    back = np.linalg.inv(skin.to_head[:3, :3]).T
    for way, moved in lids.follow_shapes(skin.mesh, eye.ball, opening, axes).items():
        moved = np.where(skin.is_skin[:, None], moved, 0.0)
        name = _write_key(skin.obj, f"{way} {eye.side}", moved @ back)
        _drive(skin.obj.data.shape_keys, name, armature, eye.side, way, closers)
    return True


def lid_keys(keys: bpy.types.Key | None) -> dict[str, str]:
    """Names of the lids' shape keys that are there, by way and side: ``up left``."""
    kept = keys.get(_KEYS) if keys is not None else None
    named = kept.items() if hasattr(kept, "items") else ()
    return {role: name for role, name in named if name in keys.key_blocks}


def remove_keys(obj: bpy.types.Object, side: str) -> None:
    """Take the shape keys of an eye's lids away."""
    keys = obj.data.shape_keys
    for role, name in lid_keys(keys).items():
        if role.endswith(f" {side}"):
            keys.driver_remove(f'key_blocks["{bpy.utils.escape_identifier(name)}"].value')
            obj.shape_key_remove(keys.key_blocks[name])


def _write_key(obj: bpy.types.Object, role: str, moved: np.ndarray) -> str:
    """The lids' shape key of a role, with displacements [V, 3] in the object's space; its name."""
    if obj.data.shape_keys is None:
        obj.shape_key_add(name="Basis", from_mix=False)
    keys = obj.data.shape_keys
    known = lid_keys(keys)
    name = known.get(role)
    if name is None:
        block = obj.shape_key_add(name=f"lids_{role.replace(' ', '_')}", from_mix=False)
        block.value = 0.0
        name = block.name  # another number where that name is taken
        keys[_KEYS] = {**known, role: name}
    block = keys.key_blocks[name]
    block.relative_key = keys.reference_key
    shape_keys.write_points(block, shape_keys.read_points(keys.reference_key) + moved)
    obj.data.update()
    return name


def _closers(
    skin: RigSkin, eye: Eye, opening: lids.Opening, axes: np.ndarray
) -> tuple[list[tuple[str, float]], Mesh]:
    """Shape keys that shut the lids with how much they do at one, and the skin as the best of them has it."""
    keys = skin.obj.data.shape_keys
    own = set(lid_keys(keys).values()) | set(shape_keys.listed_names(keys, shape_keys.CORRECTIVES))
    found, best, shut = [], 0.0, skin.mesh
    for block in keys.key_blocks if keys else ():
        if block == keys.reference_key or block.name in own:
            continue
        moved = shape_keys.difference(block) @ skin.to_head[:3, :3].T
        share = lids.closings(
            skin.mesh, skin.is_skin, eye.ball, opening, axes, moved[None]
        )[0]  # fmt: skip
        if share > _LEAST:
            found.append((block.name, float(share)))
        if share > best:
            best, shut = share, skin.mesh.with_vertices(skin.mesh.vertices + moved)
    return sorted(found, key=lambda closer: -closer[1])[:_MOST], shut


def _drive(
    keys: bpy.types.Key,
    name: str,
    armature: bpy.types.Object,
    side: str,
    way: str,
    closers: list[tuple[str, float]],
) -> None:
    """Let the pitch of the eye move a lids' key, less as other keys shut the lids."""
    path = f'key_blocks["{bpy.utils.escape_identifier(name)}"].value'
    keys.driver_remove(path)
    driver = keys.driver_add(path).driver
    driver.type = 'SCRIPTED'
    _add_angle(driver, "p", armature, side, 'ROT_X')
    follows = driver.variables.new()
    follows.name = "f"
    follows.targets[0].id = armature
    follows.targets[0].data_path = property_path(armature, LIDS)
    slope = (1 if way == lids.UP else -1) / lids.LIDS.full
    # A simple expression: Blender reads it without Python, also where scripts may not run.
    expression = f"clamp({slope:.4f}*p)*f"
    shut = _add_closers(driver, keys, closers)
    driver.expression = f"{expression}*clamp(1-({shut}))" if shut else expression


def _drive_clearance(
    obj: bpy.types.Object,
    modifier: bpy.types.ShrinkwrapModifier,
    armature: bpy.types.Object,
    side: str,
    clear: list[float],
    shut_by: tuple[bpy.types.Key, list[tuple[str, float]]],
) -> None:
    """Keep the lids off the eye by what their triangles need, when the eye looks aside and when they are shut.

    At rest there is no clearance: the skin is where the model has it.
    """
    path = f'modifiers["{bpy.utils.escape_identifier(modifier.name)}"].offset'
    obj.driver_remove(path)
    driver = obj.driver_add(path).driver
    driver.type = 'SCRIPTED'
    _add_angle(driver, "p", armature, side, 'ROT_X')
    _add_angle(driver, "y", armature, side, 'ROT_Z')
    looked = f"{clear[0]:.7f}*clamp(9*abs(p)+9*abs(y))"
    shut = _add_closers(driver, *shut_by)
    driver.expression = f"max({looked},{clear[1]:.7f}*clamp({shut}))" if shut else looked


def _add_angle(
    driver: bpy.types.Driver, name: str, armature: bpy.types.Object, side: str, channel: str
) -> None:
    """A variable of an angle by which an eye's bone is turned, whatever turns it."""
    variable = driver.variables.new()
    variable.name, variable.type = name, 'TRANSFORMS'
    place = variable.targets[0]
    place.id, place.bone_target = armature, bone_name(armature, EYES[side])
    place.transform_type, place.transform_space = channel, 'LOCAL_SPACE'
    place.rotation_mode = 'XYZ'


def _add_closers(
    driver: bpy.types.Driver, keys: bpy.types.Key, closers: list[tuple[str, float]]
) -> str:
    """Variables of the keys that shut the lids, and the sum that says how far they are shut; "" without any."""
    terms = []
    for letter, (closer, share) in zip(_LETTERS, closers, strict=False):
        variable = driver.variables.new()
        variable.name = letter
        variable.targets[0].id_type, variable.targets[0].id = 'KEY', keys
        escaped = bpy.utils.escape_identifier(closer)
        variable.targets[0].data_path = f'key_blocks["{escaped}"].value'
        terms.append(f"{min(share / _SHUT, 2.0):.2f}*{letter}")
    return "+".join(terms)


def _surface(
    skin: RigSkin,
    armature: bpy.types.Object,
    eye: Eye,
    mm_per_unit: float,
    collection: bpy.types.Collection,
) -> bpy.types.Object:
    """The eyeball's outside as an object that hangs on the eye's bone."""
    found = next((obj for obj in collection.objects if obj.get(OUTSIDE) == eye.side), None)
    if found is None:
        name = f"{skin.obj.name} {EYES[eye.side]} surface"
        found = bpy.data.objects.new(name, bpy.data.meshes.new(name))
        found[OUTSIDE] = eye.side
        found.display_type, found.hide_render = 'WIRE', True
        collection.objects.link(found)
    found.data.clear_geometry()
    fill_mesh(found.data, eye.outside, 1 / mm_per_unit)
    attach_to_eye(found, armature, EYES[eye.side])
    return found


def _slide(
    obj: bpy.types.Object, side: str, surface: bpy.types.Object, weight: np.ndarray
) -> bpy.types.ShrinkwrapModifier:
    """Keep the skin outside of a surface, each vertex by its weight [V]; the modifier that does."""
    name = f"AIM {EYES[side]} lids"
    groups.write_groups(obj, {name: weight.astype(np.float32)})
    modifier = next(
        (m for m in obj.modifiers if m.type == 'SHRINKWRAP' and m.vertex_group == name), None
    )
    if modifier is None:
        modifier = obj.modifiers.new(name, 'SHRINKWRAP')
        after = max((n for n, m in enumerate(obj.modifiers) if m.type == 'ARMATURE'), default=-1)
        obj.modifiers.move(len(obj.modifiers) - 1, after + 1)
    modifier.vertex_group = name
    modifier.target = surface
    modifier.wrap_method = 'NEAREST_SURFACEPOINT'
    modifier.wrap_mode = 'OUTSIDE'
    return modifier
