# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The look of made-up takes: eyes that turn by known angles in a head that moves."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from aim_blender_addon.backend.anatomy.eyes.ball import Ball
from aim_blender_addon.backend.anatomy.eyes.look import rotation
from aim_blender_addon.backend.geometry.mesh import Mesh
from aim_blender_addon.backend.geometry.rigid import move_rigidly
from aim_blender_addon.backend.io.takes import DENSE, POINTS, VIEWS, Take
from aim_blender_addon.backend.jobs.solve import SolveRequest
from aim_blender_addon.backend.solving.eyes_apart import eyes_stamp, without_eyes
from aim_blender_addon.backend.solving.look import SeenEye, TakeLook, look_of_take
from aim_blender_addon.backend.solving.result_file import solved_look
from aim_blender_addon.backend.solving.settings import SolveSettings
from tests.backend import synthetic_head
from tests.backend.performance_face import JOINT, distance, face, model, performance
from tests.backend.wire import over_the_wire

FRAMES = 12
AXES = JOINT.head_axes
CENTRES = {"left": np.array([31.0, 25.0, 60.0]), "right": np.array([-31.0, 25.0, 60.0])}
BALLS = {side: Ball(centre, 12.0, 0.05) for side, centre in CENTRES.items()}
EVERY = np.ones(FRAMES, bool)
NONE = np.zeros(0, np.int64)


def truth() -> np.ndarray:
    """[T, 2, 2] yaw and pitch of both eyes; they converge a little."""
    time = np.arange(FRAMES) / 4
    yaw, pitch = 0.4 * np.sin(time), 0.25 * np.sin(0.7 * time + 1)
    left, right = np.stack([yaw - 0.05, pitch], axis=1), np.stack([yaw + 0.05, pitch], axis=1)
    return np.stack([left, right], axis=1)


def heads() -> np.ndarray:
    """[T, 4, 4] mm."""
    return performance(FRAMES).heads


def turned(side: str, rest: np.ndarray, look: np.ndarray) -> np.ndarray:
    """[T, N, 3] mm in the take's space: points [N, 3] of an eye that turns as ``look`` [T, 2], in the moving head."""
    about = CENTRES[side]
    turns = np.stack([rotation(row, AXES) for row in look])
    local = about + np.einsum("tij,nj->tni", turns, rest - about)
    return np.stack([move_rigidly(p, head) for p, head in zip(local, heads(), strict=True)])


def front(side: str, radii: float = 1.0) -> np.ndarray:
    """[1, 3] where a pupil is at rest."""
    return (CENTRES[side] + radii * BALLS[side].radius * AXES[1])[None]


def turned_rest(side: str, look: np.ndarray) -> np.ndarray:
    """[1, 3] where a pupil is that looks so, in the head at rest."""
    return CENTRES[side] + (front(side) - CENTRES[side]) @ rotation(look, AXES).T


def eyes(vertices: tuple = (NONE, NONE), points: tuple = (NONE, NONE)) -> tuple[SeenEye, ...]:
    """Both, with numbers of the vertices or points that show them."""
    return tuple(
        SeenEye(side, BALLS[side], AXES, vertices[n], points[n]) for n, side in enumerate(CENTRES)
    )


def degrees_off(found: TakeLook, rows: slice | np.ndarray = slice(None)) -> float:
    """The largest error of an angle."""
    return float(np.degrees(np.abs(found.angles - truth())[rows]).max())


def cap(side: str, count: int = 60, wide: float = 1.2) -> np.ndarray:
    """[N, 3] mm: vertices on the front of an eyeball at rest."""
    random = np.random.default_rng(0)
    angle, away = random.uniform(0, 2 * np.pi, count), wide * np.sqrt(random.uniform(0, 1, count))
    parts = np.stack([np.cos(angle) * np.sin(away), np.cos(away), np.sin(angle) * np.sin(away)])
    return CENTRES[side] + BALLS[side].radius * parts.T @ AXES


