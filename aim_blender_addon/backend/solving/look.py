# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the eyes of a take look: from vertices of the eyeballs, pupils in space, or pupils in pictures (numpy only).

All is seen in the skull's frame, the solved head pose undone. Angles are radians, as in ``anatomy.eyes.look``.
"""

from dataclasses import dataclass

import numpy as np

from ..anatomy.eyes.ball import Ball
from ..anatomy.eyes.find import SIDES
from ..anatomy.eyes.look import look_of_direction
from ..geometry.camera import picture_rays
from ..geometry.mesh import Mesh
from ..geometry.rigid import fit_rigid, undo_rigid
from ..io.takes import DENSE, VIEWS, Take
from .pupils import meet_ball, pupil_distance
from .smoothing import choose_strength, smooth, temporal_noise


@dataclass(frozen=True)
class SeenEye:
    """An eye that a take shows.

    Attributes:
        side: "left" or "right".
        ball: of the actor's eye, head space; None where the actor has none: its points are no skin all the same.
        axes: [3, 3] left, front and up of the head.
        vertices: [N] of a dense take, those that turn with the eye.
        points: [P] of a take of points or pictures, those that lie on the pupil or the iris.
    """

    side: str
    ball: Ball | None
    axes: np.ndarray
    vertices: np.ndarray
    points: np.ndarray


@dataclass(frozen=True)
class LookOfTakeSettings:
    """What counts as a look.

    Attributes:
        farthest: no eye turns farther from the front, radians.
        stray: vertices that lie farther off a turned eyeball than this, in its radii, are not of it.
        near, far: a pupil is seen between these distances from the ball's centre, radii.
        moves: eyes that turn less than this in a whole take of vertices were not recorded, radians.
        straight: a pupil that is bound at a smaller angle than this looks straight ahead there, radians,
        by_ball: or at what so many errors of its ball's centre explain.
        piece: frames of which the noise is told together.
    """

    farthest: float = np.radians(65.0)
    stray: float = 0.25
    near: float = 0.5
    far: float = 1.8
    moves: float = np.radians(0.5)
    straight: float = np.radians(5.0)
    by_ball: float = 2.0
    piece: int = 25


LOOK_OF_TAKE = LookOfTakeSettings()


@dataclass(frozen=True)
class TakeLook:
    """The look of a take.

    Attributes:
        angles: [T, 2, 2] yaw and pitch of the left and the right eye; frames without are bridged.
        seen: [T] bool, frames in which an eye was seen.
    """

    angles: np.ndarray
    seen: np.ndarray


def look_of_take(
    eyes: tuple[SeenEye, ...],
    take: Take,
    neutral: Mesh,
    heads: np.ndarray,
    solved: np.ndarray,
    start: int = 0,
    smoothness: float = 1.0,
    settings: LookOfTakeSettings = LOOK_OF_TAKE,
) -> TakeLook | None:
    """Where the eyes look in each solved frame of a take.

    An eye that is hidden in a frame, as by a blink, keeps moving evenly from where it was seen before to where it is
    seen next. An eye that is never seen looks as the other does.

    Args:
        eyes: at most one a side.
        take: with the vertices and points of the eyes in it.
        neutral: of the actor, mm, head space.
        heads: [T, 4, 4] mm, the solved head poses.
        solved: [T] bool; others have no pose of their own.
        start: frame of the take that the first pose is of.
        smoothness: times the smoothing over time that the noise asks for; 0 for none.
        settings: what counts.

    Returns:
        None where no frame shows an eye, or a mesh has eyes that never turn.
    """
    looks = np.full((len(heads), 2, 2), np.nan)
    for eye in eyes:
        if eye.ball is None or not len(eye.vertices if take.kind == DENSE else eye.points):
            continue
        if take.kind == DENSE:
            found = _by_vertices(eye, take, neutral, heads, solved, start, settings)
        else:
            found = _by_points(eye, take, neutral, heads, solved, start, settings)
        far = np.arccos(np.clip(np.cos(found[:, 0]) * np.cos(found[:, 1]), -1, 1))
        found[far > settings.farthest] = np.nan
        looks[:, SIDES.index(eye.side)] = found
    seen = np.isfinite(looks).all(axis=2)
    if not seen.any():
        return None
    if take.kind == DENSE and np.nanmax(np.abs(looks)) < settings.moves:
        return None
    for number in range(2):
        if seen[:, number].any():
            smoothed = _smoothed(looks[:, number], smoothness, settings)
            looks[:, number] = _bridged(smoothed)
    for number in range(2):
        if not seen[:, number].any():
            looks[:, number] = looks[:, 1 - number]
    return TakeLook(looks, seen.any(axis=1))


def _by_vertices(
    eye: SeenEye,
    take: Take,
    neutral: Mesh,
    heads: np.ndarray,
    solved: np.ndarray,
    start: int,
    settings: LookOfTakeSettings,
) -> np.ndarray:
    """[T, 2] the look of an eye whose surface is part of a mesh.

    The ball's centre counts as one more point: it holds a few vertices, and gives way to many.
    """
    ball, front = eye.ball, eye.axes[1]
    rest = np.vstack([neutral.vertices[eye.vertices].astype(np.float64), ball.centre])
    looks = np.full((len(heads), 2), np.nan)
    for row in np.flatnonzero(solved):
        places = take.seen(start + int(row)).places[eye.vertices]
        now = np.vstack([undo_rigid(places, heads[row]), ball.centre])
        shown = np.isfinite(now).all(axis=1)
        if shown.sum() < 4:
            continue
        turn = fit_rigid(rest[shown], now[shown], np.ones(shown.sum()))
        left = now[shown] - (rest[shown] @ turn[:3, :3].T + turn[:3, 3])
        if np.sqrt((left**2).sum(axis=1).mean()) < settings.stray * ball.radius:
            looks[row] = look_of_direction(turn[:3, :3] @ front, eye.axes)
    return looks


def _by_points(
    eye: SeenEye,
    take: Take,
    neutral: Mesh,
    heads: np.ndarray,
    solved: np.ndarray,
    start: int,
    settings: LookOfTakeSettings,
) -> np.ndarray:
    """[T, 2] the look of an eye with points on its pupil or iris, in space or in pictures."""
    seen = _in_pictures if take.kind == VIEWS else _in_space
    directions = np.full((len(heads), len(eye.points), 3), np.nan)
    rows = np.flatnonzero(solved)
    if len(rows):
        directions[rows] = seen(eye, take, heads[rows], start + rows, settings)
    looks = look_of_direction(directions, eye.axes)
    rest = _rest_looks(eye, take, neutral, settings)
    shown = np.isfinite(looks).all(axis=2)
    count = np.maximum(shown.sum(axis=1), 1)[:, None]
    if rest is None:
        mean = np.where(shown[..., None], looks, 0.0).sum(axis=1) / count
    else:  # each by its own place, so that the mean stays where it is when one is hidden
        off = np.where(shown[..., None], looks - rest, 0.0).sum(axis=1) / count
        mean = off + _kept(rest.mean(axis=0), eye.ball, settings)
    mean[~shown.any(axis=1)] = np.nan
    return mean


def _in_space(
    eye: SeenEye,
    take: Take,
    heads: np.ndarray,
    frames: np.ndarray,
    settings: LookOfTakeSettings,
) -> np.ndarray:
    """Directions [T, P, 3] from the ball's centre to points in space; NaN where they are not seen at the eye."""
    places = np.stack([take.seen(int(frame)).places[eye.points] for frame in frames])
    offset = undo_rigid(places, heads) - eye.ball.centre
    far = np.linalg.norm(offset, axis=2) / eye.ball.radius
    offset[~((settings.near < far) & (far < settings.far))] = np.nan
    return offset


