# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What flesh is made of by depth and muscle, beside the actor's own: presets by name, or numbers from a file.

The drive says where flesh goes. The tissue says how it gives way to gravity, to motion and to fat that grows.
Scans are met exactly by the actor's own tissue. Every other changes the face, and is meant to.
"""

import json
import os
from dataclasses import dataclass, fields, replace

from ..errors import AimError
from ..io.damage import refusing
from ..io.json_text import parse_json
from ..io.regular_file import read_regular

#: Shear stiffness, N/mm^2 (methods: skin E 50 kPa, fat 2.4, resting muscle 12; mu = E / 3).
SKIN, FAT, MUSCLE = 0.0167, 0.0008, 0.004
#: Thickness of the skin, mm.
SKIN_MM = 1.5
#: How firmly tissue keeps its volume: lambda, in times of its shear stiffness (Poisson's ratio 0.49).
KEEPS_VOLUME = 49.0


@dataclass(frozen=True)
class Tissue:
    """Tissue beside that of the actor as scanned.

    Attributes:
        skin: stiffness of the skin, in times.
        fat: of fat and all that is neither skin nor muscle.
        muscle: of muscles.
        fullness: share by which fat grows; below 0 it shrinks.
        density: g/cm^3.
    """

    skin: float = 1.0
    fat: float = 1.0
    muscle: float = 1.0
    fullness: float = 0.0
    density: float = 1.0

    def of_actor(self, actor: "Tissue") -> "Tissue":
        """This tissue beside that of an ``actor`` whose stiffness is known."""
        return replace(
            self,
            skin=self.skin * actor.skin,
            fat=self.fat * actor.fat,
            muscle=self.muscle * actor.muscle,
        )


@dataclass(frozen=True)
class Preset:
    """A tissue with its name, label and a sentence for riggers."""

    name: str
    label: str
    description: str
    tissue: Tissue


#: In the order that users see them. The numbers were chosen by looking: no measurement of ages stands behind them.
PRESETS = (
    Preset(
        "as_scanned", "As Scanned", "The actor's own flesh: every scan is met exactly", Tissue()
    ),
    Preset(
        "young",
        "Young",
        "Firmer skin and flesh with a little more fat, so that cheeks sit higher",
        Tissue(skin=1.6, fat=1.5, muscle=1.2, fullness=0.06),
    ),
    Preset(
        "older",
        "Older",
        "Softer skin and less fat, so that cheeks and jowls sag",
        Tissue(skin=0.5, fat=0.55, muscle=0.8, fullness=-0.12),
    ),
    Preset(
        "fuller",
        "Fuller",
        "More fat below the skin, which swells cheeks and chin",
        Tissue(skin=1.0, fat=0.9, fullness=0.35),
    ),
)
AS_SCANNED = PRESETS[0].tissue
#: Least and largest value of each number of a tissue.
LIMITS = {
    "skin": (0.1, 10.0),
    "fat": (0.1, 10.0),
    "muscle": (0.1, 10.0),
    "fullness": (-0.5, 1.0),
    "density": (0.1, 5.0),
}


def preset(name: str) -> Tissue:
    """The tissue of a preset; raises AimError where none has this name."""
    for entry in PRESETS:
        if entry.name == name:
            return entry.tissue
    known = ", ".join(entry.name for entry in PRESETS)
    raise AimError(f"There is no material '{name}': choose one of {known}, or give a file")


def check_tissue(tissue: Tissue, source: str) -> Tissue:
    """The tissue itself; raises AimError where one of its numbers is none that flesh has."""
    for name, (low, high) in LIMITS.items():
        value = getattr(tissue, name)
        if not low <= value <= high:
            raise AimError(f"{source} has {name} {value:g}: give a number from {low:g} to {high:g}")
    return tissue


def read_tissue(name_or_path: str | os.PathLike) -> Tissue:
    """The tissue of a preset's name, or of a JSON file with some of the numbers of :class:`Tissue`.

    Raises:
        AimError: neither is there, or a number is missing, unknown or absurd.
    """
    name = os.fspath(name_or_path)
    if any(entry.name == name for entry in PRESETS) or not os.path.exists(name):
        return preset(name)
    known = [field.name for field in fields(Tissue)]
    source = f"'{name}'"
    with refusing(
        AimError,
        lambda reason: f"{source} is no material ({reason}); give numbers for {', '.join(known)}",
    ):
        numbers = parse_json(read_regular(name).decode("utf-8"))
        if not isinstance(numbers, dict):
            raise ValueError("no table of names and numbers")
        for key, value in numbers.items():
            if key not in known:
                raise ValueError(f"'{key}' is unknown")
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise ValueError(f"'{key}' is no number")
        tissue = Tissue(**{key: float(value) for key, value in numbers.items()})
    return check_tissue(tissue, source)


def tissue_text(tissue: Tissue) -> str:
    """What :func:`read_tissue` reads."""
    return json.dumps(
        {field.name: getattr(tissue, field.name) for field in fields(Tissue)}, indent=1
    )
