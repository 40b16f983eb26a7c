# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A freely sculpted face brought to the nearest one that anatomy allows."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse.csgraph import connected_components

from ..anatomy.jaw.joint import JawJoint
from ..errors import EditError
from ..geometry.mesh import area_vectors
from ..geometry.rigid import move_rigidly
from ..geometry.robust import geman_mcclure
from ..geometry.skinning import skin_with_jaw
from .editable_face import EditableFace, Start
from .limits import LEAST_MM

#: Vertices the jaw is found with, Gauss-Newton steps, and the scale of the robust cost from step to step.
JAW_POINTS, JAW_STEPS = 600, 14
SCALES = (30.0, 10.0, 5.0, 3.0)
#: Vertices count together as so many independent ones, since a model's errors are alike in neighbours.
WORTH = 100
#: Usual miss of a sculpt, size of a weight, and stray of the jaw from what the weights' scans say, mm.
NOISE_MM, WEIGHT, STRAY_MM = 0.3, 0.7, 3.0
#: Deeper tissue than this counts as so deep in the volume, mm.
DEEPEST_MM = 20.0
#: Skin that a sculpt moves by less counts as not sculpted, mm.
SCULPTED_MM = 0.05
#: Bisections for the share of a sculpt that the volume allows.
BISECTIONS = 12


@dataclass(frozen=True)
class Constrained:
    """A sculpted face within what anatomy allows.

    Attributes:
        vertices: [V, 3] mm, head space.
        jaw: [4] joint parameters that were found.
        moved_mm: [V] how far each vertex was moved from the sculpt.
        volume_change: largest share by which the volume of the tissue below a sculpted patch of skin changes, after
            the constraint.
        kept: share of the sculpted displacement that the volume allowed, where it allowed least.
    """

    vertices: np.ndarray
    jaw: np.ndarray
    moved_mm: np.ndarray
    volume_change: float
    kept: float


def constrain(
    face: EditableFace,
    sculpted: np.ndarray,
    strength: float = 1.0,
    mask: np.ndarray | None = None,
    volume_share: float = 0.15,
    start: Start | None = None,
    solve_jaw: bool = True,
) -> Constrained:
    """The nearest valid shape to a sculpted one.

    The jaw is solved anew, with weights that explain what lips do by themselves. What the sculpt adds to the skin
    that this jaw takes along is scaled down, each patch of sculpted skin by itself, until the volume of the tissue
    below it changes by no more than ``volume_share``; then skin is brought out of the bones and into its range of
    thickness.

    Args:
        face: the prepared model.
        sculpted: [V, 3] mm, head space.
        strength: 0 leaves the sculpt as it is, 1 is fully valid.
        mask: [V] in [0, 1]; masked vertices (1) are not moved, as in sculpt mode.
        volume_share: largest change of the volume of the tissue below a sculpted patch, as a share of it.
        start: the expression the sculpt began with; the rest by default.
        solve_jaw: find the jaw of the sculpt; else it stays where the start has it.

    Raises:
        EditError: the sculpt has other vertices than the model, or values that are not finite.
    """
    sculpted = np.asarray(sculpted, np.float64)
    if sculpted.shape != face.rest.shape:
        raise EditError(
            f"The sculpted shape has {len(sculpted)} vertices and '{face.model.name}' has {len(face.rest)}: "
            "sculpt without changing the topology"
        )
    if not np.isfinite(sculpted).all():
        raise EditError(
            "The sculpted shape holds positions that are not numbers: undo and sculpt again"
        )
    free = np.ones(len(sculpted)) if mask is None else 1 - np.clip(np.asarray(mask, float), 0, 1)
    if free.shape != (len(sculpted),):
        raise EditError(f"The mask has {len(free)} values for {len(sculpted)} vertices")
    start = start or face.start()
    changed = np.abs(sculpted - face.posed(start)).max() > 1e-6
    jaw = sculpted_jaw(face, sculpted, start) if changed and solve_jaw else start.jaw
    pose = face.joint.pose(jaw)
    base = face.rest + face.displacement(start.weights) + start.remainder
    base = skin_with_jaw(base, pose, face.jaw_weight)
    patch = sculpted_patches(face, sculpted - base)
    kept = volume_kept(face, base, sculpted, patch, volume_share)
    shape = base + np.append(kept, 1.0)[patch, None] * (sculpted - base)
    valid = face.lawful(shape, pose)
    result = sculpted + float(np.clip(strength, 0, 1)) * free[:, None] * (valid - sculpted)
    change = volume_between(face, base, result, patch) / tissue_volume(face, patch)
    moved = np.linalg.norm(result - sculpted, axis=1)
    most = float(np.abs(change).max(initial=0.0))
    return Constrained(result, jaw, moved, most, float(kept.min(initial=1.0)))


