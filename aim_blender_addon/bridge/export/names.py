# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Visemes and VRM's expressions as sums of ARKit's shapes (standard library).

The weights are ours. docs/guide/export.md shows both tables. Visemes are the 15 of Oculus Lip Sync, expressions the
presets of VRM 1.0. A mix that asks for a shape which a rig lacks leaves it out.
"""

from collections.abc import Mapping

Mix = Mapping[str, float]


def _both(name: str, weight: float) -> dict[str, float]:
    return {f"{name}Left": weight, f"{name}Right": weight}


#: The 15 visemes by Oculus' names.
VISEMES: dict[str, Mix] = {
    "sil": {},
    "PP": {"mouthRollLower": 0.3, "mouthRollUpper": 0.3, **_both("mouthPress", 0.5)},
    "FF": {"jawOpen": 0.05, "mouthRollLower": 0.7, **_both("mouthUpperUp", 0.3)},
    "TH": {"jawOpen": 0.15, "tongueOut": 0.4, **_both("mouthLowerDown", 0.15)},
    "DD": {"jawOpen": 0.12, **_both("mouthLowerDown", 0.25), **_both("mouthStretch", 0.1)},
    "kk": {"jawOpen": 0.18, **_both("mouthLowerDown", 0.2)},
    "CH": {"jawOpen": 0.1, "mouthFunnel": 0.6, "mouthPucker": 0.1},
    "SS": {"jawOpen": 0.05, **_both("mouthStretch", 0.3), **_both("mouthLowerDown", 0.25)},
    "nn": {"jawOpen": 0.1, **_both("mouthLowerDown", 0.15)},
    "RR": {"jawOpen": 0.12, "mouthFunnel": 0.35, "mouthPucker": 0.15},
    "aa": {"jawOpen": 0.5, **_both("mouthLowerDown", 0.15)},
    "E": {"jawOpen": 0.25, **_both("mouthSmile", 0.2), **_both("mouthStretch", 0.25)},
    "I": {"jawOpen": 0.15, **_both("mouthSmile", 0.3), **_both("mouthStretch", 0.3)},
    "O": {"jawOpen": 0.35, "mouthFunnel": 0.6},
    "U": {"jawOpen": 0.15, "mouthFunnel": 0.25, "mouthPucker": 0.7},
}
#: What VRChat calls them, where it is not the same in small letters.
_VRCHAT = {"I": "ih", "O": "oh", "U": "ou"}

#: The expressions of VRM 1.0; ``neutral`` moves nothing and needs no key.
VRM: dict[str, Mix] = {
    "happy": {**_both("mouthSmile", 0.9), **_both("cheekSquint", 0.6), **_both("eyeSquint", 0.3)},
    "angry": {
        **_both("browDown", 0.9),
        **_both("noseSneer", 0.5),
        **_both("mouthPress", 0.4),
        **_both("mouthFrown", 0.3),
    },
    "sad": {"browInnerUp": 0.8, "mouthShrugLower": 0.3, **_both("mouthFrown", 0.7)},
    "relaxed": {**_both("eyeBlink", 0.3), **_both("mouthSmile", 0.3)},
    "surprised": {
        "browInnerUp": 0.8,
        "jawOpen": 0.35,
        **_both("browOuterUp", 0.8),
        **_both("eyeWide", 0.8),
    },
    "aa": VISEMES["aa"],
    "ih": VISEMES["I"],
    "ou": VISEMES["U"],
    "ee": VISEMES["E"],
    "oh": VISEMES["O"],
    "blink": _both("eyeBlink", 1.0),
    "blinkLeft": {"eyeBlinkLeft": 1.0},
    "blinkRight": {"eyeBlinkRight": 1.0},
    "lookUp": _both("eyeLookUp", 1.0),
    "lookDown": _both("eyeLookDown", 1.0),
    "lookLeft": {"eyeLookOutLeft": 1.0, "eyeLookInRight": 1.0},
    "lookRight": {"eyeLookInLeft": 1.0, "eyeLookOutRight": 1.0},
}

NONE, OCULUS, VRCHAT = "NONE", "OCULUS", "VRCHAT"


def visemes(naming: str) -> dict[str, Mix]:
    """The visemes under the names that a program looks for: ``viseme_aa`` or ``vrc.v_aa``; none for ``NONE``."""
    if naming == OCULUS:
        return {f"viseme_{name}": mix for name, mix in VISEMES.items()}
    if naming == VRCHAT:
        return {f"vrc.v_{_VRCHAT.get(n, n.lower())}": mix for n, mix in VISEMES.items()}
    return {}
