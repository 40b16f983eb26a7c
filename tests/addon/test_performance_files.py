# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where frames and caches go: no two faces, performances or .blend files have theirs in one place."""

from itertools import combinations
from pathlib import Path

import bpy
import pytest

from aim_blender_addon.backend.errors import RetargetError
from aim_blender_addon.backend.solving.result_file import ResultHeader, ResultWriter
from aim_blender_addon.bridge.performance import chosen, files
from aim_blender_addon.bridge.performance.sources.solved import _solved_last
from aim_blender_addon.bridge.retarget import request
from aim_blender_addon.operators.performance import solve

from . import faces

PAIRS = [
    ("Ä", "Ö"),
    ("A/B", "A\\B"),
    ("Face:1", "Face*1"),
    ("山田", "鈴木"),
    ("Head", "head"),
    ("a b", "a_b"),
    ("Kopf", "Kopf."),
    ("é", "e\u0301"),
]


def save(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    bpy.ops.wm.save_as_mainfile(filepath=str(path))


def new_face(name: str) -> bpy.types.Object:
    face = faces.new_face()
    face.name = name
    face.aim.take.source, face.aim.take.path = 'FILE', "//takes/smile.npz"
    return face


@pytest.mark.parametrize("pair", PAIRS, ids=" ".join)
def test_no_two_faces_share_frames(pair: tuple[str, str], tmp_path: Path) -> None:
    save(tmp_path / "shot.blend")
    first, second = (new_face(name) for name in pair)
    places = [chosen.output_path(face) for face in (first, second)]
    assert len({place.name.casefold() for place in places}) == 2
    assert all(place.parent == tmp_path / "aim_takes" / "shot" for place in places)
    for face, other in ((first, second), (second, first)):
        face.aim.retarget.source = other
    assert request.output_path(first) != request.output_path(second)
    for place in places:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch()


def test_letters_of_all_languages_stay_in_names(tmp_path: Path) -> None:
    save(tmp_path / "shot.blend")
    assert chosen.output_path(new_face("山田 Ä")).name.startswith("山田 Ä smile ")
    assert files.file_words('a/b:c*d?"<>|\\e\n') == "a_b_c_d______e_"
    assert files.file_words(" . ") == "_"
    long = files.file_words("ж" * 200)
    assert len(long.encode()) <= 120 and set(long) == {"ж"}


def test_no_two_performances_of_one_name_share_frames(tmp_path: Path) -> None:
    save(tmp_path / "shot.blend")
    face, places = new_face("Head"), set()
    for path in ("//a/take.npz", "//b/take.npz"):
        face.aim.take.path = path
        places.add(chosen.output_path(face))
    assert len(places) == 2


def test_no_two_blend_files_share_frames(tmp_path: Path) -> None:
    face, places = new_face("Head"), []
    for name in ("shot_v001.blend", "shot_v002.blend", "shot_v002.blend1", "シーン.blend"):
        save(tmp_path / name)
        places.append(chosen.output_path(face))
    assert all(a != b for a, b in combinations(places, 2))
    assert places[-1].parent.name == "シーン"


def test_an_unsaved_file_keeps_frames_in_the_temporary_folder_and_no_cache() -> None:
    face = new_face("Head")
    assert Path(bpy.app.tempdir) in chosen.output_path(face).parents
    face.aim.take.output = 'CACHE'
    bpy.context.view_layer.objects.active = face
    assert solve._no_take(bpy.context) == "Save the file first: a mesh cache is kept beside it"


def solved(path: Path, error: float) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = ResultWriter(path, ResultHeader("m", "t", {}, 0, 1, {"V": 1, "E": 1, "K": 1}))
    writer.write(0, error_mm=error)
    writer.finish()


def test_a_copy_of_a_face_or_one_of_its_old_name_gets_frames_of_its_own(tmp_path: Path) -> None:
    save(tmp_path / "shot.blend")
    face = new_face("Head")
    output = chosen.output_path(face)
    solved(output, 0.1)
    chosen.keep_solved(face, output)
    assert face.aim.take.solved_path.startswith("//aim_takes")
    assert _solved_last(face) == output
    face.name = "Renamed"
    assert chosen.output_path(new_face("Head")) != output
    copy = face.copy()
    bpy.context.scene.collection.objects.link(copy)
    assert chosen.output_path(copy) != chosen.output_path(face)


def test_frames_that_another_solve_replaced_are_not_taken_for_these(tmp_path: Path) -> None:
    save(tmp_path / "shot.blend")
    face = new_face("Head")
    with pytest.raises(RetargetError, match="solved onto Head is gone"):
        _solved_last(face)
    output = chosen.output_path(face)
    solved(output, 0.1)
    chosen.keep_solved(face, output)
    save(tmp_path / "later.blend")
    assert _solved_last(face) == output
    solved(output, 0.2)
    with pytest.raises(RetargetError, match="is no longer what was solved onto Head here"):
        _solved_last(face)


def test_paths_of_a_linked_face_are_relative_to_the_file_it_lies_in(tmp_path: Path) -> None:
    new_face("Head")
    library = tmp_path / "assets" / "actor.blend"
    save(library)
    bpy.ops.wm.read_homefile(use_empty=True)
    save(tmp_path / "shots" / "shot.blend")
    with bpy.data.libraries.load(str(library), link=True) as (_, into):
        into.objects = ["Head"]
    (face,) = into.objects
    there = tmp_path / "assets" / "takes" / "smile.npz"
    assert Path(files.path_of(face.aim.take, "path")) == there
    bpy.context.scene.collection.objects.link(face)
    override = face.override_create(remap_local_usages=True)
    assert Path(files.path_of(override.aim.take, "path")) == there
    override.aim.take.path = "//own.npz"
    assert Path(files.path_of(override.aim.take, "path")) == tmp_path / "shots" / "own.npz"
