# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Somebody else's skull and mandible brought under a skin, and the error that is promised."""

import functools

import numpy as np
import pytest
import trimesh

from aim_blender_addon.backend.__main__ import main
from aim_blender_addon.backend.anatomy.bones.check import check_bones, outside_skin
from aim_blender_addon.backend.anatomy.bones.estimate import EstimatedBones
from aim_blender_addon.backend.anatomy.bones.joint_landmarks import joint_landmarks
from aim_blender_addon.backend.anatomy.bones.template import fit_template
from aim_blender_addon.backend.anatomy.bones.template_landmarks import template_landmarks
from aim_blender_addon.backend.anatomy.head.frame import FaceFrame
from aim_blender_addon.backend.errors import BonesError
from aim_blender_addon.backend.geometry.mesh import Mesh
from aim_blender_addon.backend.geometry.sampling import random_samples
from aim_blender_addon.backend.geometry.smooth_map import SmoothMap
from aim_blender_addon.backend.io.mesh_files import read_mesh
from aim_blender_addon.backend.io.obj import write_obj
from aim_blender_addon.backend.jobs.bones import BonesRequest
from tests.backend.made_heads import estimated, person
from tests.backend.synthetic_head import rotation
from tests.backend.wire import over_the_wire
from tests.shared_data import make_actor, requires_shared

AXES = FaceFrame(*np.eye(3), np.zeros(3))


def _other(mesh: Mesh) -> Mesh:
    """The bone of a longer, narrower head with a larger chin and a flatter back, in other units and axes."""
    v = mesh.vertices.astype(float)
    v = v * [0.95, 1.06, 0.97]
    v[:, 2] += 4 * np.exp(-(((v[:, 1] + 70) / 25) ** 2) - ((v[:, 2] - 90) / 40) ** 2)
    v[:, 1] += 3 * np.sin(v[:, 2] / 40)
    v[:, 0] *= 1 + 0.05 * np.sin(v[:, 1] / 30)
    return mesh.with_vertices(v @ rotation([1, 2, 3], 130).T / 10 + [3, -7, 20])


@functools.cache
def _fitted() -> tuple[Mesh, EstimatedBones]:
    _, skull, jaw = person(0)
    neutral = person(3)[0]
    return neutral, fit_template(neutral, _other(skull), _other(jaw))


def _solid(mesh: Mesh) -> trimesh.Trimesh:
    return trimesh.Trimesh(mesh.vertices, mesh.triangles, process=False)


def test_a_smooth_map_finds_a_stretch_and_a_bump():
    nodes = np.stack(np.meshgrid(*[np.linspace(-50, 50, 5)] * 3), axis=-1).reshape(-1, 3)
    points = np.random.default_rng(0).uniform(-50, 50, (800, 3))

    def truth(p):
        bump = np.exp(-((p - [10, 0, 0]) ** 2).sum(axis=1) / 40**2)
        return np.column_stack([0.05 * p[:, 0], 4 * bump, 0 * bump])

    smooth = SmoothMap(nodes, 100.0)
    axes = np.tile(np.eye(3), (len(points), 1))
    basis = np.repeat(smooth.basis(points), 3, axis=0)
    smooth.fit(basis, axes, truth(points).ravel(), np.ones(len(axes)), 1e-3, 100.0)
    asked = np.random.default_rng(1).uniform(-40, 40, (100, 3))
    np.testing.assert_allclose(smooth.basis(asked) @ smooth.coefficients, truth(asked), atol=0.4)
    smooth.fit(basis, axes, truth(points).ravel(), np.ones(len(axes)), 1e9, 100.0)
    stiff = smooth.basis(asked) @ smooth.coefficients  # no bump left, the stretch is
    np.testing.assert_allclose(stiff[:, 0], 0.05 * asked[:, 0], atol=0.2)
    assert np.ptp(stiff[:, 1]) < 2.5


@requires_shared
@pytest.mark.parametrize("seed", [0, 3])
def test_landmarks_of_bones_do_not_depend_on_units_and_axes(seed):
    _, skull, jaw = person(seed)
    turn, scale = rotation([3, 1, -2], 200), 0.1

    def moved(mesh):
        return mesh.with_vertices(mesh.vertices @ turn.T * scale + [9, 0, -4])

    _, here = template_landmarks(skull, jaw)
    _, there = template_landmarks(moved(skull), moved(jaw))
    assert {"eye_left", "eye_right", "rhinion", "subnasale", "pogonion"} <= here.keys()
    for name, place in here.items():
        back = (there[name] - [9, 0, -4]) / scale @ turn
        assert np.linalg.norm(back - place) < 3.0, name
    assert here["eye_left"][0] > 20 > 5 > here["rhinion"][0] > -5
    assert here["eye_left"][1] > here["subnasale"][1] > here["pogonion"][1]


