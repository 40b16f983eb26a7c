# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who a neutral looks like, as numbers in a face space: landmarks first, then closest points, by least squares.

Actors have meshes of their own, so their shapes can only be compared on a common template. Nothing of a template's
vertices is known here: landmarks of both faces are found by the same survey.
"""

from dataclasses import dataclass

import numpy as np

from ..anatomy.survey import FaceSurvey
from ..errors import ScanError
from ..geometry.rigid import fit_similarity
from ..geometry.surface import nearest_points
from .face_space import FaceSpace

#: Landmarks that both faces must have.
LEAST_LANDMARKS = 8


@dataclass(frozen=True)
class IdentitySettings:
    """How an identity is fitted.

    Attributes:
        rounds: of closest points.
        points: of the template that are compared at most.
        usual_mm: standard deviation of what no identity explains, along the skin's normal.
        sliding_mm: the same along the skin, where closest points say little.
        landmark_mm: the same of a landmark.
        far_mm: points farther off are left out: hair, ears, the edge of a face.
        low_mm, high_mm, back_mm, side_mm: the face about the tip of the nose, mm of an average one.
    """

    rounds: int = 8
    points: int = 2500
    usual_mm: float = 1.5
    sliding_mm: float = 8.0
    landmark_mm: float = 4.0
    far_mm: float = 15.0
    low_mm: float = -62.0
    high_mm: float = 75.0
    back_mm: float = -65.0
    side_mm: float = 68.0


@dataclass(frozen=True)
class Identity:
    """A person in a face space.

    Attributes:
        values: [K] standard deviations.
        missed_mm: root mean square from the template's face to the skin.
        mean_missed_mm: the same of the space's mean face.
    """

    values: np.ndarray
    missed_mm: float
    mean_missed_mm: float


def fit_identity(
    space: FaceSpace,
    face: FaceSurvey,
    settings: IdentitySettings | None = None,
) -> Identity:
    """The identity of a neutral.

    Args:
        space: of the template.
        face: survey of the neutral, mm.

    Raises:
        ScanError: no face is found in one of them, or too few landmarks are common.
    """
    settings = settings or IdentitySettings()
    try:
        of_template = space.survey.landmarks
    except ScanError as error:
        raise ScanError(f"'{space.name}' shows no face: give another face model") from error
    names = sorted(of_template.keys() & face.landmarks.keys())
    if len(names) < LEAST_LANDMARKS:
        raise ScanError(
            f"The neutral and '{space.name}' have {len(names)} landmarks in common: set some by hand"
        )
    source = np.stack([of_template[name] for name in names])
    goal = np.stack([face.landmarks[name] for name in names])
    rows = _face_points(space.survey, settings)
    near = _nearest(space, source)
    fitting = _Fitting(space, rows, near, face, settings)
    motion = fit_similarity(source, goal)
    values = np.zeros(len(space.ways))
    first = None
    for turn in range(settings.rounds):
        targets, normals, used = fitting.targets(values, motion)
        if turn == 0:
            motion = fitting.motion(values, motion, targets, used)
            targets, normals, used = fitting.targets(values, motion)
            first = fitting.missed(values, motion, targets, normals, used)
        values = fitting.solve(motion, targets, normals, used, goal)
        motion = fitting.motion(values, motion, targets, used)
    targets, normals, used = fitting.targets(values, motion)
    missed = fitting.missed(values, motion, targets, normals, used)
    return Identity(
        values.astype(np.float32), missed, float(first if first is not None else missed)
    )


class _Fitting:
    """The equations of one fit; a motion is a rotation, a scale and a shift."""

    def __init__(
        self,
        space: FaceSpace,
        rows: np.ndarray,
        near: np.ndarray,
        face: FaceSurvey,
        settings: IdentitySettings,
    ) -> None:
        self._face, self._settings = face.neutral, settings
        self._normals = space.mean.normals.astype(np.float64)[rows]
        self._mean = space.mean.vertices.astype(np.float64)[rows]
        self._ways = space.ways.astype(np.float64)[:, rows]
        self._marks = space.mean.vertices.astype(np.float64)[near]
        self._mark_ways = space.ways.astype(np.float64)[:, near]

    def _points(self, values: np.ndarray) -> np.ndarray:
        return self._mean + np.tensordot(values, self._ways, 1)

    def targets(self, values: np.ndarray, motion) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Closest points [N, 3] of the skin and the template's normals [N, 3], and which points count."""
        rotation, scale, shift = motion
        points = scale * self._points(values) @ rotation.T + shift
        normals = self._normals @ rotation.T
        found = nearest_points(self._face, points, normals)
        targets = found.interpolate(self._face.vertices.astype(np.float64))
        apart = np.linalg.norm(targets - points, axis=1)
        used = apart < max(self._settings.far_mm, 2.5 * float(np.median(apart)))
        return targets, normals, used

    def motion(self, values: np.ndarray, motion, targets: np.ndarray, used: np.ndarray):
        """The similarity that brings the template's points to their targets."""
        return fit_similarity(self._points(values)[used], targets[used])

    def missed(self, values: np.ndarray, motion, targets, normals, used) -> float:
        """Root mean square mm along the normals."""
        rotation, scale, shift = motion
        points = scale * self._points(values) @ rotation.T + shift
        along = np.einsum("ni,ni->n", targets - points, normals)[used]
        return float(np.sqrt(np.mean(along**2)))

    def solve(self, motion, targets, normals, used, goal: np.ndarray) -> np.ndarray:
        """[K] the identity that comes nearest, with a prior of one deviation."""
        settings = self._settings
        rotation, scale, shift = motion
        ways = scale * np.einsum("kni,ji->nkj", self._ways[:, used], rotation)
        rest = targets[used] - (scale * self._mean[used] @ rotation.T + shift)
        normal = normals[used]
        along = np.einsum("nkj,nj->nk", ways, normal)
        out = np.einsum("nj,nj->n", rest, normal)
        marks = scale * np.einsum("kni,ji->nkj", self._mark_ways, rotation)
        mark_rest = goal - (scale * self._marks @ rotation.T + shift)
        # neighbouring points err alike, so that each counts for a part
        share = min(1.0, 300.0 / max(len(out), 1))
        weight = share / settings.usual_mm**2
        side = share / settings.sliding_mm**2
        mark = 1 / settings.landmark_mm**2
        gram = np.eye(ways.shape[1]) + weight * along.T @ along
        pull = weight * along.T @ out
        flat, flat_rest = (ways - along[:, :, None] * normal[:, None]), rest - out[:, None] * normal
        gram += side * np.einsum("nkj,nlj->kl", flat, flat)
        pull += side * np.einsum("nkj,nj->k", flat, flat_rest)
        gram += mark * np.einsum("nkj,nlj->kl", marks, marks)
        pull += mark * np.einsum("nkj,nj->k", marks, mark_rest)
        return np.linalg.solve(gram, pull)


def _face_points(template: FaceSurvey, settings: IdentitySettings) -> np.ndarray:
    """[N] vertices of the template's face, spread evenly by number."""
    frame = template.frame
    left, up, front = (frame.to_local(template.neutral.vertices) / frame.scale).T
    on = (np.abs(left) < settings.side_mm) & (front > settings.back_mm)
    on &= (up > settings.low_mm) & (up < settings.high_mm)
    rows = np.flatnonzero(on)
    if len(rows) < 50:  # noqa: PLR2004
        raise ScanError("The face model has no face where its nose is: give another one")
    return rows[:: max(1, len(rows) // settings.points)]


def _nearest(space: FaceSpace, points: np.ndarray) -> np.ndarray:
    """[N] vertices of the template nearest to points."""
    from scipy.spatial import cKDTree

    return cKDTree(space.mean.vertices).query(points)[1]
