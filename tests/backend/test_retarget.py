# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole performances on other faces: made actors, whose expressions move alike on every identity."""

import functools
import json
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial import cKDTree

from aim_blender_addon.backend.__main__ import main
from aim_blender_addon.backend.contact.closing import RimStations
from aim_blender_addon.backend.contact.sheets import make_sheets
from aim_blender_addon.backend.contact.touching import touch
from aim_blender_addon.backend.geometry.mesh import Mesh
from aim_blender_addon.backend.io.actor_folder import read_actor
from aim_blender_addon.backend.io.curves import Curves
from aim_blender_addon.backend.io.obj import write_obj
from aim_blender_addon.backend.retargeting.map_file import (
    write_map,
)
from aim_blender_addon.backend.retargeting.performance import Frame, drive
from aim_blender_addon.backend.retargeting.pipeline import with_shapes
from aim_blender_addon.backend.retargeting.player import Retargeter, prepare
from aim_blender_addon.backend.retargeting.retarget_face import RetargetFace, face_of_neutral
from tests.backend import synthetic_head
from tests.shared_data import make_actor, requires_shared

NAMES = ("smile", "eye_closed", "brow_raiser", "lip_puckerer")


@functools.cache
def _source() -> tuple[RetargetFace, np.ndarray]:
    """Actor 0 with some scans as shapes, and these [N, S, 3]."""
    actor = read_actor(make_actor(0))
    scans = {scan.name: scan.vertices - actor.neutral.vertices for scan in actor.expressions}
    shapes = np.stack([scans[name] for name in NAMES])
    return with_shapes(face_of_neutral(actor.neutral), NAMES, shapes), shapes


@functools.cache
def _target() -> RetargetFace:
    return face_of_neutral(read_actor(make_actor(3)).neutral)


@functools.cache
def _prepared(contacts: bool = False) -> Retargeter:
    ones = np.ones((len(_source()[0].skin.vertices), 1))
    return prepare(_source()[0], _target(), ones, contacts=contacts)


def _frames(source: RetargetFace) -> list[Frame]:
    """One frame for each expression at one."""
    count = len(NAMES)
    curves = Curves(NAMES, np.eye(count), np.arange(count) / 30, np.zeros((count, 3)), 30.0)
    return list(drive(source, curves)[0].frames(source))


@requires_shared
def test_another_identity_moves_alike() -> None:
    source, shapes = _source()
    for frame, shape in zip(_frames(source), shapes, strict=True):
        played = _prepared().play(frame).vertices - _target().mesh.vertices
        error = np.linalg.norm(played - shape, axis=1).mean()
        assert error < 0.3 * np.linalg.norm(shape, axis=1).mean() + 0.02


@requires_shared
def test_the_map_finds_the_same_places() -> None:
    source, shapes = _source()
    mapped = _prepared().map
    place = mapped.points.interpolate(source.skin.vertices)
    moving = np.linalg.norm(shapes, axis=2).max(axis=0) > 3.0  # same vertex numbers, same places
    error = np.linalg.norm(place - source.skin.vertices, axis=1)[moving]
    assert np.median(error) < 2.0


@requires_shared
def test_eyes_that_close_on_the_source_close_on_the_target() -> None:
    source, _ = _source()
    target = _target()
    blink = _frames(source)[NAMES.index("eye_closed")]
    skin = _prepared(contacts=True).play(blink).vertices
    for name in ("eye_left", "eye_right"):
        before = _lid_gap(source, name, blink.skin)
        assert np.linalg.norm(_lid_gap(target, name, target.skin.vertices), axis=1).mean() > 5.0
        shut = before @ source.up < 0.1
        assert np.abs(_lid_gap(target, name, skin) @ target.up)[shut].mean() < 0.3


@requires_shared
def test_lips_and_lids_do_not_pass_through_each_other() -> None:
    source, _ = _source()
    target = _target()
    rest = target.skin.vertices.astype(float)
    frames = [f for f in _frames(source) if f.weights[NAMES.index("smile"), 0] == 0]
    depth = {}
    for kept in (False, True):
        deep = []
        for rims in target.rims.values():
            sheets = make_sheets(target.skin, rims)
            least = [np.minimum(side.gap, 0) for side in touch(sheets, rest)]
            for frame in frames:
                found = touch(sheets, _prepared(contacts=kept).play(frame).vertices.astype(float))
                for side, low in zip(found, least, strict=True):
                    seen = np.isfinite(side.gap)
                    deep.append(np.maximum(low - side.gap, 0)[seen])
        depth[kept] = np.percentile(np.concatenate(deep), 98)
    assert depth[False] > 0.3  # the generator's lips and lids do
    assert depth[True] < 0.1


