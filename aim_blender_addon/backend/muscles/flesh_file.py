# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Flesh as safetensors bytes. A file belongs to one model; that of another or an edited one is refused."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict

import numpy as np
import scipy.sparse as sp

from ..errors import ModelFileError
from ..io.damage import refusing
from ..io.json_text import parse_json
from ..io.model_checks import checksum, numbers
from ..io.model_file import LICENCE_NOTE, UNITS
from ..io.safe_tensors import little_endian, pack_tensors, unpack_tensors
from ..model.aim import AimModel
from ..solving.result_file import fingerprint
from .curves import MuscleCurve
from .flesh import HOLDS, Flesh, Tracks
from .lattice import Lattice
from .settings import Material
from .stored_flesh import FORMAT, READABLE, VERSION

#: No number of a flesh file is larger.
_LARGEST = 1e9


def flesh_to_bytes(flesh: Flesh, model: AimModel) -> bytes:
    """The flesh of a model as the bytes of a safetensors file."""
    lattice, tracks = flesh.lattice, flesh.tracks
    carry = lattice.carry.tocsr()
    tensors = {
        "nodes": lattice.nodes,
        "cubes": lattice.cubes.astype(np.int32),
        "edge": lattice.edge,
        "odd": lattice.odd.astype(np.uint8),
        "free": lattice.free.astype(np.int32),
        "carry": carry.data,
        "carry_columns": carry.indices.astype(np.int32),
        "carry_rows": carry.indptr.astype(np.int32),
        "skin": flesh.skin.astype(np.int32),
        "skin_cube": flesh.skin_cube.astype(np.int32),
        "skin_shares": flesh.skin_shares,
        "jaw_share": flesh.jaw_share,
        "openings": tracks.openings,
        "passive": tracks.passive,
        "moves": tracks.moves.astype(np.float32),
        "lacking": tracks.lacking.astype(np.float32),
        "residual": flesh.residual.astype(np.float32),
        "scan_volume": flesh.scan_volume.astype(np.float32),
    }
    if tracks.ways is not None:
        tensors["ways"] = tracks.ways.astype(np.float32)
    for name in HOLDS:
        tensors[f"hold_{name}"] = flesh.holds[name].astype(np.float32)
    for number, (muscle, (cubes, blocks)) in enumerate(
        zip(flesh.muscles, flesh.muscle_blocks, strict=True)
    ):
        tensors[f"muscle_{number}_points"] = np.asarray(muscle.points, float)
        tensors[f"muscle_{number}_cubes"] = cubes.astype(np.int32)
        tensors[f"muscle_{number}_blocks"] = blocks.astype(np.float32)
    tensors = {name: little_endian(array) for name, array in tensors.items()}
    about = {
        "model": _stamp(model),
        "name": model.name,
        "units": UNITS,
        "licence_note": LICENCE_NOTE,
        "material": asdict(flesh.material),
        "muscles": [
            {"name": m.name, "radius": m.radius, "strength": m.strength, "on": m.on}
            for m in flesh.muscles
        ],
        "left_out": list(flesh.left_out),
    }
    metadata = {"format": FORMAT, "version": str(VERSION), "about": json.dumps(about)}
    metadata["sha256"] = checksum(metadata["about"], tensors)
    return pack_tensors(tensors, metadata)


def flesh_from_bytes(
    data: bytes, source: str, model: AimModel, strengths: Mapping[str, float] | None = None
) -> Flesh:
    """The flesh held by ``data``.

    Args:
        data: bytes of a flesh file.
        source: file or object name, for the messages.
        model: the actor's model as it is now.
        strengths: of muscles by name, 0 for one that is off; those not named are as the flesh has them.

    Raises:
        ModelFileError: not flesh, of another or an edited model, newer, cut off or damaged.
    """
    metadata, tensors = unpack_tensors(data, source, "a flesh file", "that Build Flesh wrote")
    if metadata.get("format") != FORMAT:
        raise ModelFileError(f"{source} holds no flesh; pick a file that Build Flesh wrote")
    if metadata.get("version") not in map(str, READABLE):
        raise ModelFileError(
            f"{source} is of another version of this extension (flesh {metadata.get('version', '?')}); "
            "build the flesh again"
        )
    with refusing(
        ModelFileError, lambda reason: f"{source} is damaged ({reason}); build the flesh again"
    ):
        about = parse_json(metadata["about"])
        if metadata.get("sha256") != checksum(metadata["about"], tensors):
            raise ValueError("its content is not what was written")
        stamp = about["model"]
    if stamp != _stamp(model):
        raise ModelFileError(
            f"{source} is the flesh of another model, or {model.name} was edited since; build the flesh again"
        )
    with refusing(
        ModelFileError, lambda reason: f"{source} is damaged ({reason}); build the flesh again"
    ):
        flesh = _assemble(about, tensors, model)
    return flesh.with_strengths(strengths or {})


