# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Poses that a simulation plays: expression weights and jaw parameters, from a solved take or an archive of both."""

import os
from dataclasses import dataclass

import numpy as np

from ..errors import AimError
from ..io.damage import refusing
from ..io.npz import NUMBERS, read_arrays
from ..model.aim import AimModel

#: Weights outside these are no expressions of the actor and are cut.
LEAST_WEIGHT, LARGEST_WEIGHT = -0.5, 1.5


@dataclass(frozen=True)
class Poses:
    """T poses.

    Attributes:
        weights: [T, E].
        jaw: [T, 4] jaw parameters: radians, mm, mm, mm.
        notes: what was mended, a sentence each.
    """

    weights: np.ndarray
    jaw: np.ndarray
    notes: tuple[str, ...] = ()


def read_poses(path: str | os.PathLike) -> tuple[np.ndarray, np.ndarray]:
    """Weights [T, E] and jaw parameters [T, 4] in a ``.npz``, as they are.

    Of a solved take whose weights vary over the face, their mean over the skin.

    Raises:
        AimError: it holds none.
    """
    with refusing(
        AimError,
        lambda reason: (
            f"'{path}' holds no poses ({reason}); give a solved take, or weights and jaw_parameters"
        ),
    ):
        arrays = read_arrays(
            path, {"weights": NUMBERS, "jaw_parameters": NUMBERS, "functions": NUMBERS}
        )
        weights, jaw = arrays["weights"], arrays["jaw_parameters"]
        if weights.ndim == 3 and "functions" in arrays:  # noqa: PLR2004 -- [T, E, K], with K functions over the face
            weights = weights @ arrays["functions"].mean(axis=0, dtype=float)
    if weights.ndim == 3:  # noqa: PLR2004
        raise AimError(
            f"'{path}' has weights that vary over the face, but not their functions [V, K]; "
            "copy functions from the solved take, too, or give weights [T, E]"
        )
    return weights, jaw


def read_heads(path: str | os.PathLike) -> np.ndarray | None:
    """Head poses [T, 4, 4] of a ``.npz``, head space to take; None where it has none.

    Raises:
        AimError: the file cannot be read.
    """
    with refusing(
        AimError, lambda reason: f"'{path}' cannot be read ({reason}); give a solved take"
    ):
        return read_arrays(path, {"head": NUMBERS}).get("head")


def check_poses(weights: np.ndarray, jaw: np.ndarray, model: AimModel, source: str) -> Poses:
    """Poses of the model's expressions; gaps are filled and what no face does is cut, and both are said.

    Raises:
        AimError: there are no frames, or they are of another model.
    """
    count = len(model.expression_names)
    if weights.ndim != 2 or weights.shape[1] != count or jaw.shape != (len(weights), 4):  # noqa: PLR2004
        raise AimError(
            f"{source} has weights {weights.shape} and jaw parameters {jaw.shape}, but {model.name} has "
            f"{count} expressions: give a take that was solved with this model"
        )
    if not len(weights):
        raise AimError(f"{source} has no frames: give a take with at least one")
    both = np.hstack([weights, jaw]).astype(float)
    notes = []
    seen = np.isfinite(both).all(axis=1)
    if not seen.any():
        raise AimError(f"{source} has no frame with all its values: solve the take again")
    low, high = model.joint.limits.bounds()
    bounded = both.copy()
    bounded[:, :count] = np.clip(both[:, :count], LEAST_WEIGHT, LARGEST_WEIGHT)
    bounded[:, count:] = np.clip(both[:, count:], low, high)
    beyond = (np.abs(bounded - both)[seen] > 1e-6).any(axis=1).sum()
    if beyond:
        notes.append(
            f"face and jaw cannot do what {beyond} of {len(both)} frames ask for; they were held at their limits"
        )
    if not seen.all():
        notes.append(
            f"{(~seen).sum()} of {len(seen)} frames have gaps; they were filled from their neighbours"
        )
        at = np.arange(len(both))
        bounded = np.stack([np.interp(at, at[seen], c[seen]) for c in bounded.T], axis=1)
    return Poses(bounded[:, :count], bounded[:, count:], tuple(notes))
