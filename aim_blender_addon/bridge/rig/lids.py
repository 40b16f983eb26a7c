# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lids on a rig: shape keys that follow the look, and a surface that keeps them off the eyeball.

The keys are driven by the eye's bone, and fade as other keys shut the lids. Where the rig has shapes of its own for a
look, they are what the keys show, less what those shapes show themselves. The eyeball's outside hangs on the bone,
unseen, and a Shrinkwrap modifier keeps the lids outside of it. All plays without this extension.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import bpy
import numpy as np

from ...backend.anatomy.eyes import lids, outside
from ...backend.anatomy.eyes.ball import Ball
from ...backend.anatomy.eyes.look import curve_angles
from ...backend.geometry.mesh import Mesh
from ...backend.shape_names import arkit_names
from ..data import groups, shape_keys
from ..data.drivers import new_expression
from ..data.meshes import fill_mesh
from . import blink_line, shut_lids
from .attaching import attach_to_eye
from .eye_bones import LIDS
from .lid_keys import (
    add_angle,
    add_key,
    add_property,
    add_shut,
    lid_keys,
    remove_keys,
    shut_weight,
    write_key,
    write_shut,
)
from .own_bones import EYES

#: Custom property of an eyeball's outside: its side.
OUTSIDE = "aim_eye_outside"
#: A shape that shuts the lids by less does not count.
_LEAST = 0.12
#: So many shapes can count: a driver's expression has 256 letters.
_MOST = 10
#: Blender's drivers leave smaller values out, Blender units.
_DRIVEN = 1.5e-4
#: How the roles of keys begin that add what shapes of a look lack.
_LACKS = "more "
#: A shape of a look that moves the lids by less has no lids in it, mm.
_OWN_MM = 0.3


@dataclass(frozen=True)
class Eye:
    """One eye as its lids need it.

    Attributes:
        side: ``left`` or ``right``.
        ball: fitted, mm, head space.
        outside: of the eyeball.
        facets_mm: how far the edges of the eyeball's own mesh stand out of its flat triangles.
    """

    side: str
    ball: Ball
    outside: Mesh
    facets_mm: float = 0.0


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
    surface = _surface(skin, armature, eye, mm_per_unit, collection)
    opening = lids.find_opening(skin.mesh, skin.is_skin, eye.ball, axes)
    closers, shut = [], []
    if opening is not None:
        closers = _closers(skin, eye, opening, axes)
        to_head = skin.to_head[:3, :3]
        seen = shut_lids.Lids(
            skin.obj, skin.mesh, skin.is_skin, to_head, eye.side, eye.ball, opening, axes
        )
        write_shut(armature, skin.obj.data.shape_keys, eye.side, closers)
        shut = shut_lids.write_shutting(seen, armature, closers)
        blink_line.write_lines(seen, armature, shut)
    else:
        write_shut(armature, None, eye.side, [])
    reach = np.linalg.norm(eye.outside.vertices - eye.ball.centre, axis=1).max()
    shapes = {}
    if opening is not None:
        shapes = lids.follow_shapes(skin.mesh, eye.ball, opening, axes, eye.side)
    moves = [*_moved(skin), *shapes.values()]
    weight = lids.sliding_weight(skin.mesh, skin.is_skin, off, eye.ball, axes, moves + shut)
    clear = [lids.clearance_mm(skin.mesh, weight, reach, eye.ball)] * 2
    for moved in shut:
        mesh = skin.mesh.with_vertices(skin.mesh.vertices + moved)
        clear[1] = max(clear[1], lids.clearance_mm(mesh, weight, reach, eye.ball))
    comes = lids.comes_near(skin.mesh, weight, off, eye.ball, moves, max(clear))
    modifier = _slide(skin.obj, eye.side, surface, comes)
    most = lids.LIDS.most * eye.ball.radius
    clear = [min(value + eye.facets_mm, most) if value else 0.0 for value in clear]
    units = [max(value / mm_per_unit, _DRIVEN) if value else 0.0 for value in clear]
    _drive_clearance(skin.obj, modifier, armature, eye.side, units)
    if opening is None:
        remove_keys(skin.obj, eye.side)
        return False
    back = np.linalg.inv(skin.to_head[:3, :3]).T
    own = _own_looks(skin, eye)
    remove_keys(skin.obj, eye.side, _LACKS)
    for way, moved in shapes.items():
        look, share = "", 0.0
        if way in own:
            follows = moved
            look, share, moved = own[way]
            if way in (lids.UP, lids.DOWN):
                _write_lack(
                    skin, armature, eye, opening, axes, way, closers, (look, moved, follows)
                )
        moved = np.where(skin.is_skin[:, None], moved, 0.0)
        name = write_key(skin.obj, f"{way} {eye.side}", moved @ back)
        _drive(skin.obj.data.shape_keys, name, armature, eye.side, way, closers, (look, share))
    return True


