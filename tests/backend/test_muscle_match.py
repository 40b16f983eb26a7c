# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Poses found through the muscles: scans, sparse points and pictures that the simulation itself made."""

import functools
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from aim_blender_addon.backend.__main__ import main
from aim_blender_addon.backend.errors import AimError, ModelFileError
from aim_blender_addon.backend.geometry.rigid import move_rigidly, rigid_of_twist
from aim_blender_addon.backend.io.mesh_files import MESH_FORMATS
from aim_blender_addon.backend.io.model_file import StoredModel, model_to_bytes, write_model
from aim_blender_addon.backend.jobs import match, pose_from_points
from aim_blender_addon.backend.jobs.fleshed_actor import FleshedActor
from aim_blender_addon.backend.jobs.wire import from_wire, to_wire
from aim_blender_addon.backend.muscles.flesh_file import flesh_to_bytes
from aim_blender_addon.backend.muscles.match_face import Look, MuscleFace, Places, PlainFace
from aim_blender_addon.backend.muscles.seen_points import SeenPoints, read_seen_points
from aim_blender_addon.backend.muscles.sights import InPicture
from aim_blender_addon.backend.muscles.touch_make import make_touching
from aim_blender_addon.backend.progress import silent
from tests.backend import edit_face
from tests.backend.flesh_face import flesh

WEIGHTS = np.array([0.5, 0.3, 0.2, 0.0, 0.4, 0.0])
JAW = np.array([0.12, 0.8, 0.4, 0.2])
HEAD = rigid_of_twist(np.array([0.1, -0.2, 0.05, 20.0, -30, 10]))
SIZE, FOCAL = np.array([1920.0, 1080.0]), 2300.0


@functools.cache
def flesh_file() -> bytes:
    return flesh_to_bytes(flesh(), edit_face.model())


@functools.cache
def model() -> StoredModel:
    return StoredModel(model_to_bytes(edit_face.model()), "Head")


@functools.cache
def truth(contact: bool = False) -> Look:
    """All of the skin in the pose to be found."""
    places = Places.at_vertices(np.arange(len(edit_face.model().neutral.vertices)))
    touching = make_touching(flesh(), edit_face.model()) if contact else None
    return MuscleFace(flesh(), edit_face.model(), places, touching=touching).look(WEIGHTS, JAW)


@functools.cache
def points(count: int = 60) -> SeenPoints:
    """Points of the front of the face, where the head's pose took them."""
    skin, random = edit_face.model().neutral, np.random.default_rng(1)
    front = flesh().skin[skin.normals[flesh().skin, 2] > 0.2]
    rows = random.choice(front, count, replace=False)
    places = Places.at_vertices(rows)
    return SeenPoints(places.corners, places.shares, move_rigidly(truth().points[rows], HEAD))


def actor() -> FleshedActor:
    return FleshedActor(model(), flesh_file(), "its flesh")


def request(seen: SeenPoints | None = None, **others) -> match.MatchRequest:
    seen = None if "scan" in others else (seen or points())
    return match.MatchRequest(actor(), "its points", points=seen, **others)


def assert_met(result, weight: float = 0.01, degrees: float = 0.05, mm: float = 0.05) -> None:
    assert abs(result.weights - WEIGHTS).max() < weight
    off = result.jaw_parameters - JAW
    assert abs(np.degrees(off[0])) < degrees and abs(off[1:]).max() < mm


def test_slopes_of_places_agree_with_differences():
    """Of the simulated skin and of the plain one, in triangles with and without flesh."""
    skin, random = edit_face.model().neutral, np.random.default_rng(0)
    shares = random.dirichlet(np.ones(3), 8)
    among = skin.triangles[random.choice(len(skin.triangles), 7, replace=False)]
    corners = np.vstack([among, [flesh().skin[0], 0, len(skin.vertices) - 1]])
    places = Places(corners, shares)
    for face in (
        PlainFace(edit_face.model(), places),
        MuscleFace(flesh(), edit_face.model(), places),
    ):
        look = face.look(WEIGHTS, JAW)
        slopes = face.slopes(look)
        for number in (0, 4, 6, 7, 8, 9):
            ends = []
            for step in (-1e-4, 1e-4):
                pose = np.concatenate([WEIGHTS, JAW])
                pose[number] += step
                ends.append(face.look(pose[:6], pose[6:], look).points)
            np.testing.assert_allclose(
                slopes[:, :, number], (ends[1] - ends[0]) / 2e-4, rtol=1e-3, atol=1e-4
            )


