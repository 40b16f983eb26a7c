# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The detail of an actor as safetensors bytes (numpy only). A file belongs to one mesh and its UV."""

import hashlib
import json
from dataclasses import asdict, dataclass, fields

import numpy as np

from ..errors import ModelFileError
from ..geometry.mesh import Mesh
from ..io.damage import refusing
from ..io.json_text import parse_json
from ..io.model_checks import LARGEST_WEIGHT, checksum, numbers
from ..io.safe_tensors import little_endian, pack_tensors, unpack_tensors
from .compression import CHANNELS, Response
from .process import Covariance, Process
from .uv import UvMap

FORMAT, VERSION = "aim_detail", 1
#: No height of a detail file is larger, mm.
_LARGEST = 100.0
_UV_STEP = 1e-4


@dataclass(frozen=True)
class Detail:
    """What is played of an actor's detail.

    Attributes:
        constant: [S, S] float32 mm, D0.
        compressed: [4, S, S] float32 mm, W_k.
        known: [4, S, S] float32, 0 to 1: how far scans settle W_k.
        response: start, one number or [V], and width.
        axis: [3] the direction of 0 degrees.
        tile: column and row of the UDIM tile, (0, 0) for 1001.
        name: the actor's.
        stamp: of mesh and UV, as :func:`skin_stamp` gives it.
        about: figures of how it was made.
        process: the richer model for baked sequences; None where the file holds none.
        pores: [S, S] float32 mm that were added to D0 for looks, and that the process lacks; None where none were.
        skin: the neutral and its UV, so that frames need no folder of the actor; None in files of before.
    """

    constant: np.ndarray
    compressed: np.ndarray
    known: np.ndarray
    response: Response
    axis: np.ndarray
    tile: tuple[int, int]
    name: str
    stamp: str
    about: dict
    process: Process | None = None
    pores: np.ndarray | None = None
    skin: tuple[Mesh, UvMap] | None = None


def skin_stamp(neutral: Mesh, uv: UvMap) -> str:
    """What tells a mesh with its UV from others: faces and UV, not where vertices lie."""
    digest = hashlib.sha256(np.ascontiguousarray(neutral.face_vertices, np.int32).tobytes())
    digest.update(np.ascontiguousarray(neutral.face_sizes, np.int32).tobytes())
    digest.update(np.round(uv.points[uv.corners] / _UV_STEP).astype(np.int32).tobytes())
    return digest.hexdigest()[:16]


def detail_to_bytes(detail: Detail) -> bytes:
    """The bytes of a detail file."""
    tensors = {
        "constant": np.asarray(detail.constant, np.float32),
        "compressed": np.asarray(detail.compressed, np.float32),
        "known": np.round(np.clip(detail.known, 0, 1) * 255).astype(np.uint8),
        "start": np.atleast_1d(np.asarray(detail.response.start, np.float32)),
        "axis": np.asarray(detail.axis, np.float64),
    }
    if detail.process is not None:
        tensors["process_strains"] = np.asarray(detail.process.strains, np.float32)
        tensors["process_pulls"] = np.asarray(detail.process.pulls, np.float32)
    if detail.pores is not None:
        tensors["pores"] = np.asarray(detail.pores, np.float32)
    if detail.skin is not None:
        neutral, uv = detail.skin
        tensors["skin_vertices"] = np.asarray(neutral.vertices, np.float32)
        tensors["skin_face_vertices"] = np.asarray(neutral.face_vertices, np.int32)
        tensors["skin_face_sizes"] = np.asarray(neutral.face_sizes, np.int32)
        tensors["skin_uv"] = np.asarray(uv.points, np.float64)
        tensors["skin_uv_corners"] = np.asarray(uv.corners, np.int32)
    tensors = {name: little_endian(array) for name, array in tensors.items()}
    about = {
        "name": detail.name,
        "stamp": detail.stamp,
        "width": float(detail.response.width),
        "tile": list(detail.tile),
        "units": "mm",
        "figures": detail.about,
    }
    if detail.process is not None:
        about["process"] = asdict(detail.process.covariance)
    metadata = {"format": FORMAT, "version": str(VERSION), "about": json.dumps(about)}
    metadata["sha256"] = checksum(metadata["about"], tensors)
    return pack_tensors(tensors, metadata)


