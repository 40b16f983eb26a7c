# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What differs between two recordings."""

import json
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

#: Names of figures that differ between two runs of the same code.
VOLATILE = re.compile(r"(^|_)(seconds|memory|date)(_|$)")
NPZ, MODEL, TEXTS = ".npz", ".safetensors", (".obj", ".csv", ".txt")


def compare(folder: Path, other: Path, parts: Sequence[str], seeds: Sequence[int]) -> int:
    """Say of every array, and of every figure that differs, whether two recordings are equal; 1 where not."""
    same = differ = 0
    here, there = (dict(_files(path, parts, seeds)) for path in (folder, other))
    for name in sorted(here | there):
        if name not in here or name not in there:
            sys.stdout.write(f"DIFFERS  {name}: only in {folder if name in here else other}\n")
            differ += 1
            continue
        values = [_contents(files[name], root) for files, root in ((here, folder), (there, other))]
        for key in sorted(values[0] | values[1]):
            said = _difference(*(value.get(key) for value in values))
            same, differ = same + (not said), differ + bool(said)
            if said or isinstance(values[0][key], np.ndarray):
                sys.stdout.write(f"{'DIFFERS' if said else 'equal  '}  {name}: {key}{said}\n")
    sys.stdout.write(f"{same} equal, {differ} differ\n")
    return 1 if differ or not same else 0


def _files(folder: Path, parts: Sequence[str], seeds: Sequence[int]) -> Iterator[tuple[str, Path]]:
    """Name and path of what is compared of a recording."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        actors = [int(number) for number in re.findall(r"^seed(\d+)", "".join(name.parts[1:2]))]
        wanted = name.parts[0].removesuffix(".txt") in parts and set(actors) <= set(seeds)
        if wanted and path.suffix in (NPZ, MODEL, ".json", *TEXTS) and "made" not in name.parts:
            yield name.as_posix(), path


def _contents(path: Path, root: Path) -> dict[str, object]:
    """Arrays, figures or bytes of a file by name."""
    if path.suffix in TEXTS:
        return {"bytes": np.frombuffer(path.read_bytes(), np.uint8)}
    if path.suffix == ".json":
        return _figures("", json.loads(path.read_text(encoding="utf-8")), root)
    arrays = _tensors(path.read_bytes()) if path.suffix == MODEL else dict(np.load(path))
    found = {}
    for name, array in arrays.items():
        if array.ndim == 0 and array.dtype.kind == "U" and str(array).startswith(("{", "[")):
            found |= _figures(name, json.loads(str(array)), root)
        else:
            found[name] = array
    return found


def _tensors(data: bytes) -> dict[str, np.ndarray]:
    """Arrays of a safetensors file, and its header's texts."""
    length = int.from_bytes(data[:8], "little")
    header, body = json.loads(data[8 : 8 + length]), data[8 + length :]
    found = {name: np.array(text) for name, text in header.pop("__metadata__", {}).items()}
    types = {"F32": "<f4", "F64": "<f8", "I32": "<i4", "U8": "|u1"}
    for name, entry in header.items():
        start, end = entry["data_offsets"]
        found[name] = np.frombuffer(body[start:end], types[entry["dtype"]]).reshape(entry["shape"])
    return found


def _figures(name: str, value: object, root: Path) -> dict[str, object]:
    """Single figures of JSON by their path; times, memory and the recording's own folder are left out."""
    if isinstance(value, dict):
        items = [(str(key), one) for key, one in value.items() if not VOLATILE.search(str(key))]
    elif isinstance(value, list):
        items = [(str(number), one) for number, one in enumerate(value)]
    else:
        whole = str(root.resolve())
        return {name: value.replace(whole, "") if isinstance(value, str) else value}
    found: dict[str, object] = {f"{name}.keys": sorted(key for key, _ in items)}
    for key, one in items:
        found |= _figures(f"{name}.{key}" if name else key, one, root)
    return found


def _difference(one: object, other: object) -> str:
    """What differs between two values, or nothing."""
    if not (isinstance(one, np.ndarray) and isinstance(other, np.ndarray)):
        alike = type(one) is type(other) and repr(one) == repr(other)
        return "" if alike else f": {one!r} is not {other!r}"
    if one.dtype != other.dtype or one.shape != other.shape:
        return f": {one.dtype}{one.shape} is not {other.dtype}{other.shape}"
    if one.tobytes() == other.tobytes():
        return ""
    if one.dtype.kind not in "fiub":
        return f": {int((one != other).sum())} of {one.size}"
    away = np.abs(one.astype(float) - other.astype(float))
    count = (
        int((one.view(np.uint8) != other.view(np.uint8)).sum())
        if not away.any()
        else int((away != 0).sum())
    )
    return f": {count} of {one.size}, largest difference {np.nanmax(away):.3g}"
