# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The jaw of curves: which pose shapes hold, how poses add up, and what a target's bone makes of them."""

import functools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from aim_blender_addon.backend.geometry.mesh import Mesh
from aim_blender_addon.backend.geometry.rigid import move_rigidly
from aim_blender_addon.backend.geometry.skinning import skin_with_jaw
from aim_blender_addon.backend.io.curves import Curves
from aim_blender_addon.backend.retargeting.arkit_head import arkit_head
from aim_blender_addon.backend.retargeting.corrective_regions import corrective_regions
from aim_blender_addon.backend.retargeting.jaw_in_shapes import jaws_of_shapes
from aim_blender_addon.backend.retargeting.jaw_motion import added_jaws, added_poses
from aim_blender_addon.backend.retargeting.performance import Performance, drive, recorded
from aim_blender_addon.backend.retargeting.pipeline import bare_face, shaped_face, with_shapes
from aim_blender_addon.backend.retargeting.play import play_to_file
from aim_blender_addon.backend.retargeting.player import prepare, shape_player
from aim_blender_addon.backend.retargeting.retarget_face import RetargetFace
from aim_blender_addon.backend.retargeting.rig import fit_rig
from aim_blender_addon.backend.retargeting.sources import SampleFace
from tests.backend.performance_face import JOINT
from tests.backend.retarget_faces import plain_face, same_map
from tests.backend.test_arkit_shapes import actor

#: Open, forward, side, shift of an artist's jawOpen.
OPENED = np.array([0.35, 3.0, 0.0, 0.0])
NAMES = ("jawOpen", "mouthClose", "smile")


def curves(value: float = 0.7) -> Curves:
    names = ("jawOpen", "mouthClose", "mouthSmileLeft")
    return Curves(names, np.array([[value, 0.0, 0.0]]), np.zeros(1), np.zeros((1, 3)), 30.0)


@functools.cache
def toothed() -> RetargetFace:
    """The made-up head in metres with a row of lower teeth in its mesh, which are no skin."""
    face = plain_face(unit=1000.0)
    row = np.array([[x, y, 0.0] for y in (0.0, -6.0) for x in (-12.0, -4.0, 4.0, 12.0)])
    teeth = (row + face.joint.incisor) / face.scale
    count = len(face.mesh.vertices)
    quads = np.array([[k, k + 1, k + 5] for k in range(3)] + [[k, k + 5, k + 4] for k in range(3)])
    triangles = np.concatenate([face.mesh.triangles, quads + count])
    mesh = Mesh.from_triangles(np.concatenate([face.mesh.vertices, teeth]), triangles, "toothed")
    return replace(face, mesh=mesh, part_jaw=np.r_[np.zeros(count), np.ones(len(teeth))])


@functools.cache
def shapes() -> np.ndarray:
    """[3, V, 3] in metres: the jaw opens and the lips part; the same jaw in mouthClose; a bump of the cheek."""
    face = toothed()
    rest = face.mesh.vertices.astype(float) * face.scale
    weight = face.part_jaw.copy()
    weight[face.rows] = face.jaw_weight
    bump = np.exp(-(((rest - [30, -30, 90]) / 15) ** 2).sum(axis=1))[:, None] * [0, 3.0, 0]
    bump[len(face.rows) :] = 0
    opened = skin_with_jaw(rest + bump, face.joint.pose(OPENED), weight) - rest
    moved = np.stack([opened, opened, bump])
    return (moved / face.scale).astype(np.float32)


def incisor_of(face: RetargetFace, jaw: np.ndarray) -> np.ndarray:
    return move_rigidly(np.asarray(face.joint.incisor), jaw)


def test_the_generic_face_keeps_the_jaw_apart_and_needs_no_package() -> None:
    face, model = bare_face(SampleFace())
    assert model is None
    shaped = shaped_face(SampleFace(), face)
    played, _unknown = drive(shaped.face, curves(0.69))
    assert 10 < np.degrees(played.jaw_parameters[0][0]) < 20
    assert not shaped.names  # nobody plays on it


