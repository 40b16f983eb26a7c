# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the worker needs of a face to make its detail: the neutral with the rig's UV map, scans, landmarks."""

from pathlib import Path

import bpy
import numpy as np

from ...backend.errors import RigError, ScanError
from ...backend.geometry.mesh import Mesh
from ...backend.jobs.detail_skin import GenericSkin, SkinActor
from ..data.attributes import read_uv
from ..data.head_space import head_space
from ..data.meshes import read_polygons
from ..face.landmarks import corrected_landmarks
from ..face.scans import read_face, read_neutral, require_object_mode


def skin_actor(
    face: bpy.types.Object,
    rig: bpy.types.Object,
    context: bpy.types.Context,
    scans: bool = False,
    y_up: bool = False,
) -> SkinActor:
    """A face as the worker takes it.

    Args:
        face: the neutral.
        rig: its baked mesh, whose UV map and polygons count.
        context: of Blender.
        scans: with the registered meshes of its scans.
        y_up: in the axes of files with Y up.

    Raises:
        AimError: the rig has no UV map, or a scan cannot be read.
    """
    require_object_mode(rig)
    space = head_space(face, context)
    if scans:
        read = read_face(face, context, space)
        neutral, meshes = read.neutral, read.expressions
        if not meshes:
            raise ScanError(f"{face.name} has no scan in use: turn on those whose detail you have.")
    else:
        neutral, meshes = read_neutral(face, context, space), ()
    corners, sizes = read_polygons(rig.data)
    if len(neutral.vertices) != len(rig.data.vertices) or len(sizes) != len(neutral.face_sizes):
        raise RigError(
            f"{rig.name} has {len(rig.data.vertices):,} vertices and {face.name} "
            f"{len(neutral.vertices):,}: press Update Rig, or undo the change to the mesh."
        )
    base = Mesh(neutral.vertices, corners, sizes, face.name)
    landmarks = corrected_landmarks(face, space, context)
    shapes = {mesh.name: mesh.vertices for mesh in meshes}
    if y_up:
        base = base.with_vertices(to_y_up(base.vertices))
        shapes = {name: to_y_up(points) for name, points in shapes.items()}
        landmarks = {name: to_y_up(np.asarray(point)) for name, point in landmarks.items()}
    uv = uv_of(rig)
    return SkinActor(base, uv, shapes, landmarks or None, face.aim.detail.tile)


def uv_of(rig: bpy.types.Object) -> np.ndarray:
    """[L, 2] float32 the UV of each corner of a rig's mesh.

    Raises:
        RigError: it has none.
    """
    layer = rig.data.uv_layers.active
    if layer is None:
        raise RigError(
            f"{rig.name} has no UV map: unwrap it, with a seam from the crown to the nape of the neck."
        )
    return read_uv(layer)


def generic_skin(face: bpy.types.Object) -> GenericSkin:
    """The generic skin as it is set."""
    settings = face.aim.detail
    spacings = {region.name: region.spacing for region in settings.regions if region.spacing != 1}
    return GenericSkin(settings.age, settings.seed, settings.spacing, spacings)


def style_of(face: bpy.types.Object) -> tuple[Path | None, Path | None]:
    """The files of style and face model that are set; None for each that is not.

    Raises:
        ScanError: one is not there.
    """
    found = []
    for text in (face.aim.detail.style, face.aim.detail.face_model):
        path = Path(bpy.path.abspath(text)) if text else None
        if path is not None and not path.exists():
            raise ScanError(f"The file {path} is not there: choose another one, or none.")
        found.append(path)
    return found[0], found[1]


def folder_of(face: bpy.types.Object) -> Path:
    """The folder of scans or maps that is set.

    Raises:
        ScanError: none is, or it is not there.
    """
    text = face.aim.detail.folder
    if not text:
        raise ScanError("Choose the folder of the scans or height maps first.")
    folder = Path(bpy.path.abspath(text))
    if not folder.is_dir():
        raise ScanError(f"The folder {folder} is not there: choose the one of the scans or maps.")
    return folder


def output_of(face: bpy.types.Object) -> Path:
    """The folder that maps go to; it need not be there.

    Raises:
        RigError: none is set, or it is beside a .blend that is not saved.
    """
    text = face.aim.detail.output
    if not text:
        raise RigError("Choose the folder that maps go to first.")
    if text.startswith("//") and not bpy.data.filepath:
        raise RigError("Save the .blend first: the folder for maps is beside it.")
    return Path(bpy.path.abspath(text))


def maps_folder(face: bpy.types.Object) -> Path:
    """Where the height maps of scans go: beside the .blend, or a folder of this session while it is not saved."""
    name = bpy.path.clean_name(face.name)
    base = Path(bpy.path.abspath("//")) if bpy.data.filepath else Path(bpy.app.tempdir)
    return base / f"{name}_detail"


def to_y_up(points: np.ndarray) -> np.ndarray:
    """Points [..., 3] with Z up as files with Y up have them: undoes ``scan_files.turned_z_up``."""
    return np.stack([points[..., 0], points[..., 2], -points[..., 1]], axis=-1)
