# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Named arrays as the bytes of a safetensors file (numpy only).

Blender's Python has no safetensors package and the extension ships no compiled wheels, so the published layout
(8-byte length, JSON header, raw little-endian arrays) is written here. The tests read our bytes with the reference
package and the other way round. Nothing is ever unpickled.
"""

import json
import math
from typing import Any

import numpy as np

from ..errors import ModelFileError
from .damage import refusing
from .json_text import parse_json

_DTYPES = {"F32": "<f4", "F64": "<f8", "I32": "<i4", "U8": "|u1"}
_LARGEST_HEADER = 100_000_000  # as the reference implementation
_MOST_ARRAYS = 1000


def little_endian(array: np.ndarray) -> np.ndarray:
    """The array as it is stored."""
    array = np.ascontiguousarray(array)
    return array.astype(array.dtype.newbyteorder("<"), copy=False)


def pack_tensors(tensors: dict[str, np.ndarray], metadata: dict[str, str]) -> bytes:
    """Bytes of a safetensors file of little-endian arrays."""
    names = {np.dtype(code): name for name, code in _DTYPES.items()}
    header: dict[str, object] = {"__metadata__": metadata}
    chunks, offset = [], 0
    for name, array in tensors.items():
        chunks.append(array.tobytes())
        header[name] = {
            "dtype": names[array.dtype],
            "shape": list(array.shape),
            "data_offsets": [offset, offset + len(chunks[-1])],
        }
        offset += len(chunks[-1])
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return b"".join([len(text).to_bytes(8, "little"), text, *chunks])


def unpack_tensors(
    data: bytes, source: str, kind: str, wanted: str
) -> tuple[dict[str, str], dict[str, np.ndarray]]:
    """Metadata and arrays of a safetensors file.

    Args:
        data: its bytes.
        source: file or object name, for the messages.
        kind, wanted: what the file should be, and which one to pick instead.

    Raises:
        ModelFileError: it is none, cut off or damaged.
    """
    not_ours = ModelFileError(f"{source} is not {kind} (safetensors); pick a file {wanted}")
    if len(data) < 8:
        raise not_ours
    length = int.from_bytes(data[:8], "little")
    if not 2 <= length <= _LARGEST_HEADER or data[8:9] != b"{":
        raise not_ours
    cut = ModelFileError(
        f"{source} is cut off: {len(data)} bytes are not the whole file; copy it again"
    )
    if len(data) < 8 + length:
        raise cut
    with refusing(
        ModelFileError, lambda reason: f"{source} is damaged ({reason}); use another copy"
    ):
        header = parse_json(bytes(data[8 : 8 + length]))
        metadata = header.pop("__metadata__", {})
        if not all(isinstance(text, str) for text in metadata.values()):
            raise ValueError("its metadata are no texts")
        body = memoryview(data)[8 + length :]
        return metadata, _arrays(header, body, cut)


def _arrays(header: dict[str, Any], body: memoryview, cut: Exception) -> dict[str, np.ndarray]:
    """The arrays of the file, as read-only views that follow each other without a gap."""
    if len(header) > _MOST_ARRAYS:
        raise ValueError(f"it has {len(header):,} arrays")
    places = {}
    for name, entry in header.items():
        start, end = entry["data_offsets"]
        sizes = [start, end, *entry["shape"]]
        if not all(type(size) is int and size >= 0 for size in sizes):
            raise ValueError(f"the place of {name} is none")
        kind = np.dtype(_DTYPES[entry["dtype"]])
        if end - start != math.prod(entry["shape"]) * kind.itemsize:
            raise ValueError(f"{name} has another size than its shape says")
        places[name] = (start, end, kind, entry["shape"])
    at = 0
    for start, end, *_ in sorted(place[:2] for place in places.values()):
        if start != at:
            raise ValueError("its arrays do not follow each other")
        at = end
    if at > len(body):
        raise cut
    if at < len(body):
        raise ValueError(f"{len(body) - at:,} bytes follow its arrays")
    return {
        name: np.frombuffer(body[start:end], kind).reshape(shape)
        for name, (start, end, kind, shape) in places.items()
    }
