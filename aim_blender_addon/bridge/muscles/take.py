# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A frame range of a rig, read for a simulation, and what came of it: corrective shapes or a mesh cache."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import bpy
import numpy as np

from ... import compat
from ...backend.model.aim import AimModel
from ..data import shape_keys
from ..data.fitting_names import fit_name
from ..data.head_space import HeadSpace
from ..data.playing import play
from ..data.storage import in_scene, own, remove_own
from ..performance import files, writing
from ..rig import actions, jaw_controls
from ..rig.carried import carry_keys
from ..rig.objects import rig_of
from ..rig.still_eyes import hold_still
from ..sculpt.rig_parts import RigParts
from . import simulated
from .acting import head_in_world
from .on_top import OnTop

#: Takes of ours have tracks that begin so; another take at the same frames mutes them.
_TRACK = "AIM Simulated"
_RANGE, _CUSTOM = 'SCENE', 'CUSTOM'


@dataclass
class RangeReading:
    """What a rig does in a frame range; arrays are filled by :meth:`steps`.

    Attributes:
        frames: [T] of the scene.
        weights: [T, E] of the model's expressions.
        jaw: [T, 4] jaw parameters.
        heads: [T, 4, 4] mm, head space to where the armature has the head.
        worlds: [T, 4, 4] mm, head space to the world.
        on_top: shapes that are no part of it; None until :meth:`steps` has begun.
    """

    frames: np.ndarray
    weights: np.ndarray
    jaw: np.ndarray
    heads: np.ndarray
    worlds: np.ndarray
    on_top: OnTop | None = None

    @classmethod
    def of(cls, frames: np.ndarray, model: AimModel) -> "RangeReading":
        """Room for these frames."""
        count = len(frames)
        weights = np.zeros((count, len(model.expression_names)))
        heads = np.tile(np.eye(4), (count, 1, 1))
        return cls(frames, weights, np.zeros((count, 4)), heads, heads.copy())

    def steps(self, rig: RigParts, model: AimModel, context: bpy.types.Context) -> Iterator[float]:
        """Play the rig; yields the share that was read.

        Raises:
            SolveError: the scene was replaced meanwhile.
        """
        scale = rig.mm_per_unit
        self.on_top = OnTop.of(rig, model, len(self.frames))
        for row, (skin, posed) in play([rig.mesh, rig.armature], self.frames.tolist(), context):
            blocks = skin.data.shape_keys.key_blocks
            for number, name in enumerate(model.expression_names):
                block = blocks.get(name)
                shown = block is not None and not block.mute
                self.weights[row, number] = block.value if shown else 0.0
            self.on_top.read(row, blocks)
            self.jaw[row] = model.joint.parameters(jaw_controls.shown_pose(posed))
            head = jaw_controls.skull_motion(posed)
            head[:3, 3] *= scale
            self.heads[row] = head
            self.worlds[row] = head_in_world(posed, scale)
            yield (row + 1) / len(self.frames)


def frame_range(face: bpy.types.Object, scene: bpy.types.Scene) -> tuple[int, int]:
    """First and last frame of the range that is chosen; cheap enough for draw."""
    settings = face.aim.muscles
    if settings.range == _CUSTOM:
        return settings.range_start, settings.range_end
    return scene.frame_start, scene.frame_end


def output_path(face: bpy.types.Object, scene: bpy.types.Scene) -> Path:
    """Where the frames of the chosen range go while they are simulated; cheap enough for draw."""
    start, end = frame_range(face, scene)
    return files.result_path(f"{face.name} simulated", face.name, "muscles", str(start), str(end))


def write_correctives(
    rig: RigParts, frames: np.ndarray, shapes: np.ndarray, curves: np.ndarray
) -> list[str]:
    """Corrective shapes with curves on a track of their own, in place of those of the last range.

    What the rig plays stays as it is. Keys of poses and muscle correctives are muted: the range has it in it.

    Args:
        rig: of the face.
        frames: [T] of the scene.
        shapes: [C, V, 3] mm, before the jaw moves them.
        curves: [T, C].
    """
    remove_correctives(rig)
    keys, mesh = rig.keys, rig.mesh
    for pose in simulated.pose_names(keys) + simulated.baked_names(keys):
        keys.key_blocks[pose].mute = True
    rest, made = shape_keys.read_points(keys.reference_key), []
    picked = mesh.active_shape_key_index
    for number, shape in enumerate(shapes, start=1):
        block = mesh.shape_key_add(name=f"sim take {number:02d}", from_mix=False)
        block.relative_key = keys.reference_key
        block.slider_min, block.slider_max, block.value = -1.0, 1.0, 0.0
        shape_keys.write_points(block, rest + shape / rig.mm_per_unit)
        made.append(block.name)
    mesh.active_shape_key_index = picked
    simulated.keep_take(keys, made)
    if made:
        _animate(keys, _name(rig.face), made, frames, curves)
    hold_still(mesh, rig.armature, made)
    mesh.data.update()
    carry_keys(mesh, made)
    return made


