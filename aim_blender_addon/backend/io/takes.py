# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recorded performances, one frame at a time, from .npz files, folders of meshes or arrays (numpy only).

A take of any length needs the memory of a few frames. Lengths are millimetres, NaN is unseen.
"""

import re
import struct
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ..errors import SolveError
from ..geometry.mesh import Mesh
from ..geometry.topology import compare_faces
from .mesh_files import MESH_FORMATS, read_mesh

#: What a take shows: every vertex, marked points in space, or marked points in camera images.
DENSE, POINTS, VIEWS = "vertices", "positions", "image_points"
_KINDS = {DENSE: 3, POINTS: 3, VIEWS: 4}
_LAYOUT = (
    "vertices [T, V, 3], or vertex_indices [M] with positions [T, M, 3], "
    "or vertex_indices [M] with image_points [T, C, M, 2] and cameras [C, 3, 4]"
)


@dataclass(frozen=True)
class Take:
    """A performance.

    Attributes:
        name: what the user calls it.
        kind: :data:`DENSE`, :data:`POINTS` or :data:`VIEWS`.
        frames: T frames by number: [V, 3], [M, 3] or [C, M, 2] each.
        vertex_indices: [M] vertex of each point; None for dense takes and bound points.
        corners: [M, 3] triangle corners of points bound to the skin, or None.
        barycentric: [M, 3] their weights, or None.
        offsets: [M, 3] mm from the skin to the point in the neutral, or None.
        weights: [T, M] or [T, C, M], how far each observation is to be believed (0: missing), or None.
        cameras: [C, 3, 4] or [T, C, 3, 4] projections of world mm to pixels, for views.
        mm_per_unit: millimetres in a unit of meshes and points.
    """

    name: str
    kind: str
    frames: Sequence[np.ndarray]
    vertex_indices: np.ndarray | None = None
    corners: np.ndarray | None = None
    barycentric: np.ndarray | None = None
    offsets: np.ndarray | None = None
    weights: Sequence[np.ndarray] | None = None
    cameras: np.ndarray | None = None
    mm_per_unit: float = 1.0

    def __len__(self) -> int:
        return len(self.frames)

    def seen(self, number: int) -> "Seen":
        """What frame ``number`` shows; NaN where unseen, which is also where the weight is 0."""
        places = np.array(self.frames[number], np.float64)
        confidence = None
        if self.weights is not None:
            confidence = np.nan_to_num(np.asarray(self.weights[number], np.float64))
            places[~(confidence > 0)] = np.nan
        places[~np.isfinite(places).all(axis=-1)] = np.nan
        if self.kind != VIEWS:
            places *= self.mm_per_unit
        return Seen(number, places, confidence)

    def cameras_at(self, number: int) -> np.ndarray:
        """Projections [C, 3, 4] at frame ``number``."""
        return self.cameras if self.cameras.ndim == 3 else self.cameras[number]


@dataclass(frozen=True)
class Seen:
    """What one frame shows.

    Attributes:
        number: of the frame.
        places: [V, 3] or [M, 3] mm, or [C, M, 2] pixels, float64; NaN where unseen.
        confidence: [M] or [C, M], how far each is to be believed, or None where all count alike.
    """

    number: int
    places: np.ndarray
    confidence: np.ndarray | None = None


@dataclass(frozen=True)
class TakeFile:
    """A performance on disk: its path, millimetres in a unit of its lengths, and its name; "" for the file's own."""

    path: Path
    mm_per_unit: float = 1.0
    name: str = ""

    def read(self, neutral: Mesh) -> Take:
        """The performance, checked against the actor's neutral; raises as :func:`read_take`."""
        take = read_take(self.path, neutral, self.mm_per_unit)
        return replace(take, name=self.name) if self.name else take


