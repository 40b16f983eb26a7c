# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a retargeting starts from: two faces of any kind, and a performance of any kind (numpy only)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ..geometry.mesh import Mesh
from ..io.model_file import StoredModel
from ..model.aim import AimModel
from .gains import Gains


@dataclass(frozen=True)
class ModelFace:
    """An actor.

    Attributes:
        model: of the actor.
        landmarks: [3] mm each, set by hand.
        name: what the user calls the face; "" for what its file says.
    """

    model: AimModel | StoredModel
    landmarks: Mapping[str, np.ndarray] = field(default_factory=dict)
    name: str = ""


@dataclass(frozen=True)
class MeshFace:
    """A character: a mesh in any unit.

    Attributes:
        mesh: at rest.
        shape_names: N shapes.
        shapes: [N, V, 3] their displacements in the mesh's units, or None.
        landmarks: [3] in the mesh's coordinates each, set by hand.
        name: what the user calls the face; "" for what its file says.
    """

    mesh: Mesh
    shape_names: tuple[str, ...] = ()
    shapes: np.ndarray | None = None
    landmarks: Mapping[str, np.ndarray] = field(default_factory=dict)
    name: str = ""


@dataclass(frozen=True)
class SampleFace:
    """The generic face with ARKit's shapes."""

    name: str = "the generic face"


FaceSource = ModelFace | MeshFace | SampleFace


@dataclass(frozen=True)
class SolvedFile:
    """A performance that was solved onto the source."""

    path: Path


@dataclass(frozen=True)
class CurvesFile:
    """Face curves in a file of ``io.curve_files.CURVE_FORMATS``.

    Attributes:
        path: the file.
        fps: frames a second for a file without it, or None.
        smoothing_seconds, offset, limits: see ``io.curves.Curves.processed``.
        first, last: range of frames, counted from 1; 0 for the whole file.
    """

    path: Path
    fps: float | None = None
    smoothing_seconds: float = 0.0
    offset: float = 0.0
    limits: tuple[float, float] = (0.0, 1.0)
    first: int = 0
    last: int = 0


@dataclass(frozen=True)
class RecordedFrames:
    """What an animated mesh with shapes does: weights [T, E], and vertices [T, V, 3] in its units."""

    weights: np.ndarray
    frames: np.ndarray


PerformanceSource = SolvedFile | CurvesFile | RecordedFrames


@dataclass(frozen=True)
class RetargetSettings:
    """How a performance is played on a target.

    Attributes:
        gains: of the whole face and its regions.
        contacts: keep blinks and lip contacts.
        own_shapes: play on the target's own shape keys where it has them; else on its neutral alone.
    """

    gains: Gains = field(default_factory=Gains)
    contacts: bool = True
    own_shapes: bool = True
