# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Activations of a head with known muscles: read back from the skin they make, kept in a table, played again."""

import functools
import json
from dataclasses import replace

import numpy as np
import pytest

from aim_blender_addon.backend.__main__ import main
from aim_blender_addon.backend.errors import AimError
from aim_blender_addon.backend.io.model_file import StoredModel, model_to_bytes, write_model
from aim_blender_addon.backend.jobs import simulate
from aim_blender_addon.backend.jobs.fleshed_actor import FleshedActor
from aim_blender_addon.backend.muscles.activation_file import (
    JAW_COLUMNS,
    read_activations,
    write_activations,
)
from aim_blender_addon.backend.muscles.contract import (
    ContractedSimulation,
    Contraction,
    check_activations,
)
from aim_blender_addon.backend.muscles.fibres import make_fibres
from aim_blender_addon.backend.muscles.first_activations import FirstActivations
from aim_blender_addon.backend.muscles.flesh_file import flesh_to_bytes
from aim_blender_addon.backend.muscles.motion import Motion
from aim_blender_addon.backend.muscles.read_back import ActivationReader, ReadBackSettings
from aim_blender_addon.backend.muscles.settle import activate
from aim_blender_addon.backend.progress import silent
from tests.backend import edit_face
from tests.backend.flesh_face import flesh

EXACT = ReadBackSettings(smooth_mm=0.0, small_mm=1e-3)
SMILE = {"lifts_left": 0.7, "lifts_right": 0.5, "widens_left": 0.3, "raises_brow_right": 0.6}


@functools.cache
def contraction() -> Contraction:
    return Contraction(flesh(), edit_face.model())


def activations(shares: dict[str, float]) -> np.ndarray:
    return np.array([shares.get(name, 0.0) for name in contraction().names])


def made_skin(values: np.ndarray, jaw: np.ndarray) -> np.ndarray:
    """[S, 3] the skin that the muscles make."""
    made = contraction()
    activate(made.solver, values)
    return made.skin(made.solver.newton(made.base.at(jaw), made.pull(jaw)).free, jaw)


def test_known_activations_are_read_back_from_the_skin_that_they_make():
    reader = ActivationReader(flesh(), edit_face.model(), EXACT)
    for share, opening in ((0.5, 0.0), (1.0, 0.35)):
        truth, jaw = share * activations(SMILE), np.array([opening, 0.5, 0.0, 0.0])
        read = reader.frame(made_skin(truth, jaw), jaw)
        assert read.left_mm < 0.01
        np.testing.assert_allclose(read.activations, truth, atol=0.02)


def test_a_first_look_tells_which_muscles_pull_and_about_how_much():
    first = FirstActivations(flesh(), edit_face.model())
    assert first.names == contraction().names
    for opening, others in ((0.0, 0.05), (0.2, 0.2)):
        truth, jaw = 0.5 * activations(SMILE), np.array([opening, 0.0, 0.0, 0.0])
        skin = edit_face.model().skin(
            np.zeros(len(flesh().expression_names), np.float32), flesh().joint.pose(jaw)
        )
        skin[flesh().skin] = made_skin(truth, jaw)
        found = first.of(skin, jaw)
        seen = [
            k for k, name in enumerate(first.names) if name.startswith(("lifts", "widens_left"))
        ]
        assert (
            np.abs(found - truth)[seen].max() < 0.12
        )  # what moves the brow moves this coarse skin by 0.04 mm
        assert found[truth == 0].max() < others


def test_smoothing_calms_activations_that_a_trembling_skin_would_shake():
    random = np.random.default_rng(0)
    skin = made_skin(activations(SMILE), np.zeros(4))
    frames = [skin + random.normal(0, 0.3, skin.shape) for _ in range(3)]

    def change(smooth: float) -> float:
        reader = ActivationReader(flesh(), edit_face.model(), ReadBackSettings(smooth_mm=smooth))
        found = [reader.frame(frame, np.zeros(4)).activations for frame in frames]
        return float(np.abs(np.diff(found, axis=0)).mean())

    assert change(0.5) < 0.5 * change(0.0)


def test_flesh_without_tracks_rests_and_a_muscle_draws_its_insertion_to_its_origin():
    rest = flesh().skin_places @ flesh().rest
    np.testing.assert_allclose(made_skin(activations({}), np.zeros(4)), rest, atol=1e-4)
    moved = made_skin(activations({"lifts_left": 0.8}), np.zeros(4)) - rest
    muscle = next(m for m in flesh().muscles if m.name == "lifts_left")
    near = np.linalg.norm(rest - muscle.points[-1], axis=1).argmin()
    way = muscle.points[0] - muscle.points[-1]
    assert moved[near] @ way / np.linalg.norm(way) > 1.0
    other = np.abs(rest * [-1, 1, 1] - rest[near]).sum(axis=1).argmin()
    assert np.linalg.norm(moved[other]) < 0.2 * np.linalg.norm(moved[near])


def test_a_muscle_that_is_off_does_not_contract():
    off = flesh().with_strengths({"lifts_left": 0.0})
    number = [m.name for m in off.muscles].index("lifts_left")
    made = make_fibres(off, passive=True)
    assert made.volume[made.muscle == number].sum() == 0.0
    assert make_fibres(flesh(), passive=True).volume[made.muscle == number].sum() > 0.0