def _write_lack(
    skin: RigSkin,
    armature: bpy.types.Object,
    eye: Eye,
    opening: lids.Opening,
    axes: np.ndarray,
    way: str,
    closers: list[tuple[str, float]],
    shapes: tuple[str, np.ndarray, np.ndarray],
) -> None:
    """A key of what the rig's own shape of a look lacks, so that its lids do not lag behind the eye.

    Args:
        skin, armature, eye, opening, axes, closers: of the rig.
        way: of the look.
        shapes: name of the own shape, it [V, 3] mm at the full look, and how lids follow that look [V, 3] mm.
    """
    look, own, follows = shapes
    lack = lids.lag_shape(skin.mesh, skin.is_skin, eye.ball, opening, axes, own, follows)
    if lack is None:
        return
    lack = np.where(skin.is_skin[:, None], lack, 0.0) @ np.linalg.inv(skin.to_head[:3, :3]).T
    name = write_key(skin.obj, f"{_LACKS}{way} {eye.side}", lack)
    keys = skin.obj.data.shape_keys
    _drive(keys, name, armature, eye.side, way, closers, (look, 0.0))


def slides_lids(modifier: bpy.types.Modifier) -> bool:
    """Whether a modifier is the one that keeps lids off an eye, of any rig."""
    return modifier.type == 'SHRINKWRAP' and OUTSIDE in (modifier.target or ())


def remove_lids(obj: bpy.types.Object, side: str) -> None:
    """Take away what slides the lids over an eye that is gone: modifier, its driver, its weights and its surface."""
    name = _modifier_name(side)
    modifier = _modifier(obj, side)
    if modifier is None:
        return
    surface = modifier.target
    obj.driver_remove(_offset_path(modifier))
    obj.modifiers.remove(modifier)
    if name in obj.vertex_groups:
        obj.vertex_groups.remove(obj.vertex_groups[name])
    if surface is not None and surface.get(OUTSIDE) == side and surface.library is None:
        data = surface.data
        bpy.data.objects.remove(surface)
        if not data.users:
            bpy.data.meshes.remove(data)


def _moved(skin: RigSkin) -> Iterator[np.ndarray]:
    """[V, 3] mm what each shape key adds."""
    keys = skin.obj.data.shape_keys
    for block in keys.key_blocks if keys else ():
        if block != keys.reference_key:
            yield shape_keys.difference(block) @ skin.to_head[:3, :3].T


def _own_looks(skin: RigSkin, eye: Eye) -> dict[str, tuple[str, float, np.ndarray]]:
    """The rig's own shapes of an eye's look, by way: name, share of the full look, and [V, 3] mm at the full look."""
    keys = skin.obj.data.shape_keys
    ours = {*lid_keys(keys).values(), *shape_keys.listed_names(keys, shape_keys.CORRECTIVES)}
    near = np.linalg.norm(skin.mesh.vertices - eye.ball.centre, axis=1)
    near = skin.is_skin & (near < lids.LIDS.far[0] * eye.ball.radius)
    found = {}
    for block in keys.key_blocks if keys else ():
        if block == keys.reference_key or block.name in ours:
            continue
        meant = set(arkit_names(block.name))
        for way, (curve, angle) in curve_angles(eye.side).items():
            if curve not in meant or way in found:
                continue
            moved = shape_keys.difference(block) @ skin.to_head[:3, :3].T
            if np.linalg.norm(moved[near], axis=1).max(initial=0.0) > _OWN_MM:
                share = angle / lids.full_look(way)
                found[way] = block.name, share, moved / share
    return found


def _closers(
    skin: RigSkin, eye: Eye, opening: lids.Opening, axes: np.ndarray
) -> list[tuple[str, float]]:
    """Shape keys that shut the lids with how much they do at one, those that do most first."""
    keys = skin.obj.data.shape_keys
    own = set(lid_keys(keys).values()) | set(shape_keys.listed_names(keys, shape_keys.CORRECTIVES))
    found = []
    for block in keys.key_blocks if keys else ():
        if block == keys.reference_key or block.name in own:
            continue
        moved = shape_keys.difference(block) @ skin.to_head[:3, :3].T
        share = lids.closings(
            skin.mesh, skin.is_skin, eye.ball, opening, axes, moved[None]
        )[0]  # fmt: skip
        if share > _LEAST:
            found.append((block.name, float(share)))
    return sorted(found, key=lambda closer: -closer[1])[:_MOST]


