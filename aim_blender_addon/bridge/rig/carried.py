# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shape keys of what hangs on a rig's skin: named as the skin's, driven by them, shaped by how a piece is bound.

The binding is kept on the piece. So shapes that the skin gets later, correctives and controls among them, are carried
by the same call: :func:`carry_keys`.
"""

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields

import bpy
import numpy as np

from ...backend.anatomy.hanging.binding import Binding, carry
from ...backend.geometry.rigid import move_rigidly
from ...backend.io.damage import DAMAGE
from ...compat import played_curves
from ..data import groups, shape_keys
from ..data.driven_keys import driver_of, handed_on
from ..data.drivers import follow
from ..data.kept import read_bytes
from ..data.linked import is_foreign
from ..data.meshes import transform
from ..data.name_lists import write_names
from .moved import moved_by
from .slid_lids import SlidLids

#: Custom property of a piece's mesh: how it hangs on the skin.
_BINDING = "aim_hanging"
#: Custom property of a piece's mesh: the jaw's pose [16] within each shape of a skin that no jaw bone moves, mm.
_JAW = "aim_hanging_jaw"
#: Custom properties of its Key: the keys that were made, the user's that are driven with the values they had before.
_MADE, _DRIVEN = "aim_carried", "aim_carried_driven"
#: Whether the reference key was made, too.
_REST = "aim_carried_rest"
#: Custom property of a piece that shows one key alone with its skin: the key that was picked before.
_PICKED = "aim_picked_before_solo"
#: A key that moves no vertex of the piece by so much is not made, mm: each costs time a frame, on or off.
LEAST_MM = 0.05
#: A driven key hands its value on whatever the range of the skin's slider.
_RANGE = 10.0


def hang(
    piece: bpy.types.Object,
    binding: Binding,
    to_head: np.ndarray,
    skin_to_head: np.ndarray,
    jaw: tuple[Mapping[str, np.ndarray], np.ndarray] | None = None,
) -> None:
    """Keep how a piece hangs on the skin.

    Args:
        piece: its mesh object.
        binding: of its vertices.
        to_head: [4, 4] from the piece's own space to head space, mm.
        skin_to_head: [4, 4] the same of the skin.
        jaw: where shapes of the skin hold the jaw's motion: its pose [4, 4] within each by name, mm, and how much the
            piece's vertices [V] follow it, beside what the skin moves.
    """
    kept = {field.name: getattr(binding, field.name) for field in fields(binding)}
    poses, follows = jaw or ({}, np.zeros(len(binding.follow)))
    kept |= {"to_head": to_head, "skin_to_head": skin_to_head, "jaw_follows": follows}
    stream = io.BytesIO()
    np.savez_compressed(stream, **kept)
    piece.data.pop(_JAW, None)
    if poses:
        piece.data[_JAW] = {name: pose.ravel().tolist() for name, pose in poses.items()}
    if _BINDING in piece.data:  # Blender cuts bytes at the first zero when they replace other bytes
        del piece.data[_BINDING]
    piece.data[_BINDING] = stream.getvalue()


def hangs(piece: bpy.types.Object) -> bool:
    """Whether an object hangs on a skin; cheap."""
    return piece.type == 'MESH' and _BINDING in piece.data


def release(piece: bpy.types.Object) -> None:
    """Let a piece hang on no skin any more: its keys are the user's again, as they were."""
    if not hangs(piece):
        return
    del piece.data[_BINDING]
    piece.data.pop(_JAW, None)
    keys = piece.data.shape_keys
    if keys is None:
        return
    for name in made_names(keys):
        _remove(piece, name)
    for name, value in _driven(keys).items():
        if name in keys.key_blocks:
            keys.driver_remove(shape_keys.key_path(name))
            keys.key_blocks[name].value = value
    is_bare = bool(keys.get(_REST)) and len(keys.key_blocks) == 1
    for prop in (_MADE, _DRIVEN, _REST):
        if prop in keys:
            del keys[prop]
    if is_bare:
        shape_keys.clear_keys(piece)


def carry_keys(skin: bpy.types.Object, names: Iterable[str] | None = None) -> list[str]:
    """Let all that hangs on a skin follow its shape keys.

    Args:
        skin: the rig's mesh object.
        names: of the keys that have changed; None for all. Keys of pieces whose skin's key is gone go, too.

    Returns:
        Names of pieces that were changed since they were attached, so that they cannot follow.
    """
    keys = skin.data.shape_keys
    hanging = pieces(skin) if keys is not None and keys.use_relative else []
    wanted = None if names is None else set(names)
    blocks = [
        block
        for block in (keys.key_blocks if hanging else ())
        if block != keys.reference_key and (wanted is None or block.name in wanted)
    ]
    stale = []
    moves = _moves(skin, blocks)
    for piece in hanging:
        kept = binding_of(piece, len(skin.data.vertices))
        if kept is None or is_foreign(piece):
            stale.append(piece.name)
            continue
        _carry(piece, keys, kept, zip(blocks, moves, strict=True))
        _tidy(piece, keys)
    return stale