def sculpted_jaw(face: EditableFace, sculpted: np.ndarray, start: Start) -> np.ndarray:
    """Jaw parameters [4] that a shape [V, 3] shows: robust Gauss-Newton in jaw and one weight an expression.

    As in ``solving.pose``, but the head of a sculpt stands still.
    """
    joint: JawJoint = face.joint
    rows = np.flatnonzero(face.jaw_weight > 0.02)
    rows = rows[:: max(1, len(rows) // JAW_POINTS)]
    points, share = face.rest[rows], face.jaw_weight[rows]
    before = (face.displacement(start.weights) + start.remainder)[rows]
    columns, scans = face.displacements[rows], face.scan_jaws
    unit = joint.unit_sizes
    count = len(scans)
    stray = np.hstack([np.diag(unit), -(scans * unit).T]) / STRAY_MM
    prior = stray.T @ stray
    prior[4:, 4:] += np.eye(count) / WEIGHT**2
    jaw, gains = start.jaw.copy(), np.zeros(count)
    variance = NOISE_MM**2 + face.doubt[rows] ** 2 / 3
    worth = min(1.0, WORTH / len(rows))
    for step in range(JAW_STEPS):
        scale = SCALES[min(step, len(SCALES) - 1)]
        pose = joint.pose(jaw)
        shape = points + before + columns @ gains
        there = move_rigidly(shape, pose)
        at = shape + share[:, None] * (there - shape)
        left = sculpted[rows] - at
        trust = geman_mcclure((left**2).sum(axis=1) / (3 * scale**2 * variance))
        trust *= worth / variance
        turned = columns + share[:, None, None] * ((pose[:3, :3] - np.eye(3)) @ columns)
        by_jaw = joint.slopes(shape, jaw, there, share)
        slope = np.concatenate([by_jaw, turned], axis=2).reshape(-1, 4 + count)
        weighted = slope * np.repeat(trust, 3)[:, None]
        state = np.concatenate([jaw - start.jaw, gains])
        system = weighted.T @ slope + prior
        change = np.linalg.solve(system, weighted.T @ left.ravel() - prior @ state)
        jaw = joint.within_limits(jaw + change[:4])
        gains = np.clip(gains + change[4:], -0.5, 1.5)
    return face.jaw_within_reach(jaw, start.jaw)


def sculpted_patches(face: EditableFace, way: np.ndarray) -> np.ndarray:
    """Numbers [V] of the patches of skin that hang together and are moved by ``way`` [V, 3] mm; -1 where none is."""
    rows = np.flatnonzero(np.linalg.norm(way, axis=1) > SCULPTED_MM)
    patch = np.full(len(way), -1)
    patch[rows] = connected_components(face.limits.spread[rows][:, rows], directed=False)[1]
    return patch


def tissue_volume(face: EditableFace, patch: np.ndarray) -> np.ndarray:
    """Volume [P] mm^3 of the soft tissue between the bones and each patch of the skin; ``patch`` [V], -1 for none."""
    depth = np.clip(face.bones.distances(face.rest, np.eye(4)).min(axis=1), LEAST_MM, DEEPEST_MM)
    within = patch >= 0
    return np.bincount(patch[within], (face.operator.mass * depth)[within], patch.max() + 1)


def volume_between(
    face: EditableFace, base: np.ndarray, shape: np.ndarray, patch: np.ndarray
) -> np.ndarray:
    """Volume [P] mm^3 that a shape [V, 3] has more than ``base`` [V, 3] over each patch: prisms between triangles."""
    triangles = face.model.neutral.triangles
    of = patch[triangles].max(axis=1)  # two patches share no edge
    triangles, of = triangles[of >= 0], of[of >= 0]
    normal, way = (
        area_vectors((base + shape) / 2, triangles),
        (shape - base)[triangles].mean(axis=1),
    )
    volume = np.einsum("tc,tc->t", normal, way) / 2
    return np.bincount(of, volume, patch.max() + 1)


def volume_kept(
    face: EditableFace,
    base: np.ndarray,
    sculpted: np.ndarray,
    patch: np.ndarray,
    volume_share: float,
) -> np.ndarray:
    """Largest shares [P] of the way from ``base`` to ``sculpted`` [V, 3] that change no more of each patch's tissue."""
    most = volume_share * tissue_volume(face, patch)

    def within(share: np.ndarray) -> np.ndarray:
        shape = base + np.append(share, 0.0)[patch, None] * (sculpted - base)
        return np.abs(volume_between(face, base, shape, patch)) <= most

    low, high = np.zeros(len(most)), np.ones(len(most))
    low[within(high)] = 1.0
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        fits = within(middle)
        low, high = np.where(fits, middle, low), np.where(fits, high, middle)
    return low
