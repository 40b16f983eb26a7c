# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Has the jaw room to move: in every pose its joint allows, is it outside the skull and inside the skin?"""

from dataclasses import dataclass
from itertools import product

import numpy as np
import trimesh
from scipy.spatial import cKDTree

from ..geometry.mesh import Mesh
from ..model.skinning import move_rigidly, skin_with_jaw
from .check import outside_skin
from .joint import JawJoint

#: Openings looked at, as shares of the largest; slides of the condyles as shares of the farthest; swings.
OPENINGS = (0.0, 0.15, 0.4, 0.7, 1.0)
SLIDES = (0.0, 0.5, 1.0)
SWINGS = (-1.0, -0.5, 0.0, 0.5, 1.0)
#: The condyles slide forward with the opening at least this share of the way (they do not turn on the spot:
#: 14 mm of path at the largest opening on average, Travers 2000).
SLIDE_WITH_OPENING = 0.5
#: Teeth that bite and cartilage that is not modelled may overlap by this much, mm.
TOUCHING_MM = 1.0


@dataclass(frozen=True)
class JawConflict:
    """What goes wrong in one pose of the jaw.

    Attributes:
        parameters: [4] of the joint: opening (radians), forward, side, shift (mm).
        in_skull_mm: how deep the jaw's points are in the skull at most.
        outside_skin_mm: how far they are outside the skin at most.
    """

    parameters: np.ndarray
    in_skull_mm: float
    outside_skin_mm: float


def sampled_poses(joint: JawJoint) -> np.ndarray:
    """Parameters [P, 4] of poses over the joint's limits that a jaw can take.

    A swing turns the jaw about the middle of its hinge: no condyle goes farther back than the limit, so that a swing
    needs a slide; and so does a wide opening.
    """
    limits = joint.limits
    half = np.linalg.norm(np.subtract(joint.hinge_left, joint.hinge_right)) / 2
    poses = []
    for opening, slide, swing in product(OPENINGS, SLIDES, SWINGS):
        # What swings at the incisors moves the condyles by the share of their lever.
        back = abs(swing) * limits.side_mm * half / joint.length - limits.back_mm
        least = max(0.0, back, SLIDE_WITH_OPENING * opening * limits.forward_mm)
        if least <= limits.forward_mm:
            forward = least + slide * (limits.forward_mm - least)
            poses.append(
                (np.radians(limits.open_degrees) * opening, forward, swing * limits.side_mm, 0.0)
            )
    return np.array(poses)


def jaw_conflicts(
    neutral: Mesh, skull: Mesh, jaw: Mesh, joint: JawJoint, jaw_weight: np.ndarray | None = None
) -> list[JawConflict]:
    """What goes wrong in the poses of :func:`sampled_poses`, worst first; none where the jaw moves freely.

    Args:
        neutral: skin in rest.
        skull, jaw: closed bones in rest.
        joint: of the jaw.
        jaw_weight: [V] how much each point of the skin follows the jaw; without it the skin is not looked at.
    """
    solid = trimesh.Trimesh(skull.vertices, skull.triangles, process=False)
    tree, rest = cKDTree(skull.vertices), jaw.vertices.astype(np.float64)
    found = []
    for parameters in sampled_poses(joint):
        pose = joint.pose(parameters)
        points = move_rigidly(rest, pose)
        inside = points[solid.contains(points)]
        deep = float(tree.query(inside)[0].max()) if len(inside) else 0.0
        out = 0.0
        if jaw_weight is not None:
            skin = neutral.with_vertices(skin_with_jaw(neutral.vertices, pose, jaw_weight))
            out = float(outside_skin(skin, points).max())
        if deep > TOUCHING_MM or out > TOUCHING_MM:
            found.append(JawConflict(parameters, deep, out))
    return sorted(found, key=lambda c: -max(c.in_skull_mm, c.outside_skin_mm))


def conflict_warnings(jaw: Mesh, skull: Mesh, conflicts: list[JawConflict]) -> list[str]:
    """Sentences for the user about the worst of the conflicts; empty where there is none."""
    told = []
    for field, what, way in (
        ("in_skull_mm", f"goes into '{skull.name}'", "part the two bones"),
        ("outside_skin_mm", "comes out of the skin", "move the jaw into the head"),
    ):
        worst = max(conflicts, key=lambda c: getattr(c, field), default=None)
        if worst is None or getattr(worst, field) <= TOUCHING_MM:
            continue
        opening, forward, side, _ = worst.parameters
        count = sum(getattr(c, field) > TOUCHING_MM for c in conflicts)
        told.append(
            f"'{jaw.name}' {what} by up to {getattr(worst, field):.1f} mm when it opens {np.degrees(opening):.0f} "
            f"degrees, slides {forward:.0f} mm and swings {side:.0f} mm ({count} poses of those tried): "
            f"{way}, or lower the jaw's limits"
        )
    return told