def follow_mutes(skin: bpy.types.Object) -> None:
    """Mute the keys of what hangs on a skin where the skin's are muted."""
    keys = skin.data.shape_keys
    for piece in pieces(skin) if keys is not None else ():
        own = piece.data.shape_keys
        for name in made_names(own):
            if name in keys.key_blocks:
                own.key_blocks[name].mute = keys.key_blocks[name].mute


def made_names(own: bpy.types.Key | None) -> list[str]:
    """The keys of a piece that were made to follow the skin's."""
    return shape_keys.listed_names(own, _MADE)


def follow_solo(skin: bpy.types.Object) -> None:
    """Show what hangs on a skin as the skin is shown: one key alone at its full value, or all."""
    block = skin.active_shape_key if skin.show_only_shape_key else None
    for piece in pieces(skin):
        own = piece.data.shape_keys
        if own is None or is_foreign(piece):
            continue
        if block is not None:
            if _PICKED not in piece:
                piece[_PICKED] = piece.active_shape_key_index
            piece.active_shape_key_index = max(own.key_blocks.find(block.name), 0)
            piece.show_only_shape_key = True
        elif _PICKED in piece:
            piece.active_shape_key_index = min(piece.pop(_PICKED), len(own.key_blocks) - 1)
            piece.show_only_shape_key = False


def pieces(skin: bpy.types.Object) -> list[bpy.types.Object]:
    """What hangs on a skin: bound objects that its armature moves, or that are its children."""
    armature = next((m.object for m in skin.modifiers if m.type == 'ARMATURE' and m.object), None)
    moved = moved_by(armature) if armature is not None else ()
    children = [obj for obj in skin.children if obj.users_scene and obj not in moved]
    return [obj for obj in (*moved, *children) if obj != skin and hangs(obj)]


def _moves(skin: bpy.types.Object, blocks: Sequence[bpy.types.ShapeKey]) -> list[np.ndarray]:
    """[S, 3] for each key what it does to the skin, in its own space; lids slide over the eyes."""
    if not blocks:
        return []
    rest = shape_keys.read_points(skin.data.shape_keys.reference_key).astype(np.float64)
    lids = SlidLids.of(skin)
    return [lids.slid(rest, added_by(skin, block)) for block in blocks]


def _carry(
    piece: bpy.types.Object,
    keys: bpy.types.Key,
    kept: tuple[Binding, np.ndarray, np.ndarray, np.ndarray],
    shapes: Iterable[tuple[bpy.types.ShapeKey, np.ndarray]],
) -> None:
    """Write the keys of a piece for shapes of the skin, with what each does [S, 3] in the skin's space."""
    binding, to_head, skin_to_head, follows_jaw = kept
    had_keys = piece.data.shape_keys is not None
    made = _renamed(piece.data, keys)
    jaw = _jaw(piece.data)
    rest_local = rest_of(piece)
    points = transform(rest_local, to_head).astype(np.float64)
    rest = transform(shape_keys.read_points(keys.reference_key), skin_to_head).astype(np.float64)
    back = np.linalg.inv(to_head[:3, :3]).T
    for block, moves in shapes:
        moved = carry(binding, points, rest, moves @ skin_to_head[:3, :3].T)
        if block.name in jaw:
            turned = move_rigidly(points, jaw[block.name])
            moved = moved + follows_jaw[:, None] * (turned - points)
        if np.abs(moved).max(initial=0.0) < LEAST_MM:
            if block.name in made:
                _remove(piece, block.name)
            continue
        if piece.data.shape_keys is None:
            piece.shape_key_add(name=keys.reference_key.name, from_mix=False)
        _write(piece, block, rest_local + moved @ back, made)
    own = piece.data.shape_keys
    if own is not None:
        write_names(own, _MADE, dict.fromkeys(made))
        if not had_keys:
            own[_REST] = True
        piece.data.update()


def _jaw(data: bpy.types.Mesh) -> dict[str, np.ndarray]:
    """The jaw's pose [4, 4] within shapes of the skin, by name."""
    kept = data.get(_JAW)
    named = kept.items() if hasattr(kept, "items") else ()
    rows = {name: np.array(values, np.float64).ravel() for name, values in named}
    return {name: row.reshape(4, 4) for name, row in rows.items() if row.shape == (16,)}


def _renamed(data: bpy.types.Mesh, skin_keys: bpy.types.Key) -> list[str]:
    """The keys that were made, called what the skin's keys are called now."""
    own, jaw = data.shape_keys, data.get(_JAW)
    names = {shape_keys.key_path(block.name): block.name for block in skin_keys.key_blocks}
    made = []
    for name in made_names(own):
        curve = driver_of(own, name)
        source = handed_on(curve) if curve is not None else None
        now = names.get(source[1], name) if source is not None else name
        if now != name and now not in own.key_blocks:
            if jaw is not None and name in jaw:
                jaw[now] = jaw.pop(name)
            own.key_blocks[name].name = name = now  # drivers follow Blender's own renaming
        made.append(name)
    return made


