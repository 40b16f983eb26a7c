# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Motion of one made-up face on another: correspondence, transfer, players, rigs and their files."""

import functools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from aim_blender_addon.backend.contact.closing import RimStations
from aim_blender_addon.backend.errors import RetargetError, ScanError
from aim_blender_addon.backend.geometry.mesh import Mesh
from aim_blender_addon.backend.retargeting.arkit_head import arkit_head
from aim_blender_addon.backend.retargeting.contacts import make_contacts
from aim_blender_addon.backend.retargeting.correspondence import Correspondence, correspond
from aim_blender_addon.backend.retargeting.gains import Gains
from aim_blender_addon.backend.retargeting.map_file import (
    fingerprint,
    map_arrays,
    map_of_arrays,
    read_map,
    write_map,
)
from aim_blender_addon.backend.retargeting.performance import (
    Frame,
    Performance,
    read_solved,
    recorded,
)
from aim_blender_addon.backend.retargeting.play import play_to_file
from aim_blender_addon.backend.retargeting.player import (
    JAW_CONTROLS,
    SAME_JAW_MM,
    prepare,
    shape_player,
)
from aim_blender_addon.backend.retargeting.retarget_face import RetargetFace, face_height
from aim_blender_addon.backend.retargeting.rig import JawBone, fit_rig
from aim_blender_addon.backend.retargeting.transfer import make_transfer, size_ratio
from tests.backend import synthetic_head
from tests.backend.performance_face import JOINT, distance
from tests.backend.retarget_faces import plain_face, same_map, some_map, with_teeth

NAMES = ("smile", "brow_up")


@functools.cache
def source() -> RetargetFace:
    return plain_face(names=NAMES)


@functools.cache
def target() -> RetargetFace:
    """Larger and turned."""
    return plain_face(1.3, (0, 1, 0), 30)


def frame(weights: tuple[float, ...], jaw: tuple[float, ...] = (0, 0, 0, 0)) -> Frame:
    numbers = np.array(weights, float)[:, None]
    return Frame(numbers, np.array(jaw, float), np.eye(4), None, source().skin.vertices)


def ones(face: RetargetFace) -> np.ndarray:
    return np.ones((len(face.skin.vertices), 1))


# ----------------------------------------------------------------------------- correspondence


def test_a_face_in_another_size_and_orientation_is_found_again() -> None:
    mapped = correspond(source(), target())
    at = mapped.points.interpolate(source().skin.vertices)
    front = source().skin.vertices[:, 2] > 0
    assert distance(at, source().skin.vertices)[front].max() < 1.0
    assert mapped.trust[front].min() > 0.9
    assert set(mapped.pairs) == set(source().landmarks)


def test_faces_without_common_landmarks_are_refused() -> None:
    few = replace(target(), landmarks={"nasion": target().landmarks["nasion"]})
    with pytest.raises(RetargetError, match="share only 1 landmarks"):
        correspond(source(), few)


# ----------------------------------------------------------------------------------- transfer


def test_a_transfer_to_the_same_face_changes_nothing() -> None:
    transfer = make_transfer(source(), source(), same_map(source(), source()))
    moved = transfer.displacements(source().displacements)
    np.testing.assert_allclose(moved, source().displacements, atol=0.02)
    np.testing.assert_allclose(transfer.jaw_weight(), source().jaw_weight, atol=0.01)


def test_a_transfer_turns_and_stretches_with_the_face() -> None:
    wanted = plain_face(1.3, (0, 1, 0), 30, NAMES).displacements
    assert size_ratio(source(), target()) == pytest.approx(1.3)
    transfer = make_transfer(source(), target(), same_map(source(), target()))
    moved = transfer.displacements(source().displacements)
    assert distance(moved, wanted).max() < 0.05


def test_thicker_tissue_moves_farther_off_the_bone_within_bounds() -> None:
    bulge = (2.0 * source().skin.normals)[None]
    moved = []
    for times in (1.0, 1.2, 5.0):
        thick = replace(source(), thickness=times * source().thickness)
        transfer = make_transfer(source(), thick, same_map(source(), thick))
        moved.append(np.linalg.norm(transfer.displacements(bulge)[0], axis=1).mean())
    assert moved[1] / moved[0] == pytest.approx(1.2, rel=0.01)
    assert moved[2] / moved[0] == pytest.approx(1.4, rel=0.01)


