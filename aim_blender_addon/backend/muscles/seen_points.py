# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Points that were seen of a face, in space or in a picture, from ``.csv`` and ``.npz`` files (numpy only)."""

import os
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ..errors import AimError, one_line
from ..geometry.mesh import Mesh
from ..io.damage import refusing
from ..io.npz import NUMBERS, WHOLE, read_arrays
from ..io.text_files import filled_lines, find_delimiter, numbers_with_gaps, read_text, split_line

#: Columns that say where a point lies on the skin: at a vertex, or in a triangle by shares of its corners.
_VERTEX, _TRIANGLE, _SHARES = "vertex", "triangle", ("share_0", "share_1", "share_2")
_IN_SPACE, _IN_PICTURE, _CONFIDENCE = ("x", "y", "z"), ("u", "v"), "weight"
_WAY_OUT = "give the columns vertex (or triangle and share_0 to share_2), then x, y, z or u, v, and weight if any"


@dataclass(frozen=True)
class SeenPoints:
    """P points that were seen.

    Attributes:
        corners: [P, 3] vertices of the skin around each.
        shares: [P, 3] of these, which sum to 1.
        seen: [P, 3] mm, or [P, 2] pixels from the picture's lower left; NaN for unseen.
        confidence: [P] from 0 up; None for all alike.
    """

    corners: np.ndarray
    shares: np.ndarray
    seen: np.ndarray
    confidence: np.ndarray | None = None

    def with_seen(self, seen: np.ndarray) -> "SeenPoints":
        """The same points, seen elsewhere."""
        return replace(self, seen=seen)


def read_seen_points(path: str | os.PathLike, skin: Mesh, picture: bool = False) -> SeenPoints:
    """The points in a file, as they are in it; of a picture if ``picture``.

    Args:
        path: ``.npz`` with ``vertices`` [P] or ``triangles`` [P] and ``barycentric`` [P, 3], ``points`` [P, 3] or
            ``pixels`` [P, 2], ``weights`` [P]; or ``.csv`` with a column for each.
        skin: whose vertices and triangles are named.
        picture: pixels are read, not points in space.

    Raises:
        AimError: the file holds none.
    """
    path = Path(path)
    with refusing(
        AimError,
        lambda reason: f"'{one_line(path.name)}' holds no points ({reason}); {_WAY_OUT}",
    ):
        table = _arrays(path, picture) if path.suffix.lower() == ".npz" else _rows(path, picture)
    places, shares, seen, confidence = table
    if shares is None:
        corners, limit, what = np.repeat(places[:, None], 3, axis=1), len(skin.vertices), "vertex"
        shares = np.tile([1.0, 0.0, 0.0], (len(places), 1))
    else:
        limit, what = len(skin.triangles), "triangle"
    beyond = (places < 0) | (places >= limit)
    if beyond.any():
        raise AimError(
            f"'{one_line(path.name)}' names {what} {places[beyond][0]}, but '{skin.name}' has {limit}: "
            "number the points by the mesh that the actor was fitted to"
        )
    if what == "triangle":
        corners = skin.triangles[places].astype(int)
    return SeenPoints(corners, shares, seen, confidence)


_Table = tuple[np.ndarray, np.ndarray | None, np.ndarray, np.ndarray | None]


def _arrays(path: Path, picture: bool) -> _Table:
    """Places [P], shares [P, 3] or None, what was seen and confidence, of an archive."""
    wanted = {"vertices": WHOLE, "triangles": WHOLE, "barycentric": NUMBERS}
    name = "pixels" if picture else "points"
    held = read_arrays(path, wanted | {name: NUMBERS, "weights": NUMBERS})
    if name not in held:
        raise ValueError(f"no array {name}")
    seen = np.asarray(held[name], float)
    if seen.ndim != 2 or seen.shape[1] != (2 if picture else 3):  # noqa: PLR2004
        raise ValueError(f"{name} has shape {seen.shape}")
    shares = None
    if "vertices" in held:
        places = held["vertices"].astype(int)
    elif "triangles" in held and "barycentric" in held:
        places, shares = held["triangles"].astype(int), np.asarray(held["barycentric"], float)
    else:
        raise ValueError("no array vertices")
    confidence = held.get("weights")
    sizes = [places.shape == (len(seen),), shares is None or shares.shape == (len(seen), 3)]
    sizes.append(confidence is None or confidence.shape == (len(seen),))
    if not all(sizes):
        raise ValueError("its arrays differ in length")
    return places, shares, seen, None if confidence is None else confidence.astype(float)


def _rows(path: Path, picture: bool) -> _Table:
    """The same of a table."""
    lines = filled_lines(read_text(path))
    if not lines:
        raise ValueError("it is empty")
    sign = find_delimiter(lines[0])
    heads = [head.strip().casefold() for head in split_line(lines[0], sign) or []]
    on_skin = (_VERTEX,) if _VERTEX in heads else (_TRIANGLE, *_SHARES)
    wanted = (*on_skin, *(_IN_PICTURE if picture else _IN_SPACE))
    missing = [name for name in wanted if name not in heads]
    if missing:
        raise ValueError(f"no column {missing[0]}")
    wanted += (_CONFIDENCE,) if _CONFIDENCE in heads else ()
    columns = [heads.index(name) for name in wanted]
    found = []
    for number, line in enumerate(lines[1:], 2):
        row = numbers_with_gaps(split_line(line, sign) or [], columns)
        if row is None or not np.isfinite(row[: len(on_skin)]).all() or row[0] != int(row[0]):
            raise ValueError(f"row {number} is damaged")
        found.append(row)
    table = np.array(found, float).reshape(len(found), len(columns))
    shares = table[:, 1:4] if len(on_skin) > 1 else None
    rest = table[:, len(on_skin) :]
    count = 2 if picture else 3
    confidence = rest[:, count] if rest.shape[1] > count else None
    return table[:, 0].astype(int), shares, rest[:, :count], confidence