@requires_shared
def test_another_skull_comes_nearer_to_the_truth_than_depths_alone():
    neutral, bones = _fitted()
    _, skull, jaw = person(3)
    _, plain = estimated(3)
    for name, truth in (("skull", skull), ("jaw", jaw)):
        target = random_samples(truth.vertices, truth.triangles, 30000).points
        face = target[(target[:, 2] > 0) & (target[:, 1] < 60)]

        def miss(bone: Mesh, face=face) -> float:
            distance = trimesh.proximity.closest_point(_solid(bone), face[::20])[1]
            return float(distance.mean())

        assert miss(getattr(bones, name)) < min(2.5, 0.8 * miss(getattr(plain, name))), name


@requires_shared
def test_fitted_bones_keep_the_template_and_stay_inside_and_apart():
    neutral, bones = _fitted()
    template = _other(person(0)[1])
    assert np.array_equal(bones.skull.triangles, template.triangles)
    check_bones(neutral, bones.skull, bones.jaw)
    for bone in (bones.skull, bones.jaw):
        assert outside_skin(neutral, bone.vertices).max() == 0
        assert _solid(bone).volume > 0
    assert not _solid(bones.skull).contains(bones.jaw.vertices).any()
    assert not _solid(bones.jaw).contains(bones.skull.vertices).any()


@requires_shared
def test_condyles_stay_in_their_fossae():
    """Each condyle is as far from the cranium as in the template, up to size."""
    neutral, bones = _fitted()
    _, skull, jaw = person(0)

    def gaps(skull: Mesh, jaw: Mesh) -> np.ndarray:
        joint = joint_landmarks(neutral, skull, jaw, AXES)
        tops = np.stack([joint["condyle_left"], joint["condyle_right"]])
        return np.abs(trimesh.proximity.closest_point(_solid(skull), tops)[1])

    assert np.abs(gaps(bones.skull, bones.jaw) - gaps(skull, jaw)).max() < 2.0


@requires_shared
def test_the_error_promised_covers_the_error_made():
    """At least 68 % of the bone in front within one standard deviation, 95 % within two; no blank cheque."""
    neutral, bones = _fitted()
    _, skull, jaw = person(3)
    for bone, truth, spread in (
        (bones.skull, skull, bones.skull_spread),
        (bones.jaw, jaw, bones.jaw_spread),
    ):
        front = (bone.vertices[:, 2] > 0) & (bone.vertices[:, 1] < 60)
        distance = trimesh.proximity.closest_point(_solid(truth), bone.vertices[front][::7])[1]
        share = distance / spread[front][::7]
        assert (share < 1).mean() > 0.68 and (share < 2).mean() > 0.95
        assert 0.6 <= spread.min() and np.median(spread[front]) < 5.0


@requires_shared
def test_a_template_that_is_none_is_told():
    neutral, skull, jaw = person(0)
    with pytest.raises(BonesError, match="not closed"):
        fit_template(neutral, skull, Mesh.from_triangles(jaw.vertices, jaw.triangles[9:], "jaw"))


@requires_shared
def test_the_worker_and_the_command_line_take_a_template(tmp_path, capsys):
    neutral, bones = _fitted()
    _, skull, jaw = person(0)
    skull, jaw = _other(skull), _other(jaw)
    found = over_the_wire(BonesRequest(neutral, template=(skull, jaw)))
    np.testing.assert_allclose(found.jaw.vertices, bones.jaw.vertices, atol=1e-3)
    assert found.skull_spread.shape == (len(skull.vertices),)
    write_obj(tmp_path / "skull.obj", skull)
    write_obj(tmp_path / "jaw.obj", jaw)
    command = ["estimate-bones", str(make_actor(3) / "neutral.obj"), "-o", str(tmp_path / "out")]
    command += ["--template-skull", str(tmp_path / "skull.obj")]
    assert main(command) == 2
    assert "--template-jaw" in capsys.readouterr().err
    command += ["--template-jaw", str(tmp_path / "jaw.obj")]
    assert main(command) == 0
    written = read_mesh(tmp_path / "out" / "jaw.obj")
    away = np.linalg.norm(written.vertices - bones.jaw.vertices, axis=1)  # files round coordinates
    assert (away < 0.1).mean() > 0.98 and away.max() < 1.0