def _drive(
    keys: bpy.types.Key,
    name: str,
    armature: bpy.types.Object,
    side: str,
    way: str,
    closers: list[tuple[str, float]],
    own: tuple[str, float],
) -> None:
    """Let the look of the eye move a lids' key, less as other keys shut the lids.

    Args:
        keys, name: the key.
        armature, side: of the eye.
        way: of the look.
        closers: names and shares of the keys that shut the lids.
        own: the rig's own key of that look, and what it is of the full one: what it shows already is left out. With 0
            nothing is.
    """
    driver = new_expression(keys, name)
    is_aside = way in (lids.IN, lids.OUT)
    angle = "y" if is_aside else "p"
    add_angle(driver, angle, armature, side, 'ROT_Z' if is_aside else 'ROT_X')
    add_property(driver, "f", armature, LIDS)
    sign = lids.sign_of(way, side)
    # A simple expression: Blender reads it without Python, also where scripts may not run.
    expression = f"clamp({sign / lids.full_look(way):.4f}*{angle})*f"
    if own[0]:
        add_key(driver, "o", keys, own[0])
        expression = f"max({expression}-{own[1]:.3f}*o,0)"
    shut = add_shut(driver, armature, side)
    if own[0] in dict(closers):  # a look down shuts the lids itself
        shut = f"{shut}-{shut_weight(dict(closers)[own[0]]):.2f}*o"
    driver.expression = f"{expression}*clamp(1-({shut}))" if shut else expression


def _drive_clearance(
    obj: bpy.types.Object,
    modifier: bpy.types.ShrinkwrapModifier,
    armature: bpy.types.Object,
    side: str,
    clear: list[float],
) -> None:
    """Keep the lids off the eye by what their triangles need, when the eye looks aside and when they are shut.

    At rest there is no clearance: the skin is where the model has it.
    """
    path = _offset_path(modifier)
    obj.driver_remove(path)
    driver = obj.driver_add(path).driver
    driver.type = 'SCRIPTED'
    add_angle(driver, "p", armature, side, 'ROT_X')
    add_angle(driver, "y", armature, side, 'ROT_Z')
    looked = f"{clear[0]:.7f}*clamp(9*abs(p)+9*abs(y))"
    shut = add_shut(driver, armature, side)
    driver.expression = f"max({looked},{clear[1]:.7f}*clamp({shut}))" if shut else looked


def _surface(
    skin: RigSkin,
    armature: bpy.types.Object,
    eye: Eye,
    mm_per_unit: float,
    collection: bpy.types.Collection,
) -> bpy.types.Object:
    """The eyeball's outside as an object that hangs on the eye's bone."""
    # That of another rig of the face, as a duplicate is, stays there.
    of_side = (obj for obj in collection.objects if obj.get(OUTSIDE) == eye.side)
    found = next((obj for obj in of_side if obj.parent in (armature, None)), None)
    if found is None:
        name = f"{skin.obj.name} {EYES[eye.side]} surface"
        found = bpy.data.objects.new(name, bpy.data.meshes.new(name))
        found[OUTSIDE] = eye.side
        found.display_type, found.hide_render = 'WIRE', True
        collection.objects.link(found)
    found.data.clear_geometry()
    fill_mesh(found.data, outside.coarser(eye.outside, eye.ball), 1 / mm_per_unit)
    attach_to_eye(found, armature, EYES[eye.side])
    return found


def _slide(
    obj: bpy.types.Object, side: str, surface: bpy.types.Object, weight: np.ndarray
) -> bpy.types.ShrinkwrapModifier:
    """Keep the skin outside of a surface, each vertex by its weight [V]; the modifier that does."""
    name = _modifier_name(side)
    groups.write_groups(obj, {name: weight.astype(np.float32)})
    modifier = _modifier(obj, side)
    if modifier is None:
        modifier = obj.modifiers.new(name, 'SHRINKWRAP')
        after = max((n for n, m in enumerate(obj.modifiers) if m.type == 'ARMATURE'), default=-1)
        obj.modifiers.move(len(obj.modifiers) - 1, after + 1)
    modifier.vertex_group = name
    modifier.target = surface
    modifier.wrap_method = 'NEAREST_SURFACEPOINT'
    modifier.wrap_mode = 'OUTSIDE'
    return modifier


def _modifier_name(side: str) -> str:
    """What the modifier of an eye's lids and its vertex group are called."""
    return f"AIM {EYES[side]} lids"


def _modifier(obj: bpy.types.Object, side: str) -> bpy.types.ShrinkwrapModifier | None:
    """The modifier that slides the lids of an eye, whatever the user calls it now."""
    group = _modifier_name(side)
    return next(
        (m for m in obj.modifiers if m.type == 'SHRINKWRAP' and m.vertex_group == group), None
    )


def _offset_path(modifier: bpy.types.ShrinkwrapModifier) -> str:
    return f'modifiers["{bpy.utils.escape_identifier(modifier.name)}"].offset'
