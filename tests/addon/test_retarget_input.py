# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What riggers hand in: damaged files of curves, and characters of any build. One clear sentence, nothing half done."""

from pathlib import Path

import bmesh
import bpy
import numpy as np
import pytest

from tests.addon import characters, faces

OPEN = 5


pytestmark = pytest.mark.usefixtures("one_worker")


@pytest.fixture
def hero(_empty_file: None, tmp_path: Path) -> bpy.types.Object:
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    return characters.add()


def lines(path: Path, **options: object) -> list[str]:
    return characters.write_curves(path, **options).read_text(encoding="utf-8").split("\n")


def imported(path: Path, text: str, capfd: pytest.CaptureFixture) -> str:
    """Import a file of that text; what Blender says, or the error."""
    path.write_text(text, encoding="utf-8")
    capfd.readouterr()
    try:
        assert bpy.ops.aim.import_face_curves(filepath=str(path)) == {'FINISHED'}
    except RuntimeError as error:
        return str(error)
    return capfd.readouterr().out


def test_damaged_rows_are_passed_over_and_said(
    hero: bpy.types.Object, tmp_path: Path, capfd: pytest.CaptureFixture
) -> None:
    path = tmp_path / "take.csv"
    rows = lines(path)
    cut = "\n".join(rows)[: -len(rows[-2]) // 2]
    assert "1 damaged rows" in imported(path, cut, capfd)
    wrong = [*rows[:3], rows[3].replace("0.0000", "n/a", 1), *rows[4:]]
    assert "1 damaged rows" in imported(path, "\n".join(wrong), capfd)
    assert "11 frames" in imported(path, "\n".join(wrong), capfd)
    empty = [rows[0], "", ",,,,,,", *rows[1:]]
    said = imported(path, "\n".join(empty), capfd)
    assert "12 frames" in said and "damaged" not in said


def test_delimiter_byte_order_mark_and_time_do_not_matter(
    hero: bpy.types.Object, tmp_path: Path, capfd: pytest.CaptureFixture
) -> None:
    path = tmp_path / "take.csv"
    for options in ({"delimiter": ";"}, {"delimiter": "\t"}, {"start": "\ufeff"}):
        text = "\n".join(lines(path, **options))
        assert "5 curves of 12 frames" in imported(path, text, capfd), options
    rows = lines(path)
    turned = [rows[0], *rows[5:9], *rows[1:5], *rows[9:]]
    assert "runs backwards" in imported(path, "\n".join(turned), capfd)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "holds no frames"),
        ("a,b,c\n1,2,3\n", "no columns named like ARKit's"),
        ("Timecode,JawOpen,EyeBlinkLeft\n1,x,y\n2,x,y\n", "2 damaged rows of 2"),
    ],
)
def test_files_without_curves_are_refused_in_a_sentence(
    hero: bpy.types.Object, tmp_path: Path, capfd: pytest.CaptureFixture, text: str, said: str
) -> None:
    assert said in imported(tmp_path / "take.csv", text, capfd)
    assert hero.aim.retarget.source_kind == 'TAKE' and not hero.aim.retarget.curves_path


def test_a_range_outside_the_file_is_refused(hero: bpy.types.Object, tmp_path: Path) -> None:
    path = characters.write_curves(tmp_path / "take.csv")
    with pytest.raises(RuntimeError, match="12 frames"):
        bpy.ops.aim.import_face_curves(filepath=str(path), first=40, last=50)
    with pytest.raises(RuntimeError, match="lower end first"):
        bpy.ops.aim.import_face_curves(filepath=str(path), limits=(1.0, 0.5))


