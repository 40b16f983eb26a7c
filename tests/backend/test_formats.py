# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables of file formats and what is derived from them."""

import pytest

from aim_blender_addon.backend.errors import ScanError, SolveError
from aim_blender_addon.backend.io import marker_files, mesh_files
from aim_blender_addon.backend.io.curve_files import CURVE_FORMATS, read_curves
from aim_blender_addon.backend.io.formats import Format, Formats

TWO = Formats((Format(".obj", "an OBJ", bytes), Format(".ply", "a PLY", bytes)))
THREE = Formats((*TWO.rows, Format(".stl", "an STL", bytes)))


def test_a_file_is_known_by_the_end_of_its_name():
    assert TWO.of("scans/Neutral.OBJ") is TWO.rows[0]
    assert TWO.of("neutral.ply.txt") is None and TWO.of("obj") is None


def test_filters_and_sentences_follow_the_rows():
    assert TWO.suffixes == (".obj", ".ply")
    assert TWO.file_filter == "*.obj;*.ply" and TWO.dropped == ".obj;.ply"
    assert TWO.either == "OBJ or PLY" and THREE.either == "OBJ, PLY or STL"
    assert TWO.neither == "neither an OBJ nor a PLY"
    assert Formats(TWO.rows[:1]).either == "OBJ"


def test_a_format_that_is_added_is_read(monkeypatch, tmp_path):
    """One row is enough: a triangle in a format of this test's own."""
    triangle = ([[0, 0, 0], [1, 0, 0], [0, 1, 0]], [0, 1, 2], [3])

    def parse(data: bytes):  # noqa: ANN202
        if data != b"triangle":
            raise ValueError("is no triangle")
        return tuple(mesh_files.np.array(part) for part in triangle)

    path = tmp_path / "scan.TRI"
    path.write_bytes(b"triangle")
    with pytest.raises(ScanError, match="neither an OBJ nor a PLY file"):
        mesh_files.read_mesh(path)
    added = Formats((*mesh_files.MESH_FORMATS.rows, Format(".tri", "a TRI", parse)))
    monkeypatch.setattr(mesh_files, "MESH_FORMATS", added)
    assert mesh_files.read_mesh(path).vertices.tolist() == triangle[0]
    path.write_bytes(b"square")
    with pytest.raises(ScanError, match="'scan.TRI' is no triangle"):
        mesh_files.read_mesh(path)


def test_markers_of_another_format_are_refused_by_name(tmp_path):
    with pytest.raises(SolveError, match="'take.trc' is neither a C3D nor a CSV file"):
        marker_files.read_markers(tmp_path / "take.trc")


def test_curves_are_read_by_the_end_of_the_name_and_else_as_csv(tmp_path):
    assert CURVE_FORMATS.either == "CSV, JSON or TXT"
    (tmp_path / "take.JSON").write_text('{"jawOpen": 0.25}')
    (tmp_path / "take.txt").write_text("Timecode,JawOpen\n00:00:00:00,0.25\n")
    for name in ("take.JSON", "take.txt"):
        curves = read_curves(tmp_path / name)
        assert curves.names == ("jawOpen",) and curves.values.tolist() == [[0.25]], name
