# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Damaged OBJ and PLY files."""

import functools
from collections.abc import Callable
from pathlib import Path

import numpy as np

from aim_blender_addon.backend.geometry.mesh import Mesh
from aim_blender_addon.backend.io.mesh_files import read_mesh

from .mutations import mutated
from .small_face import small_mesh

_COUNTERS = ("char", "uchar", "short", "int", "uint", "float", "double", "list", "x")
_COUNTS = (-1, 0, 1, 10**12, 10**20, 2**31, 3000)


def damaged(random: np.random.Generator, folder: Path) -> tuple[str, Callable[[], object]]:
    """A damaged mesh; read, its triangles and normals made."""
    kind = str(random.choice(["obj", "ascii", "binary_little_endian", "binary_big_endian"]))
    data, said = mesh_bytes(kind), ""
    if kind != "obj" and random.random() < 0.4:
        said, data = _odd_header(random, data)
    if not said or random.random() < 0.5:
        more, data = mutated(random, data)
        said += f" {more}"
    path = folder / ("scan.obj" if kind == "obj" else "scan.ply")
    path.write_bytes(data)
    return f"{kind}: {said}", lambda: _used(read_mesh(path))


def _used(mesh: Mesh) -> None:
    with np.errstate(
        all="ignore"
    ):  # scans are checked apart: there NaN is named, and in a frame it is unseen
        assert mesh.triangles.min(initial=0) >= 0, "a triangle has a negative vertex"
        assert mesh.normals.shape == mesh.vertices.shape


@functools.cache
def mesh_bytes(kind: str) -> bytes:
    """The sound file."""
    mesh = small_mesh()
    faces = np.split(mesh.face_vertices, np.cumsum(mesh.face_sizes)[:-1])
    if kind == "obj":
        lines = [f"v {x:.5f} {y:.5f} {z:.5f}" for x, y, z in mesh.vertices]
        lines += ["f " + " ".join(f"{k + 1}//{k + 1}" for k in face) for face in faces]
        return ("\n".join(lines) + "\n").encode()
    header = (
        f"ply\nformat {kind} 1.0\ncomment made up\nelement vertex {len(mesh.vertices)}\n"
        "property float x\nproperty float y\nproperty float z\nproperty uchar red\n"
        f"element face {len(faces)}\nproperty list uchar int vertex_indices\nend_header\n"
    ).encode()
    if kind == "ascii":
        rows = [f"{x:.5f} {y:.5f} {z:.5f} 7" for x, y, z in mesh.vertices]
        rows += [f"{len(face)} " + " ".join(map(str, face)) for face in faces]
        return header + ("\n".join(rows) + "\n").encode()
    order = "<" if kind == "binary_little_endian" else ">"
    vertices = b"".join(v.astype(f"{order}f4").tobytes() + b"\7" for v in mesh.vertices)
    return (
        header
        + vertices
        + b"".join(bytes([len(face)]) + face.astype(f"{order}i4").tobytes() for face in faces)
    )


def _odd_header(random: np.random.Generator, data: bytes) -> tuple[str, bytes]:
    """Another count, type or element in the header."""
    choice = int(random.integers(5))
    if choice == 0:
        counter = str(random.choice(_COUNTERS))
        return f"lists counted in {counter}", data.replace(
            b"list uchar", f"list {counter}".encode()
        )
    if choice == 1:
        count = _COUNTS[int(random.integers(len(_COUNTS)))]
        name = str(random.choice(["vertex", "face"]))
        before, after = data.split(f"element {name} ".encode(), 1)
        return f"{count} of {name}", b"".join(
            [before, f"element {name} {count}\n".encode(), after.split(b"\n", 1)[1]]
        )
    if choice == 2:
        kind = str(random.choice(_COUNTERS))
        return f"corners as {kind}", data.replace(b"uchar int", f"uchar {kind}".encode())
    if choice == 3:
        many = b"".join(b"element e%d 0\n" % k for k in range(int(random.choice([1, 3000]))))
        return "more elements", data.replace(b"element vertex", many + b"element vertex")
    many = b"".join(b"property float p%d\n" % k for k in range(int(random.choice([1, 2000]))))
    return "more properties", data.replace(b"element face", many + b"element face")
