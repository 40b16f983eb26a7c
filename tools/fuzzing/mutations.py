# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mutations of bytes and of JSON that suit every type of file."""

from collections.abc import Callable
from typing import Any

import numpy as np

#: Numbers that programs do not expect.
ODD_NUMBERS = (
    0, 1, -1, 2, 255, 2**16, 2**31 - 1, 2**31, 2**32, 2**53 + 1, 2**63, 2**64, 10**30,
    float("nan"), float("inf"), -float("inf"), 1e300, -1e300, 1e38, 1e-320, 0.5, -0.0,
)  # fmt: skip
#: Texts that programs do not expect.
ODD_TEXTS = (
    "",
    " ",
    "a\nb",
    "\0",
    "²",
    "9" * 5000,
    "nan",
    "inf",
    "-1",
    "\u202e",
    "'",
    '"',
    "x" * 5000,
)


def mutated(random: np.random.Generator, data: bytes) -> tuple[str, bytes]:
    """Bytes with one to four things done to them, and which in words."""
    said = []
    for _ in range(int(random.integers(1, 5))):
        name, change = _CHANGES[int(random.integers(len(_CHANGES)))]
        if data:
            data = change(random, data)
        said.append(name)
    return ", ".join(said), data


def odd_json(random: np.random.Generator, value: Any) -> Any:
    """JSON with one value somewhere in it replaced, removed or doubled."""
    if isinstance(value, dict) and value and random.random() < 0.85:
        key = list(value)[int(random.integers(len(value)))]
        if random.random() < 0.1:
            return {name: item for name, item in value.items() if name != key}
        if random.random() < 0.05:
            return {**value, odd_value(random, texts=True): value[key]}
        return {**value, key: odd_json(random, value[key])}
    if isinstance(value, list) and value and random.random() < 0.85:
        index = int(random.integers(len(value)))
        if random.random() < 0.1:
            return value[:index] + value[index + 1 :]
        if random.random() < 0.1:
            return value[: index + 1] + value[index:]
        return [*value[:index], odd_json(random, value[index]), *value[index + 1 :]]
    return odd_value(random)


def odd_value(random: np.random.Generator, texts: bool = False) -> Any:
    """Some value that is not what was asked for."""
    if texts or random.random() < 0.2:
        return ODD_TEXTS[int(random.integers(len(ODD_TEXTS)))]
    if random.random() < 0.5:
        return ODD_NUMBERS[int(random.integers(len(ODD_NUMBERS)))]
    deep: Any = []
    for _ in range(int(random.choice([1, 70, 900]))):
        deep = [deep]
    others = (None, True, False, [], {}, [[]], [None], {"": {}}, [1, [2, 3]], deep, ["a", 1])
    return others[int(random.integers(len(others)))]


def _at(random: np.random.Generator, data: bytes) -> int:
    """A place in it; the first bytes hold what matters, and come up more often."""
    if random.random() < 0.5:
        return int(random.integers(min(len(data), 300)))
    return int(random.integers(len(data)))


def _cut(random: np.random.Generator, data: bytes) -> bytes:
    return data[: _at(random, data)]


def _flip(random: np.random.Generator, data: bytes) -> bytes:
    at = _at(random, data)
    return data[:at] + bytes([data[at] ^ (1 << int(random.integers(8)))]) + data[at + 1 :]


def _set(random: np.random.Generator, data: bytes) -> bytes:
    at, byte = _at(random, data), int(random.choice([0, 0xFF, 0x20, 0x2D, 0x39, 0x0A, 0x80]))
    return data[:at] + bytes([byte]) * int(random.integers(1, 9)) + data[at + 1 :]


def _remove(random: np.random.Generator, data: bytes) -> bytes:
    at = _at(random, data)
    return data[:at] + data[at + int(random.integers(1, 40)) :]


def _double(random: np.random.Generator, data: bytes) -> bytes:
    at, size = _at(random, data), int(random.integers(1, 40))
    return data[: at + size] + data[at:]


def _insert(random: np.random.Generator, data: bytes) -> bytes:
    at = _at(random, data)
    return data[:at] + random.bytes(int(random.integers(1, 20))) + data[at:]


def _digit(random: np.random.Generator, data: bytes) -> bytes:
    """One digit of the text replaced by a larger number."""
    places = [at for at, byte in enumerate(data[:20000]) if 48 <= byte <= 57]
    if not places:
        return _flip(random, data)
    at = places[int(random.integers(len(places)))]
    new = random.choice(["-", "9", "99999999", "0", "1e300", "nan", "-1", "4294967297", "1e-9"])
    return data[:at] + str(new).encode() + data[at + 1 :]


def _swap(random: np.random.Generator, data: bytes) -> bytes:
    """Two stretches change places."""
    first, second = sorted((_at(random, data), _at(random, data)))
    size = int(random.integers(1, 16))
    if second - first < size:
        return data
    return b"".join(
        [
            data[:first],
            data[second : second + size],
            data[first + size : second],
            data[first : first + size],
            data[second + size :],
        ]
    )


_CHANGES: tuple[tuple[str, Callable[[np.random.Generator, bytes], bytes]], ...] = (
    ("cut", _cut),
    ("bit flipped", _flip),
    ("bytes set", _set),
    ("bytes removed", _remove),
    ("bytes doubled", _double),
    ("bytes inserted", _insert),
    ("digit replaced", _digit),
    ("bytes swapped", _swap),
)
