# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The mouth of simulated skin: open as the model has learned it, and without the creases of the flesh mesh."""

import functools
from dataclasses import replace

import numpy as np
import pytest
import torch

from aim_blender_addon.backend.muscles.contract import Contraction
from aim_blender_addon.backend.muscles.drive import Drive
from aim_blender_addon.backend.muscles.equilibrium import Equilibrium
from aim_blender_addon.backend.muscles.even_skin import EvenSkin
from aim_blender_addon.backend.muscles.sliding import slide_jaw
from tests.backend import edit_face
from tests.backend.flesh_face import flesh


@functools.cache
def drive() -> Drive:
    return Drive(flesh())


@functools.cache
def even() -> EvenSkin:
    return EvenSkin(edit_face.model(), drive())


def widest() -> float:
    model = edit_face.model()
    return max(model.joint.parameters(pose)[0] for pose in model.jaw_poses)


def solved(weights: np.ndarray, jaw: np.ndarray) -> np.ndarray:
    solver = Equilibrium(flesh().elastic, flesh().blocks)
    found = solver.newton(drive().passive_of(jaw), drive().pull_of(weights, jaw))
    assert found.converged and (solver.strain(found.free).volume > 0).all()
    return found.free


@pytest.mark.parametrize("share", [0.25, 0.5, 1.0])
def test_a_jaw_that_opens_without_a_shape_opens_the_mouth_as_the_model_has_learned(share):
    """Known answer: skin that follows the jaw's scans. Flesh held by bones alone misses it by millimetres."""
    model = edit_face.model()
    jaw = np.array([share * widest(), 0.0, 0.0, 0.0])
    none = np.zeros(len(model.expression_names))
    skin = even().whole(solved(none, jaw), none, jaw)
    learned = model.skin(none.astype(np.float32), model.joint.pose(jaw))
    rest = model.skin(none.astype(np.float32))
    moved = np.linalg.norm(learned - rest, axis=1)[flesh().skin].max()
    miss = np.linalg.norm(skin - learned, axis=1)[flesh().skin]
    assert miss.max() < 0.08 * moved  # bones alone: 0.39 to 0.42


def test_skin_shown_without_creases_is_the_scan():
    model = edit_face.model()
    for number, name in enumerate(model.expression_names[:3]):
        weights = np.eye(len(model.expression_names))[number]
        jaw = model.joint.parameters(model.jaw_poses[number])
        skin = even().whole(solved(weights, jaw), weights, jaw)
        assert np.abs(skin - model.scan(number)).max() < 0.01, name


def test_what_is_finer_than_the_flesh_mesh_is_smoothed_and_what_is_wider_stays():
    """Nodes that shake one by one leave no creases; flesh that moves as one takes the skin along."""
    made, none, jaw = flesh(), np.zeros(len(flesh().expression_names)), np.zeros(4)
    # Nodes that nothing balances gain volume, which is another test's matter.
    unbalanced = replace(made, scan_volume=None)
    even = EvenSkin(edit_face.model(), Drive(unbalanced))
    rest = even.whole(made.rest, none, jaw)
    shake = np.random.default_rng(0).normal(0, 0.3, made.rest.shape)
    raw = np.linalg.norm(made.skin_places @ shake, axis=1)
    shown = np.linalg.norm(even.whole(made.rest + shake, none, jaw) - rest, axis=1)[made.skin]
    assert shown.mean() < 0.75 * raw.mean()
    apart = np.linalg.norm(made.rest - edit_face.model().neutral.vertices[
        edit_face.vertex_near(edit_face.CHIN)], axis=1)  # fmt: skip
    wide = np.exp(-((apart / 40.0) ** 2))[:, None] * np.array([0.0, 0.0, 1.0])
    moved = even.whole(made.rest + wide, none, jaw) - rest
    chin = edit_face.vertex_near(edit_face.CHIN)
    assert 0.85 < moved[chin, 2] < 1.0


@pytest.mark.parametrize("share", [0.5, 1.0])
def test_muscles_that_rest_open_the_mouth_as_the_model_has_learned(share):
    """Flesh that plays activations begins at the same base; bones alone miss it by a third of the motion."""
    model = edit_face.model()
    made, jaw = Contraction(flesh(), model), np.array([share * widest(), 0.0, 0.0, 0.0])
    base = made.base.at(jaw)
    found = made.solver.newton(base, made.pull(jaw))
    assert found.converged and np.abs(found.free - base).max() < 1e-6
    assert (made.solver.strain(found.free).volume > 0).all()
    none = np.zeros(len(model.expression_names), np.float32)
    learned, rest = (
        model.skin(none, pose)[flesh().skin] for pose in (model.joint.pose(jaw), np.eye(4))
    )
    moved = np.linalg.norm(learned - rest, axis=1).max()
    miss = np.linalg.norm(made.skin(found.free, jaw) - learned, axis=1)
    assert miss.max() < 0.08 * moved


@pytest.mark.parametrize(("way", "share"), [(1, 1.0), (1, 0.5), (2, 1.0), (2, -0.5), (3, -1.0)])
def test_a_jaw_that_slides_takes_the_skin_where_the_model_has_learned(way, share):
    """Known answer at the limits, and near to it between them; flesh without this base is off many times as far."""
    model, jaw, limits = edit_face.model(), np.zeros(4), edit_face.model().joint.limits.bounds()
    jaw[way] = abs(share) * limits[share > 0][way]
    none = np.zeros(len(model.expression_names))
    free = solved(none, jaw)
    learned = model.skin(none.astype(np.float32), model.joint.pose(jaw))[flesh().skin]
    bare = Drive(flesh().with_tracks(replace(flesh().tracks, ways=None), flesh().residual))
    at = torch.as_tensor(none), torch.as_tensor(jaw)
    off, before = (
        np.linalg.norm(each.skin(torch.as_tensor(free), *at).numpy() - learned, axis=1).max()
        for each in (drive(), bare)
    )
    assert off < (0.02 if abs(share) == 1 else 0.2 * before) < before


def test_scans_of_a_jaw_that_slides_are_met_as_before():
    """What the jaw's ways add is taken from the residuals of the scans that have them."""
    model = edit_face.model()
    scans = [model.joint.parameters(pose) for pose in model.jaw_poses]
    slid = int(np.argmax(np.abs(np.array(scans)[:, 1:]).max(axis=1)))
    scans[slid] = scans[slid] + np.array([0.0, 3.0, -4.0, 1.0])
    poses = np.stack([model.joint.pose(jaw) for jaw in scans])
    before = flesh().with_tracks(
        replace(flesh().tracks, ways=None), np.zeros_like(flesh().residual)
    )
    after = slide_jaw(before, replace(model, jaw_poses=poses.astype(model.jaw_poses.dtype)))
    assert np.abs(after.residual[slid]).max() > 0.1
    for number, jaw in enumerate(scans):
        at = torch.eye(len(scans), dtype=torch.float64)[number], torch.as_tensor(jaw)
        ways = [Drive(made).added(*at).numpy() for made in (before, after)]
        np.testing.assert_allclose(*ways, atol=1e-4)