def detail_from_bytes(data: bytes, source: str, stamp: str | None = None) -> Detail:
    """The detail held by ``data``.

    Args:
        data: bytes of a detail file.
        source: file or object name, for the messages.
        stamp: of the mesh and UV that it is for; not compared where none is given.

    Raises:
        ModelFileError: no detail, of another mesh or UV, newer, cut off or damaged.
    """
    metadata, tensors = unpack_tensors(data, source, "a detail file", "that detail-fit wrote")
    if metadata.get("format") != FORMAT:
        raise ModelFileError(f"{source} holds no detail; pick a file that detail-fit wrote")
    if metadata.get("version") != str(VERSION):
        raise ModelFileError(
            f"{source} is of another version of this extension (detail {metadata.get('version', '?')}); "
            "make the detail again"
        )
    with refusing(
        ModelFileError, lambda reason: f"{source} is damaged ({reason}); make the detail again"
    ):
        about = parse_json(metadata["about"])
        if metadata.get("sha256") != checksum(metadata["about"], tensors):
            raise ValueError("its content is not what was written")
        detail = _assemble(about, tensors)
    if stamp is not None and detail.stamp != stamp:
        raise ModelFileError(
            f"{source} is the detail of another mesh or UV map than this; make the detail again"
        )
    return detail


def _assemble(about: dict, tensors: dict[str, np.ndarray]) -> Detail:
    """The detail of these parts.

    Raises:
        KeyError, TypeError, ValueError: something is missing or does not fit.
    """
    constant, compressed, known = (tensors[name] for name in ("constant", "compressed", "known"))
    size = len(constant)
    expected = {
        "constant": (size, size),
        "compressed": (CHANNELS, size, size),
        "known": (CHANNELS, size, size),
        "axis": (3,),
    }
    if "pores" in tensors:
        expected["pores"] = (size, size)
    for name, shape in expected.items():
        if tensors[name].shape != shape:
            raise ValueError(f"{name} has shape {tensors[name].shape}, expected {shape}")
    for name in ("constant", "compressed", "start", "axis"):
        numbers(tensors[name], name, _LARGEST)
    start, width = tensors["start"], float(about["width"])
    if start.ndim != 1 or not len(start) or not 0 < width <= 1:
        raise ValueError("its response is none")
    tile = tuple(int(k) for k in about["tile"])
    response = Response(start if len(start) > 1 else float(start[0]), width)
    return Detail(
        constant,
        compressed,
        known.astype(np.float32) / 255,
        response,
        tensors["axis"],
        (tile[0], tile[1]),
        str(about["name"]),
        str(about["stamp"]),
        dict(about["figures"]),
        _process(about["process"], tensors, response, size) if "process" in about else None,
        numbers(tensors["pores"], "pores", _LARGEST) if "pores" in tensors else None,
        _skin(tensors, str(about["name"]), str(about["stamp"])) if "skin_uv" in tensors else None,
    )


def _skin(tensors: dict[str, np.ndarray], name: str, stamp: str) -> tuple[Mesh, UvMap]:
    """The neutral and its UV of these parts.

    Raises:
        KeyError, ValueError: something is missing or does not fit.
    """
    vertices, points = tensors["skin_vertices"], tensors["skin_uv"]
    indices, sizes = tensors["skin_face_vertices"], tensors["skin_face_sizes"]
    corners = tensors["skin_uv_corners"].astype(np.int64)
    if vertices.shape[1:] != (3,) or points.shape[1:] != (2,) or len(corners) != len(indices):
        raise ValueError("its skin is none")
    if sizes.min(initial=3) < 3 or sizes.sum() != len(indices) or not len(sizes):  # noqa: PLR2004
        raise ValueError("the faces of its skin are none")
    for part, of in ((indices, vertices), (corners, points)):
        if part.min() < 0 or part.max() >= len(of):
            raise ValueError("its skin names vertices that it lacks")
    numbers(vertices, "skin_vertices", LARGEST_WEIGHT)
    numbers(points, "skin_uv", LARGEST_WEIGHT)
    neutral, uv = Mesh(vertices, indices, sizes, name), UvMap(points, corners)
    if skin_stamp(neutral, uv) != stamp:
        raise ValueError("its skin is another mesh's")
    return neutral, uv


def _process(about: dict, tensors: dict[str, np.ndarray], response: Response, size: int) -> Process:
    """The process of these parts.

    Raises:
        KeyError, TypeError, ValueError: something is missing or does not fit.
    """
    strains, pulls = tensors["process_strains"], tensors["process_pulls"]
    if strains.ndim != 3 or strains.shape[2] != 3 or pulls.shape != (len(strains), size, size):  # noqa: PLR2004
        raise ValueError("its process does not fit its maps")
    if np.size(response.start) not in (1, strains.shape[1]):
        raise ValueError("its process is of another mesh than its maps")
    numbers(strains, "process_strains", _LARGEST)
    numbers(pulls, "process_pulls", _LARGEST)
    covariance = Covariance(
        **{field.name: float(about[field.name]) for field in fields(Covariance)}
    )
    if not covariance.reach > 0 or not all(0 <= v < 1e6 for v in asdict(covariance).values()):  # noqa: PLR2004
        raise ValueError("its covariance is none")
    return Process(covariance, response, strains, pulls)
