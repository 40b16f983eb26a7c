# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Correctives that stand for the muscles: known ones are found again, they end at bounds, and scans stay."""

import functools
import json

import numpy as np
import pytest

from aim_blender_addon.backend.__main__ import main
from aim_blender_addon.backend.errors import AimError
from aim_blender_addon.backend.io.model_file import StoredModel, model_to_bytes, write_model
from aim_blender_addon.backend.jobs import distil as job
from aim_blender_addon.backend.jobs.fleshed_actor import FleshedActor
from aim_blender_addon.backend.jobs.wire import from_wire, to_wire
from aim_blender_addon.backend.muscles.controls import rig_controls, scan_poses
from aim_blender_addon.backend.muscles.distil import (
    ALONE,
    Control,
    FitSettings,
    all_products,
    distil,
    product_values,
)
from aim_blender_addon.backend.muscles.flesh_file import flesh_to_bytes
from aim_blender_addon.backend.muscles.frames import Frames, fewer_rows
from aim_blender_addon.backend.muscles.training import Corrections, random_poses
from aim_blender_addon.backend.progress import silent
from tests.backend import edit_face
from tests.backend.flesh_face import flesh

SKIN = 30
CONTROLS = (
    Control("smile", 0, 0.0, 1.0),
    Control("pucker", 1, 0.0, 1.0),
    Control("stretch", 2, 0.0, 1.0),
    Control("jaw open", 3, 0.0, 0.4),
    Control("jaw left", 5, 0.0, 6.0),
    Control("jaw right", 5, 0.0, -6.0),
)
#: The scan of the stretch opens the jaw half way.
SCANS = np.hstack([np.eye(3), np.zeros((3, 4))])
SCANS[2, 3] = 0.2
EXACT = FitSettings(ridge=1e-9, gain=1e-6)


def poses(count: int = 60) -> np.ndarray:
    random = np.random.default_rng(3)
    weights = random.uniform(0, 1, (count, 3)) * (random.random((count, 3)) < 0.7)
    jaw = random.uniform([0, 0, -6, 0], [0.4, 1e-9, 6, 1e-9], (count, 4))
    return np.hstack([weights, jaw])


