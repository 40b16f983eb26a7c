# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""OBJ and PLY files of every kind are read in their own order, and damaged ones are refused."""

import struct
from pathlib import Path

import numpy as np
import pytest

from aim_blender_addon.backend.errors import ScanError
from aim_blender_addon.backend.geometry.mesh import Mesh
from aim_blender_addon.backend.io.actor_folder import read_actor
from aim_blender_addon.backend.io.mesh_files import read_mesh
from aim_blender_addon.backend.io.obj import write_obj
from tests.backend.synthetic_head import expressions, head
from tests.shared_data import make_actor, requires_shared

CORNERS = [[0, 1, 2], [0, 2, 3, 1], [4, 3, 2, 1, 0]]
POINTS = np.array([[0, 0, 0], [1.5, 0, 0], [0, -2.25, 0], [1e-3, 2e2, -3], [4, 5, 6]], np.float32)


def _obj(tmp_path: Path, text: str | bytes, name: str = "scan.obj") -> Mesh:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_mesh(path)


def _assert_sample(mesh: Mesh) -> None:
    assert mesh.vertices.dtype == np.float32 and np.array_equal(mesh.vertices, POINTS)
    assert mesh.face_sizes.tolist() == [3, 4, 5] and mesh.face_sizes.dtype == np.int32
    assert mesh.face_vertices.tolist() == sum(CORNERS, []) and mesh.face_vertices.dtype == np.int32


def _vertex_lines(extra: str = "") -> str:
    return "".join(f"v {x:.9g} {y:.9g} {z:.9g}{extra}\n" for x, y, z in POINTS)


def _face_lines(pattern: str = "{0}") -> str:
    return "".join("f " + " ".join(pattern.format(k + 1) for k in face) + "\n" for face in CORNERS)


# --------------------------------------------------------------------------------------------- OBJ


@pytest.mark.parametrize("pattern", ["{0}", "{0}/{0}", "{0}//{0}", "{0}/{0}/{0}", "{0}/"])
def test_corner_forms(tmp_path, pattern):
    rest = "vt 0 1\nvn 0 0 1\nvp 1\n"
    _assert_sample(_obj(tmp_path, _vertex_lines() + rest + _face_lines(pattern)))


@pytest.mark.parametrize("extra", [" 1.0", " 0.5 0.25 1", " 1 0.5 0.25 1"])
def test_weights_and_colours_are_passed_over(tmp_path, extra):
    _assert_sample(_obj(tmp_path, _vertex_lines(extra) + _face_lines()))


def test_colours_on_some_vertices_only(tmp_path):
    mixed = _vertex_lines().replace("\n", " 1 0 0\n", 2)
    _assert_sample(_obj(tmp_path, mixed + _face_lines()))


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_line_endings_and_byte_order_mark(tmp_path, ending, mark):
    text = (_vertex_lines() + _face_lines()).replace("\n", ending).encode()
    _assert_sample(_obj(tmp_path, mark + text))


def test_clutter(tmp_path):
    text = (
        "# Wavefront v 1 2 3\nmtllib my file.mtl\no Kopf ä#1\ng skin\ns off\n"
        "  v 0 0 0 # first\nv\t1.5\t0 0\nv 0 \\\n  -2.25 0\n\n"
        "o second\nv 1e-3 2E+2 -3.\nv +4 5 6\nl 1 2\np 1\nusemtl f v\n"
        "f 1 2 3\ng other\nf  1 3   4 2 \n\tf 5 4 \\\r\n 3 2 1 # n-gon"
    )
    _assert_sample(_obj(tmp_path, text.encode("latin-1")))


def test_numbers_counted_backward_from_where_they_stand(tmp_path):
    lines = _vertex_lines().splitlines(keepends=True)
    text = "".join(lines[:3]) + "f -3 -2 -1\n" + lines[3] + "f -4 -2 -1 -3\n" + lines[4]
    _assert_sample(_obj(tmp_path, text + "f -1/-1 -2/-1 -3/-1 -4/-1 -5/-1\n"))


