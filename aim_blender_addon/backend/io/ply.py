# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""PLY files, text and binary of either byte order, with any properties (numpy only)."""

import struct
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

_TYPES = {
    **dict.fromkeys(("char", "int8"), "i1"),
    **dict.fromkeys(("uchar", "uint8"), "u1"),
    **dict.fromkeys(("short", "int16"), "i2"),
    **dict.fromkeys(("ushort", "uint16"), "u2"),
    **dict.fromkeys(("int", "int32"), "i4"),
    **dict.fromkeys(("uint", "uint32"), "u4"),
    **dict.fromkeys(("float", "float32"), "f4"),
    **dict.fromkeys(("double", "float64"), "f8"),
}
_STRUCT_CODES = {
    "i1": "b",
    "u1": "B",
    "i2": "h",
    "u2": "H",
    "i4": "i",
    "u4": "I",
    "f4": "f",
    "f8": "d",
}
_BYTE_ORDERS = {"binary_little_endian": "<", "binary_big_endian": ">", "ascii": ""}
_WHOLE_NUMBERS = ("i1", "u1", "i2", "u2", "i4", "u4")
_CORNERS = ("vertex_indices", "vertex_index")
_CUT_SHORT = "ends in the middle of its data"
_NEGATIVE = "has a list of negative length"


@dataclass(frozen=True)
class _Property:
    """One value, or a list when ``counter`` is the type of its length; types as in ``_TYPES``."""

    name: str
    kind: str
    counter: str = ""


@dataclass(frozen=True)
class _Element:
    name: str
    count: int
    properties: tuple[_Property, ...]


#: values of an element's property: one per row, or the flat values and length of each row's list
_Columns = dict[str, np.ndarray | tuple[np.ndarray, np.ndarray]]


def parse_ply(data: bytes) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Vertices [V, 3] float64, face_vertices [L] and face_sizes [F] int64 of a PLY file.

    Raises:
        ValueError: says what is wrong with the file, as the end of a sentence.
    """
    order, elements, body = _parse_header(data)
    columns = None
    if not order:
        columns = _columns(elements, _TextLines(body).read)
    if columns is None:
        source = _BinaryRows(body, order) if order else _TextRows(body)
        columns = _columns(elements, source.read)
        if not order and len(columns) == len(elements) and source.left:
            raise ValueError("holds more values than its header says")
    points = columns.get("vertex", {})
    if any(isinstance(points.get(axis), tuple | None) for axis in "xyz"):
        raise ValueError("holds no vertices with x, y and z")
    vertices = np.stack([points[axis] for axis in "xyz"], axis=1).astype(np.float64)
    faces = columns.get("face", {})
    corners = next((faces[name] for name in _CORNERS if name in faces), None)
    if not isinstance(corners, tuple):
        raise ValueError("holds no faces, only points or strips")
    numbers, sizes = corners
    whole = numbers.dtype.kind in "iu" or (
        np.isfinite(numbers).all() and (numbers == np.trunc(numbers)).all()
    )
    if not whole or (len(numbers) and np.abs(numbers.astype(np.float64)).max() >= 2**53):
        raise ValueError("has faces that name no vertices")
    return vertices, numbers.astype(np.int64), sizes.astype(np.int64)


def _columns(
    elements: list[_Element], read: Callable[[_Element], _Columns | None]
) -> dict[str, _Columns] | None:
    """The elements' values, as far as a mesh needs them; None where the reader finds that it does not suit."""
    columns: dict[str, _Columns] = {}
    for element in elements:
        found = read(element)
        if found is None:
            return None
        columns[element.name] = found
        if {"vertex", "face"} <= columns.keys():
            break
    return columns


