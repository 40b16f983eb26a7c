# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Volume below the skin that is shown: counted, allowed by scans, taken back beyond that, with its slopes."""

import functools
from dataclasses import replace

import numpy as np
import pytest

from aim_blender_addon.backend.errors import ModelFileError
from aim_blender_addon.backend.io.safe_tensors import pack_tensors, unpack_tensors
from aim_blender_addon.backend.muscles.flesh_file import flesh_from_bytes, flesh_to_bytes
from aim_blender_addon.backend.muscles.kept_volume import STILL_MM, KeptVolume
from tests.backend import edit_face
from tests.backend.flesh_face import flesh

NONE = np.zeros(6)


@functools.cache
def volume() -> KeptVolume:
    return KeptVolume(flesh(), edit_face.model())


def swollen(share: float) -> np.ndarray:
    """Nodes of flesh that grew by a share of its size, all alike."""
    middle = flesh().rest.mean(axis=0)
    return middle + (1 + share) * (flesh().rest - middle)


def test_all_that_the_cubes_gain_is_counted_once():
    """Known answer: flesh that grows by a tenth in each direction gains 33.1 % of its volume."""
    free = swollen(0.1)
    carried = flesh().skin_places @ free
    gained = volume().gained(free, carried, carried)
    whole = flesh().elastic.rest_volume.sum()
    assert gained.sum() == pytest.approx(0.331 * whole, rel=1e-6)
    assert (gained > 0).all()


def test_skin_farther_out_gains_its_way_times_its_area():
    rest = flesh().skin_places @ flesh().rest
    areas = volume().areas(rest)
    size = np.linalg.norm(areas, axis=1)
    gained = volume().gained(flesh().rest, rest, rest + 1e-4 * areas / size[:, None])
    np.testing.assert_allclose(gained, 1e-4 * size, rtol=1e-3, atol=1e-9)


def test_a_scan_alone_may_gain_all_that_it_did_and_two_alike_their_mean():
    made, count = flesh(), len(flesh().expression_names)
    openings = [edit_face.model().joint.parameters(pose)[0] for pose in edit_face.model().jaw_poses]
    for number in range(count):
        allowed = volume().allowed(np.eye(count)[number], openings[number])
        np.testing.assert_allclose(allowed, made.scan_volume[number], atol=1e-9)
    moves, gained = made.tracks.moves.copy(), made.scan_volume.copy()
    moves[1], gained[1] = moves[0], gained[0]
    twins = replace(made, tracks=replace(made.tracks, moves=moves), scan_volume=gained)
    both = KeptVolume(twins, edit_face.model()).allowed(np.array([1.0, 1.0, 0, 0, 0, 0]), 0.0)
    moved = ((made.skin_places @ moves[0]) ** 2).sum(axis=1)
    # Twice a half where both move skin far, and their sum where they hardly do.
    share = (moved + STILL_MM**2) / (2 * moved + STILL_MM**2)
    np.testing.assert_allclose(both, 2 * share * gained[0], rtol=1e-6, atol=1e-9)
    assert share.min() < 0.51 and share.max() > 0.99


def test_a_broad_bulge_without_a_scan_is_taken_back_and_a_scan_stays():
    model, made = edit_face.model(), flesh()
    rest = made.skin_places @ made.rest
    chin = model.neutral.vertices[edit_face.vertex_near(edit_face.CHIN)]
    bump = np.exp(-((np.linalg.norm(rest - chin, axis=1) / 25.0) ** 2))[:, None]
    out = volume().areas(rest)
    out = out / np.linalg.norm(out, axis=1, keepdims=True)
    for side in (1.0, -1.0):
        kept = volume().kept(made.rest, rest + side * bump * out, NONE, 0.0) - rest
        left = (kept * out).sum(axis=1) @ bump[:, 0] / (bump**2).sum()
        assert abs(left) < 0.5, side
    np.testing.assert_allclose(volume().kept(made.rest, rest, NONE, 0.0), rest, atol=1e-9)


def test_slopes_are_those_of_central_differences():
    random, made = np.random.default_rng(0), flesh()
    weights, opening = random.uniform(0, 0.6, 6), 0.15
    free = made.rest + random.normal(0, 0.3, made.rest.shape)
    shown = made.skin_places @ free + random.normal(0, 0.3, (len(made.skin), 3))
    nodes = random.normal(0, 1, (*free.shape, 10))
    ways = random.normal(0, 1, (*shown.shape, 10))
    slopes = volume().kept_slopes(free, shown, weights, opening, nodes, ways)
    toward = random.normal(0, 1, shown.shape)
    for channel in range(10):
        ends = []
        for step in (1e-5, -1e-5):
            pose = np.r_[weights, opening] + step * np.eye(10)[channel, :7]
            at = free + step * nodes[:, :, channel], shown + step * ways[:, :, channel]
            ends.append((volume().kept(*at, pose[:-1], pose[-1]) * toward).sum())
        told = (slopes[:, :, channel] * toward).sum()
        assert told == pytest.approx((ends[0] - ends[1]) / 2e-5, rel=1e-5), channel


def test_flesh_of_an_older_version_is_refused_with_the_way_out():
    model = edit_face.model()
    metadata, tensors = unpack_tensors(flesh_to_bytes(flesh(), model), "face", "", "")
    older = pack_tensors(tensors, metadata | {"version": "2"})
    with pytest.raises(ModelFileError, match="another version .* build the flesh again"):
        flesh_from_bytes(older, "face.safetensors", model)