BROKEN_OBJ = {
    "empty": ("", "no vertices"),
    "only points": (_vertex_lines(), "no faces"),
    "too few coordinates": ("v 1 2\n" + _face_lines(), "fewer than three coordinates"),
    "letters": ("v 1 2 x\n" + _face_lines(), "not numbers"),
    "decimal commas": ("v 1,5 2,5 3,5\n" + _face_lines(), "not numbers"),
    "letters in faces": (_vertex_lines() + "f 1 2 c\n", "not vertex numbers"),
    "number zero": (_vertex_lines() + "f 0 1 2\n", "counts from 1"),
    "number too high": (_vertex_lines() + "f 1 2 6\n", "does not hold"),
    "number too low": (_vertex_lines() + "f 1 2 -6\n", "does not hold"),
    "number beyond all": (_vertex_lines() + f"f 1 2 {10**30}\n", "not vertex numbers"),
    "two corners": (_vertex_lines() + "f 1 2\n", "fewer than three corners"),
    "binary": (b"v 1 2 3\n\0\1\2\3", "not an OBJ text"),
    "two bytes a letter": (_vertex_lines().encode("utf-16"), "not an OBJ text"),
}


@pytest.mark.parametrize(("text", "words"), BROKEN_OBJ.values(), ids=BROKEN_OBJ.keys())
def test_broken_obj(tmp_path, text, words):
    with pytest.raises(ScanError, match=f"'scan.obj'.*{words}.*export it again.$"):
        _obj(tmp_path, text)


def test_invalid_positions_are_left_to_the_checks(tmp_path):
    mesh = _obj(tmp_path, _vertex_lines().replace("4 5 6", "nan inf 6") + _face_lines())
    assert np.isnan(mesh.vertices[4, 0]) and np.isinf(mesh.vertices[4, 1])


def test_written_files_come_back(tmp_path):
    mesh = head("anna")
    write_obj(tmp_path / "anna.obj", mesh)
    back = read_mesh(tmp_path / "anna.obj")
    assert back.name == "anna"
    assert np.abs(back.vertices - mesh.vertices).max() < 2e-5
    assert np.array_equal(back.face_vertices, mesh.face_vertices)
    assert np.array_equal(back.face_sizes, mesh.face_sizes)


def test_cannot_be_written(tmp_path):
    with pytest.raises(ScanError, match="cannot be written.*another folder"):
        write_obj(tmp_path / "no folder" / "a.obj", head())


def test_cannot_be_read(tmp_path):
    with pytest.raises(ScanError, match="cannot be read.*check the path"):
        read_mesh(tmp_path / "missing.obj")
    with pytest.raises(ScanError, match="neither an OBJ nor a PLY"):
        read_mesh(tmp_path / "scan.fbx")
    (tmp_path / "folder.obj").mkdir()
    with pytest.raises(ScanError, match="cannot be read"):
        read_mesh(tmp_path / "folder.obj")


def test_upper_case_ending(tmp_path):
    _assert_sample(_obj(tmp_path, _vertex_lines() + _face_lines(), "SCAN.OBJ"))


# --------------------------------------------------------------------------------------------- PLY

HEADER = (
    "ply\nformat {format} 1.0\ncomment made up\nobj_info x\n"
    "element vertex 5\nproperty {real} x\nproperty {real} y\nproperty {real} z\n"
    "property uchar red\nproperty list uchar short extra\n"
    "element skip 2\nproperty int a\nproperty list int double b\n"
    "element face {faces}\nproperty uchar flag\nproperty list {count} {index} {corners}\n"
    "property float quality\nelement edge 1\nproperty int vertex1\nproperty int vertex2\n"
    "end_header\n"
)
CODES = {"uchar": "B", "ushort": "H", "int": "i", "uint": "I", "short": "h"}
REALS = {"float": "f", "double": "d"}


def _ply_rows(real, count, index, faces):
    """The sample's values with the format code of each."""
    for k, point in enumerate(POINTS):
        yield from ((REALS[real], float(value)) for value in point)
        yield "B", k
        yield "B", k % 2
        yield from [("h", -7)] * (k % 2)
    for k in range(2):
        yield "i", k
        yield "i", 2
        yield from [("d", 0.5)] * 2
    for face in faces:
        yield "B", 1
        yield CODES[count], len(face)
        yield from ((CODES[index], corner) for corner in face)
        yield "f", 0.25
    yield from [("i", 0), ("i", 1)]


def _ply(
    kind="ascii", real="float", count="uchar", index="int", corners="vertex_indices", faces=CORNERS
) -> bytes:
    header = HEADER.format(
        format=kind, real=real, count=count, index=index, corners=corners, faces=len(faces)
    )
    rows = list(_ply_rows(real, count, index, faces))
    if kind == "ascii":
        return (header + " ".join(f"{value:.9g}" for _, value in rows)).encode()
    order = "<" if "little" in kind else ">"
    return header.encode() + b"".join(struct.pack(order + code, value) for code, value in rows)


