# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the jaw turns and bites, read off the mandible's own shape."""

import numpy as np

from ...errors import BonesError
from ...geometry.mesh import Mesh
from ..head.frame import FaceFrame, face_frame

#: Radius of a condyle's head, mm: vertices this near to its top belong to it.
CONDYLE_MM = 9.0
#: Half the width of the strip about the middle in which the incisors are sought, mm.
STRIP_MM = 4.0


def joint_landmarks(
    neutral: Mesh, skull: Mesh, jaw: Mesh, frame: FaceFrame | None = None
) -> dict[str, np.ndarray]:
    """Condyle centres and lower incisor edge of a mandible.

    Args:
        neutral: skin in rest; tells left, up and front.
        skull: cranium (not needed by this method; the pair belongs together).
        jaw: mandible, with or without teeth; without, the crest of the bone stands in for the teeth.
        frame: of the neutral, if it is known already.

    Returns:
        ``condyle_left``, ``condyle_right`` (the person's), ``lower_incisor``: [3] float64 mm.

    Raises:
        BonesError: the mesh has nothing on one side of the face.
    """
    frame = frame or face_frame(neutral)
    left_up_front = frame.left_up_front
    local = (jaw.vertices.astype(np.float64) - frame.origin) @ left_up_front.T
    # A pose or an asymmetry of the mandible moves its middle off the face's.
    local[:, 0] -= np.mean([local[:, 0].min(), local[:, 0].max()])
    middle = jaw.vertices.mean(axis=0) - local.mean(axis=0) @ left_up_front
    sides = {"condyle_left": local[:, 0] > STRIP_MM, "condyle_right": local[:, 0] < -STRIP_MM}
    found = {}
    for name, side in sides.items():
        if side.sum() < 10:
            raise BonesError(
                f"'{jaw.name}' has no half on one side of the face: pick the whole mandible as jaw"
            )
        found[name] = middle + _condyle(local[side]) @ left_up_front
    found["lower_incisor"] = middle + _incisor(local) @ left_up_front
    return found


def _condyle(side: np.ndarray) -> np.ndarray:
    """Centre [3] of the condyle among the points [N, 3] (left, up, front) of one half of the mandible.

    The condyle reaches farthest up and back. The coronoid process in front of it may be as high, and the angle of
    the jaw as far back, but neither is both.
    """
    upper = side[side[:, 1] > np.median(side[:, 1])]
    back = upper[upper[:, 2] < np.quantile(upper[:, 2], 0.4)]
    back = back if len(back) else upper
    score = back[:, 1] - 0.8 * back[:, 2]
    top = back[score.argmax()]
    head = side[np.linalg.norm(side - top, axis=1) < CONDYLE_MM]
    return (head.min(axis=0) + head.max(axis=0)) / 2


def _incisor(local: np.ndarray) -> np.ndarray:
    """Middle [3] of the lower incisors' edge: the top of the mandible's front at its middle."""
    strip = local[np.abs(local[:, 0]) < STRIP_MM]
    if not len(strip):
        strip = local[np.abs(local[:, 0]) < 3 * STRIP_MM]
    if not len(strip):
        raise BonesError(
            "The jaw mesh has no chin at the middle of the face: pick the whole mandible as jaw"
        )
    front = strip[strip[:, 2] > strip[:, 2].max() - 22]
    edge = front[front[:, 1] > front[:, 1].max() - 1.0].mean(axis=0)
    edge[0] = 0.0
    return edge