# ----------------------------------------------------------------------------------- map file


def test_a_map_comes_back_from_its_file(tmp_path: Path) -> None:
    mapped = some_map(source(), target())
    write_map(tmp_path / "map.npz", mapped, source(), target())
    again = read_map(tmp_path / "map.npz", source(), target())
    np.testing.assert_array_equal(again.points.corners, mapped.points.corners)
    np.testing.assert_allclose(again.points.weights, mapped.points.weights, atol=1e-6)
    np.testing.assert_allclose(again.trust, mapped.trust, atol=1e-6)
    np.testing.assert_allclose(again.warped, mapped.warped, atol=1e-4)
    for name, pair in mapped.pairs.items():
        np.testing.assert_allclose(again.pairs[name], pair)
    with pytest.raises(RetargetError, match="cannot be written"):
        write_map(tmp_path / "no folder" / "map.npz", mapped, source(), target())


def test_vertices_of_a_map_are_numbered_as_in_the_meshes() -> None:
    teeth = with_teeth(target())
    arrays = map_arrays(same_map(source(), teeth), source(), teeth)
    np.testing.assert_array_equal(arrays["map_rows"], teeth.rows)
    moved = replace(teeth, mesh=teeth.mesh.with_vertices(teeth.mesh.vertices + 1))
    again = map_of_arrays(arrays, source(), moved, "stored")  # a sculpted mesh keeps its map
    np.testing.assert_array_equal(again.points.corners[:, 0], teeth.rows)


def test_maps_that_do_not_fit_are_refused_in_a_sentence(tmp_path: Path) -> None:
    arrays = map_arrays(same_map(source(), target()), source(), target())
    mesh = target().mesh
    cut = Mesh.from_triangles(mesh.vertices, mesh.triangles[:-1], "cut")
    assert fingerprint(cut) != fingerprint(mesh)
    with pytest.raises(RetargetError, match="another mesh than 'cut'"):
        map_of_arrays(arrays, source(), replace(target(), mesh=cut), "stored")
    for broken in ({"map_corners": arrays["map_corners"][:9]}, {"map_weights": np.full(3, np.nan)}):
        with pytest.raises(RetargetError, match="damaged"):
            map_of_arrays({**arrays, **broken}, source(), target(), "stored")
    with pytest.raises(RetargetError, match="newer version"):
        map_of_arrays({**arrays, "map_version": 99}, source(), target(), "stored")
    del arrays["map_trust"]
    with pytest.raises(RetargetError, match="map_trust is missing"):
        map_of_arrays(arrays, source(), target(), "stored")
    (tmp_path / "map.npz").write_text("none")
    with pytest.raises(RetargetError, match="no map"):
        read_map(tmp_path / "map.npz", source(), target())


# ------------------------------------------------------------------------------------- player


@functools.cache
def retargeter(gains: Gains | None = None):  # noqa: ANN201
    mapped = same_map(source(), target())
    return prepare(source(), target(), ones(source()), gains, contacts=False, mapped=mapped)


def test_a_frame_moves_the_target_as_its_own_expressions_would() -> None:
    wanted = plain_face(1.3, (0, 1, 0), 30, NAMES).displacements
    played = retargeter().play(frame((0.5, 1.0)))
    moved = played.vertices - target().mesh.vertices
    assert distance(moved, 0.5 * wanted[0] + wanted[1]).max() < 0.05
    np.testing.assert_allclose(played.curves, [0.5, 1.0], atol=1e-6)
    np.testing.assert_array_equal(played.jaw, np.eye(4))
    np.testing.assert_allclose(played.head, np.eye(4), atol=1e-12)


def test_gains_scale_skin_and_jaw() -> None:
    plain, strong = retargeter(), retargeter(Gains(whole=2.0))
    rest = target().mesh.vertices
    moved = [player.play(frame((0.3, 0.6))).vertices - rest for player in (plain, strong)]
    np.testing.assert_allclose(moved[1], 2 * moved[0], atol=1e-3)
    jaws = [player.play(frame((0, 0), (0.1, 1, 0, 0))) for player in (plain, strong)]
    np.testing.assert_allclose(jaws[1].jaw_parameters, 2 * jaws[0].jaw_parameters)
    np.testing.assert_allclose(jaws[0].jaw_parameters, [0.1, 1.3, 0, 0])