def test_a_scan_gives_back_its_weights_jaw_and_head():
    scan = edit_face.model().neutral.with_vertices(move_rigidly(truth().points, HEAD), "pose")
    result = match.run(request(scan=scan), silent)
    assert_met(result)
    np.testing.assert_allclose(result.head, HEAD, atol=0.01)
    assert result.report["converged"] and np.nanmax(result.misses) < 0.01
    np.testing.assert_allclose(result.vertices, truth().points, atol=0.02)


def test_sparse_points_do_too_though_some_are_wrong_and_some_unseen():
    seen = points().seen.copy()
    seen[:3] += np.array([9.0, -7, 8])
    seen[5] = np.nan
    result = match.run(request(points().with_seen(seen)), silent)
    assert_met(result)
    assert set(result.report["wrong_points"]) == {0, 1, 2}
    assert np.isnan(result.misses[5])
    assert any("3 points do not fit" in note for note in result.report["notes"])


def test_a_known_head_is_kept_and_a_pose_close_by_is_begun_with():
    result = match.run(request(head=HEAD, weights=WEIGHTS * 0.9, jaw_parameters=JAW), silent)
    assert_met(result)
    np.testing.assert_allclose(result.head, HEAD, atol=1e-7)


def test_what_was_not_seen_is_told():
    """Points of the forehead say nothing of mouth and jaw."""
    skin = edit_face.model().neutral.vertices
    above = flesh().skin[skin[flesh().skin, 1] > 25][:12]
    assert len(above) > 6
    places = Places.at_vertices(above)
    noise = np.random.default_rng(0).normal(0, 0.2, (len(above), 3))
    seen = SeenPoints(places.corners, places.shares, skin[above] + noise)
    report = match.run(request(seen), silent).report
    assert report["weight_deviation"]["smile"] > 0.3
    assert any("tells little of" in note for note in report["notes"])


@pytest.mark.parametrize(
    ("known", "contact"),
    [(True, False), (False, False), (True, True)],
    ids=["camera known", "focal length found", "with contact"],
)
def test_a_picture_gives_back_the_pose(known: bool, contact: bool):
    head = rigid_of_twist(np.array([0.1, 0.25, 0.05, 0, 0, 0]))
    head[:3, 3] = 10, -20, -700
    camera = InPicture(np.zeros((1, 2)), None, SIZE).camera_of(FOCAL)
    places = points()
    skin = truth(contact).points[places.corners[:, 0]]
    image = move_rigidly(skin, head) @ camera[:, :3].T
    asked = pose_from_points.PoseFromPointsRequest(
        actor(),
        places.with_seen(image[:, :2] / image[:, 2:]),
        "its picture",
        camera if known else None,
        SIZE,
        contact=contact,
    )
    result = pose_from_points.run(asked, silent)
    assert ("deepest_mm" in result.report) == contact
    assert result.report.get("deepest_mm", 0.0) < 0.2
    assert_met(result)
    np.testing.assert_allclose(result.head, head, atol=0.5)
    assert result.focal == 0.0 if known else abs(result.focal - FOCAL) < 2
    assert "distance of the head" in result.report["notes"][-1]


def test_requests_and_results_cross_the_wire():
    asked = request()
    again = from_wire(match.MatchRequest, *to_wire(asked))
    np.testing.assert_array_equal(again.points.seen, asked.points.seen)
    assert again.actor.flesh == asked.actor.flesh and again.scan is None


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda seen: seen.with_seen(seen.seen * np.nan), "No point of its points is seen"),
        (lambda seen: seen.with_seen(np.where(np.arange(60)[:, None] < 3, seen.seen, np.nan)), "Only 3"),
        (lambda seen: seen.with_seen(seen.seen / 1000), "multiply them by 1e.03; they seem to be in metres"),
        (lambda seen: seen.with_seen(seen.seen * 0 + 1.0), "lie in one place: give where"),
        (lambda seen: replace(seen, corners=seen.corners * 0), "one place of the skin"),
        (lambda seen: replace(seen, corners=seen.corners + 10**6), "names vertices"),
        (lambda seen: replace(seen, shares=seen.shares * 2), "do not sum to 1"),
        (lambda seen: replace(seen, confidence=-np.ones(60)), "below 0"),
        (lambda seen: replace(seen, confidence=np.ones(3)), "differ in number"),
    ],
)  # fmt: skip
def test_points_that_tell_nothing_are_refused(change, sentence: str):
    with pytest.raises(AimError, match=sentence):
        match.run(request(change(points())), silent)


