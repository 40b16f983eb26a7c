# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Muscles of a made-up actor: built, driven, differentiated, kept in a file, and simulated by the command line."""

import functools
import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from aim_blender_addon.backend.__main__ import main
from aim_blender_addon.backend.anatomy.head.landmarks import CORNERS
from aim_blender_addon.backend.anatomy.head.usual_thickness import DEPTHS
from aim_blender_addon.backend.errors import AimError, ModelFileError
from aim_blender_addon.backend.io.model_file import write_model
from aim_blender_addon.backend.muscles.curves import DEFINITIONS, MuscleCurve, place_muscles
from aim_blender_addon.backend.muscles.drive import Drive, jaw_pose
from aim_blender_addon.backend.muscles.equilibrium import Equilibrium
from aim_blender_addon.backend.muscles.flesh import make_flesh
from aim_blender_addon.backend.muscles.flesh_file import flesh_from_bytes, flesh_to_bytes
from aim_blender_addon.backend.muscles.settle import simulated_skin
from aim_blender_addon.backend.muscles.simulate import Simulation
from aim_blender_addon.backend.muscles.take import check_poses, read_poses
from tests.backend import edit_face
from tests.backend.flesh_face import COARSE, flesh


@functools.cache
def solver() -> Equilibrium:
    return Equilibrium(flesh().elastic, flesh().blocks)


