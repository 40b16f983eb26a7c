# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A freely sculpted face brought to the nearest one that anatomy allows."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse.csgraph import connected_components

from ..errors import EditError
from ..geometry.mesh import area_vectors
from ..geometry.robust import geman_mcclure
from ..geometry.skinning import skin_with_jaw
from ..solving.pose import PoseSettings, skinned_with_slopes
from ..solving.solving_face import FacePoints
from .editable_face import NO_JAW, EditableFace, EditState
from .limits import RANGE

#: The jaw of a sculpt is found with about so many vertices.
JAW_POINTS = 600
#: How it is found: as the jaw of a recorded frame; a sculpt is as noisy as a scan.
JAW_SETTINGS = PoseSettings()
#: Tissue is at most this deep in the volume, mm: about the deepest that bone holds (``limits.DEEPEST_MM``).
DEEPEST_MM = 20.0
#: Skin that a sculpt moves by less is not sculpted, mm.
SCULPTED_MM = 0.05
#: A sculpt that differs from the initial state by less leaves the jaw where it is, mm.
UNCHANGED_MM = 1e-6
#: Bisections for the fraction of a sculpt that the volume allows.
BISECTIONS = 12


@dataclass(frozen=True)
class Constrained:
    """A sculpted face within what anatomy allows.

    Attributes:
        vertices: [V, 3] mm, head space.
        jaw: [4] joint parameters that were found.
        moved_mm: [V] distance of each vertex from the sculpt.
        volume_change: largest relative change of the volume of the tissue below a sculpted patch of skin.
        kept: smallest fraction of the sculpted displacement of a patch that the volume allowed.
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
    initial: EditState | None = None,
    solve_jaw: bool = True,
) -> Constrained:
    """The nearest feasible shape to a sculpted one.

    1. The jaw is solved anew, with weights that explain what lips do by themselves.
    2. What the sculpt adds to the skin under that jaw is scaled down until the volume of the tissue changes by no
       more than ``volume_share``. Each patch of sculpted skin is scaled by itself.
    3. The skin is projected into its limits.

    Args:
        face: the prepared model.
        sculpted: [V, 3] mm, head space.
        strength: 0 leaves the sculpt as it is, 1 makes it feasible.
        mask: [V] in [0, 1]; masked vertices (1) are not moved, as in sculpt mode.
        volume_share: largest change of the volume of the tissue below a sculpted patch, as a fraction of it.
        initial: the state the sculpt began with; the rest by default.
        solve_jaw: find the jaw of the sculpt; else it stays as in the initial state.

    Raises:
        EditError: the sculpt has other vertices than the model, or values that are not finite.
    """
    sculpted = _checked_sculpt(face, sculpted)
    free = np.ones(len(sculpted)) if mask is None else 1 - np.clip(np.asarray(mask, float), 0, 1)
    if free.shape != (len(sculpted),):
        raise EditError(f"The mask has {len(free)} values for {len(sculpted)} vertices")
    initial = initial or face.initial_state()
    changed = np.abs(sculpted - face.posed(initial)).max() > UNCHANGED_MM
    jaw = sculpted_jaw(face, sculpted, initial) if changed and solve_jaw else initial.jaw
    pose = face.joint.pose(jaw)
    base = face.rest + face.displacement(initial.weights) + initial.remainder
    base = skin_with_jaw(base, pose, face.jaw_weight)
    patch = sculpted_patches(face, sculpted - base)
    kept = volume_kept(face, base, sculpted, patch, volume_share)
    shape = base + np.append(kept, 1.0)[patch, None] * (sculpted - base)
    feasible = face.feasible(shape, pose)
    result = sculpted + float(np.clip(strength, 0, 1)) * free[:, None] * (feasible - sculpted)
    change = volume_between(face, base, result, patch) / tissue_volume(face, patch)
    moved = np.linalg.norm(result - sculpted, axis=1)
    largest = float(np.abs(change).max(initial=0.0))
    return Constrained(result, jaw, moved, largest, float(kept.min(initial=1.0)))


def _checked_sculpt(face: EditableFace, sculpted: np.ndarray) -> np.ndarray:
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
    return sculpted


def sculpted_jaw(
    face: EditableFace,
    sculpted: np.ndarray,
    initial: EditState,
    settings: PoseSettings = JAW_SETTINGS,
) -> np.ndarray:
    """Jaw parameters [4] that a shape [V, 3] shows: robust Gauss-Newton in jaw and one weight an expression.

    As ``solving.pose.solve_pose``, but the head stands still, and jaw and weights start from ``initial``.
    """
    rows = np.flatnonzero(face.jaw_weight > NO_JAW)
    rows = rows[:: max(1, len(rows) // JAW_POINTS)]
    base = (face.displacement(initial.weights) + initial.remainder)[rows]
    points = FacePoints(
        face.rest[rows] + base,
        face.displacements[rows],
        face.jaw_weight[rows],
        np.zeros((len(rows), 0)),
        face.sigma[rows],
    )
    prior = _prior(face, settings)
    jaw, increments = initial.jaw.copy(), np.zeros(len(face.scan_jaws))
    variance = settings.noise**2 + points.sigma**2 / 3
    independent = min(1.0, settings.worth / len(rows))
    for step in range(settings.steps):
        scale = settings.scales[min(step, len(settings.scales) - 1)]
        positions, slopes = skinned_with_slopes(points, face.joint, jaw, increments)
        slope = slopes.reshape(-1, 4 + len(increments))
        residual = sculpted[rows] - positions
        trust = geman_mcclure((residual**2).sum(axis=1) / (3 * scale**2 * variance))
        trust *= independent / variance
        weighted = slope * np.repeat(trust, 3)[:, None]
        state = np.concatenate([jaw - initial.jaw, increments])
        system = weighted.T @ slope + prior
        change = np.linalg.solve(system, weighted.T @ residual.ravel() - prior @ state)
        jaw = face.joint.within_limits(jaw + change[:4])
        increments = np.clip(increments + change[4:], *settings.weight_limits)
    return face.reachable_jaw(jaw, initial.jaw)


def _prior(face: EditableFace, settings: PoseSettings) -> np.ndarray:
    """[4 + E, 4 + E] prior of jaw and weights: weights are small, and the jaw is near that of their scans."""
    in_mm = face.joint.unit_sizes
    stray = np.hstack([np.diag(in_mm), -(face.scan_jaws * in_mm).T]) / settings.jaw_deviation_mm
    prior = stray.T @ stray
    prior[4:, 4:] += np.eye(len(face.scan_jaws)) / settings.weight_deviation**2
    return prior


def sculpted_patches(face: EditableFace, moved: np.ndarray) -> np.ndarray:
    """Numbers [V] of the connected patches of skin that ``moved`` [V, 3] mm displaces; -1 where none is."""
    rows = np.flatnonzero(np.linalg.norm(moved, axis=1) > SCULPTED_MM)
    patch = np.full(len(moved), -1)
    edges = face.limits.neighbour_mean[rows][:, rows]
    patch[rows] = connected_components(edges, directed=False)[1]
    return patch


def tissue_volume(face: EditableFace, patch: np.ndarray) -> np.ndarray:
    """Volume [P] mm^3 of the soft tissue between the bones and each patch of the skin; ``patch`` [V], -1 for none."""
    bone_distance = face.bones.distances(face.rest, np.eye(4)).min(axis=1)
    depth = np.clip(bone_distance, RANGE.least_mm, DEEPEST_MM)
    within = patch >= 0
    return np.bincount(patch[within], (face.operator.mass * depth)[within], patch.max() + 1)


def volume_between(
    face: EditableFace, base: np.ndarray, shape: np.ndarray, patch: np.ndarray
) -> np.ndarray:
    """Volume [P] mm^3 that a shape [V, 3] has more than ``base`` [V, 3] over each patch: prisms between triangles."""
    triangles = face.model.neutral.triangles
    of = patch[triangles].max(axis=1)  # two patches share no edge
    triangles, of = triangles[of >= 0], of[of >= 0]
    normal = area_vectors((base + shape) / 2, triangles)
    moved = (shape - base)[triangles].mean(axis=1)
    volume = np.einsum("tc,tc->t", normal, moved) / 2
    return np.bincount(of, volume, patch.max() + 1)


def volume_kept(
    face: EditableFace,
    base: np.ndarray,
    sculpted: np.ndarray,
    patch: np.ndarray,
    volume_share: float,
) -> np.ndarray:
    """Largest fractions [P] of the displacement from ``base`` to ``sculpted`` [V, 3] within the change of volume."""
    upper_bound = volume_share * tissue_volume(face, patch)

    def is_within(fraction: np.ndarray) -> np.ndarray:
        shape = base + np.append(fraction, 0.0)[patch, None] * (sculpted - base)
        return np.abs(volume_between(face, base, shape, patch)) <= upper_bound

    low, high = np.zeros(len(upper_bound)), np.ones(len(upper_bound))
    low[is_within(high)] = 1.0
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        fits = is_within(middle)
        low, high = np.where(fits, middle, low), np.where(fits, high, middle)
    return low
