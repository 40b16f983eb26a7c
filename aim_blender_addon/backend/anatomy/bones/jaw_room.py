# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Has the jaw room to move: in every pose its joint allows, is it outside the skull and inside the skin?"""

from dataclasses import dataclass
from itertools import product

import numpy as np
import trimesh
from scipy.spatial import cKDTree

from ...geometry.laplacian import SurfaceOperator
from ...geometry.mesh import Mesh, vertex_normals
from ...geometry.rigid import move_rigidly
from ...geometry.skinning import skin_with_jaw
from ..head.frame import FaceFrame
from ..jaw.joint import JawJoint
from .check import outside_skin
from .joint_landmarks import joint_landmarks

#: Openings that are tried, over the largest.
OPENINGS = (0.0, 0.15, 0.4, 0.7, 1.0)
#: Slides of the condyles, over what the opening leaves of the farthest.
SLIDES = (0.0, 0.5, 1.0)
#: Swings of the incisors to the side, over the largest.
SWINGS = (-1.0, -0.5, 0.0, 0.5, 1.0)
#: Least slide of the condyles over the opening, both as shares of the largest. They do not turn on the spot: the
#: largest opening has 11.9 mm of path on average [Travers2000].
SLIDE_WITH_OPENING = 0.5
#: Teeth that bite and cartilage that is not modelled may overlap by this much, mm.
TOUCHING_MM = 1.0
#: Points of the skull that may be in the jaw in rest are sought this near to its points, mm.
REST_REACH_MM = 6.0
#: Length over which a correction fades in the bone about it, round by round, mm.
ROOM_SPREADS_MM = (6.0, 6.0, 4.0, 4.0, 3.0, 3.0, 2.0, 2.0)


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

    A swing turns the jaw about the middle of its hinge. No condyle goes farther back than the limit, so that a
    swing needs a slide. A wide opening needs one too.
    """
    limits = joint.limits
    half = np.linalg.norm(np.subtract(joint.hinge_left, joint.hinge_right)) / 2
    poses = []
    for opening, slide, swing in product(OPENINGS, SLIDES, SWINGS):
        # A swing of the incisors moves the condyles in proportion to their distance from the middle.
        back = abs(swing) * limits.side_mm * half / joint.length - limits.back_mm
        lower_bound = max(0.0, back, SLIDE_WITH_OPENING * opening * limits.forward_mm)
        if lower_bound <= limits.forward_mm:
            forward = lower_bound + slide * (limits.forward_mm - lower_bound)
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
        jaw_weight: [V] how much each point of the skin follows the jaw; without it the skin is not tested.
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


def with_room(neutral: Mesh, skull: Mesh, jaw: Mesh, frame: FaceFrame) -> Mesh:
    """:func:`make_room` for the joint that the bones' shape gives."""
    points = joint_landmarks(neutral, skull, jaw, frame)
    joint = JawJoint(points["condyle_left"], points["condyle_right"], points["lower_incisor"])
    return make_room(skull, jaw, joint)


def make_room(skull: Mesh, jaw: Mesh, joint: JawJoint) -> Mesh:
    """The jaw, thinner where it would go into the skull in a pose of :func:`sampled_poses`.

    What is in the skull's way is moved off it, together with the bone about it, by the depth it goes in.

    Args:
        skull, jaw: closed bones in rest, apart from each other.
        joint: of the jaw.
    """
    solid = trimesh.Trimesh(skull.vertices, skull.triangles, process=False)
    tree, normals = cKDTree(skull.vertices), skull.normals.astype(np.float64)
    operator = SurfaceOperator.of(jaw.vertices, jaw.triangles)
    points = jaw.vertices.astype(np.float64)
    poses = [joint.pose(parameters) for parameters in sampled_poses(joint)]
    for spread in ROOM_SPREADS_MM:
        push, deepest = np.zeros_like(points), np.zeros(len(points))
        for pose in poses:
            posed = move_rigidly(points, pose)
            inside = np.flatnonzero(solid.contains(posed))
            if not len(inside):
                continue
            distance, near = tree.query(posed[inside])
            worse = distance > deepest[inside]
            chosen = inside[worse]
            deepest[chosen] = distance[worse]
            # Out of the skull in this pose, said in the jaw's rest pose.
            push[chosen] = (distance[worse, None] + 0.2) * (normals[near[worse]] @ pose[:3, :3])
        # In rest also where a point of the skull is in the jaw.
        mandible = trimesh.Trimesh(points, jaw.triangles, process=False)
        distance, near = cKDTree(points).query(skull.vertices, distance_upper_bound=REST_REACH_MM)
        candidates = np.flatnonzero(np.isfinite(distance))
        candidates = candidates[mandible.contains(skull.vertices[candidates])]
        inwards = -vertex_normals(points, jaw.triangles).astype(np.float64)
        worse = candidates[distance[candidates] > deepest[near[candidates]]]
        deepest[near[worse]] = distance[worse]
        push[near[worse]] = (distance[worse, None] + 0.2) * inwards[near[worse]]
        if not deepest.any():
            break
        weight = np.where(deepest > 0, 1.0, 0.05)
        points = points + operator.fill(push, weight, spread * 0.05**0.5, bending=False)
    return jaw.with_vertices(points)


def conflict_warnings(jaw: Mesh, skull: Mesh, conflicts: list[JawConflict]) -> list[str]:
    """Sentences for the user about the worst of the conflicts; empty where there is none."""
    warnings = []
    for field, problem, remedy in (
        ("in_skull_mm", f"goes into '{skull.name}'", "part the two bones"),
        ("outside_skin_mm", "comes out of the skin", "move the jaw into the head"),
    ):
        worst = max(conflicts, key=lambda c: getattr(c, field), default=None)
        if worst is None or getattr(worst, field) <= TOUCHING_MM:
            continue
        opening, forward, side, _ = worst.parameters
        count = sum(getattr(c, field) > TOUCHING_MM for c in conflicts)
        warnings.append(
            f"'{jaw.name}' {problem} by up to {getattr(worst, field):.1f} mm when it opens {np.degrees(opening):.0f} "
            f"degrees, slides {forward:.0f} mm and swings {side:.0f} mm ({count} poses of those tried): "
            f"{remedy}, or lower the jaw's limits"
        )
    return warnings