def read_take(path: str | Path, neutral: Mesh, mm_per_unit: float = 1.0) -> Take:
    """The performance in an ``.npz`` file or a folder of OBJ or PLY meshes.

    Args:
        path: the file or folder.
        neutral: of the actor.
        mm_per_unit: millimetres in a unit of its meshes and points.

    Raises:
        SolveError: what is wrong with it, in one sentence.
    """
    path = Path(path)
    if path.is_dir():
        return Take(path.name, DENSE, MeshFolder(path, neutral), mm_per_unit=mm_per_unit)
    if path.suffix.lower() != ".npz":
        raise SolveError(
            f"'{path}' is no performance: give an .npz file ({_LAYOUT}) or a folder of {MESH_FORMATS.either} meshes"
        )
    try:
        with zipfile.ZipFile(path) as file:
            names = {name.removesuffix(".npy") for name in file.namelist()}
        kind = next((kind for kind in _KINDS if kind in names), None)
        if kind is None:
            raise SolveError(f"'{path.name}' holds no performance: it needs {_LAYOUT}")
        frames = NpzRows(path, kind)
        small = {
            name: NpzRows(path, name).whole()
            for name in ("vertex_indices", "corners", "barycentric", "offsets", "cameras")
            if name in names
        }
        weights = NpzRows(path, "weights") if "weights" in names else None
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise SolveError(
            f"'{path}' cannot be read ({error}): save it again with numpy.savez"
        ) from error
    take = Take(path.stem, kind, frames, weights=weights, mm_per_unit=mm_per_unit, **small)
    return checked(take, neutral)


def checked(take: Take, neutral: Mesh) -> Take:
    """The take itself, if its arrays fit each other and the actor.

    Raises:
        SolveError: they do not.
    """
    shape, count = _shape(take.frames), len(neutral.vertices)
    if len(shape) != _KINDS[take.kind] or shape[-1] != (2 if take.kind == VIEWS else 3):
        raise SolveError(
            f"'{take.name}': {take.kind} has the shape {list(shape)}; a performance needs {_LAYOUT}"
        )
    if not shape[0]:
        raise SolveError(f"'{take.name}' has no frames: record or export at least one")
    if take.kind == DENSE:
        if shape[1] != count:
            raise SolveError(
                f"'{take.name}' has {shape[1]:,} vertices, but the actor has {count:,}: "
                "export the performance in the actor's topology, or solve from marked points"
            )
        return take
    marked = shape[-2]
    if take.vertex_indices is None and (take.corners is None or take.barycentric is None):
        raise SolveError(
            f"'{take.name}' does not say where its {marked} points sit on the skin: add vertex_indices "
            "[M], or corners [M, 3] with barycentric [M, 3]"
        )
    places = take.corners if take.vertex_indices is None else take.vertex_indices
    if len(places) != marked:
        raise SolveError(
            f"'{take.name}' has {marked} points but {len(places)} places on the skin: give one for each"
        )
    if not np.issubdtype(places.dtype, np.integer) or places.min() < 0 or places.max() >= count:
        raise SolveError(
            f"'{take.name}' names vertices the actor does not have (0 to {count - 1:,}): "
            "bind the points to this actor"
        )
    if take.weights is not None and _shape(take.weights) != shape[:-1]:
        raise SolveError(
            f"'{take.name}': weights has the shape {list(_shape(take.weights))}; it needs {list(shape[:-1])}"
        )
    if take.kind == VIEWS:
        _check_cameras(take, shape)
    return take


def _check_cameras(take: Take, shape: tuple[int, ...]) -> None:
    if take.cameras is None:
        raise SolveError(
            f"'{take.name}' has image points but no cameras: add the calibrated projections "
            "cameras [C, 3, 4] from world millimetres to pixels"
        )
    wanted = (shape[1], 3, 4)
    if take.cameras.shape not in (wanted, (shape[0], *wanted)):
        raise SolveError(
            f"'{take.name}': cameras has the shape {list(take.cameras.shape)}; {shape[1]} views need "
            f"{list(wanted)}, or one such set for each frame"
        )
    flat = take.cameras.reshape(-1, 3, 4)
    finite = np.isfinite(flat).all(axis=(1, 2))
    if not finite.all() or (np.linalg.matrix_rank(flat[:, :, :3]) < 3).any():
        raise SolveError(
            f"'{take.name}' has a camera without calibration: give each camera's projection [3, 4] "
            "of rank three, from world millimetres to pixels"
        )


def _shape(rows: Sequence[np.ndarray]) -> tuple[int, ...]:
    return tuple(rows.shape) if hasattr(rows, "shape") else (len(rows), *np.shape(rows[0]))