def test_points_off_the_flesh_are_refused():
    skin = edit_face.model().neutral.vertices
    others = np.setdiff1d(np.arange(len(skin)), flesh().skin)[:40]
    places = Places.at_vertices(others)
    with pytest.raises(AimError, match="on skin that the flesh of"):
        match.run(
            request(SeenPoints(places.corners, places.shares, skin[others].astype(float))), silent
        )


def test_another_mesh_another_flesh_and_another_camera_are_refused():
    skin = edit_face.model().neutral
    other = replace(skin, vertices=skin.vertices[:-1], name="other")
    with pytest.raises(AimError, match="vertices"):
        match.run(request(scan=other), silent)
    with pytest.raises(AimError, match="1000 times"):
        match.run(request(scan=skin.with_vertices(skin.vertices / 1000, "metres")), silent)
    moved = replace(edit_face.model(), heads=edit_face.model().heads * 0.9)
    with pytest.raises(ModelFileError, match="flesh"):
        match.run(
            replace(
                request(), actor=replace(actor(), model=StoredModel(model_to_bytes(moved), "Other"))
            ),
            silent,
        )
    asked = pose_from_points.PoseFromPointsRequest(
        actor(), points().with_seen(points().seen[:, :2]), "picture"
    )
    with pytest.raises(AimError, match="size of the picture"):
        pose_from_points.run(asked, silent)
    with pytest.raises(AimError, match="no projection"):
        pose_from_points.run(replace(asked, camera=np.zeros((3, 4))), silent)


def test_points_are_read_from_tables_and_archives(tmp_path: Path):
    skin = edit_face.model().neutral
    table = tmp_path / "points.csv"
    table.write_text("vertex,x,y,z,weight\n3,1,2,3,1\n5,,,,0.5\n", encoding="utf-8")
    found = read_seen_points(table, skin)
    assert found.corners[1, 0] == 5 and np.isnan(found.seen[1]).all()
    np.testing.assert_array_equal(found.confidence, [1, 0.5])
    table.write_text(
        "triangle;share_0;share_1;share_2;u;v\n2;0.5;0.25;0.25;10;20\n", encoding="utf-8"
    )
    found = read_seen_points(table, skin, picture=True)
    np.testing.assert_array_equal(found.corners[0], skin.triangles[2])
    np.testing.assert_array_equal(found.seen, [[10, 20]])
    archive = tmp_path / "points.npz"
    np.savez(archive, vertices=np.array([1, 2]), points=np.ones((2, 3)))
    np.testing.assert_array_equal(read_seen_points(archive, skin).seen, np.ones((2, 3)))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "it is empty"),
        ("vertex,x,y\n1,2,3\n", "no column z"),
        ("vertex,x,y,z\n1,2,3\n", "row 2 is damaged"),
        ("vertex,x,y,z\n1.5,1,2,3\n", "row 2 is damaged"),
        ("vertex,x,y,z\n9999999,1,2,3\n", "names vertex 9999999"),
    ],
)
def test_damaged_tables_of_points_are_refused(tmp_path: Path, text: str, sentence: str):
    table = tmp_path / "points.csv"
    table.write_text(text, encoding="utf-8")
    with pytest.raises(AimError, match=sentence):
        read_seen_points(table, edit_face.model().neutral)


def test_the_commands_write_a_take_of_one_frame(tmp_path: Path, capsys: pytest.CaptureFixture):
    write_model(tmp_path / "model.safetensors", edit_face.model())
    (tmp_path / "flesh.safetensors").write_bytes(flesh_file())
    first = [str(tmp_path / name) for name in ("model.safetensors", "flesh.safetensors")]
    scan = edit_face.model().neutral.with_vertices(truth().points / 10, "pose")
    MESH_FORMATS.of(Path("pose.obj")).write(tmp_path / "pose.obj", scan)
    out, figures = tmp_path / "out.npz", tmp_path / "figures.json"
    command = ["match", *first, str(tmp_path / "pose.obj"), "-o", str(out), "--json", str(figures)]
    assert main(command) == 2
    assert "10 times" in capsys.readouterr().err
    assert main([*command, "--unit", "cm", "--head-at-rest"]) == 0
    with np.load(out) as file:
        assert abs(file["weights"][0] - WEIGHTS).max() < 0.01
        assert file["head"].shape == (1, 4, 4)
    assert json.loads(figures.read_text(encoding="utf-8"))["error_mm"]["mean"] < 0.01