def _stamp(model: AimModel) -> str:
    """What tells a model from others and from itself before an edit of its anatomy."""
    parts = [
        np.asarray(part)
        for part in (
            model.skull.vertices,
            model.jaw.vertices,
            model.jaw_poses,
            model.bone_below,
            model.joint.hinge_left,
            model.joint.hinge_right,
            model.joint.incisor,
            [] if model.anatomy_detail is None else model.anatomy_detail,
            [] if model.carry is None else model.carry,
        )
    ]
    digest = hashlib.sha256(fingerprint(model).encode())
    for part in parts:
        digest.update(f"{part.shape}".encode() + np.ascontiguousarray(part, np.float32).tobytes())
    return digest.hexdigest()[:16]


def _assemble(about: dict, tensors: dict[str, np.ndarray], model: AimModel) -> Flesh:
    """The flesh of these parts, whose numbers fit together.

    Raises:
        KeyError, ValueError: something is missing or does not fit.
    """
    for name, array in tensors.items():
        if array.dtype.kind == "f":
            numbers(array, name, _LARGEST)
    nodes, cubes, free = tensors["nodes"], tensors["cubes"], tensors["free"]
    count = len(nodes)
    _within(cubes, count, "cubes", 8)
    _within(free, count, "free")
    _within(tensors["skin"], len(model.neutral.vertices), "skin")
    _within(tensors["skin_cube"], len(cubes), "skin_cube")
    _within(tensors["carry_columns"], len(free), "carry_columns")
    rows = tensors["carry_rows"]
    if len(rows) != count + 1 or rows[0] != 0 or rows[-1] != len(tensors["carry"]):
        raise ValueError("its hanging corners do not fit")
    if (np.diff(rows) < 0).any() or len(tensors["carry"]) != len(tensors["carry_columns"]):
        raise ValueError("its hanging corners do not fit")
    expressions, skin = len(model.expression_names), len(tensors["skin"])
    openings = tensors["openings"]
    expected = {
        "nodes": (count, 3),
        "edge": (len(cubes),),
        "odd": (len(cubes),),
        "skin_cube": (skin,),
        "skin_shares": (skin, 8),
        "jaw_share": (len(free),),
        "passive": (len(openings), len(free), 3),
        "moves": (expressions, len(free), 3),
        "lacking": (len(openings), skin, 3),
        "residual": (expressions, skin, 3),
        "scan_volume": (expressions, skin),
    } | {f"hold_{name}": (len(cubes), 8, 8) for name in HOLDS}
    if "ways" in tensors:
        expected["ways"] = (3, 2, skin, 3)
    for name, shape in expected.items():
        if tensors[name].shape != shape:
            raise ValueError(f"{name} has shape {tensors[name].shape}, expected {shape}")
    if len(openings) < 2 or (np.diff(openings) <= 0).any() or not (tensors["edge"] > 0).all():  # noqa: PLR2004
        raise ValueError("its jaw openings or edges are none")
    carry = sp.csr_matrix((tensors["carry"], tensors["carry_columns"], rows), (count, len(free)))
    lattice = Lattice(
        nodes, cubes.astype(int), tensors["edge"], tensors["odd"] > 0, free.astype(int), carry,
        np.zeros(0, int),
    )  # fmt: skip
    muscles, blocks = [], []
    for number, entry in enumerate(about["muscles"]):
        points, own, held = (
            tensors[f"muscle_{number}_{part}"] for part in ("points", "cubes", "blocks")
        )
        _within(own, len(cubes), "the cubes of a muscle")
        if points.shape[1:] != (3,) or held.shape != (len(own), 8, 8):
            raise ValueError("a muscle does not fit")
        muscles.append(
            MuscleCurve(
                str(entry["name"]),
                points,
                float(entry["radius"]),
                float(entry["strength"]),
                entry["on"] is True,
            )
        )
        blocks.append((own.astype(int), held.astype(float)))
    anatomy = model.evaluate()
    return Flesh(
        lattice,
        Material(**{name: float(value) for name, value in about["material"].items()}),
        {name: tensors[f"hold_{name}"].astype(float) for name in HOLDS},
        muscles,
        blocks,
        tensors["skin"].astype(int),
        tensors["skin_cube"].astype(int),
        tensors["skin_shares"],
        anatomy.jaw_weight[tensors["skin"]].astype(float),
        tensors["jaw_share"],
        model.expression_names,
        model.joint,
        Tracks(
            openings,
            tensors["passive"],
            tensors["moves"],
            tensors["lacking"],
            tensors.get("ways"),
        ),
        tensors["residual"],
        tensors["scan_volume"].astype(float),
        tuple(str(name) for name in about["left_out"]),
    )


def _within(values: np.ndarray, count: int, name: str, width: int | None = None) -> None:
    """Refuse numbers that name nothing."""
    if width is not None and values.shape[1:] != (width,):
        raise ValueError(f"{name} has shape {values.shape}")
    if values.dtype.kind != "i" or (len(values) and not 0 <= values.min() <= values.max() < count):
        raise ValueError(f"{name} names what is not there")
