# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Regions of a face that a person names (cheeks, chin, temples), found from the jaw's joint alone (numpy only).

Joint and incisors place, turn and size a face: in their frame the landmarks of different people lie within a
centimetre of each other. A region is a soft ellipsoid in that frame, on the skin that shows.
"""

import numpy as np

from ...geometry.smooth import smooth_step
from ..jaw.joint import JawJoint

#: Jaw length, condyle to incisors, of the face that the places below are of, mm.
USUAL_LENGTH_MM = 90.0
#: Centre and half axes, mm: across from the middle, up from the lower incisors, to the front of them. Regions with a
#: centre beside the middle are on both sides.
PLACES: dict[str, tuple[tuple[float, float, float], tuple[float, float, float]]] = {
    "forehead": ((0, 112, 0), (68, 34, 50)),
    "temples": ((74, 82, -55), (32, 32, 42)),
    "nose": ((0, 42, 20), (24, 34, 26)),
    "cheekbones": ((58, 45, -20), (30, 22, 36)),
    "cheeks": ((52, 12, -18), (32, 30, 38)),
    "lips": ((0, 0, 10), (36, 18, 24)),
    "chin": ((0, -32, 0), (32, 22, 28)),
    "jawline": ((52, -12, -50), (30, 24, 52)),
    "under_chin": ((0, -50, -34), (46, 26, 34)),
}
#: Skin that faces away from where tissue grows to (inside of lips, nostrils, lids) is in no region.
_FACES = (0.1, 0.5)


def face_places(points: np.ndarray, joint: JawJoint) -> np.ndarray:
    """Points [N, 3] mm as (to the face's left, up, front) from the lower incisors, mm of the usual face."""
    left, front, up = joint.head_axes
    apart = np.asarray(points, np.float64) - np.asarray(joint.incisor, np.float64)
    return apart @ np.stack([left, up, front]).T * (USUAL_LENGTH_MM / joint.length)


def region_weights(
    skin: np.ndarray, normals: np.ndarray, outwards: np.ndarray, joint: JawJoint
) -> dict[str, np.ndarray]:
    """How much each vertex belongs to each region, [V] in 0..1 with smooth borders.

    Args:
        skin: [V, 3] mm.
        normals: [V, 3] of the skin.
        outwards: [V, 3] unit, from bone to skin.
        joint: of the jaw.
    """
    places = face_places(skin, joint)
    low, high = _FACES
    facing = np.einsum("vc,vc->v", np.asarray(normals, np.float64), outwards)
    shows = smooth_step((facing - low) / (high - low))
    weights = {}
    for name, (centre, radii) in PLACES.items():
        folded = places.copy()
        if centre[0]:
            folded[:, 0] = np.abs(folded[:, 0])
        distance = np.linalg.norm((folded - centre) / radii, axis=1)
        weights[name] = (shows * smooth_step(1.5 - distance)).astype(np.float32)
    return weights