class NpzRows:
    """One array of an ``.npz`` file, row by row: read where it lies, or unpacked in passing where packed.

    Reading rows in rising order is fast; going back in a packed file unpacks again from the start.
    Nothing is mapped: a long take would fill the memory with its pages.
    """

    def __init__(self, path: str | Path, name: str):
        self._path, self._member = Path(path), f"{name}.npy"
        self._stream, self._next, self._whole, self._offset = None, 0, None, None
        with zipfile.ZipFile(self._path) as file:
            about = file.getinfo(self._member)
        with self._opened() as stream:
            self.shape, fortran, self.dtype = _header(stream)
            start = stream.tell()
        if self.dtype.hasobject:
            raise ValueError(f"{name} is no array of plain numbers")
        if fortran and len(self.shape) > 1:  # its rows lie scattered: only the whole can be read
            self._whole = self.whole()
        elif about.compress_type == zipfile.ZIP_STORED:
            self._offset = _data_offset(self._path, about.header_offset) + start

    def __len__(self) -> int:
        return self.shape[0] if self.shape else 0

    def __getitem__(self, number: int) -> np.ndarray:
        if not 0 <= number < len(self):
            raise IndexError(number)
        if self._whole is not None:
            return self._whole[number]
        row = self.shape[1:]
        size = int(np.prod(row)) * self.dtype.itemsize
        if self._offset is not None:
            with self._path.open("rb") as file:
                file.seek(self._offset + number * size)
                return self._row(file.read(size), number)
        if self._stream is None or number < self._next:
            if self._stream is not None:
                self._stream.close()
            self._stream, self._next = self._opened(), 0
            _header(self._stream)
        while self._next < number:
            self._stream.read(size)
            self._next += 1
        self._next += 1
        return self._row(self._stream.read(size), number)

    def _row(self, data: bytes, number: int) -> np.ndarray:
        row = self.shape[1:]
        if len(data) < int(np.prod(row)) * self.dtype.itemsize:
            raise ValueError(f"{self._member} is cut short at row {number}")
        return np.frombuffer(data, self.dtype).reshape(row)

    def whole(self) -> np.ndarray:
        """All of it; for what does not grow with the take."""
        with np.load(self._path, allow_pickle=False) as file:
            return file[self._member.removesuffix(".npy")]

    def _opened(self):  # noqa: ANN202 - zipfile's own stream type is private
        return zipfile.ZipFile(self._path).open(self._member)


class MeshFolder:
    """The meshes of a folder in the order of the numbers in their names, as rows [V, 3]."""

    def __init__(self, folder: Path, neutral: Mesh):
        files = [p for p in folder.iterdir() if MESH_FORMATS.of(p)]
        self._files = sorted((p for p in files if not p.name.startswith(".")), key=_natural)
        self._neutral = neutral
        if not self._files:
            raise SolveError(
                f"'{folder}' has no frames: put {MESH_FORMATS.either} meshes there, one for each frame"
            )

    def __len__(self) -> int:
        return len(self._files)

    def __getitem__(self, number: int) -> np.ndarray:
        mesh = read_mesh(self._files[number])
        if len(mesh.vertices) != len(self._neutral.vertices) or compare_faces(
            self._neutral, mesh
        ) not in ("same", "flipped", "split"):
            raise SolveError(
                f"'{self._files[number].name}' has another topology than the actor "
                f"({len(mesh.vertices):,} vertices, the actor {len(self._neutral.vertices):,}): "
                "export every frame in the actor's topology"
            )
        return mesh.vertices


def _natural(path: Path) -> list:
    """Sorting key by which frame 10 comes after frame 9."""
    return [
        int(part) if part.isdigit() else part for part in re.split(r"(\d+)", path.stem.casefold())
    ]


def _header(stream) -> tuple[tuple[int, ...], bool, np.dtype]:  # noqa: ANN001
    version = np.lib.format.read_magic(stream)
    read = (
        np.lib.format.read_array_header_1_0
        if version == (1, 0)
        else np.lib.format.read_array_header_2_0
    )
    return read(stream)


def _data_offset(path: Path, header: int) -> int:
    """Where a member's bytes begin: after its local header, whose lengths may differ from the directory's."""
    with path.open("rb") as file:
        file.seek(header + 26)
        name, extra = struct.unpack("<HH", file.read(4))
    return header + 30 + name + extra
