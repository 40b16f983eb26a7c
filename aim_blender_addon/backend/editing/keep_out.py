# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Skin that a change of the anatomy has left inside bone is brought out again (numpy only)."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ..geometry.membrane import Membrane
from ..model.aim import AimModel
from .anatomy_edit import as_fitted

#: Signed distances [N] mm of points [N, 3] to the nearest bone at rest, and unit directions [N, 3] in which they grow.
Look = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]

#: Skin keeps this far from bone, mm, or as far as it was when fitted.
GAP_MM = 0.2
#: Its surroundings go along over these lengths, mm, one a round; 0 moves what is still inside alone.
_FADES_MM = (6.0, 4.0, 3.0, 2.0, 1.0, 0.0, 0.0, 0.0)
_HELD, _FREE = 20.0, 0.2


def keep_out(model: AimModel, now: Look, fitted: Look) -> AimModel:
    """The model with no skin at rest in bone that was not there as fitted.

    Where skin lies far from the bone below it (lips before teeth, wings of the nose) a change of thickness or bones can
    press it into other bone.

    Args:
        model: with its anatomy edited.
        now: of the edited bones.
        fitted: of the fitted ones.
    """
    if model.fitted is None:
        return model
    membrane = Membrane(model.neutral.vertices, model.neutral.triangles)
    skin = model.neutral.vertices.astype(np.float64)
    asked = np.arange(len(skin))
    least = np.full(len(skin), GAP_MM)
    for fade in _FADES_MM:
        away, way = now(skin[asked])
        if fade == _FADES_MM[0]:
            # Only what touches now has to be looked up as it was.
            asked, away, way = (values[away < 2 * GAP_MM] for values in (asked, away, way))
            if len(asked):
                before = fitted(as_fitted(model).neutral.vertices[asked].astype(np.float64))[0]
                least[asked] = np.minimum(before, GAP_MM)
        missing = np.maximum(least[asked] - away, 0.0)
        if not (missing > 1e-3).any():
            break
        push = np.zeros_like(skin)
        push[asked] = missing[:, None] * way
        skin += _spread(push, membrane, fade) if fade else push
        if fade:
            asked = np.arange(len(skin))
    return replace(model, neutral=model.neutral.with_vertices(skin))


def _spread(push: np.ndarray, membrane: Membrane, fade: float) -> np.ndarray:
    """Pushes [V, 3] with what is around them taken along."""
    pushed = np.einsum("vc,vc->v", push, push) > 0
    return membrane.fill(push, np.where(pushed, _HELD, _FREE), fade)