def pose(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    weights = random.uniform(0, 0.4, len(edit_face.model().expression_names))
    return weights, np.array([0.15, 1.0, 0.5, 0.2])


def test_flesh_lies_under_the_skin_that_moves():
    made, model = flesh(), edit_face.model()
    figures = made.figures()
    assert figures["inverted"] == 0 and figures["least_quality"] > 0.5
    places = made.skin_places @ made.rest
    np.testing.assert_allclose(places, model.neutral.vertices[made.skin], atol=1e-4)


def test_rest_stays_at_rest():
    drive = Drive(flesh())
    none = torch.zeros(len(flesh().expression_names), dtype=torch.float64)
    jaw = torch.zeros(4, dtype=torch.float64)
    solved = solver().newton(flesh().rest, drive.pull(none, jaw).numpy())
    assert abs(solved.free - flesh().rest).max() < 1e-5


def test_every_scan_is_met():
    """With what the flesh lacks to it, the simulated skin is the scan."""
    model, drive = edit_face.model(), Drive(flesh())
    for number, name in enumerate(model.expression_names):
        weights = torch.zeros(len(model.expression_names), dtype=torch.float64)
        weights[number] = 1.0
        jaw = torch.as_tensor(model.joint.parameters(model.jaw_poses[number]))
        start = drive.passive(jaw).numpy()
        skin = simulated_skin(drive, solver(), start, weights, jaw)
        miss = np.linalg.norm(skin.numpy() - model.scan(number)[flesh().skin], axis=1)
        assert miss.max() < 0.01, name


def test_the_jaw_in_torch_is_the_joint():
    joint = edit_face.model().joint
    parameters = np.array([0.3, 2.0, -1.0, 0.5])
    found = jaw_pose(joint, torch.as_tensor(parameters)).numpy()
    np.testing.assert_allclose(found, joint.pose(parameters), atol=1e-12)


@pytest.mark.parametrize(
    "jaw", [(0.15, 1.0, 0.5, 0.2), (0.9, 0.0, 0.0, -2.0), (-0.1, 1.0, 1.0, 1.0)]
)
def test_the_quick_pull_is_the_one_with_slopes(jaw):
    drive, weights = Drive(flesh()), pose()[0]
    slow = drive.pull(torch.as_tensor(weights), torch.tensor(jaw, dtype=torch.float64)).numpy()
    np.testing.assert_allclose(drive.pull_of(weights, np.array(jaw)), slow, atol=1e-8)


def test_a_muscle_that_is_off_does_not_pull():
    muscles = [m.with_state(on=False) for m in flesh().muscles]
    off = replace(flesh(), muscles=muscles)
    np.testing.assert_array_equal(off.track_blocks, flesh().holds["fascia"])
    assert abs(flesh().track_blocks - off.track_blocks).max() > 0


def test_muscles_are_placed_on_both_sides_and_missing_landmarks_are_named():
    model = edit_face.model()
    points = {name: model.neutral.vertices[0] for name in ("glabella", "mid_nasal")}
    placed, left_out = place_muscles(model, points)
    assert [m.name for m in placed] == ["procerus"]
    assert "zygomaticus_major_left" in left_out and "zygomaticus_major_right" in left_out


def test_a_file_holds_the_flesh():
    model = edit_face.model()
    data = flesh_to_bytes(flesh(), model)
    again = flesh_from_bytes(data, "flesh", model)
    assert flesh_to_bytes(again, model) == data
    weights, jaw = pose()
    first, second = (Simulation(f, model).frame(0, weights, jaw).skin for f in (flesh(), again))
    assert abs(first - second).max() < 1e-3


def test_flesh_of_an_edited_model_is_refused_with_the_way_out():
    model = edit_face.model()
    data = flesh_to_bytes(flesh(), model)
    edited = replace(model, heads=model.heads * 1.01)
    with pytest.raises(ModelFileError, match="was edited since; build the flesh again"):
        flesh_from_bytes(data, "flesh", edited)


@pytest.mark.parametrize("place", [0.1, 0.4, 0.7, 0.95])
def test_damaged_files_are_refused(place):
    model = edit_face.model()
    data = bytearray(flesh_to_bytes(flesh(), model))
    data[int(place * len(data))] ^= 0x55
    with pytest.raises(ModelFileError):
        flesh_from_bytes(bytes(data), "flesh", model)
    with pytest.raises(ModelFileError, match="cut off|damaged"):
        flesh_from_bytes(bytes(data[: int(place * len(data))]), "flesh", model)


def test_an_actor_whose_scans_do_not_move_has_no_flesh():
    still = replace(
        edit_face.model(), heads=edit_face.model().heads * 0, jaw_poses=np.stack([np.eye(4)] * 6)
    )
    with pytest.raises(AimError, match="No scan of .* moves its skin"):
        make_flesh(still, COARSE)


def test_gaps_and_wild_values_of_a_take_are_mended_and_said():
    model = edit_face.model()
    count = len(model.expression_names)
    weights, jaw = np.full((4, count), 0.2), np.zeros((4, 4))
    weights[1, 0], weights[2, 1], jaw[3, 0] = np.nan, 9.0, 2.0
    poses = check_poses(weights, jaw, model, "take")
    assert poses.weights[1, 0] == pytest.approx(0.2)
    assert poses.weights.max() == 1.5
    assert len(poses.notes) == 2
    with pytest.raises(AimError, match="solved with this model"):
        check_poses(weights[:, 1:], jaw, model, "take")
    with pytest.raises(AimError, match="no frames"):
        check_poses(weights[:0], jaw[:0], model, "take")
    with pytest.raises(AimError, match="solve the take again"):
        check_poses(weights * np.nan, jaw, model, "take")


def test_commands_build_flesh_and_simulate_a_take(tmp_path, capsys):
    model = edit_face.model()
    write_model(tmp_path / "m.safetensors", model)
    made = [*map(str, (tmp_path / "m.safetensors", tmp_path / "f.safetensors"))]
    figures = str(tmp_path / "f.json")
    assert main(["flesh", made[0], "-o", made[1], "--edge", "14", "--json", figures]) == 0
    assert json.loads((tmp_path / "f.json").read_text())["inverted"] == 0
    weights, jaw = pose()
    shares = np.linspace(0, 1, 4)[:, None]
    np.savez(tmp_path / "t.npz", weights=shares * weights, jaw_parameters=shares * jaw)
    take, out = str(tmp_path / "t.npz"), str(tmp_path / "r.npz")
    assert main(["simulate", *made, take, "-o", out, "--json", figures]) == 0
    report = json.loads((tmp_path / "f.json").read_text())
    assert len(report["residual"]) == len(report["inverted"]) == 4
    assert report["unsettled_frames"] == [] and max(report["inverted"]) == 0
    with np.load(out) as result:
        assert result["vertices"].shape == (4, len(model.neutral.vertices), 3)
        assert abs(result["vertices"][0] - model.neutral.vertices).max() < 0.02
    assert main(["simulate", *made, made[0], "-o", out]) == 2
    assert "holds no poses" in capsys.readouterr().err


def test_a_solved_take_with_weights_over_the_face_is_read(tmp_path):
    model = edit_face.model()
    count = len(model.expression_names)
    np.savez(
        tmp_path / "t.npz",
        weights=np.full((2, count, 3), 0.3, np.float32),
        functions=np.full((len(model.neutral.vertices), 3), 1 / 3, np.float32),
        jaw_parameters=np.zeros((2, 4)),
    )
    np.testing.assert_allclose(read_poses(tmp_path / "t.npz")[0], 0.3, atol=1e-6)


def test_weights_over_the_face_without_their_functions_are_refused(tmp_path):
    np.savez(tmp_path / "t.npz", weights=np.zeros((2, 5, 3)), jaw_parameters=np.zeros((2, 4)))
    with pytest.raises(AimError, match="not their functions"):
        read_poses(tmp_path / "t.npz")


def test_definitions_name_landmarks_that_a_face_has_and_depths_between_bone_and_skin():
    definitions = json.loads(DEFINITIONS.read_text(encoding="utf-8"))
    known = DEPTHS.keys() | CORNERS.keys()
    assert len(definitions) > 20
    for name, muscle in definitions.items():
        assert muscle["radius_mm"] > 0 and len(muscle["nodes"]) > 1, name
        for node in muscle["nodes"]:
            assert 0 <= node["depth"] <= 1, name
            assert sum(node["landmarks"].values()) == pytest.approx(1.0), name
            assert {key.removesuffix("_S") for key in node["landmarks"]} <= known, name


def test_rings_go_round_and_their_fibres_too():
    angle = np.linspace(0, 2 * np.pi, 9)
    ring = MuscleCurve("ring", 20 * np.stack([np.cos(angle), np.sin(angle), 0 * angle], 1), 6.0)
    assert ring.closed and not replace(ring, points=ring.points[:-1]).closed
    points, way = ring.evenly(), ring.directions()
    np.testing.assert_allclose(way[0], way[-1], atol=1e-9)
    assert (np.cross(points, way)[:, 2] > 0.9 * np.linalg.norm(points, axis=1)).all()
