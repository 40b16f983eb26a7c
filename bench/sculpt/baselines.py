# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Baselines of editing: Laplacian and as-rigid-as-possible deformation of the neutral by handles (scipy only)."""

import numpy as np
import scipy.sparse as sp
import scipy.sparse.linalg as sla

from aim_blender_addon.backend.geometry.laplacian import SurfaceOperator

#: How much a handle counts against the rest of the surface; near enough to a hard constraint.
HELD = 1e4


def laplacian(
    rest: np.ndarray, triangles: np.ndarray, vertices: np.ndarray, goals: np.ndarray
) -> np.ndarray:
    """Skins [T, V, 3] whose displacement bends least (bi-Laplacian) with vertices [M] at goals [T, M, 3]."""
    operator = SurfaceOperator.of(rest, triangles)
    bending = operator.stiffness @ sp.diags(1 / operator.mass) @ operator.stiffness
    held = np.zeros(len(rest))
    held[vertices] = HELD * bending.diagonal().mean()
    factor = sla.splu((bending + sp.diags(held)).tocsc())
    skins = []
    for goal in goals:
        right = np.zeros_like(rest)
        right[vertices] = held[vertices, None] * (goal - rest[vertices])
        skins.append(rest + factor.solve(right))
    return np.stack(skins)


def as_rigid_as_possible(
    rest: np.ndarray,
    triangles: np.ndarray,
    vertices: np.ndarray,
    goals: np.ndarray,
    rounds: int = 30,
) -> np.ndarray:
    """Skins [T, V, 3] by ARAP (Sorkine and Alexa 2007), started from the Laplacian deformation."""
    stiffness = SurfaceOperator.of(rest, triangles).stiffness.tocoo()
    off = (stiffness.row != stiffness.col) & (stiffness.data < 0)
    i, j, weight = stiffness.row[off], stiffness.col[off], -stiffness.data[off]
    count = len(rest)
    sums = sp.csr_matrix((np.ones(len(i)), (i, np.arange(len(i)))), (count, len(i)))
    system = sp.coo_matrix((weight, (i, j)), (count, count)).tocsr()
    system = sp.diags(np.asarray(system.sum(axis=1)).ravel()) - system
    held = np.zeros(count)
    held[vertices] = HELD * system.diagonal().mean()
    factor = sla.splu((system + sp.diags(held)).tocsc())
    edges = rest[i] - rest[j]
    skins = []
    for goal, skin in zip(goals, laplacian(rest, triangles, vertices, goals), strict=True):
        for _ in range(rounds):
            spread = weight[:, None, None] * edges[:, :, None] * (skin[i] - skin[j])[:, None]
            u, _, vt = np.linalg.svd((sums @ spread.reshape(-1, 9)).reshape(-1, 3, 3))
            u[:, :, 2] *= np.sign(np.linalg.det(u @ vt))[:, None]
            turn = (u @ vt).transpose(0, 2, 1)
            right = sums @ (weight[:, None] / 2 * np.einsum("nab,nb->na", turn[i] + turn[j], edges))
            right[vertices] += held[vertices, None] * goal
            skin = factor.solve(right)
        skins.append(skin)
    return np.stack(skins)