def test_the_jaw_in_shapes_is_that_of_the_teeth() -> None:
    face = toothed()
    poses = jaws_of_shapes(face, NAMES, shapes())
    np.testing.assert_allclose(poses[0], face.joint.pose(OPENED), atol=2e-3)
    np.testing.assert_array_equal(poses[1:], np.tile(np.eye(4), (2, 1, 1)))


def test_what_is_left_of_a_shape_is_its_tissue() -> None:
    face = with_shapes(toothed(), NAMES, shapes())
    bump = shapes()[2, face.rows] * face.scale
    np.testing.assert_allclose(face.displacements[0], bump, atol=0.02)
    assert np.abs(bump).max() > 1.0


def test_without_teeth_the_skin_of_the_chin_tells_the_jaw() -> None:
    head = arkit_head()
    rest = head.skin.vertices.astype(float)
    for name in ("jawOpen", "jawLeft", "jawForward"):
        pose = head.jaw_poses[head.expression_names.index(name)]
        moved = skin_with_jaw(rest, pose, head.jaw_weight) - rest
        found = jaws_of_shapes(head, (name,), moved[None])[0]
        assert np.linalg.norm(incisor_of(head, found) - incisor_of(head, pose)) < 0.5, name


def test_a_tongue_that_comes_out_is_no_jaw() -> None:
    face = toothed()
    out = np.zeros_like(shapes()[:1])
    out[0, -8:, 2] = np.linspace(0, 0.03, 8)
    np.testing.assert_array_equal(jaws_of_shapes(face, ("tongueOut",), out)[0], np.eye(4))


@pytest.mark.parametrize("share", [0.25, 0.5, 0.75])
def test_half_a_shape_moves_the_teeth_half_the_way_in_a_straight_line(share: float) -> None:
    pose = JOINT.pose(OPENED)
    turn = np.linspace(-1.2, 1.2, 9)
    row = JOINT.incisor + np.outer(24 * np.sin(turn), JOINT.left)
    row = row - np.outer(30 * (1 - np.cos(turn)) / (1 - np.cos(1.2)), JOINT.bite_axes[1])
    straight = row + share * (move_rigidly(row, pose) - row)
    weights = np.array([[share]])
    found = move_rigidly(row, added_poses(JOINT, pose[None], weights)[0])
    assert np.linalg.norm(found.mean(axis=0) - straight.mean(axis=0)) < 0.1
    assert np.linalg.norm(found - straight, axis=1).max() < 0.4
    whole = JOINT.incisor_motion(pose)
    parameters = added_jaws(JOINT, pose[None], weights)[0]
    assert np.linalg.norm(JOINT.incisor_motion(JOINT.pose(parameters)) - share * whole) < 0.5


def test_shapes_of_the_jaw_add_up() -> None:
    poses = np.stack([JOINT.pose(OPENED), JOINT.pose([0, 0, 6.0, 0])])
    found = added_jaws(JOINT, poses, np.array([[0.0, 0.0], [1.0, 0.0], [0.5, 0.5]]))
    np.testing.assert_array_equal(found[0], 0)
    np.testing.assert_allclose(found[1], OPENED, atol=1e-3)
    assert found[2][0] > 0.1 and found[2][2] > 1.0


def test_a_recorded_mesh_moves_the_jaw_by_its_shapes_and_stays_the_same_skin() -> None:
    face = with_shapes(toothed(), NAMES, shapes())
    moved = toothed().mesh.vertices + shapes()[0]
    performance = recorded(face, np.array([[1.0, 0.0, 0.0]]), [moved])
    assert np.degrees(performance.jaw_parameters[0][0]) == pytest.approx(
        np.degrees(OPENED[0]), abs=0.5
    )
    frame = next(iter(performance.frames(face)))
    skin = moved[face.rows] * face.scale
    assert np.linalg.norm(frame.skin - skin, axis=1).max() < 0.5


