# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Face controls as ARKit's shapes: no engine has controls, so what they show goes into the 52.

Each way of a control has a shape key, made of the face's expressions within a region. The sum of ARKit's shapes that
is nearest to it stands for it. Shapes that move the jaw are left out, as no control moves the jaw.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import bpy
import numpy as np

from ...backend.geometry.bounded import bounded
from ...backend.shape_names import ARKIT
from ..data import shape_keys

#: Ridge of the sum, times the mean energy of a shape: alike shapes do not work against each other.
_RIDGE = 1e-3


@dataclass(frozen=True)
class BakedControls:
    """What controls are in ARKit's shapes.

    Attributes:
        keys: names of the controls' shape keys.
        shapes: E of ARKit's names.
        values: [K, E] of the shapes when a control's key is at one.
        off: [K] what is left at most, in the rig's units.
    """

    keys: tuple[str, ...]
    shapes: tuple[str, ...]
    values: np.ndarray
    off: np.ndarray

    def beyond(self, most: float, peaks: Mapping[str, float] | None = None) -> dict[str, float]:
        """By how much ARKit's shapes miss a control's key, the largest first, where that is more than ``most``.

        Args:
            most: in the rig's units.
            peaks: largest values of the keys; one where it is not known.
        """
        missed = {
            key: float(off) * (1.0 if peaks is None else peaks.get(key, 0.0))
            for key, off in zip(self.keys, self.off, strict=True)
        }
        return {key: off for key, off in sorted(missed.items(), key=lambda m: -m[1]) if off > most}


def bake(
    keys: bpy.types.Key,
    of_controls: Iterable[str],
    sources: Mapping[str, str],
    with_jaw: Iterable[str],
) -> BakedControls | None:
    """The sums of ARKit's shapes that are nearest to the controls' shape keys; None without controls.

    Args:
        keys: of the skin.
        of_controls: names of the controls' keys.
        sources: names of the skin's keys by the names they go out under.
        with_jaw: names of the skin's keys that move the jaw.
    """
    names, jaws = tuple(of_controls), set(with_jaw)
    shapes = tuple(n for n in ARKIT if n in sources and sources[n] not in jaws)
    if not names or not shapes:
        return None
    goals, columns = (
        np.stack([shape_keys.difference(keys.key_blocks[n]).ravel() for n in some]).astype(float)
        for some in (names, [sources[n] for n in shapes])
    )
    gram = columns @ columns.T
    gram += np.eye(len(gram)) * max(_RIDGE * np.trace(gram) / len(gram), 1e-20)
    values = bounded(gram, goals @ columns.T, (0.0, 1.0))
    left = (goals - values @ columns).reshape(len(names), -1, 3)
    return BakedControls(names, shapes, values, np.linalg.norm(left, axis=2).max(axis=1))