def test_commands_read_activations_back_and_play_them(tmp_path, capsys):
    model = edit_face.model()
    paths = [str(tmp_path / name) for name in ("m.safetensors", "f.safetensors")]
    write_model(paths[0], model)
    (tmp_path / "f.safetensors").write_bytes(flesh_to_bytes(flesh(), model))
    weights = np.zeros((3, len(model.expression_names)))
    weights[:, model.expression_names.index("smile")] = [0.2, 0.5, 0.8]
    jaw = np.outer([0.0, 0.05, 0.1], [1, 0, 0, 0])
    np.savez(tmp_path / "t.npz", weights=weights, jaw_parameters=jaw)
    take, table, figures = (str(tmp_path / name) for name in ("t.npz", "a.csv", "a.json"))
    assert main(["activations", *paths, take, "-o", table, "--json", figures]) == 0
    report = json.loads((tmp_path / "a.json").read_text())
    assert all(0 < a < b for a, b in zip(report["left_mm"], report["motion_mm"], strict=True))
    kept = read_activations(table)
    assert kept.values.shape == (3, len(flesh().muscles))
    np.testing.assert_allclose(kept.jaw, jaw, atol=1e-6)
    skins = []
    for source, name in ((take, "r.npz"), (table, "s.npz")):
        assert main(["simulate", *paths, source, "-o", str(tmp_path / name)]) == 0
        with np.load(tmp_path / name) as result:
            skins.append(result["vertices"][:, flesh().skin].astype(float))
    left = np.linalg.norm(skins[0] - skins[1], axis=2).mean(axis=1)
    np.testing.assert_allclose(left, report["left_mm"], atol=0.02)
    bad = str(tmp_path / "bad.csv")
    (tmp_path / "bad.csv").write_text("frame,lifts_left\n0,1\n")
    assert main(["simulate", *paths, bad, "-o", str(tmp_path / "x.npz")]) == 2
    assert "it lacks jaw_open_degrees" in capsys.readouterr().err
    assert main(["activations", *paths, take, "-o", table, "--smooth", "-1"]) == 2


def test_a_table_comes_back_with_its_columns_in_any_order_and_gaps(tmp_path):
    path = tmp_path / "a.csv"
    write_activations(path, ("b", "a"), np.array([[0.1, 0.9], [0.2, 0.8]]), np.zeros((2, 4)))
    rows = [line.split(",") for line in path.read_text().splitlines()]
    turned = [",".join(reversed(row)) for row in rows]
    path.write_text("\n".join([turned[0], turned[1].replace("0.90000", ""), *turned[2:], ""]))
    kept = read_activations(path)
    assert kept.names == ("a", "b")
    np.testing.assert_allclose(kept.values, [[np.nan, 0.1], [0.8, 0.2]])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "it has no frames"),
        ("frame\n", "it has no frames"),
        ("a,a\n1,2\n", "two columns have one name"),
        ("a,b\n1\n", "not of one length"),
        (f"{','.join(JAW_COLUMNS)}\n0,0,0,0\n", "it names no muscles"),
        ("a\nb\n", "holds no activations"),
    ],
)
def test_tables_that_are_none_are_refused(tmp_path, text, said):
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(AimError, match=said):
        read_activations(tmp_path / "a.csv")


def test_unknown_muscles_gaps_and_wild_values_are_mended_and_said():
    given = np.array([[0.2, 0.5, 2.0], [np.nan, 0.5, 0.1], [0.4, 0.5, -1.0]])
    names = ("lifts_left", "of another", "widens_left")
    whole, notes = check_activations(given, names, flesh(), 3, "a.csv")
    order = [m.name for m in flesh().muscles]
    np.testing.assert_allclose(whole[:, order.index("lifts_left")], [0.2, 0.3, 0.4])
    np.testing.assert_allclose(whole[:, order.index("widens_left")], [1.0, 0.1, 0.0])
    assert len(notes) == 3 and "of another: no muscles of this flesh" in notes[0]
    with pytest.raises(AimError, match="names no muscle of this flesh"):
        check_activations(given[:, :1], ("none",), flesh(), 3, "a.csv")
    with pytest.raises(AimError, match="one value a muscle and frame"):
        check_activations(given, names, flesh(), 2, "a.csv")
    with pytest.raises(AimError, match="one value a muscle and frame"):
        check_activations(given, ("a", "a", "b"), flesh(), 3, "a.csv")


def test_a_frame_that_does_not_come_to_rest_leaves_the_last_good_one():
    values = np.stack([activations({"lifts_left": share}) for share in (0.3, 0.6)])
    played = ContractedSimulation(flesh(), edit_face.model(), values)
    weights = np.zeros(len(flesh().expression_names))
    good = played.frame(0, weights, np.zeros(4))
    played.solver.stop = replace(played.solver.stop, steps=0, jump_mm=0.0, frame_mm=1e-9)
    bad = played.frame(1, weights, np.zeros(4))
    assert not bad.converged
    np.testing.assert_array_equal(played._last, good.free)


def test_activations_are_not_played_with_gravity():
    model = edit_face.model()
    request = simulate.SimulateRequest(
        FleshedActor(
            StoredModel(model_to_bytes(model), "Head"), flesh_to_bytes(flesh(), model), "its flesh"
        ),
        np.zeros((1, len(model.expression_names))),
        np.zeros((1, 4)),
        "a.csv",
        motion=Motion(gravity=True),
        activations=np.zeros((1, 1)),
        muscles=("lifts_left",),
    )
    with pytest.raises(AimError, match="Activations are played at rest"):
        simulate.run(request, silent)