@pytest.mark.parametrize("kind", ["ascii", "binary_little_endian", "binary_big_endian"])
@pytest.mark.parametrize(
    ("real", "count", "index", "corners"),
    [
        ("float", "uchar", "int", "vertex_indices"),
        ("double", "ushort", "uint", "vertex_index"),
        ("float", "int", "short", "vertex_indices"),
    ],
)
def test_ply_kinds(tmp_path, kind, real, count, index, corners):
    _assert_sample(_obj(tmp_path, _ply(kind, real, count, index, corners), "scan.ply"))


@pytest.mark.parametrize("kind", ["ascii", "binary_little_endian", "binary_big_endian"])
def test_plain_triangles(tmp_path, kind):
    """The usual file, which is read in one piece."""
    mesh = head("scan")
    faces = mesh.triangles
    header = (
        f"ply\nformat {kind} 1.0\nelement vertex {len(mesh.vertices)}\n"
        "property float32 x\nproperty float32 y\nproperty float32 z\n"
        f"element face {len(faces)}\nproperty list uint8 int32 vertex_indices\nend_header\n"
    ).encode()
    if kind == "ascii":
        rows = [" ".join(f"{v:.9g}" for v in point) for point in mesh.vertices.tolist()]
        rows += [f"3 {a} {b} {c}" for a, b, c in faces]
        body = "\n".join(rows).encode()
    else:
        order = "<" if "little" in kind else ">"
        table = np.empty(len(faces), [("n", "u1"), ("v", order + "i4", 3)])
        table["n"], table["v"] = 3, faces
        body = mesh.vertices.astype(order + "f4").tobytes() + table.tobytes()
    back = _obj(tmp_path, header + body, "scan.ply")
    assert np.array_equal(back.vertices, mesh.vertices)
    assert np.array_equal(back.triangles, faces)


def test_windows_header(tmp_path):
    data = _ply("binary_little_endian")
    head_end = data.index(b"end_header\n") + len(b"end_header\n")
    data = data[:head_end].replace(b"\n", b"\r\n") + data[head_end:]
    _assert_sample(_obj(tmp_path, data, "scan.ply"))


def _swap(old: bytes, new: bytes, kind: str = "ascii") -> bytes:
    data = _ply(kind)
    assert old in data
    return data.replace(old, new, 1)


BROKEN_PLY = {
    "empty": (b"", "does not start like"),
    "another kind": (b"solid anna\n", "does not start like"),
    "header not closed": (b"ply\nformat ascii 1.0\nelement vertex 3\n", "does not start like"),
    "unknown format": (_swap(b"format ascii", b"format zipped"), "header line.*format zipped"),
    "no format": (_swap(b"format ascii 1.0\n", b""), "its format"),
    "unknown type": (_swap(b"property uchar red", b"property colour red"), "header line.*colour"),
    "property of nothing": (b"ply\nformat ascii 1.0\nproperty int a\nend_header\n", "header line"),
    "count not a number": (_swap(b"vertex 5", b"vertex five"), "header line"),
    "negative count": (_swap(b"vertex 5", b"vertex -5"), "negative number"),
    "no z": (_swap(b"float z", b"float w"), "x, y and z"),
    "no faces": (_swap(b"list uchar int vertex_indices", b"list uchar int strip"), "no faces"),
    "no faces either": (_ply(faces=[]), "no faces"),
    "number too high": (_ply(faces=[[0, 1, 5]]), "does not hold"),
    "negative number": (_ply(faces=[[0, 1, -1]]), "does not hold"),
    "two corners": (_ply(faces=[[0, 1]]), "fewer than three corners"),
    "text cut short": (_ply()[:-40], "ends in the middle"),
    "binary cut short": (_ply("binary_little_endian")[:-30], "ends in the middle"),
    "cut in the vertices": (_ply("binary_big_endian")[:560], "ends in the middle"),
    "letters": (_ply().replace(b"200", b"2x0", 1), "something else than numbers"),
    "more faces than there are": (
        _swap(b"element face 3", b"element face 900000000", "binary_little_endian"),
        "ends in the middle|does not hold|fewer",
    ),
}


@pytest.mark.parametrize(("data", "words"), BROKEN_PLY.values(), ids=BROKEN_PLY.keys())
def test_broken_ply(tmp_path, data, words):
    with pytest.raises(ScanError, match=f"'scan.ply'.*({words}).*export it again.$"):
        _obj(tmp_path, data, "scan.ply")