def _parse_header(data: bytes) -> tuple[str, list[_Element], bytes]:
    """Byte order ('' for text), elements in file order, and what follows the header."""
    start = data.find(b"end_header")
    if not data.startswith(b"ply") or start < 0:
        raise ValueError("does not start like a PLY file")
    # On old Macs a carriage return alone ends the lines; what follows may be any bytes.
    old = data[3:4] == b"\r" and data[4:5] != b"\n"
    end = data.find(b"\r" if old else b"\n", start)
    if end < 0:
        raise ValueError(_CUT_SHORT)
    order, elements = None, []
    for line in data[:start].decode("ascii", "replace").splitlines()[1:]:
        words = line.split()
        try:
            match words[:1]:
                case ["format"]:
                    order = _BYTE_ORDERS[words[1]]
                case ["element"]:
                    elements.append(_Element(words[1], int(words[2]), ()))
                case ["property"]:
                    elements[-1] = _with_property(elements[-1], words[1:])
        except (KeyError, IndexError, ValueError):
            raise ValueError(
                f"has a header line that is not understood ('{line.strip()}')"
            ) from None
    if order is None:
        raise ValueError("does not say its format in the header")
    if any(element.count < 0 for element in elements):
        raise ValueError("has a negative number of elements in the header")
    return order, elements, data[end + 1 :]


def _with_property(element: _Element, words: list[str]) -> _Element:
    if words[0] == "list":
        added = _Property(words[3], _TYPES[words[2]], _TYPES[words[1]])
        if added.counter not in _WHOLE_NUMBERS:
            raise ValueError
    else:
        added = _Property(words[1], _TYPES[words[0]])
    return _Element(element.name, element.count, (*element.properties, added))


def _row_by_row(
    element: _Element, take: Callable[[_Property], float], several: Callable[[_Property, int], list]
) -> _Columns:
    """Reads an element whose rows differ in length."""
    values: dict[str, list] = {p.name: [] for p in element.properties}
    lengths: dict[str, list] = {p.name: [] for p in element.properties if p.counter}
    for _ in range(element.count):
        for item in element.properties:
            if item.counter:
                length = int(take(_Property("", item.counter)))
                if length < 0:
                    raise ValueError(_NEGATIVE)
                lengths[item.name].append(length)
                values[item.name].extend(several(item, length))
            else:
                values[item.name].append(take(item))
    return {
        name: (np.array(column), np.array(lengths[name])) if name in lengths else np.array(column)
        for name, column in values.items()
    }


class _TextLines:
    """The lines of a text file, a row each. What a line holds beyond its row is passed over, as others do.

    A file whose lines are no rows does not suit; its values then come one after the other.
    """

    def __init__(self, body: bytes):
        self._rows = [row for row in map(bytes.split, body.splitlines()) if row]
        self._at = 0

    def read(self, element: _Element) -> _Columns | None:
        rows = self._rows[self._at : self._at + element.count]
        if len(rows) < element.count:
            return None
        self._at += element.count
        try:
            if not any(item.counter for item in element.properties):
                return _same_widths(element, rows)
            return _lists_in(element, rows)
        except (ValueError, OverflowError) as error:
            if str(error) == _NEGATIVE:
                raise
            raise ValueError(
                f"has something else than numbers in its {element.name} data"
            ) from None


def _same_widths(element: _Element, rows: list[list[bytes]]) -> _Columns | None:
    """Rows of single values; None where one is too short."""
    width = len(element.properties)
    if any(len(row) < width for row in rows):
        return None
    tokens = [token for row in rows for token in row[:width]]
    table = np.array(tokens, np.float64).reshape(len(rows), width)
    return {p.name: table[:, k] for k, p in enumerate(element.properties)}


def _lists_in(element: _Element, rows: list[list[bytes]]) -> _Columns | None:
    """Rows with lists in them; None where one is too short."""
    tokens: list[list[bytes]] = [[] for _ in element.properties]
    lengths: list[list[int]] = [[] for _ in element.properties]
    for row in rows:
        at = 0
        for k, item in enumerate(element.properties):
            length = 1
            if item.counter:
                if at >= len(row):
                    return None
                length, at = int(row[at]), at + 1
                if length < 0:
                    raise ValueError(_NEGATIVE)
                lengths[k].append(length)
            if at + length > len(row):
                return None
            tokens[k] += row[at : at + length]
            at += length
    columns: _Columns = {}
    for k, item in enumerate(element.properties):
        values = np.array(tokens[k], np.float64)
        columns[item.name] = (values, np.array(lengths[k], np.int64)) if item.counter else values
    return columns


