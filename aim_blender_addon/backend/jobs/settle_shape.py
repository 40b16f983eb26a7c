# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The job that settles sculpted or retargeted shapes: flesh regains its volume while the shape is kept."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..progress import Progress, section
from .fleshed_actor import FleshedActor
from .wire import Request

#: Firmer skin does not move at all; softer skin forgets the shape.
LEAST_FIRMNESS, LARGEST_FIRMNESS = 0.05, 20.0


@dataclass(frozen=True)
class SettleShapeRequest(Request):
    """Settle shapes.

    Attributes:
        actor: the actor with its flesh.
        shapes: [K, V, 3] mm, head space, the jaw's motion in them.
        names: K names of the shapes, for messages.
        jaw_parameters: [K, 4] of the joint; None, or NaN in a row, to find the jaw from the shape.
        firmness: how firmly the skin keeps to the shape; 1 is usual.
        contact: bones, teeth, eyes, lips and lids keep the skin out.
    """

    actor: FleshedActor
    shapes: np.ndarray
    names: tuple[str, ...]
    jaw_parameters: np.ndarray | None = None
    firmness: float = 1.0
    contact: bool = False


@dataclass(frozen=True)
class SettleShapeResult:
    """What came of it.

    Attributes:
        shapes: [K, V, 3] float32 mm, head space.
        jaw_parameters: [K, 4] of the joint.
        report: figures, lists with a value a shape; ``notes`` are sentences for the user.
    """

    shapes: np.ndarray
    jaw_parameters: np.ndarray
    report: dict[str, Any]


def run(request: SettleShapeRequest, progress: Progress) -> SettleShapeResult:
    """Settle; raises ModelFileError and AimError where model, flesh or shapes cannot be used."""
    progress("reading", 0.0, {})
    import time

    from ..errors import AimError
    from ..muscles.settle_shape import ShapeSettler
    from ..muscles.touch_make import make_touching

    model = request.actor.model.read()
    _check(request, len(model.neutral.vertices))
    flesh = request.actor.read_flesh(model)
    if not LEAST_FIRMNESS <= request.firmness <= LARGEST_FIRMNESS:
        raise AimError(
            f"A firmness of {request.firmness:g} settles nothing: "
            f"choose from {LEAST_FIRMNESS:g} to {LARGEST_FIRMNESS:g}"
        )
    survey = request.actor.survey(model)
    touching = make_touching(flesh, model, survey) if request.contact else None
    settler = ShapeSettler(flesh, model, request.firmness, survey, touching)
    settled, seconds = [], []
    count = len(request.shapes)
    for number, shape in enumerate(request.shapes):
        began = time.perf_counter()
        jaw = None if request.jaw_parameters is None else request.jaw_parameters[number]
        if jaw is not None and np.isnan(jaw).all():
            jaw = None
        part = section(progress, number / count, (number + 1) / count)
        settled.append(settler.settle(shape, jaw, part))
        seconds.append(time.perf_counter() - began)
    late = [name for name, one in zip(request.names, settled, strict=True) if not one.converged]
    report = {
        "shapes": list(request.names),
        "moved_mm": [dict(zip(("mean", "p99", "max"), s.moved_mm, strict=True)) for s in settled],
        "worst_region": [list(s.region) for s in settled],
        "worst_region_volume": [list(s.volume) for s in settled],
        "inverted": [list(s.inverted) for s in settled],
        "seconds": seconds,
        "notes": [f"'{name}' did not come to rest; it is given as far as it came" for name in late],
    }
    if touching is not None:
        report["deepest_mm"] = [one.deepest_mm for one in settled]
        report["notes"] += touching.notes
    return SettleShapeResult(
        np.stack([one.skin for one in settled]), np.stack([one.jaw for one in settled]), report
    )


def _check(request: SettleShapeRequest, vertices: int) -> None:
    """Refuse shapes that are none of the actor's mesh; raises AimError."""
    from ..errors import AimError

    shapes = request.shapes
    count = len(shapes)
    if not count:
        raise AimError("There is no shape to settle: give at least one")
    if shapes.shape != (count, vertices, 3):
        raise AimError(
            f"'{request.names[0]}' has {shapes.shape[1]:,} vertices, but the actor {vertices:,}: "
            "give shapes of the actor's own mesh"
        )
    for name, shape in zip(request.names, shapes, strict=True):
        if not np.isfinite(shape).all():
            raise AimError(f"'{name}' has vertices without a valid position: repair the shape")
    jaw = request.jaw_parameters
    if jaw is None:
        return
    known = np.isfinite(jaw).all(axis=-1) | np.isnan(jaw).all(axis=-1)
    if jaw.shape != (count, 4) or not known.all():
        raise AimError(
            "The jaw is known in part in some shape: give four numbers for each, or none"
        )
