# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Landmarks of a skull and a mandible of which nothing else is known: no units, no axes, no skin.

The mirror plane gives left against right, the mandible's closed end the front, the cranium above it up. What
lies farthest in these directions, and the three holes of the face seen from the front, give the landmarks.
"""

import numpy as np
import trimesh
from scipy import ndimage
from trimesh.ray.ray_pyembree import RayMeshIntersector

from ...errors import BonesError
from ...geometry.mesh import Mesh
from ...geometry.sampling import Samples, random_samples
from ...geometry.symmetry import mirror_planes, refine_plane
from ..head.frame import FaceFrame
from .joint_landmarks import joint_landmarks

#: Distance from the condyles' axis to the lower incisors of an average adult, mm; the measure of all others here.
JAW_LENGTH = 84.0
#: Fall of the line from the condyles to the lower incisors in the face's frame, whose up runs from chin to nose root.
FALL_DEGREES = 18.0
#: Width of an average mandible, mm.
JAW_WIDTH = 112.0
#: Step of the depth map of the face, mm of an average adult.
STEP = 1.5
#: A hole of the face is deeper than its rim by this much, mm of an average adult,
HOLE_DEPTH = 8.0
#: and its area lies between these, mm^2.
HOLE_AREA = (120.0, 2500.0)


def template_landmarks(skull: Mesh, jaw: Mesh) -> tuple[FaceFrame, dict[str, np.ndarray]]:
    """Frame and landmarks of the bones of a template, in its own units and axes.

    Always found: ``condyle_left``, ``condyle_right``, ``lower_incisor``, ``gonion_left``, ``gonion_right``,
    ``pogonion``, ``menton``. Found where the holes of the face show: ``eye_left``, ``eye_right`` (the middle of the
    orbit's opening). The nose's opening gives ``rhinion`` (upper end) and ``subnasale`` (lower end).

    Args:
        skull: cranium.
        jaw: mandible in place under it.

    Raises:
        BonesError: the two are no skull and mandible of one head.
    """
    rough = _frame(skull, jaw)
    # Average millimetres, because the search for the condyles knows their size.
    unit = JAW_WIDTH / max(float(np.ptp(rough.to_local(jaw.vertices)[:, 0])), 1e-12)
    frame, sized = rough, jaw.with_vertices((jaw.vertices - rough.origin) * unit)
    for _ in range(4):
        centred = FaceFrame(frame.left, frame.up, frame.front, np.zeros(3))
        found = joint_landmarks(sized, sized, sized, centred)
        found = {name: point / unit + rough.origin for name, point in found.items()}
        frame = _level(frame, found)
    scale = frame.scale
    bone = frame.to_local(jaw.vertices) / scale
    middle = bone[np.abs(bone[:, 0]) < 4.0]
    low = middle[:, 1].min()
    chin = middle[middle[:, 1] < low + 14.0]
    local = {
        "menton": [0.0, low, middle[middle[:, 1] < low + 2.0, 2].mean()],
        "pogonion": [0.0, chin[chin[:, 2].argmax(), 1], chin[:, 2].max()],
    }
    for side, sign in (("left", 1.0), ("right", -1.0)):
        half = bone[(bone[:, 0] * sign > 10.0) & (bone[:, 2] < 45.0)]
        if not len(half):
            raise BonesError(f"'{jaw.name}' has no angle on one side: pick the whole mandible")
        corner = half[:, 1] + 0.8 * half[:, 2]
        local[f"gonion_{side}"] = half[corner < corner.min() + 2.0].mean(axis=0)
    local |= _holes(frame.to_local(skull.vertices) / scale, skull.triangles, bone[:, 1].max())
    return frame, found | {n: frame.to_mesh(np.multiply(p, scale)) for n, p in local.items()}


def _level(frame: FaceFrame, found: dict[str, np.ndarray]) -> FaceFrame:
    """The frame about the condyles, turned until the incisors lie as far below them as usual."""
    pivot = (found["condyle_left"] + found["condyle_right"]) / 2
    to_incisor = found["lower_incisor"] - pivot
    to_incisor -= (to_incisor @ frame.left) * frame.left
    length = float(np.linalg.norm(to_incisor))
    ahead = to_incisor / length
    above = np.cross(ahead, frame.left)
    angle = np.radians(FALL_DEGREES)
    front = np.cos(angle) * ahead + np.sin(angle) * above
    up = np.cos(angle) * above - np.sin(angle) * ahead
    return FaceFrame(frame.left, up, front, pivot, length / JAW_LENGTH)


def _frame(skull: Mesh, jaw: Mesh) -> FaceFrame:
    """Axes of a template, with the origin in the mandible's middle."""
    both = [random_samples(bone.vertices, bone.triangles, 3000) for bone in (skull, jaw)]
    samples = Samples(
        *(np.concatenate(pair) for pair in zip(*(vars(s).values() for s in both), strict=True))
    )
    plane = refine_plane(mirror_planes(samples, 1)[0], samples)
    points = both[1].points
    height = plane.heights(points)
    strip = points[np.abs(height) < 0.05 * np.ptp(height)]
    centre = points.mean(axis=0)
    if not len(strip):
        raise BonesError(
            f"'{jaw.name}' has nothing in the middle of the head: pick the whole mandible as template"
        )
    flat = np.eye(3) - np.outer(plane.normal, plane.normal)
    front = flat @ (strip.mean(axis=0) - centre)
    front /= max(float(np.linalg.norm(front)), 1e-12)
    up = flat @ (both[0].points.mean(axis=0) - centre)
    up -= (up @ front) * front
    length = float(np.linalg.norm(up))
    if length < 1e-6 * np.ptp(points, axis=0).max():
        raise BonesError(
            f"'{skull.name}' does not lie above '{jaw.name}': pick the cranium as the template's skull"
        )
    up /= length
    return FaceFrame(np.cross(up, front), up, front, centre, 1.0)


def _holes(points: np.ndarray, triangles: np.ndarray, top: float) -> dict[str, np.ndarray]:
    """Orbits and the nose's opening of a cranium [V, 3] (left, up, front of the condyles, average millimetres)."""
    rays = RayMeshIntersector(trimesh.Trimesh(points, triangles, process=False))
    across, up = np.arange(-66.0, 66.1, STEP), np.arange(top - 60.0, top + 70.0, STEP)
    start = np.stack(np.meshgrid(across, up, indexing="ij"), axis=-1).reshape(-1, 2)
    start = np.column_stack([start, np.full(len(start), 1000.0)])
    _, hit, places = rays.intersects_id(
        start, np.tile([0.0, 0.0, -1.0], (len(start), 1)), False, return_locations=True
    )
    depth = np.full(len(start), -60.0)
    depth[hit] = places[:, 2]
    depth = np.maximum(depth, -60.0).reshape(len(across), len(up))
    size = int(52 / STEP)
    rim = ndimage.grey_closing(np.pad(depth, size, mode="edge"), (size, size))[
        size:-size, size:-size
    ]
    labels, count = ndimage.label(rim - depth > HOLE_DEPTH)
    holes = []
    for number in range(1, count + 1):
        cells = np.argwhere(labels == number)
        area = len(cells) * STEP**2
        inside = cells.min() > 0 and (cells.max(axis=0) < np.array(depth.shape) - 1).all()
        if inside and HOLE_AREA[0] < area < HOLE_AREA[1]:
            place = np.array([across[cells[:, 0]].mean(), up[cells[:, 1]].mean(), 0.0])
            place[2] = np.median(rim[tuple(cells.T)])
            holes.append((place, cells))
    return _named(holes, up, depth, across)


def _named(holes: list, up: np.ndarray, depth: np.ndarray, across: np.ndarray) -> dict:
    """The names of holes [(place [3], cells [N, 2])]: a pair about the middle, and one between and below it."""
    pairs = [
        (a[0], b[0])
        for a in holes
        for b in holes
        if a[0][0] > 12 and b[0][0] < -12 and abs(a[0][0] + b[0][0]) < 10
        if abs(a[0][1] - b[0][1]) < 8
    ]
    if not pairs:
        return {}
    left, right = max(pairs, key=lambda pair: pair[0][1])
    named = {"eye_left": left, "eye_right": right}
    below = [h for h in holes if abs(h[0][0]) < 8 and h[0][1] < left[1] - 8]
    if below:
        _, cells = max(below, key=lambda hole: len(hole[1]))
        middle = np.abs(across).argmin()
        rows = cells[np.abs(cells[:, 0] - middle) <= 2, 1]
        if len(rows):
            for name, row in (("rhinion", rows.max() + 1), ("subnasale", rows.min() - 1)):
                named[name] = np.array(
                    [0.0, up[row], depth[middle - 1 : middle + 2, row - 1 : row + 2].max()]
                )
    return named
