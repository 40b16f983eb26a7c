# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Given bones: what lies over bone, how well rays that were not cast are foretold, and the membrane elsewhere."""

import functools

import numpy as np
import pytest
import trimesh
from scipy.spatial import cKDTree

from aim_blender_addon.backend.anatomy.bones.check import outside_skin
from aim_blender_addon.backend.anatomy.head.landmarks import find_landmarks
from aim_blender_addon.backend.anatomy.jaw.joint import JawJoint
from aim_blender_addon.backend.anatomy.tissue.bone_below import bone_below
from aim_blender_addon.backend.anatomy.tissue.measured import measure_anatomy
from aim_blender_addon.backend.fitting.fit import jaw_joint
from aim_blender_addon.backend.geometry.laplacian import SurfaceOperator
from aim_blender_addon.backend.geometry.mesh import Mesh
from aim_blender_addon.backend.geometry.rays import cast_to_bones
from tests.backend.made_heads import person
from tests.backend.synthetic_head import cut
from tests.shared_data import requires_shared

JOINT = JawJoint(np.array([50, -5, 20.0]), np.array([-50, -5, 20.0]), np.array([0, -45, 80.0]))


def _ball(radius: float, centre=(0.0, 0.0, 0.0), finer: int = 4) -> Mesh:
    ball = trimesh.creation.icosphere(finer, radius)
    return Mesh.from_triangles(ball.vertices + centre, ball.faces, "ball")


def _measured(neutral: Mesh, skull: Mesh, jaw: Mesh, joint: JawJoint, used=None):
    operator = SurfaceOperator.of(neutral.vertices, neutral.triangles)
    return measure_anatomy(neutral, skull, jaw, operator, joint, used)


@functools.cache
def _whole(seed: int):
    """What is measured of an actor by all of its rays."""
    neutral, skull, jaw = person(seed)
    return _measured(neutral, skull, jaw, jaw_joint(neutral, skull, jaw))


def test_a_hole_in_the_bone_is_no_bone_and_its_border_half():
    skin, shell, far = _ball(60), _ball(52), _ball(5, (300, 0, 0))
    skull = cut(shell, shell.vertices[:, 2] < 35)
    below = bone_below(
        skin, cast_to_bones(skin.vertices, skin.normals, skull, far), skull, far, JOINT
    )
    height = skin.vertices[:, 2] * 52 / 60
    assert (below[height > 36] == 0).all()
    assert (below[height < 28] == 1).all()
    assert (below == 0.5).sum() > 10 and (height[below == 0.5] > 25).all()


def test_a_step_in_the_bone_is_no_bone():
    """Two half shells, 6 and 12 mm deep: on the seam the depth of neither is right."""
    skin, high, low, far = _ball(60), _ball(54), _ball(48), _ball(5, (300, 0, 0))
    high, low = cut(high, high.vertices[:, 0] > 0), cut(low, low.vertices[:, 0] < 3)
    skull = Mesh.from_triangles(
        np.concatenate([high.vertices, low.vertices]),
        np.concatenate([high.triangles, low.triangles + len(high.vertices)]),
    )
    below = bone_below(
        skin, cast_to_bones(skin.vertices, skin.normals, skull, far), skull, far, JOINT
    )
    across = skin.vertices[:, 0]
    assert (below[np.abs(across) < 1.5] == 0).all()
    assert (below[np.abs(across) > 10] == 1).all()


def test_teeth_are_no_bone():
    """Two shells one above the other, 4 mm apart: in front their edges are crowns, behind they are not."""
    skin = _ball(90)
    shell = _ball(80, finer=5)
    skull, jaw = cut(shell, shell.vertices[:, 1] > -40), cut(shell, shell.vertices[:, 1] < -44)
    hits = cast_to_bones(skin.vertices, skin.normals, skull, jaw)
    below = bone_below(skin, hits, skull, jaw, JOINT)
    height, front = skin.vertices[:, 1] * 80 / 90, skin.vertices[:, 2] > 60
    assert (below[(np.abs(height + 42) < 4) & front] == 0).all()
    assert (below[(np.abs(height + 42) > 20) & front] == 1).all()
    behind = (skin.vertices[:, 2] < -20) & (np.abs(height + 42) > 6) & (np.abs(height + 42) < 10)
    assert (below[behind] > 0).mean() > 0.7


