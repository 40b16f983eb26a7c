# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A correspondence between two faces as plain arrays: in a file, in a .blend, in a retargeted performance.

Vertices are numbered as in the two meshes, not as in their skins, so that both can be looked at. Fingerprints of
the meshes' faces show a map of other meshes. A mesh that was only sculpted keeps its map.
"""

import hashlib
import io
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from ..errors import RetargetError
from ..geometry.mesh import Mesh
from ..geometry.surface import SurfacePoints
from ..io.damage import refusing
from ..io.disk import why
from ..io.npz import NUMBERS, TEXTS, WHOLE, read_arrays
from ..io.regular_file import read_regular
from ..io.whole_file import write_whole_bytes
from .correspondence import Correspondence
from .retarget_face import RetargetFace

#: Number of the layout; a reader refuses larger ones.
VERSION = 1
#: What a map's arrays are called, and of which kind they are.
KINDS = {
    "map_version": WHOLE,  # number of this layout
    "map_faces": TEXTS,  # fingerprints of the source's and the target's faces
    "map_rows": WHOLE,  # [S] vertices of the target's skin, in the target's mesh
    "map_corners": WHOLE,  # [S, 3] corners of the point on the source, in the source's mesh
    "map_weights": NUMBERS,  # [S, 3] barycentric weights
    "map_trust": NUMBERS,  # [S] 0 to 1
    "map_warped": NUMBERS,  # [S, 3] the target's skin laid on the source's, mm
    "landmark_names": TEXTS,  # [N]
    "landmark_pairs": NUMBERS,  # [N, 2, 3] their positions, target then source, mm
}
KEYS = tuple(KINDS)
#: Barycentric weights are no larger, and may miss one by this much; no place of a head is farther, mm.
_LARGEST_SHARE, _SHARE_SLACK, _FARTHEST_MM = 10.0, 1e-2, 1e6


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
    damaged = f"The map '{name}' is damaged: have the map found again"
    if np.shape(arrays["map_version"]) or np.shape(arrays["map_faces"]) != (2,):
        raise RetargetError(damaged)
    if int(arrays["map_version"]) > VERSION:
        raise RetargetError(f"The map '{name}' was made by a newer version: update AIM Faces")
    for mesh, stored in zip((source.mesh, target.mesh), arrays["map_faces"], strict=True):
        if fingerprint(mesh) != str(stored):
            raise RetargetError(
                f"The map '{name}' was made for another mesh than '{mesh.name}': have the map found again"
            )
    if np.shape(arrays["map_rows"]) != target.rows.shape:  # of a body that was sculpted since
        raise RetargetError(
            f"The map '{name}' was made for another skin than that of '{target.mesh.name}': have the map found again"
        )
    numbers = np.full(len(source.mesh.vertices), -1)
    numbers[source.rows] = np.arange(len(source.rows))
    count = len(target.rows)
    with refusing(RetargetError, lambda _: damaged):
        given = arrays["map_corners"].reshape(count, 3)
        if not np.array_equal(arrays["map_rows"], target.rows) or given.min() < 0:
            raise ValueError
        corners = numbers[given]
        weights = _up_to(arrays["map_weights"].reshape(count, 3), _LARGEST_SHARE)
        trust = _up_to(arrays["map_trust"].reshape(count), 1.0)
        warped = _up_to(arrays["map_warped"].reshape(count, 3), _FARTHEST_MM)
        names = [str(n) for n in arrays["landmark_names"]]
        pairs = _up_to(arrays["landmark_pairs"].reshape(len(names), 2, 3), _FARTHEST_MM)
        if corners.min() < 0 or trust.min() < 0 or len(set(names)) < len(names):
            raise ValueError
        if (np.abs(weights.sum(axis=1) - 1) > _SHARE_SLACK).any():
            raise ValueError
    weights = weights / np.maximum(weights.sum(axis=1, keepdims=True), 1e-9)
    points = SurfacePoints(corners.astype(np.int32), weights)
    return Correspondence(points, trust, warped, dict(zip(names, pairs, strict=True)))


def _up_to(array: np.ndarray, largest: float) -> np.ndarray:
    """The array as float64, if its numbers are finite and up to ``largest``."""
    array = np.asarray(array, np.float64)
    if not (np.abs(array) <= largest).all():
        raise ValueError
    return array


def map_to_bytes(mapped: Correspondence, source: RetargetFace, target: RetargetFace) -> bytes:
    """The map as the bytes of an ``.npz`` file, with what :mod:`.checker` needs to show it."""
    stream = io.BytesIO()
    seen = {
        "source_rows": source.rows,
        "source_points": source.skin.vertices,
        "source_axes": source.left_up_front,
    }
    if target.followers is not None and len(target.followers.rows):
        seen["follower_rows"] = target.followers.rows
        seen["follower_corners"] = target.followers.places.corners
        seen["follower_weights"] = target.followers.places.weights.astype(np.float32)
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
        raise RetargetError(
            f"'{path}' cannot be written ({why(error)}): free some space or choose another place"
        ) from error


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
        return read_regular(path)
    except OSError as error:
        raise RetargetError(f"'{path}' is no map of two faces: have the map found again") from error


def map_from_bytes(
    data: bytes, source: RetargetFace, target: RetargetFace, name: str
) -> Correspondence:
    """The map in the bytes of :func:`map_to_bytes`.

    Raises:
        RetargetError: see :func:`map_of_arrays`.
    """
    with refusing(
        RetargetError, lambda _: f"'{name}' is no map of two faces: have the map found again"
    ):
        arrays = read_arrays(data, KINDS)
    return map_of_arrays(arrays, source, target, name)


def fingerprint(mesh: Mesh) -> str:
    """Fingerprint of the mesh's polygons, whatever its vertices' positions."""
    digest = hashlib.sha256(np.ascontiguousarray(mesh.face_vertices, "<i4").tobytes())
    digest.update(np.ascontiguousarray(mesh.face_sizes, "<i4").tobytes())
    return f"{len(mesh.vertices)}-{digest.hexdigest()[:16]}"
