# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scene cameras as projections, and the tracks of their movie clips as points of the picture.

Pictures are measured in square pixels, their origin at the lower left, as Blender's clips have it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import bpy
import numpy as np

from ...backend.anatomy.eyes.ball import Ball
from ...backend.errors import SolveError
from ...backend.geometry.camera import Lens, picture_rays, pixel_projection
from ...backend.solving.pupils import meet_ball
from ..data.evaluating import evaluated
from ..data.head_space import HeadSpace
from .binding import Place, Skin
from .eyes import pupil_side


@dataclass(frozen=True)
class BoundTrack:
    """A track of a clip that sits on the skin, or on the pupil of ``eye``; ``name`` as :func:`all_tracks` has it."""

    clip: bpy.types.MovieClip
    name: str
    place: Place
    eye: str = ""


def require_views(views: Sequence[bpy.types.PropertyGroup]) -> None:
    """Refuse a clip or camera that cannot be solved through.

    Raises:
        SolveError: which, and why.
    """
    clips = [view.clip for view in views]
    for view in views:
        clip, camera = view.clip, view.camera
        if clip is None or camera is None:
            name = clip.name if clip else camera.name if camera else "A view"
            missing = "camera: choose the scene's camera that recorded it"
            if clip is None:
                missing = "movie clip: choose the clip that it recorded"
            raise SolveError(f"{name} has no {missing}, or take the view off the list.")
        if camera.data.type != 'PERSP':
            kind = {'ORTHO': "orthographic", 'PANO': "panoramic"}.get(camera.data.type, "custom")
            raise SolveError(
                f"{camera.name} is {kind}, but a performance is solved through perspective cameras: "
                "set the Type of its lens to Perspective."
            )
        if clips.count(clip) > 1:
            raise SolveError(f"{clip.name} is in two views: take one of them off the list.")
        if not any(clip.size):
            raise SolveError(f"{clip.name} has no picture, so its size is unknown: find its file.")
        if not any(len(part.tracks) for part in clip.tracking.objects):
            raise SolveError(
                f"{clip.name} has no tracks: track points of the face in the Movie Clip Editor first."
            )


def track_places(
    views: Sequence[bpy.types.PropertyGroup],
    skin: Skin,
    space: HeadSpace,
    landmarks: dict[str, list[float]],
    balls: Mapping[str, Ball],
    context: bpy.types.Context,
) -> list[BoundTrack]:
    """Where the tracks that are seen now sit on the skin: at the landmark of their name, or where their ray meets it.

    Tracks whose ray passes the face by, such as those of the background, are left out. Those that are named as pupils
    stay in any case: they sit where their ray meets the ball of their eye [mm, head space], if there is one.
    """
    named = {name.casefold(): np.asarray(point, float) for name, point in landmarks.items()}
    frame = context.scene.frame_current
    bound = []
    with evaluated(context, [view.camera for view in views]) as twins:
        projections = [
            project(twin, view.clip, space, context)
            for view, twin in zip(views, twins, strict=True)
        ]
    for view, projection in zip(views, projections, strict=True):
        names, pixels = [], []
        for name, track in all_tracks(view.clip):
            at = track_pixels(view.clip, track, range(frame, frame + 1))[0]
            if side := pupil_side(track.name):
                place = _on_eye(skin, projection, at, balls.get(side))
                bound.append(BoundTrack(view.clip, name, place, side))
            elif track.name.casefold() in named:
                place = skin.nearest(named[track.name.casefold()])
                on_skin = Place(place.corners, place.barycentric, (0.0, 0.0, 0.0), 0.0)
                bound.append(BoundTrack(view.clip, name, on_skin))
            elif np.isfinite(at).all():
                names.append(name)
                pixels.append(at)
        centre, rays = picture_rays(projection, np.array(pixels).reshape(-1, 2))
        for name, ray in zip(names, rays, strict=True):
            if place := skin.hit(centre, ray):
                bound.append(BoundTrack(view.clip, name, place))
    return bound