def test_what_is_no_skin_follows_the_jaw_by_its_own_weight() -> None:
    teeth = with_teeth(plain_face(unit=10.0))
    player = prepare(
        source(), teeth, ones(source()), contacts=False, mapped=same_map(source(), teeth)
    )
    played = player.play(frame((0, 0), (0.3, 0, 0, 0)))
    pose = JOINT.pose([0.3, 0, 0, 0])
    lower = teeth.mesh.vertices[-3:] * 10
    np.testing.assert_allclose(
        played.vertices[-3:] * 10, lower @ pose[:3, :3].T + pose[:3, 3], atol=1e-3
    )
    np.testing.assert_allclose(10 * played.jaw[:3, 3], pose[:3, 3])


def test_the_residual_of_the_weights_is_carried_over() -> None:
    residual = np.zeros_like(source().skin.vertices)
    residual[source().skin.vertices[:, 2] > 60, 1] = 3.0
    played = retargeter().play(replace(frame((0, 0)), residual=residual))
    moved = played.vertices - target().mesh.vertices
    assert distance(moved, 1.3 * residual @ target().left_up_front).max() < 0.05


def test_an_expression_of_the_target_replaces_the_one_of_that_name() -> None:
    own = plain_face(1.3, (0, 1, 0), 30, ("smile",))
    own = replace(own, displacements=2 * own.displacements)
    mapped = same_map(source(), own)
    player = prepare(source(), own, ones(source()), contacts=False, mapped=mapped)
    assert player.own.tolist() == [True, False]
    np.testing.assert_allclose(player.shapes[0], own.displacements[0])
    plain = prepare(source(), own, ones(source()), None, False, mapped, own_expressions=False)
    assert not plain.own.any() and distance(plain.shapes[0], own.displacements[0] / 2).max() < 0.05


@pytest.mark.parametrize(("opening", "part"), [(0.02, 1.0), (0.5, None)])
def test_the_jaw_of_an_own_expression_is_added_as_far_as_two_fits_differ(
    opening: float, part: float | None
) -> None:
    own = plain_face(names=("smile",))
    own = replace(own, jaw_poses=JOINT.pose([opening, 0, 0, 0])[None])
    mapped = same_map(source(), own)
    player = prepare(source(), own, ones(source()), contacts=False, mapped=mapped)
    motion = np.linalg.norm(JOINT.incisor_motion(JOINT.pose([opening, 0, 0, 0])))
    wanted = (part or SAME_JAW_MM / motion) * opening
    np.testing.assert_allclose(player.own_jaw[0], [wanted, 0, 0, 0], atol=1e-3)
    np.testing.assert_array_equal(player.own_jaw[1], 0)


def test_shapes_of_a_character_play_by_the_table() -> None:
    mapped = same_map(source(), target())
    base = prepare(source(), target(), ones(source()), None, False, mapped, own_expressions=False)
    names = ("Smile", "mouth_wide", "open")
    pose = target().joint.pose([0.4, 0, 0, 0])
    rest = target().skin.vertices.astype(float)
    opened = base.jaw_weight[:, None] * (rest @ pose[:3, :3].T + pose[:3, 3] - rest)
    shapes = np.stack([base.shapes[0], base.shapes[1], opened.astype(np.float32)])
    player = shape_player(base, names, shapes)
    rows = {(row.source, row.target): row for row in player.table}
    assert rows["smile", "Smile"].how == "name"
    assert rows["brow_up", "mouth_wide"].how == "motion"
    assert rows["jaw opens", "open"].weight == pytest.approx(1.0, abs=0.05)
    half = np.array(JAW_CONTROLS["jaw opens"]) / 2
    played = player.play(frame((0.25, 0.5), tuple(half)))
    np.testing.assert_allclose(played.curves, [0.25, 0.5, 0.5], atol=0.05)
    limited = shape_player(base, names, shapes, player.table, max_values=0.3)
    assert limited.play(frame((1.0, 1.0))).curves.max() == pytest.approx(0.3)


# ------------------------------------------------------------------------- performances, files