def played_by_own_shapes(value: float):  # noqa: ANN202
    source = with_shapes(toothed(), NAMES, shapes())
    target = toothed()
    ones = np.ones((len(source.skin.vertices), 1))
    base = prepare(
        source, target, ones, None, False, same_map(source, target), own_expressions=False
    )
    player = shape_player(base, NAMES, shapes(), by_curves=True, jaw_poses=source.jaw_poses)
    return source, target, player, drive(source, curves(value))[0]


def test_the_bone_of_a_character_goes_where_its_artists_teeth_go() -> None:
    source, target, player, performance = played_by_own_shapes(0.6)
    shown = player.play(next(iter(performance.frames(source))))
    assert shown.curves[0] == pytest.approx(0.6, abs=0.01)
    teeth = slice(len(target.rows), None)
    jaw = shown.jaw.copy()
    meant = target.mesh.vertices[teeth] + 0.6 * shapes()[0, teeth]
    off = move_rigidly(target.mesh.vertices[teeth].astype(float), jaw) - meant
    assert 1000 * np.linalg.norm(off, axis=1).max() < 0.6


def test_a_bone_made_for_a_character_takes_the_jaw_out_of_its_shapes(tmp_path: Path) -> None:
    source, target, player, performance = played_by_own_shapes(0.6)
    many = Performance(
        performance.functions,
        [np.array([[w], [0], [0]]) for w in np.linspace(0, 1, 8)],
        [
            added_jaws(source.joint, source.jaw_poses[:1], np.array([[w]]))[0]
            for w in np.linspace(0, 1, 8)
        ],
        [np.eye(4)] * 8,
        None,
    )
    play_to_file(tmp_path / "out.npz", player, many, {"performance": "take"})
    weight = target.part_jaw.copy()
    weight[target.rows] = target.jaw_weight
    rig = fit_rig(tmp_path / "out.npz", player, 0.2, new_weight=weight)
    assert rig.reached and not rig.curves[:, 0].any()
    np.testing.assert_array_equal(rig.jaw_weight, weight)
    tissue = np.tensordot(rig.corrective_curves[-1], rig.corrective_shapes, 1)
    posed = skin_with_jaw(target.mesh.vertices + tissue, rig.jaw[-1], rig.jaw_weight)
    meant = target.mesh.vertices + shapes()[0]
    assert 1000 * np.percentile(np.linalg.norm(posed - meant, axis=1), 99) < 0.4


def test_correctives_are_named_after_what_they_move_most() -> None:
    head = arkit_head()
    picked = ("mouthPucker", "eyeBlinkLeft", "browOuterUpLeft", "jawOpen")
    moved = np.stack([head.displacements[head.expression_names.index(name)] for name in picked])
    assert corrective_regions(head, moved) == ("lips", "eyes", "brows", "jaw")
    assert corrective_regions(head, moved[:0]) == ()


def test_an_actors_scans_say_how_far_his_jaw_goes() -> None:
    """His jawOpen opens as his scan, in his own joint, where the generic face opens by 21 degrees."""
    model, head = actor(), arkit_head()
    wide = head.joint.pose([0.5, 2.0, 0.0, 0.0])
    number = model.expression_names.index("jawOpen")
    poses = model.jaw_poses.copy()
    poses[number] = wide
    model = replace(model, jaw_poses=poses)
    target = replace(
        head,
        expression_names=model.expression_names,
        displacements=model.evaluate().displacements,
        jaw_poses=poses,
    )
    ones = np.ones((len(head.skin.vertices), 1))
    player = prepare(head, target, ones, None, False, _same(head), scanned=model)
    performance, _unknown = drive(head, curves(1.0))
    shown = player.play(next(iter(performance.frames(head))))
    off = incisor_of(head, shown.jaw) - incisor_of(head, wide)
    assert np.linalg.norm(off) < 0.3
    assert player.own.sum() >= 4  # told by the scans


def _same(face: RetargetFace):  # noqa: ANN202
    from aim_blender_addon.backend.retargeting.pipeline import find_map

    return find_map(face, face)