@requires_shared
def test_a_neutral_stays_what_it_is_on_another_face() -> None:
    """The source's lips rest nearer to each other than the target's: contacts must not shut these."""
    source, _ = _source()
    count = len(NAMES)
    neutral = Frame(np.zeros((count, 1)), np.zeros(4), np.eye(4), None, source.skin.vertices)
    played = _prepared(contacts=True).play(neutral).vertices
    np.testing.assert_allclose(played, _target().mesh.vertices, atol=0.05)


@requires_shared
def test_lips_that_touch_on_the_source_touch_on_the_target() -> None:
    """Within 2 mm of every place where the source's lips touch there is one where the target's nearly do."""
    source, _ = _source()
    target, mapped = _target(), _prepared().map
    here, there = (make_sheets(face.skin, face.rims["mouth"]) for face in (source, target))
    near = [
        cKDTree(mapped.warped[b.points]).query_ball_point(source.skin.vertices[a.points], 2.0)
        for a, b in zip(here, there, strict=True)
    ]
    frame = _frames(source)[NAMES.index("lip_puckerer")]
    shown = _prepared(contacts=True).play(frame).vertices.astype(float)
    gaps = []
    for side, (asked, found) in enumerate(
        zip(touch(here, frame.skin), touch(there, shown), strict=True)
    ):
        apart = np.where(np.isfinite(found.gap), np.maximum(found.gap, 0), found.distance)
        rows = [near[side][row] for row in np.flatnonzero(asked.gap < 0.1) if near[side][row]]
        gaps += [apart[row].min() for row in rows]
    assert len(gaps) > 10
    assert np.percentile(gaps, 95) < 0.3


def _lid_gap(face: RetargetFace, name: str, skin: np.ndarray) -> np.ndarray:
    """Gap vectors [N, 3] mm from lower to upper rim."""
    stations = RimStations.of(face.skin, face.rims[name])
    return stations.upper.interpolate(skin) - stations.lower.interpolate(skin)


@requires_shared
@pytest.mark.parametrize("kind", ["lying and a hundred times as large", "mirrored"])
def test_scale_orientation_and_mirrored_winding_do_not_matter(kind: str) -> None:
    source, _ = _source()
    neutral = _target().mesh
    matrix = 100 * np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])
    if kind == "mirrored":
        matrix = np.diag([-1.0, 1, 1])
    other = face_of_neutral(neutral.with_vertices(neutral.vertices @ matrix.T))
    ones = np.ones((len(source.skin.vertices), 1))
    changed = prepare(source, other, ones, contacts=False)
    smile = _frames(source)[0]
    plain = _prepared().play(smile).vertices - neutral.vertices
    found = (changed.play(smile).vertices - other.mesh.vertices) @ np.linalg.inv(matrix).T
    error = np.linalg.norm(found - plain, axis=1)
    assert error.mean() < 0.15 * np.linalg.norm(plain, axis=1).mean() + 0.02


@requires_shared
def test_the_command_line_plays_curves_on_a_neutral(tmp_path: Path) -> None:
    actor = read_actor(make_actor(0))
    folder = tmp_path / "source"
    (folder / "expressions").mkdir(parents=True)
    write_obj(folder / "neutral.obj", actor.neutral)
    for scan in actor.expressions:
        if scan.name in NAMES:
            write_obj(folder / "expressions" / f"{scan.name}.obj", scan)
    write_obj(tmp_path / "other.obj", read_actor(make_actor(3)).neutral)
    (tmp_path / "take.json").write_text(json.dumps([{"smile": 0.0}, {"smile": 1.0}]))
    out = tmp_path / "out.npz"
    words = [folder, tmp_path / "other.obj", tmp_path / "take.json", "-o", out]
    write_map(tmp_path / "map.npz", _prepared().map, _source()[0], _target())
    words += ["--map", tmp_path / "map.npz"]
    assert main(["retarget", *map(str, words), "--json", str(tmp_path / "f.json")]) == 0
    with np.load(out) as held:
        assert held["vertices"].shape == (2, len(actor.neutral.vertices), 3)
        assert {"head", "jaw", "curves", "shapes", "map_corners", "landmark_pairs"} <= set(held)
        np.testing.assert_array_equal(held["map_corners"], _prepared().map.points.corners)
        moved = np.linalg.norm(held["vertices"][1] - held["vertices"][0], axis=1)
    assert 3.0 < moved.max() < 30.0
    assert json.loads((tmp_path / "f.json").read_text())["frames"] == 2


def test_what_is_no_face_is_refused_in_a_sentence(tmp_path: Path, capsys) -> None:  # noqa: ANN001
    flat = Mesh.from_triangles(np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]]), np.array([[0, 1, 2]]))
    write_obj(tmp_path / "flat.obj", flat)
    write_obj(tmp_path / "head.obj", synthetic_head.head())
    for source in (tmp_path / "flat.obj", tmp_path / "nothing"):
        words = [source, tmp_path / "head.obj", tmp_path / "r.npz", "-o", tmp_path / "o.npz"]
        assert main(["retarget", *map(str, words)]) == 2
        assert capsys.readouterr().err.count("\n") == 1
