# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether what was seen of a face can be matched, one sentence each (numpy only)."""

import numpy as np

from ..errors import AimError
from ..geometry.mesh import Mesh
from ..scans.checks import check_same_face
from .seen_points import SeenPoints

#: Fewer points leave the head's pose open: in space, and in a picture.
FEWEST, FEWEST_IN_PICTURE = 4, 8
#: Distances between points of a face that moves differ from those in rest by less than this factor.
_OTHER_SCALE = 1.5
_PAIRS = 4000
#: Millimetres in units that points may have been measured in.
_UNITS = {"centimetres": 10.0, "inches": 25.4, "metres": 1000.0}


def points_of_scan(scan: Mesh, neutral: Mesh) -> SeenPoints:
    """A registered scan as points, one for each vertex; a vertex without a valid position is unseen.

    Raises:
        AimError: it is another mesh than the neutral, of another scale, or mirrored.
    """
    seen = np.asarray(scan.vertices, float)
    count = len(neutral.vertices)
    whole = len(seen) != count or np.isfinite(seen).all()
    check_same_face(neutral, scan if whole else scan.with_vertices(neutral.vertices, scan.name))
    corners = np.repeat(np.arange(count)[:, None], 3, axis=1)
    return SeenPoints(corners, np.tile([1.0, 0.0, 0.0], (count, 1)), seen)


def check_points(points: SeenPoints, skin: Mesh, source: str, head_known: bool) -> None:
    """Refuse points that name no places on the skin, or are too few to tell a pose.

    Raises:
        AimError: they are.
    """
    corners, shares, seen = points.corners, points.shares, points.seen
    count = len(seen)
    shapes = corners.shape == (count, 3) and shares.shape == (count, 3) and seen.ndim == 2  # noqa: PLR2004
    if not shapes or (points.confidence is not None and points.confidence.shape != (count,)):
        raise AimError(
            f"The points of {source} and their places differ in number: give one for each"
        )
    if count and not 0 <= corners.min() <= corners.max() < len(skin.vertices):
        raise AimError(
            f"{source} names vertices that '{skin.name}' has not: number them by its mesh"
        )
    if not np.isfinite(shares).all() or (np.abs(shares.sum(axis=1) - 1) > 1e-3).any():  # noqa: PLR2004
        raise AimError(
            f"Shares of {source} do not sum to 1: give three for each point of a triangle"
        )
    if points.confidence is not None:
        weight = points.confidence
        if not np.isfinite(weight).all() or (weight < 0).any():
            raise AimError(
                f"Weights of {source} are missing or below 0: give one from 0 up for each"
            )
    visible = seen_of(points)
    if not visible.any():
        raise AimError(f"No point of {source} is seen: give at least {FEWEST}")
    fewest = 1 if head_known else FEWEST if seen.shape[1] == 3 else FEWEST_IN_PICTURE  # noqa: PLR2004
    if visible.sum() < fewest:
        raise AimError(
            f"Only {visible.sum()} points of {source} are seen, which tells no pose of a head: give at least {fewest}"
        )


def check_scale(points: SeenPoints, skin: Mesh, source: str) -> None:
    """Refuse points in space that are far larger or smaller than the face.

    Raises:
        AimError: they are; the factor is named.
    """
    visible = np.flatnonzero(seen_of(points))
    if len(visible) < FEWEST:
        return
    random = np.random.default_rng(0)
    first, second = random.choice(visible, (2, _PAIRS))
    rest = (skin.vertices[points.corners] * points.shares[:, :, None]).sum(axis=1)
    apart = np.linalg.norm(rest[first] - rest[second], axis=1)
    now = np.linalg.norm(points.seen[first] - points.seen[second], axis=1)
    far = apart > np.median(apart) / 2
    if not far.any() or apart.max() < 1e-6:  # noqa: PLR2004
        raise AimError(
            f"All points of {source} lie in one place of the skin: spread them over the face"
        )
    ratio = float(np.median(now[far] / np.maximum(apart[far], 1e-9)))
    if ratio < 1e-6:  # noqa: PLR2004
        raise AimError(f"All points of {source} lie in one place: give where each was seen")
    if not 1 / _OTHER_SCALE < ratio < _OTHER_SCALE:
        larger = ratio > 1
        factor = ratio if larger else 1 / ratio
        near = min(_UNITS, key=lambda name: abs(np.log(_UNITS[name] * ratio)))
        unit = ""
        if abs(np.log(_UNITS[near] * ratio)) < np.log(_OTHER_SCALE):
            factor, unit = _UNITS[near], f"; they seem to be in {near}"
        raise AimError(
            f"The points of {source} lie about {factor:.3g} times {'wider' if larger else 'closer'} than those of "
            f"'{skin.name}': {'divide' if larger else 'multiply'} them by {factor:.3g}{unit}"
        )


def seen_of(points: SeenPoints) -> np.ndarray:
    """[P] bool: points that were seen and count."""
    seen = np.isfinite(points.seen).all(axis=1)
    return seen if points.confidence is None else seen & (points.confidence > 0)


def check_camera(camera: np.ndarray | None, size: np.ndarray | None, source: str) -> None:
    """Refuse a camera or a size of a picture that is none.

    Raises:
        AimError: it is.
    """
    if camera is not None:
        sound = np.shape(camera) == (3, 4) and np.isfinite(camera).all()
        if not sound or abs(np.linalg.det(camera[:, :3])) < 1e-12:  # noqa: PLR2004
            raise AimError(
                f"The camera of {source} is no projection [3, 4] to pixels: leave it out to find it"
            )
    elif size is None or np.shape(size) != (2,) or not (np.asarray(size, float) > 0).all():
        raise AimError(
            f"The size of the picture of {source} is not known: give its width and height in pixels"
        )
