# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is looked at before flesh is built: whether it fits the memory, and whether the mouth can open."""

import numpy as np

from ..anatomy.survey import FaceSurvey
from ..errors import AimError
from ..model.aim import AimModel

#: A head of usual size has 5,000 cubes of 7.5 mm and 32,000 of 4 mm.
MOST_CUBES = 150_000
#: A jaw that no scan opens farther does not part the lips, degrees.
LEAST_OPENING = 2.0


def check_size(model: AimModel, moved: np.ndarray, edge_mm: float) -> None:
    """Refuse flesh that would fill the memory.

    Args:
        model: the actor.
        moved: [V] bool, skin that takes part.
        edge_mm: of the larger cubes.

    Raises:
        AimError: there would be too many cubes.
    """
    triangles = model.neutral.triangles
    triangles = triangles[moved[triangles].all(axis=1)]
    corner = model.neutral.vertices[triangles].astype(float)
    cross = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    area = np.linalg.norm(cross, axis=1) / 2
    deep = model.evaluate().thickness[triangles].mean(axis=1) + edge_mm
    cubes = float((area * deep).sum()) / edge_mm**3
    if cubes > MOST_CUBES:
        raise AimError(
            f"The flesh of {model.name} would have about {cubes:,.0f} cubes of {edge_mm:g} mm, more than "
            f"{MOST_CUBES:,}: choose larger cubes, or fit the actor in the right unit"
        )


def mouth_notes(model: AimModel, survey: FaceSurvey) -> tuple[str, ...]:
    """What keeps the lips from parting, a sentence each."""
    notes = []
    if "mouth" not in survey.rims:
        notes.append("no opening of the mouth was found in the skin, so that lips cannot part")
    widest = max((model.joint.parameters(pose)[0] for pose in model.jaw_poses), default=0.0)
    if np.degrees(widest) < LEAST_OPENING:
        notes.append(
            "no scan opens the jaw, so that wide openings are a guess; add one with an open mouth"
        )
    return tuple(notes)
