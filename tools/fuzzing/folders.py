# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Damaged folders: of an actor, and of frames. They hold links, pipes, and names that lead astray."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np

from aim_blender_addon.backend.io.actor_folder import read_actor
from aim_blender_addon.backend.io.takes import read_take

from .meshes import mesh_bytes
from .mutations import mutated
from .small_face import small_mesh

_NAMES = (
    "1²3.obj", "Expressions", "EXPRESSIONS", "NEUTRAL.OBJ", "neutral.ply", ".hidden.obj", "x.OBJ",
    "smile.obj", "a\nb.obj", "'\"$(x).obj", "🙂.obj", "é.obj", "e\u0301.obj", "n" * 240 + ".obj", "٣.obj",
    "9" * 200 + ".obj", "jaw_pins.json", "skull.obj", "jaw.obj", "x.txt", "expressions/smile.ply",
)  # fmt: skip


def damaged(random: np.random.Generator, folder: Path) -> tuple[str, Callable[[], object]]:
    """A damaged folder; read as an actor or as frames, all of them."""
    place = folder / "place"
    place.mkdir()
    if random.random() < 0.5:
        write_actor(place)
        said = _spoilt(random, place)
        return f"actor: {said}", lambda: read_actor(place, float(random.choice([1e-3, 1, 1000.0])))
    for number in (1, 2, 10):
        (place / f"frame{number}.obj").write_bytes(mesh_bytes("obj"))
    said = _spoilt(random, place)
    return f"frames: {said}", lambda: _frames(place)


def write_actor(folder: Path) -> None:
    """A sound actor's folder."""
    (folder / "expressions").mkdir()
    for name in ("neutral", "expressions/smile", "expressions/open"):
        (folder / f"{name}.obj").write_bytes(mesh_bytes("obj"))


def _frames(place: Path) -> None:
    take = read_take(place, small_mesh())
    for number in range(len(take)):
        take.seen(number)


def _spoilt(random: np.random.Generator, place: Path) -> str:
    """Do one to three things to a folder."""
    said = []
    for _ in range(int(random.integers(1, 4))):
        inside = place / "expressions" if random.random() < 0.3 else place
        path = inside / _NAMES[int(random.integers(len(_NAMES)))]
        files = sorted(p for p in place.rglob("*") if p.is_file() and not p.is_symlink())
        if random.random() < 0.4 and files:
            path = files[int(random.integers(len(files)))]
        what, make = _THINGS[int(random.integers(len(_THINGS)))]
        try:
            if path.is_symlink() or path.is_file():
                path.unlink()
            make(random, path)
        except OSError:  # a name that this file system does not take, or a folder in the way
            continue
        said.append(f"{what} {path.name[:20]!r}")
    return ", ".join(said)


def _damaged_mesh(random: np.random.Generator, path: Path) -> None:
    path.write_bytes(mutated(random, mesh_bytes("obj"))[1])


_THINGS: tuple[tuple[str, Callable[[np.random.Generator, Path], object]], ...] = (
    ("nothing at", lambda _, path: None),
    ("a mesh", lambda _, path: path.write_bytes(mesh_bytes("obj"))),
    ("a damaged mesh", _damaged_mesh),
    ("no bytes in", lambda _, path: path.write_bytes(b"")),
    ("folder", lambda _, path: path.mkdir()),
    ("pipe", lambda _, path: os.mkfifo(path) if hasattr(os, "mkfifo") else None),
    ("link to zeros", lambda _, path: path.symlink_to("/dev/zero")),
    ("link to itself", lambda _, path: path.symlink_to(path.name)),
    ("link to nowhere", lambda _, path: path.symlink_to("nowhere")),
    ("link to its folder", lambda _, path: path.symlink_to(".")),
)
