# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recorded performances, one frame at a time, from .npz files, folders of meshes or arrays (numpy only).

A take of any length needs the memory of a few frames. Lengths are millimetres, NaN is unseen.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ..errors import SolveError, one_line
from ..geometry.mesh import Mesh
from ..geometry.topology import compare_faces
from .damage import refusing
from .mesh_files import MESH_FORMATS, read_mesh
from .npz import NpzRows, npz_names

#: What a take shows: every vertex, marked points in space, or marked points in camera images.
DENSE, POINTS, VIEWS = "vertices", "positions", "image_points"
_KINDS = {DENSE: 3, POINTS: 3, VIEWS: 4}
_LAYOUT = (
    "vertices [T, V, 3], or vertex_indices [M] with positions [T, M, 3], "
    "or vertex_indices [M] with image_points [T, C, M, 2] and cameras [C, 3, 4]"
)
#: What lies farther from the origin was not seen: ten kilometres, and more pixels than any camera has.
FARTHEST_MM, FARTHEST_PIXELS = 1e7, 1e6
#: So was what lies this many times farther from the middle than half of the points do.
FARTHEST_STRAY = 100.0
#: A face whose points lie in one place was lost: in an image within this many pixels, where there are so many points.
SMALLEST_PIXELS, FEWEST_PIXELS = 1.0, 6
#: Numbers of a binding and of cameras are not larger.
_LARGEST_SHARE, _LARGEST_OFFSET_MM, _LARGEST_PROJECTION = 10.0, 1000.0, 1e12
#: Barycentric weights may miss one by this much (numbers typed or stored in single precision).
_SHARE_SLACK = 1e-2
#: Arrays beside the frames with more values than this have the wrong shape, and are not read to say so.
_MANY = 1_000_000


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
        notes: what was assumed of its files, a sentence each.
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
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.frames)

    def seen(self, number: int) -> "Seen":
        """What frame ``number`` shows; NaN where unseen: where the weight is 0, or the place can be none."""
        places = np.array(self.frames[number], np.float64)
        confidence = None
        if self.weights is not None:
            confidence = np.nan_to_num(np.asarray(self.weights[number], np.float64))
            confidence = np.clip(confidence, 0.0, 1.0)
            places[~(confidence > 0)] = np.nan
        limit = FARTHEST_PIXELS
        if self.kind != VIEWS:
            limit = FARTHEST_MM / self.mm_per_unit
        places[~(np.abs(places) <= limit).all(axis=-1)] = np.nan
        if self.kind == VIEWS:
            _forget_points(places)
        else:
            _forget_strays(places)
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


def _forget_strays(places: np.ndarray) -> None:
    """Points [N, 3] that lie nowhere near the others become NaN."""
    seen = np.isfinite(places).all(axis=1)
    if not seen.any():
        return
    distance = np.linalg.norm(places - np.median(places[seen], axis=0), axis=1)
    usual = np.median(distance[seen])
    if usual > 0:
        places[distance > FARTHEST_STRAY * usual] = np.nan


def _forget_points(places: np.ndarray) -> None:
    """The points [C, M, 2] of a camera that all lie in one pixel become NaN."""
    for image in places:
        seen = np.isfinite(image).all(axis=1)
        if seen.sum() >= FEWEST_PIXELS and np.ptp(image[seen], axis=0).max() < SMALLEST_PIXELS:
            image[:] = np.nan


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
        frames = MeshFolder(path, neutral)
        return Take(path.name, DENSE, frames, mm_per_unit=mm_per_unit, notes=frames.notes())
    if path.suffix.lower() != ".npz":
        raise SolveError(
            f"'{path}' is no performance: give an .npz file ({_LAYOUT}) or a folder of {MESH_FORMATS.either} meshes"
        )
    with refusing(
        SolveError,
        lambda reason: f"'{path}' cannot be read ({reason}): save it again with numpy.savez",
    ):
        names = npz_names(path)
        kind = next((kind for kind in _KINDS if kind in names), None)
        if kind is None:
            raise SolveError(f"'{path.name}' holds no performance: it needs {_LAYOUT}")
        frames = NpzRows(path, kind)
        most = max(_MANY, 12 * math.prod(frames.shape[:-2]), 3 * math.prod(frames.shape[-2:]))
        small = {
            name: _small(path, name, most)
            for name in ("vertex_indices", "corners", "barycentric", "offsets", "cameras")
            if name in names
        }
        weights = NpzRows(path, "weights") if "weights" in names else None
        take = Take(path.stem, kind, frames, weights=weights, mm_per_unit=mm_per_unit, **small)
        return checked(take, neutral)


def _small(path: Path, name: str, most: int) -> np.ndarray:
    """An array beside the frames, unless it has more than ``most`` values."""
    rows = NpzRows(path, name)
    if math.prod(rows.shape) > most:
        raise SolveError(
            f"'{path.stem}': {name} has the shape {list(rows.shape)}, which does not fit its frames"
        )
    return rows.whole()


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
        _check_weights(take, shape)
        return take
    marked = shape[-2]
    if take.vertex_indices is None and (take.corners is None or take.barycentric is None):
        raise SolveError(
            f"'{take.name}' does not say where its {marked} points sit on the skin: add vertex_indices "
            "[M], or corners [M, 3] with barycentric [M, 3]"
        )
    _check_binding(take, marked, count)
    _check_weights(take, shape)
    if take.kind == VIEWS:
        _check_cameras(take, shape)
    return take


