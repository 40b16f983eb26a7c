# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Damaged model files: bytes, header, metadata and arrays."""

import functools
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np

from aim_blender_addon.backend.io.model_file import describe_model, model_to_bytes, read_model
from aim_blender_addon.backend.model.aim import AimModel

from .mutations import ODD_NUMBERS, ODD_TEXTS, mutated, odd_json, odd_value
from .small_face import small_model


def damaged(random: np.random.Generator, folder: Path) -> tuple[str, Callable[[], object]]:
    """A damaged model; read, described and evaluated."""
    data = _plain() if random.random() < 0.5 else _edited()
    said, data = _CHANGES[int(random.integers(len(_CHANGES)))](random, data)
    path = folder / "face.safetensors"
    path.write_bytes(data)
    return said, lambda: _used(read_model(path))


def _used(model: AimModel) -> None:
    json.dumps(describe_model(model))
    assert np.isfinite(model.scan(len(model.expression_names) - 1)).all(), "a scan is not finite"
    assert np.isfinite(model.neutral.normals).all(), "normals are not finite"
    assert np.isfinite(model.joint.parameters(model.jaw_poses[0])).all(), "the jaw is not finite"


@functools.cache
def _plain() -> bytes:
    return model_to_bytes(small_model())


@functools.cache
def _edited() -> bytes:
    return model_to_bytes(small_model(edited=True))


def _parts(data: bytes) -> tuple[dict, bytes]:
    length = int.from_bytes(data[:8], "little")
    return json.loads(data[8 : 8 + length]), data[8 + length :]


def _joined(header: dict, body: bytes) -> bytes:
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + body


def _bytes(random: np.random.Generator, data: bytes) -> tuple[str, bytes]:
    return mutated(random, data)


def _length(random: np.random.Generator, data: bytes) -> tuple[str, bytes]:
    length = int(random.choice([0, 1, 2, 7, 100, 2**20, 2**31, 2**40, 2**63 - 1]))
    return f"header of {length}", length.to_bytes(8, "little") + data[8:]


def _entry(random: np.random.Generator, data: bytes) -> tuple[str, bytes]:
    header, body = _parts(data)
    names = [name for name in header if name != "__metadata__"]
    name = names[int(random.integers(len(names)))]
    header[name] = odd_json(random, header[name])
    return f"entry {name}", _joined(header, body)


def _header(random: np.random.Generator, data: bytes) -> tuple[str, bytes]:
    header, body = _parts(data)
    return "header", _joined(odd_json(random, header), body)


def _metadata(random: np.random.Generator, data: bytes) -> tuple[str, bytes]:
    header, body = _parts(data)
    metadata = header["__metadata__"]
    name = list(metadata)[int(random.integers(len(metadata)))]
    texts = random.random() < 0.5
    metadata[name] = odd_value(random, texts)
    return f"metadata {name}", _joined(header, body)


def _about(random: np.random.Generator, data: bytes) -> tuple[str, bytes]:
    """What the metadata say of the model, with the checksum of older files: none."""
    header, body = _parts(data)
    metadata = header["__metadata__"]
    metadata.pop("sha256", None)
    metadata["about"] = json.dumps(odd_json(random, json.loads(metadata["about"])))
    return "about", _joined(header, body)


def _payload(random: np.random.Generator, data: bytes) -> tuple[str, bytes]:
    """One number of an array, in a file without a checksum."""
    header, body = _parts(data)
    header["__metadata__"].pop("sha256", None)
    names = [name for name in header if name != "__metadata__"]
    name = names[int(random.integers(len(names)))]
    start, end = header[name]["data_offsets"]
    kind = {"F32": "<f4", "F64": "<f8", "I32": "<i4", "U8": "|u1"}[header[name]["dtype"]]
    array = np.frombuffer(body[start:end], kind).copy()
    if not len(array):
        return "nothing", data
    with np.errstate(all="ignore"):
        if kind == "<i4":
            odd = random.choice([-1, -(2**31), 2**31 - 1, 0, 1, 2, 5000])
        else:
            odd = np.float64(ODD_NUMBERS[int(random.integers(len(ODD_NUMBERS)))])
        rows = random.integers(len(array), size=int(random.choice([1, len(array)])))
        array[rows] = odd
    return f"{name} {odd}", _joined(header, body[:start] + array.tobytes() + body[end:])


def _names(random: np.random.Generator, data: bytes) -> tuple[str, bytes]:
    header, body = _parts(data)
    metadata = header["__metadata__"]
    metadata.pop("sha256", None)
    about = json.loads(metadata["about"])
    about["expression_names"][0] = ODD_TEXTS[int(random.integers(len(ODD_TEXTS)))]
    metadata["about"] = json.dumps(about)
    return "expression name", _joined(header, body)


_CHANGES = (_bytes, _length, _entry, _header, _metadata, _about, _about, _payload, _payload, _names)
