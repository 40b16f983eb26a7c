# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The jaw of scans that bring their lower teeth along: read off these, whatever else moves beside them."""

from pathlib import Path

import numpy as np
import pytest

from aim_blender_addon.backend.anatomy.jaw.from_teeth import ScannedPiece, jaws_of_teeth
from aim_blender_addon.backend.anatomy.jaw.joint import JawJoint
from aim_blender_addon.backend.errors import ScanError
from aim_blender_addon.backend.geometry.mesh import Mesh
from aim_blender_addon.backend.geometry.rigid import move_rigidly
from aim_blender_addon.backend.io.actor_folder import read_actor
from aim_blender_addon.backend.io.obj import write_obj
from tests.backend import synthetic_head

JOINT = JawJoint(np.array([50.0, -5, 15]), np.array([-50.0, -5, 15]), np.array([0.0, -45, 85]))
NAMES = ("smile", "open", "aside")
JAWS = np.stack([JOINT.pose(p) for p in ([0, 0, 0, 0], [0.4, 2, 0, 0], [0, 0, 7, 1])])
STILL = np.tile(np.eye(4), (3, 1, 1))


def block(centre: tuple[float, float, float], name: str = "teeth") -> Mesh:
    """A row of teeth as a block of 24 vertices."""
    sides = np.array([[x, y, z] for x in range(-2, 4) for y in (0, 1) for z in (0, 1)], float)
    corners = np.arange(24).reshape(6, 4)
    quads = [[a[0], a[1], b[1], b[0]] for a, b in zip(corners, corners[1:], strict=False)]
    quads += [[a[2], a[3], b[3], b[2]] for a, b in zip(corners, corners[1:], strict=False)]
    quads += [[0, 1, 3, 2]]
    return Mesh(
        sides * [6, 8, 5] + centre,
        np.array(quads, np.int32).ravel(),
        np.full(len(quads), 4, np.int32),
        name,
    )


def carried(mesh: Mesh, poses: np.ndarray = JAWS) -> dict[str, np.ndarray]:
    places = mesh.vertices.astype(float)
    return {name: move_rigidly(places, pose) for name, pose in zip(NAMES, poses, strict=True)}


def test_the_lower_row_tells_the_jaw_beside_an_upper_row_that_rests() -> None:
    lower, upper = block((0, -52, 80)), block((0, -40, 82))
    both = synthetic_head.joined(lower, upper)
    scans = {
        name: np.concatenate([moved, upper.vertices]) for name, moved in carried(lower).items()
    }
    poses, name = jaws_of_teeth([ScannedPiece(both, scans)], NAMES, JOINT, STILL)
    assert name == "teeth" and sorted(poses) == [0, 1, 2]
    np.testing.assert_allclose([poses[i] for i in range(3)], JAWS, atol=1e-3)


def test_head_motion_of_the_scans_is_taken_out() -> None:
    lower = block((0, -52, 80))
    random = np.random.default_rng(0)
    heads = np.stack([synthetic_head.random_pose(random, 5, 5) for _ in NAMES])
    scans = {
        name: move_rigidly(moved, head)
        for (name, moved), head in zip(carried(lower).items(), heads, strict=True)
    }
    poses, _ = jaws_of_teeth([ScannedPiece(lower, scans)], NAMES, JOINT, heads)
    np.testing.assert_allclose([poses[i] for i in range(3)], JAWS, atol=1e-3)


def test_a_tongue_an_eye_and_what_rests_tell_nothing() -> None:
    tongue, eye = block((0, -52, 70), "tongue"), block((30, 20, 75), "eye")
    bent = carried(tongue)
    bent["open"][:, 1] += 0.02 * (tongue.vertices[:, 0] ** 2)
    rest = block((0, -52, 80), "rest")
    pieces = [
        ScannedPiece(tongue, bent),
        ScannedPiece(eye, carried(eye)),
        ScannedPiece(rest, carried(rest, STILL)),
    ]
    assert jaws_of_teeth(pieces, NAMES, JOINT, STILL) == ({}, "")
    assert jaws_of_teeth([], NAMES, JOINT, STILL) == ({}, "")


def test_teeth_that_disagree_tell_nothing() -> None:
    left, right = block((-20, -52, 75), "left"), block((20, -52, 75), "right")
    other = np.stack([STILL[0], JOINT.pose([0.2, 0, 0, 0]), STILL[0]])
    pieces = [ScannedPiece(left, carried(left)), ScannedPiece(right, carried(right, other))]
    assert jaws_of_teeth(pieces, NAMES, JOINT, STILL) == ({}, "")


def test_scans_that_the_teeth_do_not_have_are_left_to_the_skin() -> None:
    lower = block((0, -52, 80))
    opening = {"open": carried(lower)["open"]}
    poses, _ = jaws_of_teeth([ScannedPiece(lower, opening)], NAMES, JOINT, STILL)
    assert list(poses) == [1]


def test_teeth_are_read_from_the_folder_of_an_actor(tmp_path: Path) -> None:
    teeth = tmp_path / "Teeth"
    for folder in (tmp_path / "expressions", teeth):
        folder.mkdir()
    lower = block((0, -52, 80))
    for path in ("neutral", "expressions/open", "expressions/smile"):
        write_obj(tmp_path / f"{path}.obj", lower)
    write_obj(teeth / "open.obj", lower.with_vertices(carried(lower)["open"]))
    with pytest.raises(ScanError, match="no neutral.obj: put the teeth in rest there"):
        read_actor(tmp_path)
    write_obj(teeth / "neutral.obj", lower)
    (piece,) = read_actor(tmp_path, 10.0).pieces
    poses, _ = jaws_of_teeth([piece], ["open", "smile"], JOINT, STILL[:2])
    assert not poses  # ten times as far from the bite as teeth are
    (piece,) = read_actor(tmp_path).pieces
    poses, name = jaws_of_teeth([piece], ["open", "smile"], JOINT, STILL[:2])
    assert name == "teeth" and list(poses) == [0]
    np.testing.assert_allclose(poses[0], JAWS[1], atol=1e-3)
    write_obj(teeth / "open.obj", synthetic_head.joined(lower, lower))
    with pytest.raises(ScanError, match="The teeth of 'open' have 48 vertices"):
        read_actor(tmp_path)
