# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Identities in a face model, style by identity, and maps foretold from other people's."""

import functools
import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial import cKDTree

from aim_blender_addon.backend.__main__ import main
from aim_blender_addon.backend.anatomy.head.frame import FaceFrame
from aim_blender_addon.backend.detail.bands import split
from aim_blender_addon.backend.detail.detail_actor import DetailActor
from aim_blender_addon.backend.detail.detail_file import Detail
from aim_blender_addon.backend.detail.face_space import FaceSpace
from aim_blender_addon.backend.detail.identity import fit_identity
from aim_blender_addon.backend.detail.makehuman_space import makehuman_space
from aim_blender_addon.backend.detail.map_files import read_map, write_map
from aim_blender_addon.backend.detail.prior import PriorSettings
from aim_blender_addon.backend.detail.prior_steps import prior_actor
from aim_blender_addon.backend.detail.style import BANDS, learn_style, style_of, styled
from aim_blender_addon.backend.detail.style_steps import (
    apply,
    learn,
    rig_of,
    style_from_bytes,
    style_to_bytes,
)
from aim_blender_addon.backend.detail.uv import UvMap
from aim_blender_addon.backend.errors import AimError, ModelFileError, ScanError
from aim_blender_addon.backend.geometry.mesh import Mesh
from aim_blender_addon.backend.sample.head import find_package, load_sample_head

needs_head = pytest.mark.skipif(find_package() is None, reason="the free head is not installed")
SIZE = 128
# -------------------------------------------------------------------------------------------- identity and style


@functools.cache
def space() -> FaceSpace:
    return makehuman_space(most=20)


@dataclass
class Known:
    """A survey whose answers are given."""

    neutral: Mesh
    landmarks: dict[str, np.ndarray]
    frame: FaceFrame


@functools.cache
def apart() -> np.ndarray:
    """[3] mm from the space's mean to the free head, which is the same one elsewhere."""
    return load_sample_head(find_package(), 0).skin.vertices[0] - space().mean.vertices[0]


@functools.cache
def free_head() -> DetailActor:
    """It is the mean of the space, so that one survey serves both."""
    head = load_sample_head(find_package(), 0)
    uv = UvMap.of(head.skin, head.uv)
    face = space().survey
    marks = {name: point + apart() for name, point in face.landmarks.items()}
    survey = Known(head.skin, marks, replace(face.frame, origin=face.frame.origin + apart()))
    return DetailActor(head.skin, uv, {"neutral": head.skin.vertices}, survey)


@functools.cache
def person(seed: int) -> DetailActor:
    """The free head with another face; where its landmarks went is known."""
    values = np.random.default_rng(seed).normal(size=len(space().ways)) * 1.5
    moves = np.tensordot(values, space().ways, 1)
    actor = free_head()
    away, row = cKDTree(space().mean.vertices + apart()).query(actor.neutral.vertices)
    assert np.median(away) < 0.01  # a few vertices of the neck and mouth are the free head's own
    moves = moves[row]
    mesh = actor.neutral.with_vertices((actor.neutral.vertices + moves).astype(np.float32))

    def moved(point: np.ndarray) -> np.ndarray:
        return point + moves[np.linalg.norm(actor.neutral.vertices - point, axis=1).argmin()]

    marks = {name: moved(point) for name, point in actor.survey.landmarks.items()}
    survey = Known(mesh, marks, actor.survey.frame)
    return replace(actor, neutral=mesh, shapes={"neutral": mesh.vertices}, survey=survey)


@needs_head
def test_an_identity_comes_nearer_than_the_mean_wherever_the_face_stands() -> None:
    actor = person(1)
    found = fit_identity(space(), actor.survey)
    assert found.missed_mm < 0.6 * found.mean_missed_mm
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))[0]
    turn *= np.sign(np.linalg.det(turn))

    def there(points: np.ndarray) -> np.ndarray:
        return np.asarray(points) @ turn.T + [300.0, -50, 20]

    mesh = actor.neutral.with_vertices(there(actor.neutral.vertices).astype(np.float32))
    marks = {name: there(point) for name, point in actor.survey.landmarks.items()}
    other = fit_identity(space(), Known(mesh, marks, None))
    np.testing.assert_allclose(other.values, found.values, atol=0.02)