def _on_eye(skin: Skin, projection: np.ndarray, pixel: np.ndarray, ball: Ball | None) -> Place:
    """Where a pupil at a pixel [2] is, bound to the skin beside it; any place where that is not known."""
    centre, (ray,) = picture_rays(projection, pixel[None])
    if ball is not None:
        ahead = meet_ball(centre - ball.centre, ray, ball.radius)
        if np.isfinite(ahead).all():
            return skin.nearest(ball.centre + ball.radius * ahead / np.linalg.norm(ahead))
    place = skin.nearest(centre)
    return Place(place.corners, place.barycentric, (0.0, 0.0, 0.0), 0.0)


def project(
    twin: bpy.types.Object,
    clip: bpy.types.MovieClip,
    space: HeadSpace,
    context: bpy.types.Context,
) -> np.ndarray:
    """[3, 4] projection of head space mm to the pixels of ``clip``, through an evaluated camera.

    The picture is the clip's, whatever size is rendered: clips of several cameras may differ in theirs.
    """
    aspect = clip.tracking.camera.pixel_aspect
    window = twin.calc_matrix_camera(
        context.evaluated_depsgraph_get(), x=clip.size[0], y=clip.size[1], scale_x=aspect, scale_y=1
    )
    view = np.linalg.inv(np.array(twin.matrix_world.normalized(), np.float64))
    projection = pixel_projection(np.array(window, np.float64), view, _square_size(clip))
    return projection @ space.to_world() * space.mm_per_unit


def all_tracks(
    clip: bpy.types.MovieClip,
) -> Iterator[tuple[str, bpy.types.MovieTrackingTrack]]:
    """Tracks of the clip's camera and of all its tracked objects, under names of which there is one each."""
    for part in clip.tracking.objects:
        for track in part.tracks:
            yield track.name if part.is_camera else f"{part.name}: {track.name}", track


def track_pixels(
    clip: bpy.types.MovieClip, track: bpy.types.MovieTrackingTrack, frames: range
) -> np.ndarray:
    """[T, 2] pixels of a track at scene frames, the lens's bend undone; NaN where it is muted or was not tracked."""
    count = len(track.markers)
    numbers, muted = np.empty(count, np.int32), np.empty(count, bool)
    places = np.empty((count, 2), np.float32)
    track.markers.foreach_get("frame", numbers)
    track.markers.foreach_get("mute", muted)
    track.markers.foreach_get("co", places.ravel())
    rows = numbers + clip.frame_start - 1 - frames.start  # a clip counts its own frames from 1
    kept = ~muted & (rows >= 0) & (rows < len(frames))
    pixels = np.full((len(frames), 2), np.nan)
    pixels[rows[kept]] = (places[kept] + np.array(track.offset)) * _square_size(clip)
    return _lens(clip).straighten(pixels)


def _square_size(clip: bpy.types.MovieClip) -> np.ndarray:
    """Width and height [2] of a picture, in pixels as wide as its own."""
    return np.array([clip.size[0], clip.size[1] / clip.tracking.camera.pixel_aspect], np.float64)


def _lens(clip: bpy.types.MovieClip) -> Lens:
    camera = clip.tracking.camera
    principal = np.array(camera.principal_point_pixels, np.float64) / (1, camera.pixel_aspect)
    focal = camera.focal_length_pixels
    match camera.distortion_model:
        case 'NUKE':
            scale = _square_size(clip).max() / 2
            return Lens('NUKE', scale, principal, (camera.nuke_k1, camera.nuke_k2))
        case 'DIVISION':
            return Lens('DIVISION', focal, principal, (camera.division_k1, camera.division_k2))
        case 'BROWN':
            radial = (camera.brown_k1, camera.brown_k2, camera.brown_k3, camera.brown_k4)
            return Lens('BROWN', focal, principal, radial, (camera.brown_p1, camera.brown_p2))
    return Lens('POLYNOMIAL', focal, principal, (camera.k1, camera.k2, camera.k3))
