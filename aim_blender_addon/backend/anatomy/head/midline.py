# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Landmarks on the face's profile: extrema of how far it stands out, in their anatomical order."""

import numpy as np

from .profile import STEP, farthest, prominence


def _count(mm: float) -> int:
    """Profile points in ``mm`` of an average face (the profile's steps scale with the face)."""
    return int(round(mm / STEP))


def profile_landmarks(line: np.ndarray, tip: int, nasion: int, chin: int) -> dict[str, np.ndarray]:
    """Named points on a face profile.

    Args:
        line: [N, 2] (up, front) of :func:`~.profile.face_profile`.
        tip, nasion, chin: of :func:`~.profile.nose_root_and_chin`.

    Returns:
        Name -> [2] (up, front).
    """
    found = _above(line, tip, nasion)
    found.update(_below(line, tip, chin))
    return {name: line[index] for name, index in found.items()}


def _above(line: np.ndarray, tip: int, nasion: int) -> dict[str, int]:
    """Numbers of the points from the nose tip upwards."""
    glabella = farthest(line, max(nasion - _count(32), 0), nasion, 1)
    # Where a forehead runs on evenly nothing stands out: it is then where it lies on an average one.
    glabella = int(np.clip(glabella, nasion - _count(22), nasion - _count(9)))
    return {
        "pronasale": tip,
        "nasion": nasion,
        "rhinion": nasion + int(round(0.42 * (tip - nasion))),
        "glabella": max(glabella, 0),
        "supraglabella": max(glabella - _count(16), 0),
    }


def _below(line: np.ndarray, tip: int, chin: int) -> dict[str, int]:
    """Numbers of the points from the nose tip down to under the chin."""
    subnasale = _deepest(line, 8, tip + _count(6), tip + _count(30))
    span = chin - subnasale
    stomion = _deepest(line, 5, subnasale + int(0.18 * span), subnasale + int(0.55 * span), 0.34)
    supramentale = _deepest(line, 8, stomion + int(0.12 * span), chin - _count(8), 0.45)
    upper_lip = farthest(line, subnasale, stomion, 1)
    under = min(chin + _count(20), len(line) - 1)
    pogonion = farthest(line, supramentale, min(chin + _count(6), len(line) - 1), 1)
    return {
        "subnasale": subnasale,
        "mid_philtrum": (subnasale + upper_lip) // 2,
        "upper_lip": upper_lip,
        "stomion": stomion,
        "lower_lip": farthest(line, stomion, supramentale, 1),
        "supramentale": supramentale,
        "pogonion": pogonion,
        "gnathion": _extreme(line, pogonion, under, 45),
        "menton": _extreme(line, pogonion, under, 68),
    }


def _deepest(line: np.ndarray, reach: float, low: int, high: int, expected: float = 0.5) -> int:
    """The deepest hollow between two points, preferring those near the fraction ``expected`` between them."""
    high = max(high, low + 3)
    fraction = (np.arange(low, high) - low) / (high - low)
    hollow = -prominence(line, _count(reach))[low:high]
    hollow = hollow - hollow.min(initial=0.0)
    return low + int(np.argmax(hollow * np.exp(-0.5 * ((fraction - expected) / 0.35) ** 2)))


def _extreme(line: np.ndarray, low: int, high: int, degrees: float) -> int:
    """The point between two others that lies farthest to the front, turned ``degrees`` downwards."""
    turn = np.radians(degrees)
    reach = line[low : high + 1] @ np.array([-np.sin(turn), np.cos(turn)])
    return low + int(np.argmax(reach))