@needs_head
def test_a_face_without_landmarks_is_told() -> None:
    bare = replace(person(1).survey, landmarks={})
    with pytest.raises(ScanError, match="0 landmarks in common"):
        fit_identity(space(), bare)


def test_style_follows_identity_where_it_does_and_is_the_mean_where_not() -> None:
    rng = np.random.default_rng(0)
    identities = rng.normal(size=(12, 6))
    ways = rng.normal(size=(6, 10, 2, BANDS)) * 0.3
    styles = np.tensordot(identities, ways, 1) - 3
    model = learn_style(identities, styles, "s")
    assert model.missed[0] < 0.6 * model.missed[1]
    new = rng.normal(size=6)
    wanted = np.tensordot(new, ways, 1) - 3
    missed = [np.abs(guess - wanted).mean() for guess in (model.foretold(new), model.mean)]
    assert missed[0] < 0.7 * missed[1]
    nothing = learn_style(identities, rng.normal(size=styles.shape), "s")
    assert nothing.missed[0] <= nothing.missed[1]
    unknown = styles.copy()
    unknown[:, 2] = np.nan
    assert np.isnan(learn_style(identities, unknown, "s").foretold(new)[2]).all()


def test_too_few_or_equal_actors_are_refused() -> None:
    styles = np.zeros((3, 10, 2, BANDS))
    with pytest.raises(AimError, match="from 3 actors at least, and there are 2"):
        learn_style(np.eye(3)[:2], styles[:2], "s")
    with pytest.raises(AimError, match="have the same face"):
        learn_style(np.zeros((3, 3)), styles, "s")


def detail(actor: DetailActor, strength: float, age: float) -> Detail:
    """Generic skin of an actor, as if it were his own."""
    made = prior_actor(actor, SIZE, PriorSettings(age=age, strength=strength))[0]
    return replace(made, known=np.ones_like(made.known))


@functools.cache
def learned() -> tuple:
    people = [(person(k), detail(person(k), 0.5 * k, 40.0)) for k in (1, 2, 3)]
    return (people, *learn(people, space()))


@needs_head
def test_a_new_face_gets_the_strength_of_the_actors_and_lines_of_its_own() -> None:
    people, model, report = learned()
    assert report["actors"] and len(report["missed_mm"]) == 3
    assert report["left_out"] <= report["left_out_mean"]
    made, told = apply(person(9), model, space(), SIZE)
    pixels = person(9).pixels(SIZE)
    own = style_of(rig_of(made), pixels, person(9).shares(), True)
    wanted = model.foretold(fit_identity(space(), person(9).survey).values)
    known = np.isfinite(wanted) & np.isfinite(own)
    assert known.mean() > 0.5
    before = style_of(rig_of(detail(person(9), 1.0, 40.0)), pixels, person(9).shares())
    assert np.abs(own - wanted)[known].mean() < 0.6 * np.abs(before - wanted)[known].mean() + 0.05
    assert told["style"]["forehead"]["wrinkles_mm"] > 0
    with pytest.raises(AimError, match="learned with another face model"):
        apply(person(9), replace(model, space="other"), space(), SIZE)
    with pytest.raises(AimError, match="of another mesh or UV map"):
        learn([(person(1), replace(people[0][1], stamp="x"))] * 3, space())


@needs_head
def test_a_style_that_is_met_changes_nothing() -> None:
    actor = person(1)
    pixels = actor.pixels(SIZE)
    rig = rig_of(detail(actor, 1.0, 50.0))
    same = styled(rig, style_of(rig, pixels, actor.shares(), True), pixels, actor.shares())
    on = pixels.mask
    np.testing.assert_allclose(same.constant[on], rig.constant[on], atol=1e-4)


@needs_head
def test_style_files_come_back_and_damaged_ones_are_refused(tmp_path: Path, capsys) -> None:
    model = learned()[1]
    data = style_to_bytes(model)
    back = style_from_bytes(data, "'s'")
    np.testing.assert_array_equal(back.mean, model.mean)
    np.testing.assert_array_equal(back.ways, model.ways)
    assert (back.space, back.actors, back.missed) == (model.space, model.actors, model.missed)
    for bad in (b"", data[:-9], data[:-9] + b"012345678"):
        with pytest.raises(ModelFileError, match="'s'"):
            style_from_bytes(bad, "'s'")
    out = ["-o", str(tmp_path / "o.safetensors")]
    assert main(["detail-style-learn", str(tmp_path), *out]) == 2
    assert "lacks its detail" in capsys.readouterr().err
    assert main(["detail-style", str(tmp_path), str(tmp_path / "no.safetensors"), *out]) == 2
    assert "no.safetensors" in capsys.readouterr().err