class _TextRows:
    """The values of a text file, one after the other."""

    def __init__(self, body: bytes):
        self._tokens = body.split()
        self._at = 0

    def read(self, element: _Element) -> _Columns:
        lists = [p for p in element.properties if p.counter]
        try:
            if not lists:
                return self._table(element)
            if len(element.properties) == 1 and element.count:
                alike = self._lists_alike(element)
                if alike is not None:
                    return alike
            return _row_by_row(element, lambda item: self._several(item, 1)[0], self._several)
        except (ValueError, OverflowError) as error:
            if str(error) in (_CUT_SHORT, _NEGATIVE):
                raise
            raise ValueError(
                f"has something else than numbers in its {element.name} data"
            ) from None

    @property
    def left(self) -> bool:
        """Whether values are left."""
        return self._at < len(self._tokens)

    def _take(self, count: int) -> list[bytes]:
        tokens = self._tokens[self._at : self._at + count]
        if len(tokens) < count:
            raise ValueError(_CUT_SHORT)
        self._at += count
        return tokens

    def _several(self, item: _Property, count: int) -> list:
        number = float if item.kind[0] == "f" else int
        return [number(token) for token in self._take(count)]

    def _table(self, element: _Element) -> _Columns:
        width = len(element.properties)
        table = np.array(self._take(width * element.count), np.float64).reshape(-1, width)
        return {p.name: table[:, k] for k, p in enumerate(element.properties)}

    def _lists_alike(self, element: _Element) -> _Columns | None:
        """Lists that all have the first one's length, else None."""
        if self._at >= len(self._tokens):
            raise ValueError(_CUT_SHORT)
        width = int(self._tokens[self._at]) + 1
        tokens = self._tokens[self._at : self._at + width * element.count]
        if width < 1 or len(tokens) < width * element.count:
            return None
        table = np.array(tokens, np.float64).reshape(-1, width)
        if (table[:, 0] != width - 1).any():
            return None
        self._at += width * element.count
        lengths = np.full(element.count, width - 1)
        return {element.properties[0].name: (table[:, 1:].ravel(), lengths)}


class _BinaryRows:
    """The values of a binary file, one after the other."""

    def __init__(self, body: bytes, order: str):
        self._body = body
        self._order = order
        self._at = 0

    def read(self, element: _Element) -> _Columns:
        alike = self._rows_alike(element)
        if alike is not None:
            return alike
        return _row_by_row(element, lambda item: self._several(item, 1)[0], self._several)

    def _several(self, item: _Property, count: int) -> tuple:
        pattern = f"{self._order}{count}{_STRUCT_CODES[item.kind]}"
        end = self._at + struct.calcsize(pattern)
        if end > len(self._body):
            raise ValueError(_CUT_SHORT)
        values = struct.unpack_from(pattern, self._body, self._at)
        self._at = end
        return values

    def _rows_alike(self, element: _Element) -> _Columns | None:
        """All rows at once, when every list is as long as in the first row; else None."""
        lengths = self._first_lengths(element)
        fields = []
        for k, item in enumerate(element.properties):
            if item.counter:
                fields.append((f"n{k}", self._order + item.counter))
            fields.append((f"v{k}", self._order + item.kind, (lengths[k],) if item.counter else ()))
        row = np.dtype(fields)
        size = row.itemsize * element.count
        if self._at + size > len(self._body):
            if any(item.counter for item in element.properties):
                return None
            raise ValueError(_CUT_SHORT)
        rows = np.frombuffer(self._body, row, element.count, self._at) if size else np.empty(0, row)
        columns: _Columns = {}
        for k, item in enumerate(element.properties):
            if not item.counter:
                columns[item.name] = rows[f"v{k}"]
                continue
            if (rows[f"n{k}"] != lengths[k]).any():
                return None
            columns[item.name] = (rows[f"v{k}"].ravel(), np.full(len(rows), lengths[k]))
        self._at += size
        return columns

    def _first_lengths(self, element: _Element) -> list[int]:
        """Length of each property's list in the first row; 0 for single values."""
        start, lengths = self._at, []
        for item in element.properties if element.count else ():
            length = int(self._several(_Property("", item.counter), 1)[0]) if item.counter else 0
            if length < 0:
                raise ValueError(_NEGATIVE)
            lengths.append(length)
            self._several(item, length if item.counter else 1)
        self._at = start
        return lengths or [0] * len(element.properties)
