# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stiffness of an actor's skin, fat and muscle from scans of one face that hangs in several ways ([Kadlecek2019]).

The neutral is the face as it hangs upright. In another posture it hangs by u more, K(stiffness) u = M (g - g_upright).
Gauss-Newton in the logarithms of the three stiffnesses; their slopes are three right sides of one factor.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..errors import AimError
from ..progress import Progress, silent
from .elastic import Elastic
from .flesh import Flesh
from .layers import Layers
from .material import AS_SCANNED, KEEPS_VOLUME, LIMITS, Tissue
from .settle import nodes_by
from .sway import Body

#: What is found, by name in a tissue.
FOUND = ("skin", "fat", "muscle")
#: Rounds of Gauss-Newton, and when its step is short enough.
_ROUNDS, _CLOSE = 12, 1e-3
#: Standard deviation of what is believed of stiffness beforehand, in logarithms.
_BELIEF = 1.0
#: Scans whose skin moves by less than this in the mean tell nothing, mm.
LEAST_MM = 0.02


@dataclass(frozen=True)
class HungScan:
    """A scan of the neutral face in another posture.

    Attributes:
        moved: [S, 3] mm, skin of the flesh beside the neutral, head pose undone; NaN where nothing was seen.
        gravity: [3] mm/s^2, in head space.
    """

    moved: np.ndarray
    gravity: np.ndarray


@dataclass(frozen=True)
class FittedTissue:
    """What was found.

    Attributes:
        tissue: of the actor.
        error_mm: mean distance of the skin to the scans; before, as usual tissue has it, and after.
        unsure: for each of ``FOUND``, the standard deviation of its logarithm: 0.05 is five per cent.
        rounds: of Gauss-Newton.
    """

    tissue: Tissue
    error_mm: tuple[float, float]
    unsure: dict[str, float]
    rounds: int


def fit_tissue(
    flesh: Flesh,
    layers: Layers,
    upright: np.ndarray,
    scans: Sequence[HungScan],
    scan_mm: float = 0.2,
    progress: Progress = silent,
) -> FittedTissue:
    """Stiffness of the actor's tissue.

    Args:
        flesh: of the actor.
        layers: of its cubes.
        upright: [3] mm/s^2, gravity in head space as the neutral was taken.
        scans: in other postures.
        scan_mm: standard deviation of the scans' points. The farther they may be off, the more usual the answer.
        progress: told of each round.

    Raises:
        AimError: there are no scans, or they do not differ from the neutral.
    """
    if not scans:
        raise AimError("No scan hangs otherwise than the neutral: give one that lies or hangs down")
    seen = [np.isfinite(scan.moved).all(axis=1) for scan in scans]
    sizes = [np.linalg.norm(s.moved[k], axis=1) for s, k in zip(scans, seen, strict=True)]
    if not any(len(size) and size.mean() > LEAST_MM for size in sizes):
        raise AimError("The scans hang as the neutral does: give one that lies or hangs down")
    logs = np.zeros(len(FOUND))
    places = [flesh.rest] * len(scans)
    first = None
    for number in range(_ROUNDS):
        progress("finding how stiff flesh is", number / _ROUNDS, {"round": number + 1})
        tissue = _tissue(logs)
        body = Body(flesh, layers, tissue)
        normal = np.eye(len(FOUND)) / _BELIEF**2
        slope = -logs / _BELIEF**2
        errors = []
        for index, (scan, known) in enumerate(zip(scans, seen, strict=True)):
            weight = np.tile(scan.gravity - upright, (len(flesh.rest), 1))
            places[index] = body.hang(places[index], body.mass @ weight)
            jacobian = _slopes(flesh, layers, tissue, body, places[index])[known]
            miss = (scan.moved - flesh.skin_places @ (places[index] - flesh.rest))[known]
            errors.append(np.linalg.norm(miss, axis=1))
            # Neighbours on the skin err alike: a scan counts as some hundred points.
            trust = 100.0 / max(len(miss), 100) / scan_mm**2
            flat = jacobian.reshape(-1, len(FOUND))
            normal += trust * flat.T @ flat
            slope += trust * flat.T @ miss.ravel()
        error = float(np.concatenate(errors).mean())
        first = error if first is None else first
        step = np.clip(np.linalg.solve(normal, slope), -1.0, 1.0)
        low, high = np.log(LIMITS["fat"])
        moved = np.clip(logs + step, low, high) - logs
        if abs(moved).max() < _CLOSE:
            break
        logs = logs + moved
    spread = np.sqrt(np.diag(np.linalg.inv(normal)))
    return FittedTissue(
        tissue, (first, error), dict(zip(FOUND, spread.tolist(), strict=True)), number + 1
    )


def _tissue(logs: np.ndarray) -> Tissue:
    return replace(AS_SCANNED, **dict(zip(FOUND, np.exp(logs).tolist(), strict=True)))


def _slopes(
    flesh: Flesh, layers: Layers, tissue: Tissue, body: Body, free: np.ndarray
) -> np.ndarray:
    """[S, 3, 3] slopes of the hanging skin by the logarithms of ``FOUND``."""
    strain = body.solver.strain(free)
    forces = []
    for mu in layers.mu_slopes(tissue):
        part = Elastic(body.elastic.lattice, mu, (1 + KEEPS_VOLUME) * mu)
        forces.append(-flesh.lattice.carry.T @ part.forces(strain))
    nodes = nodes_by(body.solver, free, np.stack(forces))
    return (flesh.skin_places @ nodes).reshape(-1, 3, len(FOUND))
