# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Models as safetensors bytes: in a .blend, and in files (numpy only). Nothing is ever unpickled."""

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..anatomy.jaw.joint import JawJoint
from ..errors import ModelFileError
from ..model.aim import AimModel, FittedAnatomy
from ..model.network import SineNetwork
from .damage import refusing
from .json_text import parse_json
from .model_checks import (
    FARTHEST_MM,
    LARGEST_WEIGHT,
    PARTS,
    check_about,
    checksum,
    joint_of,
    mesh_of,
    numbers,
    rigid,
)
from .regular_file import read_regular
from .safe_tensors import little_endian, pack_tensors, unpack_tensors
from .whole_file import write_whole_bytes

FORMAT = "aim-face-model"
#: Version 2 holds an edit of the anatomy; models without one are written as version 1, which older readers know.
VERSION = 2
UNITS = "millimetres, head space (the skull does not move)"
LICENCE_NOTE = "This model holds the likeness of a person. The rights in it are those of the scans it was fitted to."
_VERSION = re.compile("[0-9]{1,9}")


@dataclass(frozen=True)
class StoredModel:
    """A model that is read only where it is needed: the bytes of a model file, and its owner's name for messages."""

    data: bytes
    name: str

    def read(self) -> AimModel:
        """The model.

        Raises:
            ModelFileError: see :func:`model_from_bytes`.
        """
        return model_from_bytes(self.data, self.name)


def model_to_bytes(model: AimModel) -> bytes:
    """The model as the bytes of a safetensors file."""
    tensors = {
        "coordinates": model.coordinates,
        "heads": model.heads,
        "bone_below": model.bone_below,
        "jaw_poses": np.asarray(model.jaw_poses, "<f8"),
        "head_poses": np.asarray(model.head_poses, "<f8"),
    }
    if model.anatomy_detail is not None:
        tensors["anatomy_detail"] = model.anatomy_detail
    for layer, (weight, bias) in enumerate(
        zip(model.network.weights, model.network.biases, strict=True)
    ):
        tensors[f"weight_{layer}"], tensors[f"bias_{layer}"] = weight, bias
    for part in ("neutral", "skull", "jaw"):
        mesh = getattr(model, part)
        tensors[f"{part}_vertices"] = mesh.vertices
        tensors[f"{part}_face_vertices"] = mesh.face_vertices
        tensors[f"{part}_face_sizes"] = mesh.face_sizes
    about = {
        "name": model.name,
        "units": UNITS,
        "licence_note": LICENCE_NOTE,
        "expression_names": list(model.expression_names),
        "mesh_names": {part: getattr(model, part).name for part in ("neutral", "skull", "jaw")},
        "bones_estimated": model.bones_estimated,
        "joint": _joint_about(model.joint),
        "report": model.report,
    }
    if model.fitted is not None:
        tensors |= _fitted_tensors(model)
        about["fitted_joint"] = _joint_about(model.fitted.joint)
    version = 1 if model.fitted is None else VERSION
    tensors = {name: little_endian(array) for name, array in tensors.items()}
    metadata = {"format": FORMAT, "version": str(version), "about": json.dumps(about)}
    metadata["sha256"] = checksum(metadata["about"], tensors)
    return pack_tensors(tensors, metadata)


def model_from_bytes(data: bytes, source: str) -> AimModel:
    """The model held by ``data``.

    Args:
        data: bytes of a model file.
        source: file or object name, for the messages.

    Raises:
        ModelFileError: not ours, of a newer version, truncated or damaged.
    """
    metadata, tensors = unpack_tensors(data, source, "a model file", "that Save Model wrote")
    if metadata.get("format") != FORMAT:
        raise ModelFileError(
            f"{source} is not a face model of this extension; pick a file that Save Model wrote"
        )
    version = metadata.get("version", "")
    if not _VERSION.fullmatch(version):
        raise ModelFileError(f"{source} is damaged (it says no version); use another copy")
    if int(version) > VERSION:
        raise ModelFileError(
            f"{source} was written by a newer version of this extension (format {version}, "
            f"this one reads up to {VERSION}); update the extension to open it"
        )
    with refusing(
        ModelFileError,
        lambda reason: f"{source} is damaged ({reason}); fit the scans again or use another copy",
    ):
        model = _assemble(parse_json(metadata["about"]), tensors)
        stored = metadata.get("sha256")  # older files have none
        if stored is not None and stored != checksum(metadata["about"], tensors):
            raise ValueError("its content is not what was written")
        return model