def mesh_take(noise: float = 0.0) -> tuple[Take, Mesh, tuple[SeenEye, ...]]:
    """Eyeballs alone, as a mesh; mm."""
    rest = {side: cap(side) for side in CENTRES}
    frames = np.concatenate([turned(s, rest[s], truth()[:, n]) for n, s in enumerate(rest)], axis=1)
    frames = frames + noise * np.random.default_rng(1).standard_normal(frames.shape)
    neutral = Mesh.from_triangles(np.concatenate([*rest.values()]), np.zeros((0, 3), int), "eyes")
    return Take("take", DENSE, frames), neutral, eyes((np.arange(60), np.arange(60, 120)))


def pupil_take(noise: float = 0.0, radii: float = 1.0) -> tuple[Take, Mesh, tuple[SeenEye, ...]]:
    """A marker on each pupil, bound where it is at rest; mm."""
    rest = np.concatenate([front(side, radii) for side in CENTRES])
    frames = np.concatenate(
        [turned(s, front(s, radii), truth()[:, n]) for n, s in enumerate(CENTRES)], axis=1
    )
    frames = frames + noise * np.random.default_rng(1).standard_normal(frames.shape)
    neutral = Mesh.from_triangles(rest, np.zeros((0, 3), int), "pupils")
    take = Take("take", POINTS, frames, vertex_indices=np.arange(2))
    return take, neutral, eyes(points=(np.array([0]), np.array([1])))


def picture_take(
    count: int, noise: float = 0.0, radii: float = 1.0
) -> tuple[Take, Mesh, tuple[SeenEye, ...]]:
    """The same seen by one or two cameras 700 mm before the face; noise in pixels of 0.39 mm."""
    points, neutral, seen_eyes = pupil_take(0.0, radii)
    inside = np.array([[1800.0, 0, 960], [0, 1800, 540], [0, 0, 1]])
    projections, images = [], []
    for degrees in (-20, 20)[:count]:
        view = synthetic_head.rotation([0, 1, 0], degrees) @ np.diag([1.0, -1, -1])
        projections.append(inside @ np.column_stack([view.T, [0, 0, 700.0]]))
        image = points.frames @ projections[-1][:, :3].T + projections[-1][:, 3]
        images.append(image[..., :2] / image[..., 2:])
    seen = np.stack(images, axis=1)
    seen = seen + noise * np.random.default_rng(2).standard_normal(seen.shape)
    take = replace(points, kind=VIEWS, frames=seen, cameras=np.stack(projections))
    return take, neutral, seen_eyes


def found_in(made: tuple, solved: np.ndarray = EVERY, **settings: float) -> TakeLook:
    take, neutral, seen_eyes = made
    return look_of_take(seen_eyes, take, neutral, heads(), solved, **settings)


@pytest.mark.parametrize(
    ("made", "most"),
    [
        (mesh_take(), 1e-3),
        (mesh_take(0.1), 0.5),
        (pupil_take(), 1e-3),
        (pupil_take(0.1), 1.3),
        (picture_take(1), 1e-2),
        (picture_take(2), 1e-2),
        (picture_take(2, 0.3), 1.5),
        # A pupil that is tracked on a cornea before the ball: two cameras tell how far it is from the centre.
        (picture_take(2, radii=1.1), 0.05),
    ],
    ids=["mesh", "mesh noise", "pupils", "pupils noise", "one", "two", "two noise", "cornea"],
)
def test_known_look_is_found_in_a_moving_head(made: tuple, most: float) -> None:
    found = found_in(made, smoothness=0.0)
    assert found.seen.all() and degrees_off(found) < most