def performance(frames: int = 6) -> Performance:
    """Weights and an opening jaw; the head shifts to the left."""
    time = np.arange(frames) / frames
    weights = np.stack([time, 1 - time], axis=1)[:, :, None]
    jaws = np.outer(time, [0.2, 0, 0, 0])
    heads = np.tile(np.eye(4), (frames, 1, 1))
    heads[:, 0, 3] = time
    return Performance(ones(source()), weights, jaws, heads, None)


def test_frames_of_a_performance_are_posed_with_the_head_at_rest() -> None:
    frames = list(performance().frames(source()))
    assert len(frames) == 6 and frames[0].residual is None
    np.testing.assert_allclose(
        frames[0].skin, source().skin.vertices + source().displacements[1], atol=1e-4
    )
    vertices = [f.skin + [9.0, 0, 0] for f in frames]
    heads = np.tile(np.eye(4), (6, 1, 1))
    heads[:, 0, 3] = 9
    seen = replace(performance(), vertices=vertices, head=heads)
    for one, other in zip(frames, seen.frames(source()), strict=True):
        np.testing.assert_allclose(other.skin, one.skin, atol=1e-9)
        np.testing.assert_allclose(other.residual, 0, atol=1e-4)


def test_the_head_of_a_recorded_mesh_is_the_motion_of_its_upper_face() -> None:
    head = np.eye(4)
    head[:3, :3], head[:3, 3] = synthetic_head.rotation([0, 1, 0], 15), [4, 1, -2]
    moved = source().mesh.vertices + 0.8 * source().displacements[0]
    moved = moved @ head[:3, :3].T + head[:3, 3]
    played = recorded(source(), np.array([[0.8, 0]]), moved[None])
    np.testing.assert_allclose(played.head[0], head, atol=0.02)
    (only,) = played.frames(source())
    assert distance(only.residual, 0).max() < 0.05
    with pytest.raises(RetargetError, match="turn off"):
        recorded(source(), np.zeros((1, 2)), moved[None, :-1])


def solved_file(path: Path, names: tuple[str, ...]) -> Path:
    count = len(source().skin.vertices)
    np.savez(
        path,
        vertices=np.zeros((2, count, 3), np.float32),
        head=np.tile(np.eye(4), (2, 1, 1)),
        jaw_parameters=np.zeros((2, 4)),
        weights=np.arange(2 * len(names), dtype=np.float32).reshape(2, len(names), 1),
        functions=ones(source()),
        expression_names=np.array(names),
    )
    return path


def test_solved_weights_are_brought_into_the_order_of_the_source(tmp_path: Path) -> None:
    names = ("pucker", "brow_up")
    played = read_solved(solved_file(tmp_path / "s.npz", names), source())
    np.testing.assert_array_equal(played.weights[1], [[0], [3]])  # no smile; brow_up is second
    assert len(played) == 2
    with pytest.raises(RetargetError, match="give the model it was"):
        other = replace(source(), skin=synthetic_head.cut(source().skin, np.arange(1393) < 900))
        read_solved(tmp_path / "s.npz", other)
    np.savez(tmp_path / "t.npz", vertices=np.zeros(3))
    with pytest.raises(RetargetError, match="holds no 'head'"):
        read_solved(tmp_path / "t.npz", source())
    with pytest.raises(RetargetError, match="solve the take first"):
        read_solved(tmp_path / "missing.npz", source())


def test_a_take_solved_with_the_model_in_another_place_is_refused(tmp_path: Path) -> None:
    """The command line's model may have Y up where the scene's stands Z up: nothing of its frames fits."""
    skin = source().skin.vertices
    turned = skin[:, [0, 2, 1]] * np.float32([1, -1, 1])
    for name, vertices, fits in (
        ("own", skin, True),
        ("turned", turned, False),
        ("elsewhere", skin + np.float32([0, 40, 0]), False),
    ):
        path = solved_file(tmp_path / f"{name}.npz", ("pucker", "brow_up"))
        arrays = dict(np.load(path))
        np.savez(path, **{**arrays, "vertices": np.stack([vertices, vertices])})
        if fits:
            read_solved(path, source())
        else:
            with pytest.raises(RetargetError, match="stands elsewhere"):
                read_solved(path, source())


