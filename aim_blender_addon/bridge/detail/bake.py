# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Maps of a rig's frames and shapes written to a folder; the scene stays as it is."""

from collections.abc import Iterator
from pathlib import Path

import bpy
import numpy as np

from ...backend.detail.map_files import write_map
from ...backend.detail.normal_map import encoded
from ...backend.detail.played_actor import PlayedActor
from ...backend.detail.sequence import MapSequence, made_of
from ...backend.detail.shape_maps import ShapeMapWriter
from ...backend.errors import AimError, RigError
from ...backend.io.disk import require_room, why
from ...backend.io.png16 import write_png16
from ..rig.objects import rig_of
from . import nodes, regions
from .played import PlayedFrame, played_actor, read_frames

#: Bytes that a height takes on disk at least, packed.
_BYTES = 1.0


class Sequence:
    """Height maps of frames of a rig, in a folder.

    Raises:
        AimError: the detail cannot be played, or the folder holds other maps or cannot be written to.
    """

    def __init__(self, face: bpy.types.Object, folder: Path) -> None:
        settings = face.aim.detail
        self._face, self._actor, self._folder = face, played_actor(face), folder
        player, rig = self._actor.player, rig_of(face)
        self._maps = MapSequence(
            folder,
            _stem(face),
            f".{settings.map_format.lower()}",
            made_of(
                *(player.constant, player.compressed, regions.told(rig, nodes.modifier_of(rig))),
                *(settings.strength, self._actor.at_rest, settings.width, settings.uv_map),
            ),
            settings.resume,
        )

    @property
    def counts(self) -> tuple[int, int]:
        """Maps that were written, and that were left as they were."""
        return self._maps.written, self._maps.kept

    def write(self, numbers: range, context: bpy.types.Context) -> Iterator[float]:
        """Write the maps of frames; yields the share that is done.

        Raises:
            AimError: the disk is full, or the rig cannot be played; maps that were written stay.
        """
        if not numbers:
            raise RigError("The scene's frame range is empty: set its first and last frame.")
        wanted = [number for number in numbers if self._maps.needs(number)]
        needed = len(wanted) * self._actor.player.skin.size**2 * _BYTES
        require_room(self._maps.path(0), int(needed), AimError)
        frames = read_frames(self._face, wanted, context)
        try:
            for done, frame in enumerate(frames, start=1):
                self._maps.write(frame.number, _height(self._actor, frame))
                yield done / len(wanted)
        finally:
            frames.close()


def heights(
    face: bpy.types.Object, actor: PlayedActor, at_frame: bool, context: bpy.types.Context
) -> np.ndarray:
    """[S, S] mm of the frame that is shown, or of the neutral.

    Raises:
        AimError: the rig cannot be played.
    """
    if not at_frame:
        return actor.height(actor.neutral.vertices)
    return _height(actor, _shown(face, context))


def write_normals(face: bpy.types.Object, folder: Path, context: bpy.types.Context) -> Path:
    """Write height and normal map of the frame that is shown; gives the latter's path.

    Raises:
        AimError: the rig cannot be played, or a file cannot be written.
    """
    settings, actor = face.aim.detail, played_actor(face)
    frame = _shown(face, context)
    height = _height(actor, frame)
    stem = f"{_stem(face)}_{frame.number:04d}"
    normals = actor.normals(frame.vertices, height, settings.green.lower())
    path = folder / f"{stem}_normal.png"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_png16(path, encoded(normals))
    except OSError as error:
        raise AimError(
            f"'{path}' cannot be written ({why(error)}): free some space or choose another place"
        ) from error
    write_map(folder / f"{stem}_height.{settings.map_format.lower()}", height)
    return path


def shape_writer(face: bpy.types.Object, folder: Path) -> ShapeMapWriter:
    """What writes the maps of shapes of a rig.

    Raises:
        AimError: the detail cannot be played.
    """
    return ShapeMapWriter(played_actor(face), folder, face.aim.detail.green.lower())


def leave_out(face: bpy.types.Object, all_of_it: bool) -> None:
    """Let materials show no more what a Multiresolution modifier holds now."""
    settings = face.aim.detail
    if all_of_it:
        settings.shown = False
    else:
        settings.pores = 0.0


def _shown(face: bpy.types.Object, context: bpy.types.Context) -> PlayedFrame:
    frames = read_frames(face, [context.scene.frame_current], context)
    try:
        return next(frames)
    finally:
        frames.close()


def _height(actor: PlayedActor, frame: PlayedFrame) -> np.ndarray:
    return actor.player.height(frame.channels, frame.strength, actor.at_rest)


def _stem(face: bpy.types.Object) -> str:
    return bpy.path.clean_name(face.name)
