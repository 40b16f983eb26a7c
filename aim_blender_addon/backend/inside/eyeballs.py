# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Eyeballs behind lids: a ball with a cornea, an iris and a pupil."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from ..anatomy.eyes.ball import Ball
from ..anatomy.head.rims import Rims
from ..geometry.mesh import Mesh
from .room import Skin

#: What faces of an eyeball show.
SCLERA, IRIS, PUPIL = 0, 1, 2


@dataclass(frozen=True)
class EyeSettings:
    """A usual eyeball; lengths in mm of an adult.

    Attributes:
        iris_mm: radius of the iris, where the cornea ends ([Ruefer2005]).
        pupil_mm: radius of the pupil.
        bulge_mm: how far the middle of the cornea stands out.
        near_mm: outer skin this near to the rims lies on the eyeball.
        middle: part of the rims that counts, 0 to 1 from corner to corner; the flesh at the corners does not.
        may_cut_mm: lids may be cut so deep.
        most_back: an eyeball that cuts the lids goes back so far at most, radii.
        around: vertices around it.
    """

    iris_mm: float = 5.9
    pupil_mm: float = 2.2
    bulge_mm: float = 1.0
    near_mm: float = 3.0
    middle: tuple[float, float] = (0.2, 0.8)
    may_cut_mm: float = 0.05
    most_back: float = 0.2
    around: int = 48

    def angle(self, radius_mm: float, ball: Ball, scale: float) -> float:
        """Angle from the eye's axis, radians, at which a circle of this radius lies on a ball."""
        return float(np.arcsin(min(scale * radius_mm / ball.radius, 0.7)))


EYE = EyeSettings()


def behind_lids(
    ball: Ball,
    rims: Rims,
    outer: Skin,
    front: np.ndarray,
    scale: float,
    settings: EyeSettings = EYE,
) -> Ball:
    """The ball moved back until neither it nor its cornea shows through the lids.

    What is tucked in behind the lids' rims may lie inside of the ball.
    """
    edge = np.concatenate(rims.at(np.linspace(*settings.middle, 41)))
    near = cKDTree(edge).query(outer.points)[0] < settings.near_mm
    lids = np.concatenate([outer.points[near], edge])
    centre = np.asarray(ball.centre, np.float64)
    for _ in range(20):
        offset = lids - centre
        cut = surface(ball, offset, front, scale, settings) - np.linalg.norm(offset, axis=1)
        ahead = offset @ front > 0
        deep = float(np.max(cut[ahead], initial=0.0))
        back = float((ball.centre - centre) @ front)
        if deep < settings.may_cut_mm or back >= settings.most_back * ball.radius:
            break
        centre = centre - front * deep
    return Ball(centre, ball.radius, ball.error_mm)


def surface(
    ball: Ball, offset: np.ndarray, front: np.ndarray, scale: float, settings: EyeSettings = EYE
) -> np.ndarray:
    """[N] mm from the centre to the eyeball's surface in directions [N, 3]."""
    far = np.maximum(np.linalg.norm(offset, axis=1), 1e-9)
    angle = np.arccos(np.clip(offset @ front / far, -1, 1))
    return ball.radius + _dome(angle, ball, scale, settings)


def eyeball(
    ball: Ball, left_up_front: np.ndarray, scale: float, name: str, settings: EyeSettings = EYE
) -> tuple[Mesh, np.ndarray]:
    """An eyeball that looks to the front, and what each of its faces shows [F].

    Args:
        ball: centre and radius, mm.
        left_up_front: [3, 3] unit rows; it looks along the last.
        scale: size of the head over the usual one.
        name: of the mesh.
        settings: what it looks like.
    """
    iris, pupil = (settings.angle(mm, ball, scale) for mm in (settings.iris_mm, settings.pupil_mm))
    angle = np.concatenate([
        np.linspace(0.03, pupil, 4), np.linspace(pupil, iris, 7)[1:], np.linspace(iris, np.pi - 0.06, 24)[1:],
    ])  # fmt: skip
    turn = 2 * np.pi * np.arange(settings.around) / settings.around
    far = ball.radius + _dome(angle, ball, scale, settings)
    local = np.stack(
        [
            np.outer(far * np.sin(angle), np.cos(turn)),
            np.outer(far * np.sin(angle), np.sin(turn)),
            np.repeat((far * np.cos(angle))[:, None], settings.around, axis=1),
        ],
        axis=-1,
    )
    points = local.reshape(-1, 3) @ left_up_front + ball.centre
    at = np.arange(local[..., 0].size).reshape(local.shape[:2])
    after = np.roll(at, -1, axis=1)
    quads = np.stack([at[:-1], at[1:], after[1:], after[:-1]], axis=-1)
    shows = np.where(
        angle[1:] <= pupil + 1e-9, PUPIL, np.where(angle[1:] <= iris + 1e-9, IRIS, SCLERA)
    )
    corners = np.concatenate([at[0], quads.ravel(), at[-1, ::-1]])
    sizes = np.concatenate([[settings.around], np.full(quads[..., 0].size, 4), [settings.around]])
    kinds = np.concatenate([[PUPIL], np.repeat(shows, settings.around), [SCLERA]])
    mesh = Mesh(points.astype(np.float32), corners.astype(np.int32), sizes.astype(np.int32), name)
    return mesh, kinds.astype(np.int32)


def _dome(angle: np.ndarray, ball: Ball, scale: float, settings: EyeSettings) -> np.ndarray:
    """Mm by which the cornea stands out at an angle from the eye's axis; it begins without an edge."""
    ends = 1.15 * settings.angle(settings.iris_mm, ball, scale)
    inside = np.clip(1 - (angle / ends) ** 2, 0, 1)
    return scale * settings.bulge_mm * inside**1.5
