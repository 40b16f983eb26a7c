# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where eyes look: yaw and pitch, from curves and from what is seen of the eyes (numpy only).

Angles are radians from the look at rest: yaw about the head's up, positive to the person's left; then pitch about the
eye's own horizontal, positive up. A look is [2]: yaw, pitch.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .find import SIDES


@dataclass(frozen=True)
class LookSettings:
    """What ARKit's curves of the look mean: radians at one.

    Read off 4,030 frames of Live Link Face that hold curves and angles, by least squares.

    Attributes:
        inward, outward, up, down: how far the eye turns where that curve is one.
    """

    inward: float = 0.55
    outward: float = 0.65
    up: float = 0.44
    down: float = 0.61


LOOK = LookSettings()


def curve_names(side: str) -> tuple[str, str, str, str]:
    """ARKit's curves of one eye's look: inward, outward, up, down."""
    return tuple(f"eyeLook{way}{side.title()}" for way in ("In", "Out", "Up", "Down"))


def curve_angles(side: str, settings: LookSettings = LOOK) -> dict[str, tuple[str, float]]:
    """ARKit's curve of one eye's look each way (``in``, ``out``, ``up``, ``down``), and the angle at one, radians."""
    angles = (settings.inward, settings.outward, settings.up, settings.down)
    ways = ("in", "out", "up", "down")
    return dict(zip(ways, zip(curve_names(side), angles, strict=True), strict=True))


def look_of_curves(
    names: Sequence[str], values: np.ndarray, settings: LookSettings = LOOK
) -> np.ndarray | None:
    """The look of both eyes by ARKit's curves.

    Args:
        names: C channels.
        values: [T, C] their weights.
        settings: what they mean.

    Returns:
        [T, 2, 2] for the left and the right eye; None where no channel is of the look.
    """
    if not any(name.startswith("eyeLook") for name in names):
        return None
    column = {name: values[:, number] for number, name in enumerate(names)}
    still = np.zeros(len(values))
    look = np.zeros((len(values), 2, 2))
    for number, side in enumerate(SIDES):
        inward, outward, up, down = (column.get(name, still) for name in curve_names(side))
        to_left = 1 if side == "left" else -1  # outward of the left eye is to the left
        look[:, number, 0] = to_left * (settings.outward * outward - settings.inward * inward)
        look[:, number, 1] = settings.up * up - settings.down * down
    return look


def poses_of_curves(
    side: str, centre: np.ndarray, axes: np.ndarray, settings: LookSettings = LOOK
) -> dict[str, np.ndarray]:
    """How an eye moves where one of ARKit's curves of its look is one: [4, 4] by the curve's name.

    Args:
        side: of the eye.
        centre: [3] where it turns, mm, head space.
        axes: [3, 3] left, front and up of the head.
        settings: what the curves mean.
    """
    poses = {}
    for curve in curve_names(side):
        number = SIDES.index(side)
        look = look_of_curves([curve], np.ones((1, 1)), settings)[0, number]
        pose = np.eye(4)
        pose[:3, :3] = rotation(look, axes)
        pose[:3, 3] = centre - pose[:3, :3] @ centre
        poses[curve] = pose
    return poses


def turned_like(look: np.ndarray, told: np.ndarray | None) -> np.ndarray:
    """Angles [T, 2, 2] of a file with the signs that its own curves tell; programs differ in them.

    Args:
        look: as the file has them, with the signs of Live Link Face undone.
        told: [T, 2, 2] by the file's curves, or None.
    """
    if told is None:
        return look
    agrees = (look * told).sum(axis=(0, 1))  # both eyes tell it
    enough = np.abs(agrees) > 0.3 * np.sqrt((look**2).sum(axis=(0, 1)) * (told**2).sum(axis=(0, 1)))
    return look * np.where(enough & (agrees < 0), -1.0, 1.0)


def rotation(look: np.ndarray, axes: np.ndarray) -> np.ndarray:
    """[3, 3] how an eye is turned that looks there; ``axes`` are the head's left, front and up [3, 3]."""
    yaw, pitch = look
    own = np.array([
        [np.cos(yaw), np.sin(yaw) * np.cos(pitch), -np.sin(yaw) * np.sin(pitch)],
        [-np.sin(yaw), np.cos(yaw) * np.cos(pitch), -np.cos(yaw) * np.sin(pitch)],
        [0, np.sin(pitch), np.cos(pitch)],
    ])  # fmt: skip
    return axes.T @ own @ axes


def look_of_direction(direction: np.ndarray, axes: np.ndarray) -> np.ndarray:
    """[..., 2] the look of an eye whose front at rest now points along ``direction`` [..., 3]."""
    left, front, up = np.moveaxis(np.asarray(direction, np.float64) @ axes.T, -1, 0)
    return np.stack([np.arctan2(left, front), np.arctan2(up, np.hypot(left, front))], axis=-1)