# ------------------------------------------------------------------------------------------ maps of other people


def population(place: Path, count: int, common: float, own: float) -> list[dict[str, np.ndarray]]:
    """Folders of people whose maps share some of each expression and some of their own neutral."""
    rng = np.random.default_rng(0)
    shared = {name: rng.normal(size=(64, 64)) for name in ("1_neutral", "2_smile", "3_anger")}
    people = []
    for number in range(count):
        still = rng.normal(size=(64, 64))
        maps = {}
        for name, texture in shared.items():
            lines = common * texture + 0.5 * rng.normal(size=(64, 64))
            height = still if "neutral" in name else own * still + lines
            maps[name] = (0.05 * height).astype(np.float32)
            (place / str(number)).mkdir(parents=True, exist_ok=True)
            write_map(place / str(number) / f"{name}.exr", maps[name])
        people.append(maps)
    return people


def rms(height: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(height))))


@pytest.mark.parametrize("given", [False, True])
def test_maps_of_a_new_person_take_what_carries_over(given: bool, tmp_path: Path) -> None:
    people = population(tmp_path / "all", 6, 0.8, 0.6)
    new = people[-1]
    (tmp_path / "all" / "5").rename(tmp_path / "new")
    command = ["detail-foretell", str(tmp_path / "all"), "-o", str(tmp_path / "maps")]
    command += ["--json", str(tmp_path / "f.json")]
    if given:
        command += ["--neutral", str(tmp_path / "new" / "1_neutral.exr")]
    assert main(command) == 0
    figures = json.loads((tmp_path / "f.json").read_text())
    assert figures["maps"] == 2 and figures["people"] == 5
    assert figures["left_out_mm"] < (0.62 if given else 0.85) * figures["zero_mm"]
    made = read_map(tmp_path / "maps" / "2_smile.exr", 1.0)
    missed = rms(made - new["2_smile"]) / rms(new["2_smile"])
    assert missed < (0.62 if given else 0.85)
    assert (tmp_path / "maps" / "neutral.exr").exists() == given


def test_where_nothing_carries_over_nothing_is_foretold(tmp_path: Path) -> None:
    population(tmp_path / "all", 5, 0.0, 0.0)
    command = ["detail-foretell", str(tmp_path / "all"), "-o", str(tmp_path / "maps")]
    assert main([*command, "--json", str(tmp_path / "f.json")]) == 0
    figures = json.loads((tmp_path / "f.json").read_text())
    assert figures["left_out_mm"] <= figures["zero_mm"] * 1.001
    assert rms(read_map(tmp_path / "maps" / "2_smile.exr", 1.0)) < 0.01


def test_too_few_people_and_maps_that_do_not_fit_are_refused(tmp_path: Path, capsys) -> None:
    population(tmp_path / "all", 2, 0.5, 0.5)
    command = ["detail-foretell", str(tmp_path / "all"), "-o", str(tmp_path / "maps")]
    assert main(command) == 2
    assert "from 3 people at least, and there are 2" in capsys.readouterr().err
    assert not (tmp_path / "maps").exists()
    population(tmp_path / "all", 3, 0.5, 0.5)
    write_map(tmp_path / "n.exr", np.zeros((32, 32), np.float32))
    assert main([*command, "--neutral", str(tmp_path / "n.exr")]) == 2
    assert "32 pixels a side" in capsys.readouterr().err


def test_bands_of_the_foretold_sum_to_the_map() -> None:
    height = np.random.default_rng(0).normal(size=(64, 64)).astype(np.float32)
    whole = np.ones((64, 64), bool)
    bands = split(height, whole, np.full((64, 64), 0.8, np.float32))
    np.testing.assert_allclose(np.sum(bands, axis=0), height, atol=1e-5)