# ------------------------------------------------------------------------------------ actor folders


def _actor_folder(folder: Path, *, skip: tuple[str, ...] = ()) -> Path:
    (folder / "expressions").mkdir()
    neutral = head()
    for name in {"neutral", "skull", "jaw"} - set(skip):
        write_obj(folder / f"{name}.obj", neutral)
    for scan in expressions(("smile", "jaw_open")):
        write_obj(folder / "expressions" / f"{scan.name}.obj", scan)
    return folder


def test_actor_folder(tmp_path):
    folder = _actor_folder(tmp_path)
    (folder / "notes.txt").write_text("not a mesh")
    (folder / "expressions" / "._smile.obj").write_bytes(b"left by another system")
    (folder / "expressions" / "brow.PLY").write_bytes(_ply())
    actor = read_actor(folder)
    assert [scan.name for scan in actor.expressions] == ["brow", "jaw_open", "smile"]
    assert actor.neutral.name == "neutral"
    assert actor.skull.name == "skull" and actor.jaw.name == "jaw"


def test_bones_may_be_missing(tmp_path):
    actor = read_actor(_actor_folder(tmp_path, skip=("skull", "jaw")))
    assert actor.skull is None and actor.jaw is None


def test_units_of_a_folder(tmp_path):
    folder = _actor_folder(tmp_path)
    mm, cm = read_actor(folder), read_actor(folder, mm_per_unit=10)
    for one, other in zip(
        (mm.neutral, mm.skull, mm.jaw, *mm.expressions),
        (cm.neutral, cm.skull, cm.jaw, *cm.expressions),
        strict=True,
    ):
        assert other.vertices == pytest.approx(one.vertices * 10)
        assert other.vertices.dtype == np.float32 and other.name == one.name


@pytest.mark.parametrize("unit", [0, -1, np.nan, np.inf])
def test_impossible_unit(tmp_path, unit):
    with pytest.raises(ValueError, match="mm_per_unit"):
        read_actor(_actor_folder(tmp_path), mm_per_unit=unit)


def test_missing_folder_or_files(tmp_path):
    with pytest.raises(ScanError, match="is not a folder.*neutral.obj"):
        read_actor(tmp_path / "nobody")
    with pytest.raises(ScanError, match="no neutral.obj"):
        read_actor(tmp_path)
    write_obj(tmp_path / "neutral.obj", head())
    with pytest.raises(ScanError, match="no expressions.*at least one"):
        read_actor(tmp_path)
    (tmp_path / "expressions").mkdir()
    with pytest.raises(ScanError, match="no expressions.*at least one"):
        read_actor(tmp_path)


@pytest.mark.parametrize("twin", ["smile.ply", "Smile.obj", "SMILE.Obj"])
def test_names_that_are_there_twice(tmp_path, twin):
    folder = _actor_folder(tmp_path)
    path = folder / "expressions" / twin
    if path.exists():
        pytest.skip("this file system does not tell upper and lower case apart")
    path.write_bytes(_ply())
    with pytest.raises(
        ScanError, match=f"'expressions'.*'.*{twin[:0]}smile.*rename or remove"
    ) as e:
        read_actor(folder)
    assert f"'{twin}'" in str(e.value) and "'smile.obj'" in str(e.value)


def test_two_neutrals(tmp_path):
    folder = _actor_folder(tmp_path)
    (folder / "neutral.ply").write_bytes(_ply())
    with pytest.raises(ScanError, match="'neutral.obj' and 'neutral.ply'"):
        read_actor(folder)


def test_a_broken_scan_is_named(tmp_path):
    folder = _actor_folder(tmp_path)
    (folder / "expressions" / "worry.obj").write_text("v 1 2\n")
    with pytest.raises(ScanError, match="'worry.obj'"):
        read_actor(folder)


@requires_shared
def test_generated_actor():
    folder = make_actor(0)
    actor = read_actor(folder)
    assert len(actor.expressions) == 19 and len(actor.neutral.vertices) == 11_248
    assert (actor.neutral.face_sizes == 4).sum() == 11_144
    first = (folder / "neutral.obj").read_text().split("\n", 3)[:3]
    expected = [[float(value) for value in line.split()[1:]] for line in first]
    assert actor.neutral.vertices[:3] == pytest.approx(np.array(expected), abs=1e-5)
