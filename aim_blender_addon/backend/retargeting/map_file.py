# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A correspondence between two faces as plain arrays: in a file, in a .blend, in a retargeted performance.

Vertices are numbered as in the two meshes, not as in their skins, so that both can be looked at. Fingerprints of
the meshes' faces show a map of other meshes. A mesh that was only sculpted keeps its map.
"""

import hashlib
import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from ..errors import RetargetError
from ..geometry.mesh import Mesh
from ..geometry.surface import SurfacePoints
from ..io.whole_file import write_whole_bytes
from .correspondence import Correspondence
from .retarget_face import RetargetFace

#: Number of the layout; a reader refuses larger ones.
VERSION = 1
#: What a map's arrays are called.
KEYS = (
    "map_version",  # number of this layout
    "map_faces",  # fingerprints of the source's and the target's faces
    "map_rows",  # [S] vertices of the target's skin, in the target's mesh
    "map_corners",  # [S, 3] corners of the point on the source, in the source's mesh
    "map_weights",  # [S, 3] barycentric weights
    "map_trust",  # [S] 0 to 1
    "map_warped",  # [S, 3] the target's skin laid on the source's, mm
    "landmark_names",  # [N]
    "landmark_pairs",  # [N, 2, 3] their positions, target then source, mm
)


def map_arrays(
    mapped: Correspondence, source: RetargetFace, target: RetargetFace
) -> dict[str, np.ndarray]:
    """The map as arrays named as in :data:`KEYS`."""
    values = (
        np.array(VERSION),
        np.array([fingerprint(source.mesh), fingerprint(target.mesh)]),
        target.rows,
        source.rows[mapped.points.corners],
        mapped.points.weights.astype(np.float32),
        mapped.trust.astype(np.float32),
        mapped.warped.astype(np.float32),
        np.array(list(mapped.pairs)),
        np.array(list(mapped.pairs.values())).reshape(-1, 2, 3),
    )
    return dict(zip(KEYS, values, strict=True))


def map_of_arrays(
    arrays: Mapping[str, np.ndarray], source: RetargetFace, target: RetargetFace, name: str
) -> Correspondence:
    """The map in arrays of :func:`map_arrays`.

    Args:
        arrays: by name; others beside them do not matter.
        source, target: the faces that it has to belong to.
        name: file or object, for the messages.

    Raises:
        RetargetError: it is none, of a newer version, damaged, or of other meshes.
    """
    missing = [key for key in KEYS if key not in arrays]
    if missing:
        raise RetargetError(f"'{name}' holds no map of two faces ({missing[0]} is missing)")
    if int(arrays["map_version"]) > VERSION:
        raise RetargetError(f"The map '{name}' was made by a newer version: update AIM Faces")
    faces = [str(face) for face in arrays["map_faces"]]
    for mesh, stored in ((source.mesh, faces[0]), (target.mesh, faces[-1])):
        if fingerprint(mesh) != stored:
            raise RetargetError(
                f"The map '{name}' was made for another mesh than '{mesh.name}': have the map found again"
            )
    numbers = np.full(len(source.mesh.vertices), -1)
    numbers[source.rows] = np.arange(len(source.rows))
    count = len(target.rows)
    try:
        corners = numbers[np.asarray(arrays["map_corners"]).reshape(count, 3)]
        weights = np.asarray(arrays["map_weights"], np.float64).reshape(count, 3)
        trust = np.asarray(arrays["map_trust"], np.float64).reshape(count)
        warped = np.asarray(arrays["map_warped"], np.float64).reshape(count, 3)
        names = [str(n) for n in arrays["landmark_names"]]
        pairs = np.asarray(arrays["landmark_pairs"], np.float64).reshape(len(names), 2, 3)
        sound = np.array_equal(arrays["map_rows"], target.rows) and (corners >= 0).all()
    except (IndexError, ValueError):
        sound = False
    if not sound or not all(np.isfinite(a).all() for a in (weights, trust, warped, pairs)):
        raise RetargetError(f"The map '{name}' is damaged: have the map found again")
    weights = weights / np.maximum(weights.sum(axis=1, keepdims=True), 1e-9)
    points = SurfacePoints(corners.astype(np.int32), weights)
    return Correspondence(points, trust, warped, dict(zip(names, pairs, strict=True)))


def map_to_bytes(mapped: Correspondence, source: RetargetFace, target: RetargetFace) -> bytes:
    """The map as the bytes of an ``.npz`` file, with what :mod:`.checker` needs to show it."""
    stream = io.BytesIO()
    seen = {
        "source_rows": source.rows,
        "source_points": source.skin.vertices,
        "source_axes": source.left_up_front,
    }
    np.savez_compressed(stream, **map_arrays(mapped, source, target), **seen)
    return stream.getvalue()


def write_map(
    path: str | Path, mapped: Correspondence, source: RetargetFace, target: RetargetFace
) -> None:
    """The map as an ``.npz`` file.

    Raises:
        RetargetError: the file cannot be written.
    """
    write_map_bytes(path, map_to_bytes(mapped, source, target))


def write_map_bytes(path: str | Path, data: bytes) -> None:
    """The bytes of :func:`map_to_bytes` as a file.

    Raises:
        RetargetError: the file cannot be written.
    """
    try:
        write_whole_bytes(path, data)
    except OSError as error:
        raise RetargetError(f"'{path}' cannot be written: {error.strerror}") from error


def read_map(path: str | Path, source: RetargetFace, target: RetargetFace) -> Correspondence:
    """The map in a file of :func:`write_map`, or in a performance that was retargeted between these faces.

    Raises:
        RetargetError: see :func:`map_of_arrays`.
    """
    return map_from_bytes(read_map_bytes(path), source, target, Path(path).name)


def read_map_bytes(path: str | Path) -> bytes:
    """The bytes of a map's file, not looked at yet.

    Raises:
        RetargetError: there is no such file.
    """
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise RetargetError(f"'{path}' is no map of two faces: have the map found again") from error


def map_from_bytes(
    data: bytes, source: RetargetFace, target: RetargetFace, name: str
) -> Correspondence:
    """The map in the bytes of :func:`map_to_bytes`.

    Raises:
        RetargetError: see :func:`map_of_arrays`.
    """
    try:
        with np.load(io.BytesIO(data)) as stored:
            arrays = {key: stored[key] for key in KEYS if key in stored}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise RetargetError(f"'{name}' is no map of two faces: have the map found again") from error
    return map_of_arrays(arrays, source, target, name)


def fingerprint(mesh: Mesh) -> str:
    """Fingerprint of the mesh's polygons, whatever its vertices' positions."""
    digest = hashlib.sha256(np.ascontiguousarray(mesh.face_vertices, "<i4").tobytes())
    digest.update(np.ascontiguousarray(mesh.face_sizes, "<i4").tobytes())
    return f"{len(mesh.vertices)}-{digest.hexdigest()[:16]}"