def _in_pictures(
    eye: SeenEye,
    take: Take,
    heads: np.ndarray,
    frames: np.ndarray,
    settings: LookOfTakeSettings,
) -> np.ndarray:
    """Directions [T, P, 3] from the ball's centre to points of pictures; the mean of the cameras that see them.

    A camera counts by how straight it sees the place.
    """
    ball = eye.ball
    origins, rays = [], []
    for frame, head in zip(frames, heads, strict=True):
        places = take.seen(int(frame)).places[:, eye.points]
        cameras = take.cameras_at(int(frame)).astype(np.float64)
        met = [picture_rays(*view) for view in zip(cameras, places, strict=True)]
        origins.append(undo_rigid(np.stack([centre for centre, _ in met]), head) - ball.centre)
        rays.append(np.stack([ray for _, ray in met]) @ head[:3, :3])
    origins, rays = np.stack(origins), np.stack(rays)  # [T, C, 3], [T, C, P, 3]
    distance = pupil_distance(origins, rays, ball.radius)
    directions = meet_ball(origins[:, :, None], rays, distance)
    shown = np.isfinite(directions).all(axis=-1, keepdims=True)
    total = np.where(shown, directions, 0.0).sum(axis=1)
    total[~shown.any(axis=1)[..., 0]] = np.nan
    return total


