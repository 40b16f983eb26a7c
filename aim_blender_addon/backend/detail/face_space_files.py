# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Face spaces in files that a user has: the layouts of FLAME, GNM, BFM and ICT-FaceKit, and nothing else of theirs."""

import io
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from ..errors import ScanError, one_line
from ..geometry.mesh import Mesh
from ..io.damage import refusing
from ..io.mesh_files import read_mesh
from ..io.npz import NUMBERS, npz_names, read_arrays
from ..io.plain_pickle import array_of, read_plain_pickle
from ..io.regular_file import read_regular
from .face_space import MOST_WAYS, FaceSpace, space_of

#: Names of the arrays: mean [V, 3], ways, faces; and whether ways come last in their array. FLAME's, then GNM's,
#: then those of a plain export.
_NAMED = (
    ("v_template", "shapedirs", ("f",), True),
    ("template_vertex_positions", "vertex_identity_basis", ("triangles", "quads", "faces"), False),
    ("neutral", "identity_modes", ("faces",), False),
    ("mean", "basis", ("faces",), False),
)
_LARGEST = 1 << 31


def read_face_space(path: str | Path, most: int = MOST_WAYS) -> FaceSpace:
    """The face space of a file or folder.

    Args:
        path: ``.npz`` or ``.pkl`` with mean, ways and faces; a BFM as ``.mat`` or ``.h5``; or a folder with one OBJ
            of a neutral and OBJ that begin with ``identity``.
        most: ways that are kept, the first ones.

    Raises:
        ScanError: it is none of these, or damaged.
    """
    path = Path(path)
    name = one_line(path.name)
    if path.is_dir():
        return _of_folder(path, most)
    readers = {".npz": _of_npz, ".pkl": _of_pickle, ".mat": _of_mat, ".h5": _of_hdf5}
    reader = readers.get(path.suffix.lower())
    if reader is None or not path.exists():
        raise ScanError(
            f"'{name}' is no face model: give .npz, .pkl, .mat or .h5, or a folder with a neutral and identity OBJ"
        )
    with refusing(
        ScanError, lambda reason: f"'{name}' is no face model that can be read ({reason})"
    ):
        mean, ways, faces = reader(path, most)
        vertices = np.asarray(mean, np.float32).reshape(-1, 3)
        return space_of(_mesh(vertices, faces, name), ways, name, most)


def _of_npz(path: Path, most: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    held = npz_names(path)
    for mean, ways, faces, last in _NAMED:
        found = [name for name in faces if name in held]
        if mean in held and ways in held and found:
            wanted = dict.fromkeys((mean, ways, found[0]), NUMBERS)
            arrays = read_arrays(path, wanted, _LARGEST)
            return arrays[mean], _ways(arrays[ways], last, most), arrays[found[0]]
    raise ValueError("it lacks a mean, ways or faces")


def _of_pickle(path: Path, most: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    held = read_plain_pickle(read_regular(path, _LARGEST))
    if not isinstance(held, Mapping):
        raise TypeError("it holds no table of arrays")
    for mean, ways, faces, last in _NAMED:
        found = [name for name in faces if name in held]
        if mean in held and ways in held and found:
            return (
                array_of(held[mean]),
                _ways(array_of(held[ways]), last, most),
                array_of(held[found[0]]),
            )
    raise ValueError("it lacks a mean, ways or faces")


def _of_mat(path: Path, most: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """BFM 2009: ``shapeMU`` [3V, 1], ``shapePC`` [3V, K], ``shapeEV`` [K, 1] deviations, ``tl`` [F, 3] from one on."""
    from scipy.io import loadmat
    from scipy.io.matlab import MatReadError

    wanted = ["shapeMU", "shapePC", "shapeEV", "tl"]
    try:
        held = loadmat(io.BytesIO(read_regular(path, _LARGEST)), variable_names=wanted)
    except MatReadError as error:
        raise ValueError(str(error)) from error
    mean, ways, deviation, faces = (held[name] for name in wanted)
    scaled = ways[:, :most] * deviation.ravel()[:most]
    return mean, _flat_ways(scaled), faces.astype(np.int64) - 1


def _of_hdf5(path: Path, most: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """BFM 2017 and 2019: ``shape/model`` with mean, pcaBasis and pcaVariance, ``shape/representer/cells`` [3, F]."""
    try:
        import h5py
    except ImportError:
        raise ScanError(
            f"'{one_line(path.name)}' is HDF5, which needs the package h5py: install it, or save the model as .npz "
            "with mean, basis and faces"
        ) from None
    with h5py.File(path, "r") as file:
        model = file["shape/model"]
        mean, basis = np.asarray(model["mean"]), np.asarray(model["pcaBasis"][:, :most])
        variance = np.asarray(model["pcaVariance"]).ravel()[:most]
        faces = np.asarray(file["shape/representer/cells"])
    return mean, _flat_ways(basis * np.sqrt(variance)), faces.T if len(faces) == 3 else faces  # noqa: PLR2004


def _of_folder(folder: Path, most: int) -> FaceSpace:
    """ICT-FaceKit's folder: the neutral, and the neutral moved by one deviation each."""
    files = sorted(folder.glob("*.obj"))
    moved = [path for path in files if path.stem.casefold().startswith("identity")]
    neutral = [path for path in files if "neutral" in path.stem.casefold()]
    if len(neutral) != 1 or not moved:
        raise ScanError(
            f"'{folder.name}' holds {len(neutral)} OBJ with 'neutral' in their name and {len(moved)} that begin with "
            "'identity': give a folder with one neutral and some identities"
        )
    mean = read_mesh(neutral[0])
    ways = []
    for path in moved[:most]:
        mesh = read_mesh(path)
        if len(mesh.vertices) != len(mean.vertices):
            raise ScanError(
                f"'{path.name}' has {len(mesh.vertices):,} vertices and '{neutral[0].name}' "
                f"{len(mean.vertices):,}: give identities of one topology"
            )
        ways.append(mesh.vertices - mean.vertices)
    return space_of(mean, np.stack(ways), folder.name, most)


def _ways(ways: np.ndarray, last: bool, most: int) -> np.ndarray:
    """[K, V, 3] of an array whose ways come last or first."""
    if ways.ndim != 3:  # noqa: PLR2004
        raise ValueError("its ways have another shape")
    return np.moveaxis(ways[:, :, :most], 2, 0) if last else ways[:most]


def _flat_ways(columns: np.ndarray) -> np.ndarray:
    """[K, V, 3] of columns [3V, K]."""
    return columns.T.reshape(columns.shape[1], -1, 3)


def _mesh(vertices: np.ndarray, faces: np.ndarray, name: str) -> Mesh:
    """Triangles or quads; a quad whose last corner is below zero is a triangle.

    Raises:
        ValueError: they are none.
    """
    faces = np.asarray(faces)
    if faces.ndim != 2 or faces.shape[1] not in (3, 4) or not len(faces):  # noqa: PLR2004
        raise ValueError("its faces are no triangles or quads")
    faces = faces.astype(np.int64)
    sizes = np.full(len(faces), faces.shape[1])
    if faces.shape[1] == 4:  # noqa: PLR2004
        sizes = np.where(faces[:, 3] < 0, 3, 4)
    corners = faces[np.arange(faces.shape[1]) < sizes[:, None]]
    if corners.min() < 0 or corners.max() >= len(vertices):
        raise ValueError("its faces name vertices that it lacks")
    return Mesh(vertices, corners.astype(np.int32), sizes.astype(np.int32), name)
