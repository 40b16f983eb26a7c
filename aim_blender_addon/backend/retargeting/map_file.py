# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A correspondence as bytes, for the .blend and for a file that the command line reads (numpy only)."""

import hashlib
import io
import zipfile
from dataclasses import dataclass

import numpy as np

from ..errors import RetargetError
from ..geometry.mesh import Mesh

_VERSION = 1
_ARRAYS = (
    "corners",
    "weights",
    "trust",
    "warped",
    "rows",
    "source_rows",
    "source_points",
    "axes",
    "names",
    "pairs",
)


@dataclass(frozen=True)
class StoredMap:
    """What is kept of a correspondence.

    Attributes:
        corners: [S, 3] int32, triangles of the source's skin that the target's skin vertices lie in.
        weights: [S, 3] float32 where in them.
        trust: [S] float32 in [0, 1].
        warped: [S, 3] float32 mm, the target's skin laid on the source.
        rows: [S] int32 which vertices of the target's mesh are its skin.
        source_rows: [S'] int32 the same of the source.
        source_points: [S', 3] float32 mm, the source's skin at rest.
        axes: [3, 3] left, up and front of the source's face.
        names: N landmarks that both have.
        pairs: [N, 2, 3] float32 mm, where: on the target, on the source.
        source, target: fingerprints of how the vertices of both meshes are joined.
    """

    corners: np.ndarray
    weights: np.ndarray
    trust: np.ndarray
    warped: np.ndarray
    rows: np.ndarray
    source_rows: np.ndarray
    source_points: np.ndarray
    axes: np.ndarray
    names: tuple[str, ...]
    pairs: np.ndarray
    source: str
    target: str

    def check(self, source: Mesh, target: Mesh) -> None:
        """Make sure that this is of these two meshes.

        Raises:
            RetargetError: one of them has other polygons.
        """
        for mesh, fingerprint in ((source, self.source), (target, self.target)):
            if topology(mesh) != fingerprint:
                raise RetargetError(
                    f"The correspondence is of another mesh than '{mesh.name}': find it again"
                )


def topology(mesh: Mesh) -> str:
    """A short text that changes with the number of vertices and how they are joined."""
    hashed = hashlib.sha256(str(len(mesh.vertices)).encode())
    for array in (mesh.face_vertices, mesh.face_sizes):
        hashed.update(np.ascontiguousarray(array, np.int32).tobytes())
    return hashed.hexdigest()[:16]


def map_to_bytes(stored: StoredMap) -> bytes:
    """The bytes of a map file (``.npz`` without pickled objects)."""
    stream = io.BytesIO()
    arrays = {name: np.asarray(getattr(stored, name)) for name in _ARRAYS}
    about = np.array([str(_VERSION), stored.source, stored.target])
    np.savez_compressed(stream, about=about, **arrays)
    return stream.getvalue()


def map_from_bytes(data: bytes, name: str) -> StoredMap:
    """What :func:`map_to_bytes` wrote.

    Args:
        data: the bytes.
        name: what the user calls the file or object, for messages.

    Raises:
        RetargetError: the bytes hold no correspondence.
    """
    wrong = RetargetError(f"'{name}' holds no correspondence of two faces: find it again")
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as held:
            version, source, target = (str(text) for text in held["about"])
            arrays = {key: held[key] for key in _ARRAYS}
    except (OSError, KeyError, ValueError, zipfile.BadZipFile, EOFError) as error:
        raise wrong from error
    count = len(arrays["rows"])
    sizes = {"corners": (count, 3), "weights": (count, 3), "trust": (count,), "warped": (count, 3)}
    if version != str(_VERSION) or any(arrays[key].shape != size for key, size in sizes.items()):
        raise wrong
    names = tuple(str(text) for text in arrays.pop("names"))
    return StoredMap(**arrays, names=names, source=source, target=target)
