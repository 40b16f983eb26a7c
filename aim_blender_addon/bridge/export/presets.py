# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each engine expects of a face (standard library)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from .names import NONE, OCULUS, VRCHAT

#: Where the jaw's part of a shape goes.
IN_BONE, IN_KEYS = "BONE", "KEYS"


@dataclass(frozen=True)
class Preset:
    """One engine.

    Attributes:
        title: what the user reads.
        bones: what the rig's bones are called there.
        jaw: ``IN_KEYS`` where programs move shapes alone, ``IN_BONE`` where curves can pose a bone too.
        visemes: under whose names.
        weights: bones at a vertex.
        vrm: VRM's expressions are wanted.
        metres: its exporter takes a Blender unit for a metre, whatever the scene says; FBX asks the scene.
    """

    title: str
    bones: Mapping[str, str] = field(default_factory=dict)
    jaw: str = IN_KEYS
    visemes: str = NONE
    weights: int = 4
    vrm: bool = False
    metres: bool = True


#: The bones of humanoids in Unity and VRM.
_HUMANOID = {"skull": "Head", "jaw": "Jaw", "eye_left": "LeftEye", "eye_right": "RightEye"}

PRESETS = {
    "UNREAL": Preset(
        "Unreal",
        {"skull": "head", "jaw": "jaw", "eye_left": "eye_l", "eye_right": "eye_r"},
        jaw=IN_BONE,
        weights=8,
        metres=False,
    ),
    "UNITY": Preset("Unity", _HUMANOID, visemes=VRCHAT, metres=False),
    "GLTF": Preset("glTF", visemes=OCULUS),
    "VRM": Preset("VRM", _HUMANOID, vrm=True),
}