def test_cheeks_are_no_bone_although_a_ray_meets_some():
    skin, core, far = _ball(60), _ball(38), _ball(5, (300, 0, 0))
    hits = cast_to_bones(skin.vertices, skin.normals, core, far)
    assert hits.hit.all()
    assert not bone_below(skin, hits, core, far, JOINT).any()


def test_the_membrane_goes_on_from_the_bone():
    skin, shell, far = _ball(60), _ball(52), _ball(5, (300, 0, 0))
    skull = cut(shell, shell.vertices[:, 2] < 35)
    found = _measured(skin, skull, far, JOINT)
    assert np.abs(found.thickness - 8).max() < 1.0
    assert (found.normal * skin.normals).sum(axis=1).min() > 0.99


def test_the_membrane_stays_inside_a_thin_flap():
    """A plate 3 mm thick below a ball with bone in it: the membrane may not come out of the plate."""
    ball, flap = _ball(60), trimesh.creation.box((50, 40, 3))
    flap = flap.subdivide().subdivide().subdivide()
    skin = Mesh.from_triangles(
        np.concatenate([ball.vertices, flap.vertices - [0, 90, 0]]),
        np.concatenate([ball.triangles, flap.faces + len(ball.vertices)]),
    )
    found = _measured(skin, _ball(50), _ball(5, (300, 0, 0)), JOINT)
    plate = skin.vertices[:, 1] < -66
    points = (skin.vertices - found.thickness[:, None] * found.normal)[plate]
    assert plate.sum() > 50
    assert (np.abs(points[:, 2]) <= 1.5 + 1e-3).all() and (found.thickness[plate] < 3).mean() > 0.9


@requires_shared
@pytest.mark.parametrize("seed", [0, 3])
def test_rays_that_were_not_cast_are_foretold(seed):
    """Half of the rays held back. Asked: 0.5 mm, 5 degrees; and most of what they meet is told to be bone."""
    neutral, skull, jaw = person(seed)
    joint = jaw_joint(neutral, skull, jaw)
    used = np.random.default_rng(seed).random(len(neutral.vertices)) < 0.5
    hits = _measured(neutral, skull, jaw, joint).hits
    found = _measured(neutral, skull, jaw, joint, used)
    told = ~used & (found.bone_below >= 0.5)
    assert told.sum() > 0.6 * (~used & hits.hit).sum()
    assert hits.hit[told].mean() > 0.99
    met = told & hits.hit
    assert np.abs(found.thickness - hits.depth)[met].mean() < 0.3
    cosine = (found.normal * neutral.normals).sum(axis=1)[met]
    assert np.degrees(np.arccos(np.clip(cosine, -1, 1))).mean() < 1.0
    bone = neutral.vertices - found.thickness[:, None] * found.normal
    truth = neutral.vertices - np.where(met, hits.depth, 0)[:, None] * neutral.normals
    assert np.linalg.norm(bone - truth, axis=1)[met].mean() < 0.3


@requires_shared
def test_forehead_cheekbone_and_chin_are_bone_and_lips_and_nose_tip_are_not():
    neutral, below = person(3)[0], _whole(3).bone_below
    tree, places = cKDTree(neutral.vertices), find_landmarks(neutral)

    def share(name: str) -> float:
        return float((below[tree.query_ball_point(places[name], 8.0)] >= 0.5).mean())

    for name in ("glabella", "frontal_eminence_left", "nasion", "malar_left", "pogonion", "menton"):
        assert share(name) > 0.9, name
    for name in ("pronasale", "stomion", "upper_lip", "cheilion_left", "eye_outer_left"):
        assert share(name) < 0.25, name


@requires_shared
@pytest.mark.parametrize("seed", [0, 3])
def test_bone_and_membrane_lie_inside_the_skin(seed):
    neutral, found = person(seed)[0], _whole(seed)
    points = neutral.vertices - found.thickness[:, None] * found.normal
    assert outside_skin(neutral, points).max() <= 0.01