def _check_binding(take: Take, marked: int, count: int) -> None:
    """Points sit on vertices or triangles that the actor's ``count`` vertices have."""
    by_vertex = take.vertex_indices is not None
    places = np.asarray(take.vertex_indices if by_vertex else take.corners)
    if places.ndim != (1 if by_vertex else 2) or len(places) != marked or not marked:
        raise SolveError(
            f"'{take.name}' has {marked} points but {len(places) if places.ndim else 'no'} places on the skin: "
            "give one for each"
        )
    if not by_vertex and places.shape[1] != 3:
        raise SolveError(
            f"'{take.name}': corners has the shape {list(places.shape)}; it needs [{marked}, 3]"
        )
    if not np.issubdtype(places.dtype, np.integer) or places.min() < 0 or places.max() >= count:
        raise SolveError(
            f"'{take.name}' names vertices the actor does not have (0 to {count - 1:,}): "
            "bind the points to this actor"
        )
    if not by_vertex:
        shares = _bound(take, "barycentric", marked, _LARGEST_SHARE)
        if (np.abs(shares.sum(axis=1) - 1) > _SHARE_SLACK).any():
            raise SolveError(
                f"'{take.name}': the barycentric weights of a point do not add up to one: "
                "bind the points again"
            )
    if take.offsets is not None:
        _bound(take, "offsets", marked, _LARGEST_OFFSET_MM)


def _bound(take: Take, name: str, marked: int, largest: float) -> np.ndarray:
    """Numbers [M, 3] of a binding, finite and up to ``largest``."""
    array = np.asarray(getattr(take, name))
    if array.shape != (marked, 3) or array.dtype.kind not in "fiu":
        raise SolveError(
            f"'{take.name}': {name} has the shape {list(array.shape)}; it needs [{marked}, 3] numbers"
        )
    if not (np.abs(array) <= largest).all():
        raise SolveError(
            f"'{take.name}': {name} holds numbers that are missing or beyond {largest:g}: bind the points again"
        )
    return array


def _check_weights(take: Take, shape: tuple[int, ...]) -> None:
    if take.weights is not None and _shape(take.weights) != shape[:-1]:
        raise SolveError(
            f"'{take.name}': weights has the shape {list(_shape(take.weights))}; it needs {list(shape[:-1])}"
        )


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
    flat = np.asarray(take.cameras, np.float64).reshape(-1, 3, 4)
    usual = (np.abs(flat) <= _LARGEST_PROJECTION).all()  # NaN is not
    if not usual or (np.linalg.matrix_rank(flat[:, :, :3]) < 3).any():
        raise SolveError(
            f"'{take.name}' has a camera without calibration: give each camera's projection [3, 4] "
            "of rank three, from world millimetres to pixels"
        )


def _shape(rows: Sequence[np.ndarray]) -> tuple[int, ...]:
    return tuple(rows.shape) if hasattr(rows, "shape") else (len(rows), *np.shape(rows[0]))


class MeshFolder:
    """The meshes of a folder in the order of the numbers in their names, as rows [V, 3]."""

    def __init__(self, folder: Path, neutral: Mesh):
        try:
            files = [p for p in folder.iterdir() if MESH_FORMATS.of(p) and not p.is_dir()]
        except OSError as error:
            raise SolveError(
                f"'{folder}' cannot be read ({error.strerror}): choose the folder again"
            ) from error
        self._files = sorted((p for p in files if not p.name.startswith(".")), key=_natural)
        self._neutral = neutral
        if not self._files:
            raise SolveError(
                f"'{folder}' has no frames: put {MESH_FORMATS.either} meshes there, one for each frame"
            )
        for file, after in zip(self._files, self._files[1:], strict=False):
            if _natural(file) == _natural(after):
                raise SolveError(
                    f"'{one_line(file.name)}' and '{one_line(after.name)}' are the same frame: leave one of them there"
                )

    def notes(self) -> tuple[str, ...]:
        """What the numbers in the names say of missing frames, a sentence."""
        keys = [_natural(file) for file in self._files]
        places = [n for n in range(len(keys[0])) if len({str(key[n : n + 1]) for key in keys}) > 1]
        if len({len(key) for key in keys}) > 1 or len(places) != 1 or places[0] % 2 == 0:
            return ()  # no series of one number
        numbers = np.array([key[places[0]] for key in keys], float)
        steps = np.diff(numbers) / np.diff(numbers).min(initial=np.inf)
        gaps = np.flatnonzero(steps > 1)
        if not len(gaps):
            return ()
        missing, first = int((steps[gaps] - 1).sum()), one_line(self._files[gaps[0]].name)
        return (
            f"{missing:,} frames are missing by the numbers of its files, the first after '{first}': those behind "
            "were taken as following at once",
        )

    def __len__(self) -> int:
        return len(self._files)

    def __getitem__(self, number: int) -> np.ndarray:
        mesh = read_mesh(self._files[number])
        if len(mesh.vertices) != len(self._neutral.vertices) or compare_faces(
            self._neutral, mesh
        ) not in ("same", "flipped", "split"):
            raise SolveError(
                f"'{one_line(self._files[number].name)}' has another topology than the actor "
                f"({len(mesh.vertices):,} vertices, the actor {len(self._neutral.vertices):,}): "
                "export every frame in the actor's topology"
            )
        return mesh.vertices


def _natural(path: Path) -> list:
    """Sorting key by which frame 10 comes after frame 9."""
    parts = re.split(r"([0-9]+)", path.stem.casefold())
    return [int(part) if number % 2 else part for number, part in enumerate(parts)]
