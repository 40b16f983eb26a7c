# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a stored detail and an actor's folder to height maps of a take's frames, and to maps for game engines."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from ..errors import AimError, ScanError
from ..io.curve_files import read_curves
from ..io.npz import NpzRows
from ..progress import Progress, silent
from .compression import SkinStrain
from .detail_actor import DetailActor
from .detail_file import Detail
from .map_files import NEUTRAL
from .plain_skin import PlainSkin
from .played_actor import PlayedActor
from .player import DetailPlayer, RichPlayer
from .sequence import MapSequence, frames_of_range, made_of
from .skin_regions import REGIONS, mixed, region_shares


class Frames(Protocol):
    """Frames of a take."""

    def __len__(self) -> int: ...

    def __getitem__(self, number: int) -> np.ndarray: ...


class WeightFrames:
    """Frames as sums of an actor's shapes, [V, 3] mm each."""

    def __init__(self, shapes: Mapping[str, np.ndarray], names: Sequence[str], values: np.ndarray):
        """Of weights ``values`` [T, C] of channels ``names``.

        Raises:
            AimError: the actor has none of these shapes.
        """
        plain = {name.casefold(): name for name in shapes if name != NEUTRAL}
        known = [k for k, name in enumerate(names) if name.casefold() in plain]
        self.missing = [name for name in names if name.casefold() not in plain]
        if not known:
            raise AimError(
                f"The actor has no shape of these weights ({', '.join(names[:3])}): it has "
                f"{', '.join(list(plain.values())[:6]) or 'none'}"
            )
        self._neutral = np.asarray(shapes[NEUTRAL], np.float32)
        ways = [shapes[plain[names[k].casefold()]] - self._neutral for k in known]
        self._ways, self._values = np.stack(ways), np.asarray(values, np.float32)[:, known]

    def __len__(self) -> int:
        return len(self._values)

    def __getitem__(self, number: int) -> np.ndarray:
        return self._neutral + np.tensordot(self._values[number], self._ways, 1)


def read_frames(path: Path, actor: DetailActor) -> Frames:
    """The frames of a solved take (``.npz`` with ``vertices``), or of curves that name the actor's shapes.

    Raises:
        AimError: the file holds none that fit the actor.
    """
    if path.suffix.lower() != ".npz":
        curves = read_curves(path)
        return WeightFrames(actor.shapes, curves.names, curves.values)
    rows = NpzRows(path, "vertices", error=ScanError)
    if rows.shape[1:] != (len(actor.neutral.vertices), 3):
        raise ScanError(
            f"'{path.name}' has frames of {rows.shape[1] if len(rows.shape) > 1 else 0:,} vertices and the actor "
            f"{len(actor.neutral.vertices):,}: give a take of this actor's mesh"
        )
    return rows


def played(
    detail: Detail,
    actor: DetailActor,
    strengths: Mapping[str, float] | None = None,
    strength: float = 1.0,
    at_rest: float = 1.0,
) -> PlayedActor:
    """The actor as its detail is played.

    Args:
        detail: of this actor's mesh and UV.
        actor: with its tile set to the detail's.
        strengths: of regions, on top of ``strength``.
        strength: of all heights.
        at_rest: of D0.

    Raises:
        AimError: a strength or a region is none, or the UV cannot be used.
    """
    for name, value in {"all": strength, "rest": at_rest, **(strengths or {})}.items():
        if not 0 <= value <= 10:  # noqa: PLR2004
            raise AimError(f"The strength {value:g} of {name} is out of range: give 0 to 10")
    unknown = sorted(set(strengths or ()) - REGIONS.keys())
    if unknown:
        raise AimError(f"There is no region '{unknown[0]}': choose of {', '.join(REGIONS)}")
    factor: np.ndarray | float = strength
    if strengths:
        survey, points = actor.survey, np.asarray(actor.neutral.vertices, np.float64)
        shares = region_shares(points, survey.landmarks, survey.frame.scale)
        factor = strength * mixed(shares, {name: strengths.get(name, 1.0) for name in shares})
    strain = SkinStrain.of(actor.neutral, detail.axis)
    skin = PlainSkin.of(actor.neutral, actor.chart, len(detail.constant))
    return PlayedActor(
        actor.neutral,
        actor.chart.uv,
        DetailPlayer(detail.constant, detail.compressed, skin),
        lambda vertices: strain.channels(vertices, detail.response),
        factor,
        at_rest,
        strain.strain,
        RichPlayer(detail.process, detail.pores, skin) if detail.process is not None else None,
    )


def synthesise(
    actor: PlayedActor,
    frames: Frames,
    sequence: MapSequence,
    start: int = 0,
    count: int | None = None,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Write height maps of a range of frames.

    Raises:
        AimError: the range holds no frame, one is no shape, or a map cannot be written.
        JobCancelled: by ``progress``, between two frames; those that are written stay.
    """
    numbers = frames_of_range(len(frames), start, count)
    largest = 0.0
    for done, number in enumerate(numbers):
        progress("Making height maps", done / len(numbers), {"frame": number})
        if not sequence.needs(number):
            continue
        vertices = np.asarray(frames[number])
        if not np.isfinite(vertices).all():
            raise ScanError(f"Frame {number} of the take holds no numbers: solve it again")
        height = actor.height(vertices)
        largest = max(largest, float(np.abs(height).max()))
        sequence.write(number, height)
    return {
        "frames": sequence.written,
        "kept": sequence.kept,
        "size": actor.player.skin.size,
        "largest_mm": largest,
    }


def stamp_of(detail: Detail, frames: Frames, settings: object) -> str:
    """What tells a sequence from others; of a take three frames count, for it may be long."""
    some = (
        [frames[k] for k in sorted({0, len(frames) // 2, len(frames) - 1})] if len(frames) else []
    )
    return made_of(detail.constant, detail.compressed, len(frames), *some, settings)