def remove_correctives(rig: RigParts) -> None:
    """Take away the correctives of the last range, and their track."""
    keys = rig.keys
    simulated.compare(keys, plain=False)
    animation = keys.animation_data
    for track in [t for t in animation.nla_tracks if t.name == _TRACK] if animation else ():
        played = [strip.action for strip in track.strips if strip.action is not None]
        animation.nla_tracks.remove(track)
        for action in played:
            if action.users == int(action.use_fake_user) and actions.is_marked(action):
                bpy.data.actions.remove(action)
    for name in simulated.take_names(keys):
        rig.mesh.shape_key_remove(keys.key_blocks[name])
    simulated.keep_take(keys, [])


def write_cache(
    face: bpy.types.Object, rig: RigParts, result: Path, first_frame: int, on_top: OnTop
) -> bpy.types.Object:
    """A copy of the neutral that plays the simulated skin on the rig's armature; the rig's own skin is hidden.

    Shapes ``on_top`` are in it, as they play on top of correctives.

    Raises:
        SolveError: the cache cannot be written; nothing is changed.
    """
    armature = rig.armature
    space = HeadSpace(np.array(armature.matrix_world, float), rig.mm_per_unit)
    stamp = on_top.stamp
    frames = on_top.added(result) if stamp else None
    cache = writing.write_cache(
        face, result, first_frame, 1.0, space, _name(face), frames=frames, stamp=stamp
    )
    for prop in [prop for prop in cache.data.keys() if prop.startswith("aim_")]:
        del cache.data[prop]
    cache.parent = armature
    cache.matrix_parent_inverse.identity()
    cache.matrix_basis.identity()
    earlier = face.aim.muscles.cache
    if in_scene(earlier) and earlier != cache:
        remove_own(face, earlier)
    own(face, cache)
    face.aim.muscles.cache = cache
    show_cache(face, True)
    return cache


def cache_of(face: bpy.types.Object) -> bpy.types.Object | None:
    """The object that plays the last range from a cache, unless the user has deleted it."""
    cache = face.aim.muscles.cache
    return cache if in_scene(cache) and cache.name in bpy.context.view_layer.objects else None


def show_cache(face: bpy.types.Object, shown: bool) -> None:
    """Show the object that plays a cache in place of the rig's skin, or the skin again."""
    cache, mesh = cache_of(face), rig_of(face)
    if cache is not None:
        cache.hide_set(not shown)
    if mesh is not None and mesh.name in bpy.context.view_layer.objects:
        mesh.hide_set(shown and cache is not None)


def is_shown(face: bpy.types.Object) -> bool:
    """Whether the simulation is shown, not the plain shapes; cheap enough for draw."""
    if (cache := cache_of(face)) is not None and not cache.hide_get():
        return True
    mesh = rig_of(face)
    keys = mesh.data.shape_keys if mesh is not None else None
    return bool(simulated.names(keys)) and not simulated.is_compared(keys)


def compare(face: bpy.types.Object, plain: bool) -> None:
    """Show the plain shapes in place of all that was simulated, or the simulation again."""
    keys = rig_of(face).data.shape_keys
    simulated.compare(keys, plain)
    if cache_of(face) is not None:
        show_cache(face, not plain)


def _name(face: bpy.types.Object) -> str:
    """Of the Action or the object that a range becomes."""
    return f"{face.name} simulated"


def _animate(
    keys: bpy.types.Key, name: str, made: list[str], frames: np.ndarray, curves: np.ndarray
) -> None:
    """Key shapes on a track; before and after the range they are at rest."""
    action = bpy.data.actions.new(fit_name(name, bpy.types.Action))
    action.use_fake_user = True
    animation = keys.animation_data or keys.animation_data_create()
    if animation.use_tweak_mode:
        animation.use_tweak_mode = False
    animation.use_nla = True
    times = np.concatenate([[frames[0] - 1], frames, [frames[-1] + 1]])
    zeros = np.zeros((1, len(made)))
    values = np.concatenate([zeros, curves, zeros])
    holder = compat.action_curves(action, keys)
    for shape, column in zip(made, values.T, strict=True):
        actions.write_curve(holder, shape_keys.key_path(shape), 0, times, column)
    actions.mark(action)
    track = animation.nla_tracks.new()
    track.name = _TRACK
    strip = compat.add_strip(track, action.name, float(times[0]), action, keys)
    strip.frame_start, strip.frame_end = float(times[0]), float(times[-1])
    strip.action_frame_start, strip.action_frame_end = float(times[0]), float(times[-1])