@functools.cache
def known() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Shapes [4, S, 3] of smile x pucker, smile x jaw, half a smile and jaw right; poses; what is added in each."""
    shapes = np.random.default_rng(1).normal(size=(4, SKIN, 3))
    given = poses()
    return shapes, given, np.tensordot(truth(given), shapes, 1).astype(np.float32)


def truth(given: np.ndarray) -> np.ndarray:
    smile, pucker, opening = given[:, 0], given[:, 1], given[:, 3] / 0.4
    right = np.clip(-given[:, 5] / 6, 0, 1)
    return np.stack([smile * pucker, smile * opening, 4 * smile * (1 - smile), right], axis=1)


def test_a_known_correction_by_products_is_found_again_and_nothing_else():
    shapes, given, added = known()
    made = distil(CONTROLS, Frames(given, added), SCANS, settings=EXACT)
    found = dict(zip(made.names(), made.shapes, strict=True))
    assert set(found) == {"smile x pucker", "smile x jaw open", "smile x smile", "jaw right"}
    for name, shape in zip(
        ("smile x pucker", "smile x jaw open", "smile x smile", "jaw right"), shapes, strict=True
    ):
        np.testing.assert_allclose(found[name], shape, atol=1e-4)
    other = poses(90)[60:]
    np.testing.assert_allclose(made.added(other), np.tensordot(truth(other), shapes, 1), atol=1e-3)


def test_scans_stay_where_the_jaw_alone_is_mended():
    given = poses()
    shape = np.random.default_rng(2).normal(size=(SKIN, 3))
    opening = given[:, 3] / 0.4
    added = ((opening - 0.5 * given[:, 2])[:, None, None] * shape).astype(np.float32)
    made = distil(CONTROLS, Frames(given, added), SCANS, settings=EXACT)
    assert made.names() == ["jaw open", "stretch"]
    np.testing.assert_allclose(made.added(SCANS), 0, atol=1e-5)
    np.testing.assert_allclose(made.added(np.zeros((1, 7))), 0, atol=1e-12)
    np.testing.assert_allclose(made.added(given), added, atol=1e-4)


def test_scans_show_what_contact_adds_to_them_and_poses_what_they_did():
    shapes, given, added = known()
    held = np.zeros((3, SKIN, 3))
    held[1] = np.random.default_rng(8).normal(size=(SKIN, 3))
    held[2] = 1e-3  # less than anyone sees
    more = added + (np.clip(given[:, 1], 0, 1)[:, None, None] * held[1]).astype(np.float32)
    made = distil(CONTROLS, Frames(given, more), SCANS, settings=EXACT, held=held)
    assert set(made.names()) == {
        *("smile x pucker", "smile x jaw open", "smile x smile", "jaw right", "pucker")
    }
    np.testing.assert_allclose(made.added(SCANS)[1], held[1], atol=1e-5)
    np.testing.assert_allclose(made.added(SCANS)[[0, 2]], 0, atol=1e-5)
    np.testing.assert_allclose(made.added(given), more, atol=1e-3)
    one = distil(CONTROLS, Frames(given, more), SCANS, settings=FitSettings(most=1), held=held)
    assert one.names() == ["pucker"]


def test_correctives_go_no_farther_than_at_the_ends_of_the_controls():
    _, given, added = known()
    made = distil(CONTROLS, Frames(given, added), SCANS)
    far = np.array([[9.0, 5.0, 3.0, 2.0, 50.0, -90.0, 9.0], [-4.0, -1, -2, -3, 0, 70, 0]])
    near = np.array([[1.0, 1.0, 1.0, 0.4, 0.0, -6.0, 0.0], [0, 0, 0, 0, 0, 6, 0]])
    np.testing.assert_array_equal(made.values(far), made.values(near))
    assert made.values(far).min() >= 0 and made.values(far).max() <= 1


def test_the_same_frames_make_the_same_correctives_and_no_more_than_wanted():
    _, given, added = known()
    noisy = added + np.random.default_rng(5).normal(0, 0.3, added.shape).astype(np.float32)
    for most in (1, 3, 8):
        first, second = (
            distil(CONTROLS, Frames(given, noisy), SCANS, settings=FitSettings(most=most))
            for _ in range(2)
        )
        assert len(first.products) <= most
        np.testing.assert_array_equal(first.products, second.products)
        np.testing.assert_array_equal(first.shapes, second.shapes)


def test_frames_in_which_nothing_is_added_make_no_corrective():
    made = distil(CONTROLS, Frames(poses(), np.zeros((60, SKIN, 3), np.float32)), SCANS)
    assert made.shapes.shape == (0, SKIN, 3) and made.products.shape == (0, 2)
    np.testing.assert_array_equal(made.added(poses()), np.zeros((60, SKIN, 3)))


def test_slopes_of_ten_poses_teach_what_the_poses_alone_do_not():
    products = all_products(CONTROLS)[6:]
    shapes = np.random.default_rng(6).normal(size=(len(products), SKIN, 3))

    def added(at: np.ndarray) -> np.ndarray:
        # Scans stay: this scan's jaw is half open.
        values = product_values(CONTROLS, products, at)
        owed = product_values(CONTROLS, products, SCANS)
        return np.tensordot(values - at[:, :3] @ owed, shapes, 1)

    given, other, size = poses()[:10], poses(90)[60:], 1e-6
    moved = (given[:, None] + size * np.eye(7)).reshape(-1, 7)
    slopes = (added(moved).reshape(10, 7, SKIN, 3) - added(given)[:, None]) / size
    seen = added(given).astype(np.float32)
    alone, both = (
        distil(CONTROLS, Frames(given, seen, known_slopes), SCANS, settings=EXACT)
        for known_slopes in (None, slopes.astype(np.float32))
    )
    left = [np.abs(made.added(other) - added(other)).mean() for made in (alone, both)]
    assert left[1] < 0.2 * left[0]


def test_fewer_rows_have_the_same_best_shapes_and_the_same_left_over():
    random = np.random.default_rng(4)
    values, flat = random.normal(size=(90, 5)), random.normal(size=(90, 12)).astype(np.float32)
    fewer, kept = fewer_rows(values, flat)
    assert len(fewer) == len(kept) == 6
    first, second = (
        np.linalg.lstsq(v, f, rcond=None)[0] for v, f in ((values, flat), (fewer, kept))
    )
    np.testing.assert_allclose(second, first, atol=1e-5)
    left = np.linalg.norm(flat - values @ first)
    assert np.linalg.norm(kept - fewer @ first) == pytest.approx(left, rel=1e-5)


def test_slopes_of_what_is_added_are_those_of_poses_beside_it():
    model = edit_face.model()
    corrections, pose = Corrections(flesh(), model), random_poses(model, 3, 2)[1]
    added, slopes = corrections.with_slopes(pose)
    np.testing.assert_allclose(added, corrections.added(pose), atol=1e-6)
    for channel, size in ((0, 0.02), (len(pose) - 4, 0.005)):
        step = size * np.eye(len(pose))[channel]
        beside = corrections.added(pose + step) - corrections.added(pose - step)
        miss = np.abs(beside / (2 * size) - slopes[channel]).max()
        assert miss < 0.05 * np.abs(slopes[channel]).max() + 0.1


def test_poses_to_learn_from_stay_within_what_face_and_jaw_do():
    model = edit_face.model()
    given = random_poses(model, 200, 1)
    np.testing.assert_array_equal(given, random_poses(model, 200, 1))
    count = len(model.expression_names)
    used = (given[:, :count] > 0).sum(axis=1)
    assert used.min() >= 1 and used.max() <= 4 and given[:, :count].max() <= 1
    low, high = model.joint.limits.bounds()
    assert (given[:, count:] >= low - 1e-9).all() and (given[:, count:] <= high + 1e-9).all()
    assert given[:, count].max() > 0.2 and (given[:, count] == 0).any()


def request(**others) -> job.DistilRequest:
    model = edit_face.model()
    data = StoredModel(model_to_bytes(model), "Head")
    return job.DistilRequest(
        FleshedActor(data, flesh_to_bytes(flesh(), model), "its flesh"), 24, 12, **others
    )


@functools.cache
def distilled() -> job.DistilResult:
    return job.run(request(), silent)


def test_a_face_gets_correctives_that_are_nearer_to_its_muscles_and_keep_its_scans():
    result, model = distilled(), edit_face.model()
    assert 1 <= len(result.names) <= 12 and len(set(result.names)) == len(result.names)
    assert result.shapes.shape == (len(result.names), len(model.neutral.vertices), 3)
    still = np.setdiff1d(np.arange(len(model.neutral.vertices)), flesh().skin)
    assert not result.shapes[:, still].any()
    report = result.report
    assert report["left_mm"]["p95"] < 0.8 * report["plain_mm"]["p95"]
    controls = rig_controls(model)
    assert result.control_names == tuple(control.name for control in controls)
    at_scans = np.stack([control.share(scan_poses(model)) for control in controls], axis=1)
    values = np.ones((len(at_scans), len(result.names)))
    for column, (first, second) in enumerate(result.products):
        values[:, column] = at_scans[:, first]
        if second == first:
            values[:, column] *= 4 * (1 - at_scans[:, first])
        elif second != ALONE:
            values[:, column] *= at_scans[:, second]
    np.testing.assert_allclose(np.tensordot(values, result.shapes, 1), 0, atol=1e-3)


def test_request_and_result_cross_to_the_worker():
    asked = request(weights=np.zeros((2, 3)), jaw_parameters=np.zeros((2, 4)), take_name="take")
    back = from_wire(job.DistilRequest, *to_wire(asked))
    assert back.actor.flesh == asked.actor.flesh and back.most == 12
    result = from_wire(job.DistilResult, *to_wire(distilled()))
    assert result.names == distilled().names
    np.testing.assert_array_equal(result.shapes, distilled().shapes)


@pytest.mark.parametrize(
    ("others", "sentence"),
    [
        ({"weights": np.zeros((5, 99)), "jaw_parameters": np.zeros((5, 4))}, "solved with this"),
        ({"seed": 0, "frames": 3}, "3 poses teach no correctives"),
        ({"most": 0}, "0 correctives are none"),
    ],
)
def test_what_teaches_nothing_is_refused_in_a_sentence(others: dict, sentence: str):
    from dataclasses import replace

    with pytest.raises(AimError, match=sentence):
        job.run(replace(request(), take_name="Take", **others), silent)


def test_the_command_writes_correctives_and_says_how_near_they_are(tmp_path, capsys):
    model = edit_face.model()
    write_model(tmp_path / "head.safetensors", model)
    (tmp_path / "flesh.safetensors").write_bytes(flesh_to_bytes(flesh(), model))
    count = len(model.expression_names)
    np.savez(
        tmp_path / "take.npz", weights=np.full((3, count), 0.3), jaw_parameters=np.zeros((3, 4))
    )
    files = [str(tmp_path / name) for name in ("head.safetensors", "flesh.safetensors")]
    output, figures = tmp_path / "out.npz", tmp_path / "out.json"
    extra = ["--frames", "20", "--most", "6", "--take", str(tmp_path / "take.npz")]
    assert main(["distil", *files, "-o", str(output), *extra, "--json", str(figures)]) == 0
    assert "95th percentile" in capsys.readouterr().out
    assert json.loads(figures.read_text())["poses"] == 23
    with np.load(output) as file:
        assert len(file["names"]) == len(file["shapes"]) <= 6
        assert file["products"].max() < len(file["control_names"]) == len(file["channels"])
