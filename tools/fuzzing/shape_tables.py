# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Damaged tables of shapes."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from aim_blender_addon.backend.retargeting.shape_table import read_table, table_matrix
from aim_blender_addon.backend.shape_names import ARKIT, read_names

from .text_tables import damaged_table


def damaged(random: np.random.Generator, folder: Path) -> tuple[str, Callable[[], object]]:
    """A damaged table of shapes, read and made a matrix."""
    rows = [f"{name},{name}_L,{0.5 + n / 100},name,0.9" for n, name in enumerate(ARKIT)]
    said, data = damaged_table(random, "\n".join(["source,target,weight,how,likeness", *rows]))
    path = folder / "shapes.csv"
    path.write_bytes(data)
    return said, lambda: _used(path)


def _used(path: Path) -> None:
    rows = read_table(path)
    names = [row.target for row in rows]
    read = read_names(names)
    stems = [plain for plain, name in dict(zip(read, names, strict=True)).items() if plain[0]]
    assert len(stems) == len(set(stems)), "two names became one"
    matrix = table_matrix(rows, [row.source for row in rows], names)
    assert np.isfinite(matrix).all(), "a weight is not finite"