def test_frames_are_played_into_a_file_and_fitted_to_a_rig(tmp_path: Path) -> None:
    player = prepare(
        source(), target(), ones(source()), contacts=False, mapped=same_map(source(), target())
    )
    seconds = play_to_file(tmp_path / "out.npz", player, performance(), {"performance": "take"})
    assert seconds > 0
    with np.load(tmp_path / "out.npz") as file:
        np.testing.assert_allclose(file["curves"], performance().weights[:, :, 0], atol=1e-4)
        np.testing.assert_allclose(
            file["vertices"][3], player.play(list(performance().frames(source()))[3]).vertices
        )
        assert file["solved"].all() and "map_corners" in file.files
        assert file["expression_names"].tolist() == list(NAMES)
    rig = fit_rig(tmp_path / "out.npz", player, 0.1)
    assert rig.names == NAMES and rig.reached and not len(rig.corrective_shapes)
    np.testing.assert_allclose(rig.curves, performance().weights[:, :, 0], atol=1e-6)
    assert rig.error_mm["max"] < 0.05
    locked = JawBone(np.eye(4), turns=(False, False, False), moves=(False, False, False))
    still = fit_rig(tmp_path / "out.npz", player, 0.1, locked)
    np.testing.assert_allclose(still.jaw, np.tile(np.eye(4), (6, 1, 1)), atol=1e-12)
    assert len(still.corrective_shapes) and still.reached  # correctives open the mouth instead


def test_a_cancelled_job_leaves_no_file(tmp_path: Path) -> None:
    def stop(*_progress: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        play_to_file(tmp_path / "out.npz", retargeter(), performance(), {}, stop)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("seed", range(4))
def test_angles_of_a_jaw_bone_give_its_rotation_back(seed: int) -> None:
    random = np.random.default_rng(seed)
    pose, rest = np.eye(4), np.eye(4)
    pose[:3, :3] = synthetic_head.rotation(random.normal(size=3), random.uniform(5, 80))
    pose[:3, 3] = random.normal(0, 9, 3)
    rest[:3, :3] = synthetic_head.rotation(random.normal(size=3), 40)
    rest[:3, 3] = random.normal(0, 50, 3)
    bone = JawBone(rest, moves=(True, True, np.False_))
    fixed = np.linalg.inv(rest) @ bone.nearest(pose) @ rest
    local = np.linalg.inv(rest) @ pose @ rest
    np.testing.assert_allclose(fixed[:3, :3], local[:3, :3], atol=1e-12)
    np.testing.assert_allclose(fixed[:3, 3], local[:3, 3] * [1, 1, 0], atol=1e-9)


# ------------------------------------------------------------------------- faces and contacts


def test_the_height_of_a_face_is_from_nasion_to_chin() -> None:
    assert face_height(target()) == pytest.approx(1.3 * np.hypot(110, 15))
    bare = replace(target(), landmarks={})
    with pytest.raises(ScanError, match="shows no 'nasion'"):
        face_height(bare)


def itself() -> Correspondence:
    head = arkit_head()
    count = len(head.skin.vertices)
    return replace(
        same_map(plain_face(), plain_face()),
        warped=head.skin.vertices.astype(float),
        trust=np.ones(count),
    )


def test_lids_that_close_on_the_source_close_on_the_target() -> None:
    head = arkit_head()
    contacts = make_contacts(head, head, itself())
    rest = head.skin.vertices.astype(float)
    blink = head.displacements[head.expression_names.index("eyeBlinkLeft")]
    lids = RimStations.of(head.skin, head.rims["eye_left"])
    partly = rest + 0.3 * blink
    closed = contacts.correct(rest + blink, partly)
    assert lids.open_heights(rest, head.up).mean() > 4
    assert lids.open_heights(partly, head.up).mean() > 1.5
    assert lids.open_heights(closed, head.up).mean() < 0.3
    right = rest @ head.left < 0
    np.testing.assert_allclose(closed[right], partly[right], atol=0.05)


def test_a_face_at_rest_keeps_its_contacts() -> None:
    head = arkit_head()
    rest = head.skin.vertices.astype(float)
    corrected = make_contacts(head, head, itself()).correct(rest, rest)
    np.testing.assert_allclose(corrected, rest, atol=0.05)
