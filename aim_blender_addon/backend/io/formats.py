# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables of file formats: one row a format, from which readers, file filters and sentences derive (standard library).

A new format is one module with its reader and one row in the table of its kind of thing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Format:
    """One kind of file.

    Attributes:
        suffix: end of its files' names, in lower case and with the dot.
        name: what people call it, with its article: "an OBJ".
        read: its reader; the table says what it takes and gives.
        write: its writer, or None for a format that is only read.
    """

    suffix: str
    name: str
    read: Callable[..., Any]
    write: Callable[..., Any] | None = None

    @property
    def label(self) -> str:
        """The name without its article."""
        return self.name.split(" ", 1)[1]


@dataclass(frozen=True)
class Formats:
    """The formats of one kind of thing."""

    rows: tuple[Format, ...]

    def of(self, path: str | Path) -> Format | None:
        """The format of a file by the end of its name, whether in upper or lower case; None for any other file."""
        suffix = Path(path).suffix.lower()
        return next((row for row in self.rows if row.suffix == suffix), None)

    @property
    def suffixes(self) -> tuple[str, ...]:
        """``(".obj", ".ply")``"""
        return tuple(row.suffix for row in self.rows)

    @property
    def file_filter(self) -> str:
        """``"*.obj;*.ply"``, as Blender's file browser takes it."""
        return ";".join(f"*{suffix}" for suffix in self.suffixes)

    @property
    def dropped(self) -> str:
        """``".obj;.ply"``, as Blender's file handlers take it."""
        return ";".join(self.suffixes)

    @property
    def either(self) -> str:
        """``"OBJ or PLY"``"""
        return _joined([row.label for row in self.rows], "or")

    @property
    def neither(self) -> str:
        """``"neither an OBJ nor a PLY"``"""
        return f"neither {_joined([row.name for row in self.rows], 'nor')}"


def _joined(words: list[str], last: str) -> str:
    """``"A, B or C"``"""
    return f" {last} ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
