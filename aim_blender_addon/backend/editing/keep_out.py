# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Skin that a change of the anatomy put inside bone is brought out again (numpy only)."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ..geometry.membrane import Membrane
from ..model.aim import AimModel
from .anatomy_edit import as_fitted

#: Measures points [N, 3] mm: signed distances [N] mm to the nearest bone at rest, unit directions [N, 3] in which
#: they grow.
MeasureBone = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]

#: Skin keeps this far from bone, mm, or as far as it was when fitted.
GAP_MM = 0.2
#: Its surroundings go along over these lengths, mm, one a round; 0 moves what is still inside alone.
FADES_MM = (6.0, 4.0, 3.0, 2.0, 1.0, 0.0, 0.0, 0.0)
#: Skin with less missing than this needs no further round, mm.
DONE_MM = 1e-3
#: How firmly the membrane keeps a push, where skin is pushed,
PUSHED_WEIGHT = 20.0
#: and how firmly it keeps skin that is not.
STILL_WEIGHT = 0.2


def keep_out(model: AimModel, now: MeasureBone, fitted: MeasureBone) -> AimModel:
    """The model with no skin at rest in bone that was not there as fitted.

    Lips before teeth and the wings of the nose lie far from the bone below them. A change of thickness or bones can
    press such skin into other bone.

    Args:
        model: with its anatomy edited.
        now: measures the edited bones.
        fitted: measures the fitted ones.
    """
    if model.fitted is None:
        return model
    membrane = Membrane(model.neutral.vertices, model.neutral.triangles)
    skin = model.neutral.vertices.astype(np.float64)
    rows = np.arange(len(skin))
    gap = np.full(len(skin), GAP_MM)
    for fade in FADES_MM:
        distance, outward = now(skin[rows])
        if fade == FADES_MM[0]:
            # Only what touches now is measured as it was.
            touching = distance < 2 * GAP_MM
            rows, distance, outward = rows[touching], distance[touching], outward[touching]
            if len(rows):
                before = fitted(as_fitted(model).neutral.vertices[rows].astype(np.float64))[0]
                gap[rows] = np.minimum(before, GAP_MM)
        missing = np.maximum(gap[rows] - distance, 0.0)
        if not (missing > DONE_MM).any():
            break
        push = np.zeros_like(skin)
        push[rows] = missing[:, None] * outward
        skin += _spread(push, membrane, fade) if fade else push
        if fade:
            rows = np.arange(len(skin))
    return replace(model, neutral=model.neutral.with_vertices(skin))


def _spread(push: np.ndarray, membrane: Membrane, fade: float) -> np.ndarray:
    """Pushes [V, 3] with what is around them taken along."""
    pushed = np.einsum("vc,vc->v", push, push) > 0
    return membrane.fill(push, np.where(pushed, PUSHED_WEIGHT, STILL_WEIGHT), fade)
