# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""MakeHuman's files: the base mesh (OBJ with groups) and targets (sparse displacements as text)."""

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import ScanError
from ..geometry.topology import component_labels

#: No target of the package is larger, bytes.
_LARGEST_TARGET = 1 << 26


@contextmanager
def of_package(package: Path) -> Iterator[None]:
    """Reading of an installed package: whatever is damaged in it ends in one sentence.

    Raises:
        ScanError: with the way out.
    """
    try:
        yield
    except (
        ArithmeticError,
        EOFError,
        LookupError,
        OSError,
        TypeError,
        ValueError,
        zlib.error,
    ) as error:
        reason = (str(error).splitlines() or [""])[0][:100]
        raise ScanError(
            f"The sample head in {package} could not be read, as it is damaged ({reason or type(error).__name__}): "
            "install the environment again."
        ) from error


@dataclass(frozen=True)
class BaseMesh:
    """The base mesh as read.

    Attributes:
        vertices: [N, 3] in the file's units.
        quads: [F, 4] of the body.
        island: [F] number of the texture's island each of those quads lies in.
        uv: [F, 4, 2] where the corners of those quads lie in the texture.
        groups: [., 4] quads of every group by name; the helper geometry is there.
    """

    vertices: np.ndarray
    quads: np.ndarray
    island: np.ndarray
    uv: np.ndarray
    groups: dict[str, np.ndarray]


def read_base(path: Path) -> BaseMesh:
    """The base mesh: every polygon is a quad with texture coordinates; read within :func:`of_package`."""
    vertices, texture, corners = [], [], {}
    group: list = corners.setdefault("", [])
    text = path.read_text(encoding="utf-8")
    for line in text.splitlines():
        kind, _, rest = line.partition(" ")
        if kind == "v":
            vertices.append(rest.split())
        elif kind == "vt":
            texture.append(rest.split()[:2])
        elif kind == "g":
            group = corners.setdefault(rest.strip(), [])
        elif kind == "f":
            group.append([corner.split("/")[:2] for corner in rest.split()])
    groups = {name: np.array(faces, np.int64) - 1 for name, faces in corners.items() if faces}
    body = groups["body"]  # [F, 4, (vertex, texture)]
    edges = np.stack([body[..., 1], np.roll(body[..., 1], 1, axis=1)], axis=2).reshape(-1, 2)
    island = component_labels(len(texture), edges)[body[:, 0, 1]]
    quads = {name: faces[..., 0] for name, faces in groups.items()}
    uv = np.array(texture, float)[body[..., 1]]
    return BaseMesh(np.array(vertices, float), quads["body"], island, uv, quads)


def read_target(path: Path, count: int) -> np.ndarray:
    """[count, 3] displacements of a MakeHuman target (text, maybe compressed); read within :func:`of_package`."""
    with (gzip.open if path.suffix == ".gz" else open)(path, "rb") as file:
        data = file.read(_LARGEST_TARGET + 1)
    if len(data) > _LARGEST_TARGET:
        raise ValueError(f"{path.name} is too large")
    rows = [
        line.split()
        for line in data.decode().splitlines()
        if line.strip() and not line.startswith("#")
    ]
    table = np.array(rows, float).reshape(-1, 4)
    if not np.isfinite(table).all():
        raise ValueError(f"{path.name} holds numbers that are none")
    move = np.zeros((count, 3))
    move[table[:, 0].astype(int)] = table[:, 1:]
    return move
