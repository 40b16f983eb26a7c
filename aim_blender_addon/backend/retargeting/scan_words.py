# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the names of expression scans say of ARKit's shapes.

Sets of scans are recorded after lists of the Facial Action Coding System (Ekman & Friesen). These names are those of
FaceScape's list (Yang et al. 2020). A scan shows the shapes it is performed for fully, and may show those that
usually come with them.
"""

from collections.abc import Sequence

from ..shape_names import plain_name

#: Name without case and separators: shapes that are shown fully, and shapes that may come with them. Both sides.
WORDS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "smile": (("mouthSmile",), ("cheekSquint", "mouthDimple", "eyeSquint", "mouthUpperUp")),
    "grin": (
        (),
        (
            "mouthSmile",
            "mouthUpperUp",
            "mouthLowerDown",
            "mouthStretch",
            "cheekSquint",
            "noseSneer",
        ),
    ),
    "mouthstretch": (("jawOpen",), ("mouthStretch", "mouthLowerDown")),
    "mouthopen": (("jawOpen",), ("mouthLowerDown", "mouthUpperUp")),
    "anger": (
        ("browDown",),
        ("noseSneer", "eyeSquint", "eyeWide", "mouthPress", "mouthFrown", "mouthUpperUp"),
    ),
    "sadness": (("mouthFrown",), ("browInnerUp", "browDown", "mouthShrugLower", "eyeSquint")),
    "disgust": (("noseSneer",), ("mouthUpperUp", "browDown", "eyeSquint", "cheekSquint")),
    "fear": ((), ("browInnerUp", "browOuterUp", "eyeWide", "mouthStretch")),
    "surprise": (("browInnerUp", "browOuterUp"), ("eyeWide",)),
    "dimpler": (("mouthDimple",), ("mouthPress",)),
    "chinraiser": (("mouthShrugLower",), ("mouthShrugUpper", "mouthFrown")),
    "lippuckerer": (("mouthPucker",), ("mouthFunnel",)),
    "lipfunneler": (("mouthFunnel",), ("mouthPucker",)),
    "liproll": (("mouthRollLower", "mouthRollUpper"), ("mouthPress",)),
    "cheekblowing": (("cheekPuff",), ("mouthPress", "mouthClose")),
    "eyeclosed": (("eyeBlink",), ("eyeSquint", "cheekSquint", "browDown")),
    "browraiser": (("browInnerUp", "browOuterUp"), ("eyeWide",)),
    "browlower": (("browDown",), ("eyeSquint", "noseSneer")),
}
#: Any scan may show this: the jaw moves freely.
_ALWAYS = ("jawOpen",)


def exactly_named(scan: str, names: Sequence[str]) -> list[int]:
    """Numbers of the shapes of the very name of a scan; a scan without a side shows both."""
    word, side = plain_name(scan)
    if word in WORDS:  # FaceScape's mouth_stretch is not ARKit's
        return []
    plain = [plain_name(name) for name in names]
    return [
        i
        for i, (other, shape_side) in enumerate(plain)
        if other == word and side in ("", shape_side)
    ]


def shapes_of_scan_name(scan: str, names: Sequence[str]) -> tuple[list[int], list[int]] | None:
    """Numbers of the shapes that a scan shows fully and of those it may show; None if its name is unknown."""
    exact = exactly_named(scan, names)
    if exact:
        return exact, []
    word, side = plain_name(scan)
    if word not in WORDS:
        return None
    plain = [plain_name(name) for name in names]

    def numbers(words: tuple[str, ...]) -> list[int]:
        wanted = {plain_name(w)[0] for w in words}
        return [
            i for i, (w, s) in enumerate(plain) if w in wanted and (not side or s in ("", side))
        ]

    fully, maybe = WORDS[word]
    return numbers(fully), numbers((*maybe, *_ALWAYS))