def _write(
    piece: bpy.types.Object, block: bpy.types.ShapeKey, points: np.ndarray, made: list[str]
) -> None:
    """The piece's key of that name, and its driver; a key of the user's keeps its shape."""
    own, name = piece.data.shape_keys, block.name
    if name in own.key_blocks and name not in made:
        _drive_own(piece, block)
        return
    picked = piece.active_shape_key_index
    key = own.key_blocks.get(name)
    if key is None:
        key = piece.shape_key_add(name=name, from_mix=False)
        made.append(key.name)
    key.relative_key, key.vertex_group, key.mute = own.reference_key, "", block.mute
    key.slider_min, key.slider_max = -_RANGE, _RANGE
    shape_keys.write_points(key, points)
    _drive(own, key.name, block)
    piece.active_shape_key_index = picked


def _drive_own(piece: bpy.types.Object, block: bpy.types.ShapeKey) -> None:
    """Let a key of the user's have the value of the skin's, unless something moves it."""
    own, name = piece.data.shape_keys, block.name
    key = own.key_blocks[name]
    if key == own.reference_key or driver_of(own, name) is not None or _is_animated(own, name):
        return
    own[_DRIVEN] = {**_driven(own), name: key.value}
    _drive(own, name, block)


def _drive(own: bpy.types.Key, name: str, block: bpy.types.ShapeKey) -> None:
    path = shape_keys.key_path(name)
    own.driver_remove(path)
    follow(own.driver_add(path), block.id_data, shape_keys.key_path(block.name))


def _is_animated(keys: bpy.types.Key, name: str) -> bool:
    """Whether an Action moves a key's value."""
    data = keys.animation_data
    if data is None:
        return False
    path = shape_keys.key_path(name)
    players = [data, *(strip for track in data.nla_tracks for strip in track.strips)]
    return any(curve.data_path == path for player in players for curve in played_curves(player))


def _tidy(piece: bpy.types.Object, skin_keys: bpy.types.Key) -> None:
    """Take away the keys that were made for keys of the skin that are gone, and let the user's be his again."""
    own = piece.data.shape_keys
    if own is None:
        return
    paths = {shape_keys.key_path(block.name) for block in skin_keys.key_blocks}
    for name in made_names(own):
        if not _is_led(own, name, skin_keys, paths):
            _remove(piece, name)
    driven = _driven(own)
    for name in [name for name in driven if name in own.key_blocks]:
        if not _is_led(own, name, skin_keys, paths):
            own.driver_remove(shape_keys.key_path(name))
            own.key_blocks[name].value = driven.pop(name)
    if _DRIVEN in own:
        own[_DRIVEN] = driven


def _is_led(own: bpy.types.Key, name: str, skin_keys: bpy.types.Key, paths: set[str]) -> bool:
    """Whether a key has the value of one of the skin's that is there."""
    curve = driver_of(own, name)
    source = handed_on(curve) if curve is not None else None
    return source is not None and source[0] == skin_keys and source[1] in paths


def _remove(piece: bpy.types.Object, name: str) -> None:
    keys = piece.data.shape_keys
    keys.driver_remove(shape_keys.key_path(name))
    piece.shape_key_remove(keys.key_blocks[name])


def _driven(keys: bpy.types.Key) -> dict[str, float]:
    """The user's keys that are driven, with the values they had."""
    kept = keys.get(_DRIVEN)
    named = kept.items() if hasattr(kept, "items") else ()
    return {name: float(value) for name, value in named if isinstance(value, float)}


def added_by(skin: bpy.types.Object, block: bpy.types.ShapeKey) -> np.ndarray:
    """[S, 3] what a key adds at its full value, where its vertex group lets it."""
    moved = shape_keys.difference(block).astype(np.float64)
    weight = groups.read_group(skin, block.vertex_group)
    return moved if weight is None else moved * weight[:, None]


def rest_of(piece: bpy.types.Object) -> np.ndarray:
    """[V, 3] float32 positions at rest, in the piece's own space."""
    keys = piece.data.shape_keys
    if keys is not None:
        return shape_keys.read_points(keys.reference_key)
    points = np.empty((len(piece.data.vertices), 3), np.float32)
    piece.data.attributes["position"].data.foreach_get("vector", points.ravel())
    return points


def binding_of(
    piece: bpy.types.Object, skin_vertices: int
) -> tuple[Binding, np.ndarray, np.ndarray, np.ndarray] | None:
    """How a piece hangs, its and the skin's space, and how it follows a jaw; None where piece or skin have other
    vertices by now."""
    data = read_bytes(piece.data, _BINDING)
    try:
        with np.load(io.BytesIO(data or b""), allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        spaces = arrays.pop("to_head"), arrays.pop("skin_to_head")
        jaw = arrays.pop("jaw_follows", np.zeros(len(piece.data.vertices)))
        binding = Binding(**arrays)
    except DAMAGE:
        return None
    fits = binding.is_valid(len(piece.data.vertices), skin_vertices)
    fits = fits and jaw.shape == (len(piece.data.vertices),) and np.isfinite(jaw).all()
    fits = fits and all(space.shape == (4, 4) and np.isfinite(space).all() for space in spaces)
    return (binding, *spaces, jaw) if fits else None