def _rest_looks(
    eye: SeenEye, take: Take, neutral: Mesh, settings: LookOfTakeSettings
) -> np.ndarray | None:
    """[P, 2] the look of each point as it was bound to the neutral; None where one was not bound at the eye."""
    skin = neutral.vertices.astype(np.float64)
    if take.corners is None:
        bound = skin[take.vertex_indices[eye.points]]
    else:
        shares = np.asarray(take.barycentric, np.float64)[eye.points]
        bound = np.einsum("pk,pkd->pd", shares, skin[np.asarray(take.corners)[eye.points]])
    if take.offsets is not None:
        bound = bound + np.asarray(take.offsets, np.float64)[eye.points]
    offset = bound - eye.ball.centre
    far = np.linalg.norm(offset, axis=1) / eye.ball.radius
    looks = look_of_direction(offset, eye.axes)
    at_eye = (settings.near < far) & (far < settings.far)
    return looks if (at_eye & (np.abs(looks) < settings.farthest).all(axis=1)).all() else None


def _kept(rest: np.ndarray, ball: Ball, settings: LookOfTakeSettings) -> np.ndarray:
    """What of a pupil's angle as it was bound [2] is a look: nothing, or all of it.

    In the neutral it looks nearly straight ahead. A small angle is the eyeball's own, or that of a centre that is off.
    """
    error = ball.error_mm if np.isfinite(ball.error_mm) else 0.0
    explained = settings.straight + settings.by_ball * error / ball.radius
    return rest if np.linalg.norm(rest) > explained else np.zeros(2)


def _smoothed(look: np.ndarray, smoothness: float, settings: LookOfTakeSettings) -> np.ndarray:
    """A look [T, 2] smoothed as much as its noise asks for; NaN stays."""
    if smoothness <= 0:
        return look
    pieces = [look[at : at + settings.piece] for at in range(0, len(look), settings.piece)]
    strength = smoothness * choose_strength(pieces, temporal_noise(pieces))
    items = [row if np.isfinite(row).all() else None for row in look]
    mixed = smooth(items, strength, lambda near, weights, _: weights @ np.stack(near))
    return np.stack([np.full(2, np.nan) if row is None else row for row in mixed])


def _bridged(look: np.ndarray) -> np.ndarray:
    """A look [T, 2] without gaps: even between the frames that have one, still before the first and after the last."""
    rows = np.flatnonzero(np.isfinite(look).all(axis=1))
    every = np.arange(len(look))
    return np.stack([np.interp(every, rows, look[rows, axis]) for axis in range(2)], axis=1)