def test_smoothing_takes_noise_and_leaves_a_saccade() -> None:
    raw, smoothed = (found_in(pupil_take(0.2), smoothness=s) for s in (0.0, 1.0))
    errors = [np.sqrt(((f.angles - truth()) ** 2).mean()) for f in (raw, smoothed)]
    assert errors[1] < 0.85 * errors[0]
    jumping = np.where(np.arange(FRAMES) < 6, -0.2, 0.3)[:, None] * [1.0, 0.0]
    take, neutral, seen_eyes = pupil_take()
    frames = np.concatenate([turned(side, front(side), jumping) for side in CENTRES], axis=1)
    found = found_in((replace(take, frames=frames), neutral, seen_eyes), smoothness=1.0)
    np.testing.assert_allclose(found.angles[:, 0], jumping, atol=1e-6)


def test_hidden_eyes_are_bridged_and_an_eye_never_seen_follows_the_other() -> None:
    take, neutral, seen_eyes = pupil_take()
    frames = take.frames.copy()
    frames[6:9, 0] = np.nan  # a blink
    frames[:, 1] = np.nan
    solved = EVERY.copy()
    solved[:2] = False
    found = found_in((replace(take, frames=frames), neutral, seen_eyes), solved, smoothness=0.0)
    assert np.isfinite(found.angles).all()
    np.testing.assert_array_equal(np.flatnonzero(~found.seen), [0, 1, 6, 7, 8])
    left = found.angles[:, 0]
    np.testing.assert_array_equal(left[:2], left[[2, 2]])
    np.testing.assert_allclose(left[7], (left[5] + left[9]) / 2, atol=1e-9)
    np.testing.assert_array_equal(found.angles[:, 1], left)


def test_points_that_are_not_at_the_eye_are_not_seen() -> None:
    take, neutral, seen_eyes = pupil_take()
    frames = take.frames.copy()
    frames[5] += 80.0  # swapped labels
    found = found_in((replace(take, frames=frames), neutral, seen_eyes), smoothness=0.0)
    assert not found.seen[5] and found.seen[[4, 6]].all()
    assert degrees_off(found, np.arange(FRAMES) != 5) < 1e-3


def test_nothing_is_told_by_eyes_that_never_turn_or_are_never_seen() -> None:
    take, neutral, seen_eyes = mesh_take()
    still = np.stack([move_rigidly(neutral.vertices.astype(float), head) for head in heads()])
    assert found_in((replace(take, frames=still), neutral, seen_eyes)) is None
    nothing = replace(take, frames=np.full_like(take.frames, np.nan))
    assert found_in((nothing, neutral, seen_eyes)) is None
    assert found_in((take, neutral, seen_eyes), np.zeros(FRAMES, bool)) is None
    without_ball = tuple(replace(eye, ball=None) for eye in seen_eyes)
    assert found_in((take, neutral, without_ball)) is None


def test_four_points_of_an_iris_tell_the_same_when_one_is_hidden() -> None:
    ring = {
        side: front(side) + 4.0 * np.array([[1, 0], [0, 1], [-1, 0], [0, -1]]) @ AXES[[0, 2]]
        for side in CENTRES
    }
    frames = np.concatenate([turned(s, ring[s], truth()[:, n]) for n, s in enumerate(ring)], axis=1)
    neutral = Mesh.from_triangles(np.concatenate([*ring.values()]), np.zeros((0, 3), int), "iris")
    take = Take("take", POINTS, frames, vertex_indices=np.arange(8))
    seen_eyes = eyes(points=(np.arange(4), np.arange(4, 8)))
    whole = found_in((take, neutral, seen_eyes), smoothness=0.0)
    assert degrees_off(whole) < 1.5
    frames[6:, 0] = np.nan
    frames[6:, 5] = np.nan
    hidden = found_in((take, neutral, seen_eyes), smoothness=0.0)
    assert np.degrees(np.abs(hidden.angles - whole.angles).max()) < 1.5


def test_a_guessed_ball_that_is_off_does_not_turn_the_look() -> None:
    take, neutral, seen_eyes = pupil_take()
    beside = {side: Ball(CENTRES[side] + 1.5 * AXES[0], 12.0, 1.0) for side in CENTRES}
    off = tuple(replace(eye, ball=beside[eye.side]) for eye in seen_eyes)
    assert degrees_off(found_in((take, neutral, off), smoothness=0.0)) < 1.6
    sure = tuple(replace(e, ball=replace(e.ball, error_mm=float("nan"))) for e in off)
    assert degrees_off(found_in((take, neutral, sure), smoothness=0.0)) > 5.0