def read_model(path: str | os.PathLike) -> AimModel:
    """The model in a file.

    Raises:
        ModelFileError: the file is missing, not ours, newer, truncated or damaged.
    """
    return stored_model(path).read()


def stored_model(path: str | os.PathLike) -> StoredModel:
    """The bytes of a model file, and its name for messages.

    Raises:
        ModelFileError: the file is missing.
    """
    return StoredModel(read_whole(path), f"'{Path(path).name}'")


def read_whole(path: str | os.PathLike) -> bytes:
    """The bytes of a file that one of these commands wrote.

    Raises:
        ModelFileError: the file is missing.
    """
    try:
        return read_regular(path)
    except OSError as error:
        raise ModelFileError(f"'{path}' cannot be read: {error.strerror}") from error


def write_model(path: str | os.PathLike, model: AimModel) -> None:
    """Write the model to a file, whole or not at all.

    Raises:
        ModelFileError: the disk is full or the folder cannot be written; an older file stays as it was.
    """
    write_whole(path, model_to_bytes(model))


def check_writable(path: str | os.PathLike) -> None:
    """Find out before a long computation that its result cannot be put at ``path``.

    Raises:
        ModelFileError: the folder is missing or may not be written to, or something else than a file is there.
    """
    if os.path.exists(path) and not os.path.isfile(path):
        raise ModelFileError(f"'{path}' is no file that can be written: choose another output")
    folder = Path(path).resolve().parent
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        raise ModelFileError(
            f"'{path}' cannot be written: make the folder '{folder}' or pick another place"
        )


def describe_model(model: AimModel) -> dict:
    """What a model holds, for people and for JSON."""
    report = model.report
    return {
        "name": model.name,
        "format": f"{FORMAT} {VERSION}",
        "units": UNITS,
        "vertices": len(model.neutral.vertices),
        "polygons": len(model.neutral.face_sizes),
        "expressions": list(model.expression_names),
        "bones": "estimated from the skin" if model.bones_estimated else "given",
        "skull_vertices": len(model.skull.vertices),
        "jaw_vertices": len(model.jaw.vertices),
        "skin_over_bone_percent": report.get("skin_over_bone_percent"),
        "jaw_disagreement_mm": {
            name: figures.get("jaw_disagreement_mm")
            for name, figures in report.get("per_expression", {}).items()
        },
        "jaw_open_limit_degrees": model.joint.limits.open_degrees,
        "skin_error_mm": report.get("skin_error_mm"),
        "seconds": report.get("seconds"),
        "device": report.get("device"),
        "seed": report.get("seed"),
        "licence_note": LICENCE_NOTE,
    }


def write_whole(path: str | os.PathLike, data: bytes) -> None:
    """Write ``data`` beside ``path`` first and put it there in one move.

    Raises:
        ModelFileError: as :func:`write_model`.
    """
    try:
        write_whole_bytes(path, data)
    except OSError as error:
        raise ModelFileError(
            f"'{path}' could not be written ({error.strerror}); nothing was changed, "
            "pick another place or free some space"
        ) from error


def _joint_about(joint: JawJoint) -> dict:
    return {
        "hinge_left": np.asarray(joint.hinge_left, float).tolist(),
        "hinge_right": np.asarray(joint.hinge_right, float).tolist(),
        "incisor": np.asarray(joint.incisor, float).tolist(),
        "limits": vars(joint.limits),
    }


def _fitted_tensors(model: AimModel) -> dict[str, np.ndarray]:
    """What an edit of the anatomy adds to a file."""
    fitted = model.fitted
    tensors = {
        "carry": np.asarray(model.carry, np.float32).reshape(-1, 9),
        "fitted_neutral": np.asarray(fitted.neutral, np.float32),
        "fitted_skull": np.asarray(fitted.skull, np.float32),
        "fitted_jaw": np.asarray(fitted.jaw, np.float32),
        "fitted_jaw_poses": np.asarray(fitted.jaw_poses, "<f8"),
    }
    if fitted.detail is not None:
        tensors["fitted_detail"] = np.asarray(fitted.detail, np.float32)
    return tensors