def test_more_than_a_hundred_thousand_frames_are_read_and_their_room_is_asked_for(
    hero: bpy.types.Object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    head, row = "Timecode,BlendShapeCount,JawOpen,EyeBlinkLeft", "61,0.5,0.1"
    stamps = (
        f"{n // 216000:02d}:{n // 3600 % 60:02d}:{n // 60 % 60:02d}:{n % 60:02d}"
        for n in range(100_001)
    )
    text = "\n".join([head, *(f"{stamp},{row}" for stamp in stamps)])
    path = tmp_path / "long.csv"
    path.write_text(text)
    assert bpy.ops.aim.import_face_curves(filepath=str(path), last=12) == {'FINISHED'}
    assert bpy.ops.aim.find_correspondence() == {'FINISHED'}
    assert bpy.ops.aim.retarget() == {'FINISHED'}
    assert hero.aim.retarget.played_frames == 12
    hero.aim.retarget.curves_path = str(tmp_path / "gone.csv")
    before = len(bpy.data.actions)
    with pytest.raises(RuntimeError, match="gone.csv"):
        bpy.ops.aim.retarget()
    assert len(bpy.data.actions) == before


@pytest.mark.one_blender
def test_a_character_a_hundred_times_as_large_on_its_back_and_mirrored(
    hero: bpy.types.Object, tmp_path: Path
) -> None:
    matrix = 100 * np.diag([-1.0, 1, 1]) @ np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])
    other = characters.add("Giant", matrix=matrix)
    moved = []
    for obj in (hero, other):
        play(obj, tmp_path)
        frames = characters.play(obj, range(1, 11))
        moved.append(frames[OPEN - 1] - frames[0])
    back = moved[1] @ np.linalg.inv(matrix).T
    off = np.linalg.norm(back - moved[0], axis=1)
    assert off.mean() < 0.15 * np.linalg.norm(moved[0], axis=1).mean() + 5e-5


@pytest.mark.one_blender
def test_eyes_and_teeth_in_the_mesh_and_no_opening_of_the_mouth(
    hero: bpy.types.Object, tmp_path: Path
) -> None:
    close_and_add_parts(hero)
    play(hero, tmp_path)
    frames = characters.play(hero, range(1, 11))
    moved = np.linalg.norm(frames[OPEN - 1] - frames[0], axis=1)
    skin = len(characters.head().skin.vertices)
    assert np.isfinite(frames).all() and 15e-3 < moved[:skin].max() < 60e-3
    eyes = slice(skin, skin + 2 * 42)
    assert moved[eyes].max() < 1e-3
    teeth = moved[skin + 2 * 42 :]
    assert teeth.min() > 5e-3


def play(obj: bpy.types.Object, folder: Path) -> None:
    faces.select([obj])
    path = characters.write_curves(folder / "take.csv")
    assert bpy.ops.aim.import_face_curves(filepath=str(path)) == {'FINISHED'}
    obj.aim.retarget.source = bpy.data.objects.get("Actor") or characters.add_actor(("jawOpen",))
    faces.select([obj])
    assert bpy.ops.aim.find_correspondence() == {'FINISHED'}
    assert bpy.ops.aim.retarget() == {'FINISHED'}


def close_and_add_parts(obj: bpy.types.Object) -> None:
    """Close the hole behind the lips; add two balls for eyes, and one where the lower teeth are."""
    made = characters.head()
    mesh = bmesh.new()
    mesh.from_mesh(obj.data)
    border = [edge for edge in mesh.edges if edge.is_boundary]
    lips = made.incisor / 1000
    near = [
        edge
        for edge in border
        if np.linalg.norm(np.mean([v.co for v in edge.verts], axis=0) - lips) < 0.05
    ]
    bmesh.ops.holes_fill(mesh, edges=near, sides=0)
    eyes = [
        made.parts[f"{side} eye"].mesh.vertices.mean(axis=0) / 1000 for side in ("left", "right")
    ]
    for place in (*eyes, lips + (0, 0.01, -0.006)):
        ball = bmesh.ops.create_icosphere(mesh, subdivisions=2, radius=0.004)
        bmesh.ops.translate(mesh, verts=ball["verts"], vec=tuple(place))
    mesh.to_mesh(obj.data)
    mesh.free()


def test_a_relative_path_is_kept_so_that_the_worker_finds_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hero = characters.add()
    written = characters.write_curves(tmp_path / "take.csv")
    monkeypatch.chdir(tmp_path)
    assert bpy.ops.aim.import_face_curves(filepath="take.csv") == {'FINISHED'}
    assert Path(hero.aim.retarget.curves_path) == written