def test_a_pupil_that_is_bound_while_it_looks_aside_stays_aside() -> None:
    take, neutral, seen_eyes = pupil_take()
    aside = neutral.with_vertices(
        np.concatenate([turned_rest(side, np.array([0.3, 0.1])) for side in CENTRES])
    )
    assert degrees_off(found_in((take, aside, seen_eyes), smoothness=0.0)) < 1e-3
    beside = neutral.with_vertices(
        np.concatenate([turned_rest(side, np.array([0.05, 0.0])) for side in CENTRES])
    )
    off = found_in((take, beside, seen_eyes), smoothness=0.0).angles - truth()
    np.testing.assert_allclose(off, np.tile([-0.05, 0.0], (FRAMES, 2, 1)), atol=1e-4)


# ------------------------------------------------------------------------------- what is no skin


def test_what_shows_eyes_is_taken_out_of_a_take() -> None:
    take, _neutral, seen_eyes = mesh_take()
    some = tuple(replace(eye, vertices=eye.vertices[:5]) for eye in seen_eyes)
    apart = without_eyes(take, some).seen(3).places
    hidden = np.flatnonzero(np.isnan(apart).any(axis=1))
    np.testing.assert_array_equal(hidden, [*range(5), *range(60, 65)])
    assert np.isfinite(take.seen(3).places).all(), "the take itself stays"
    pupils, _neutral, seen_eyes = picture_take(2)
    weights = np.linspace(0.1, 1.0, FRAMES * 4).reshape(FRAMES, 2, 2)
    whole = replace(pupils, weights=weights, offsets=np.ones((2, 3)))
    kept = without_eyes(whole, seen_eyes[:1])
    np.testing.assert_array_equal(kept.seen(4).places, whole.seen(4).places[:, 1:])
    np.testing.assert_array_equal(kept.seen(4).confidence, weights[4][:, 1:])
    assert list(kept.vertex_indices) == [1] and len(kept.offsets) == 1 and len(kept) == FRAMES
    assert eyes_stamp(seen_eyes) != eyes_stamp(seen_eyes[:1])


def test_eyes_cross_to_the_worker_and_pupils_are_no_skin(tmp_path: Path) -> None:
    made = performance(FRAMES)
    front_ones = np.flatnonzero(face().skin.rest[:, 2] > 10)
    bound = np.sort(np.random.default_rng(0).choice(front_ones, 40, replace=False))
    pupils, _neutral, _eyes = pupil_take()
    both = pupils.frames
    frames = np.concatenate([both[:, :1], made.vertices[:, bound], both[:, 1:]], axis=1)
    skin = model().neutral.vertices[0].astype(np.float64)
    corners = np.concatenate([[[0] * 3], np.repeat(bound[:, None], 3, 1), [[0] * 3]])
    offsets = np.zeros((42, 3))
    offsets[0], offsets[-1] = front("left")[0] - skin, front("right")[0] - skin
    shares = np.tile([1.0, 0, 0], (42, 1))
    take = Take("take", POINTS, frames, corners=corners, barycentric=shares, offsets=offsets)
    seen_eyes = eyes(points=(np.array([0]), np.array([41])))
    output = tmp_path / "result.npz"
    settings = SolveSettings(functions=20, smoothness=0.0)
    result = over_the_wire(SolveRequest(model(), take, output, settings, eyes=seen_eyes))
    assert result.report["look_frames"] == FRAMES
    assert np.degrees(np.abs(result.look - truth()).max()) < 1.0
    np.testing.assert_array_equal(solved_look(output), result.look)
    with np.load(output) as file:
        assert distance(file["vertices"], made.vertices)[:, bound].mean() < 0.2