def _fitted(about: dict, tensors: dict[str, np.ndarray]) -> FittedAnatomy | None:
    """The anatomy before an edit, or None where there is none."""
    if "fitted_joint" not in about:
        return None
    return FittedAnatomy(
        *(tensors[f"fitted_{part}"] for part in ("neutral", "skull", "jaw")),
        joint_of(about["fitted_joint"]),
        tensors["fitted_jaw_poses"],
        tensors.get("fitted_detail"),
    )


def _assemble(about: dict, tensors: dict[str, np.ndarray]) -> AimModel:
    """The model of these parts, each of them checked.

    Raises:
        KeyError, ValueError: something is missing, does not fit together, or is no part of a model.
    """
    check_about(about)
    meshes = {
        part: mesh_of(
            *(tensors[f"{part}_{array}"] for array in ("vertices", "face_vertices", "face_sizes")),
            about["mesh_names"][part],
        )
        for part in PARTS
    }
    names, count = tuple(about["expression_names"]), len(meshes["neutral"].vertices)
    if not count:
        raise ValueError("the neutral has no vertices")
    network = _network(tensors)
    expected = {
        "coordinates": (count, network.weights[0].shape[0]),
        "heads": (network.feature_count, 5 + 3 * len(names)),
        "bone_below": (count,),
        "jaw_poses": (len(names), 4, 4),
        "head_poses": (len(names), 4, 4),
    }
    if "anatomy_detail" in tensors:
        expected["anatomy_detail"] = (count, 4)
    if "carry" in tensors or "fitted_joint" in about:
        expected["carry"] = (count, 9)
    if "fitted_joint" in about:
        expected["fitted_jaw_poses"] = (len(names), 4, 4)
        for part in PARTS:
            expected[f"fitted_{part}"] = meshes[part].vertices.shape
        if "fitted_detail" in tensors:
            expected["fitted_detail"] = (count, 4)
    for name, shape in expected.items():
        if tensors[name].shape != shape:
            raise ValueError(f"{name} has shape {tensors[name].shape}, expected {shape}")
        if name.endswith("poses"):
            rigid(tensors[name], name)
        else:
            numbers(tensors[name], name, _LARGEST.get(name, LARGEST_WEIGHT))
    if tensors["bone_below"].min() < 0:
        raise ValueError("bone_below is less than zero")
    return AimModel(
        name=about["name"],
        coordinates=tensors["coordinates"],
        network=network,
        heads=tensors["heads"],
        bone_below=tensors["bone_below"],
        expression_names=names,
        jaw_poses=tensors["jaw_poses"],
        head_poses=tensors["head_poses"],
        joint=joint_of(about["joint"]),
        bones_estimated=about["bones_estimated"],
        report=about["report"],
        anatomy_detail=tensors.get("anatomy_detail"),
        carry=tensors["carry"].reshape(-1, 3, 3) if "carry" in tensors else None,
        fitted=_fitted(about, tensors),
        **meshes,
    )


#: Largest values of arrays that are no weights.
_LARGEST = {"bone_below": 1.0, "anatomy_detail": FARTHEST_MM, "fitted_detail": FARTHEST_MM} | {
    f"fitted_{part}": FARTHEST_MM for part in PARTS
}


def _network(tensors: dict[str, np.ndarray]) -> SineNetwork:
    """The sine network, whose layers fit each other."""
    names = ("weight_0", "weight_1", "bias_0", "bias_1")
    first, second, *biases = (numbers(tensors[name], name, LARGEST_WEIGHT) for name in names)
    if first.ndim != 2 or second.ndim != 2 or not first.size or not second.size:
        raise ValueError("the network has no layers")
    if second.shape[0] != first.shape[1]:
        raise ValueError("the layers of the network do not fit each other")
    for layer, bias in ((first, biases[0]), (second, biases[1])):
        if bias.shape != (layer.shape[1],):
            raise ValueError("the biases of the network do not fit its layers")
    return SineNetwork((first, second), tuple(biases))
