# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which bones of a body's armature are head, neck, jaw and eyes, told by their names (standard library).

Rigify, Auto-Rig Pro, MPFB and some others have documented names. Other armatures are read word by word, so that
``mixamorig:Head``, ``Bip01 Head`` and ``CC_Base_Head`` are all a head. Where a rig has controls and deforming bones,
the one that deforms is taken, since it does what all controls together want.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

SIDES = ("left", "right")


@dataclass(frozen=True)
class BodyBone:
    """A bone of a body's armature.

    Attributes:
        name: of the bone.
        parent: name of its parent, or "".
        deforms: whether it moves skin.
    """

    name: str
    parent: str
    deforms: bool


@dataclass(frozen=True)
class Naming:
    """What a kind of rig calls its bones; of several names the first that is there counts.

    Attributes:
        title: the rig's name.
        head: of the bone that carries the head.
        neck: of the bones below it.
        jaw: of the bone that turns the jaw.
        eyes: of the bones that turn the eyes, by side.
    """

    title: str
    head: tuple[str, ...]
    neck: tuple[str, ...] = ()
    jaw: tuple[str, ...] = ()
    eyes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def _sided(*names: str) -> dict[str, tuple[str, ...]]:
    """Names of both sides, from those of the left."""
    swaps = {".L": ".R", ".l": ".r", "_L_": "_R_"}
    right = []
    for name in names:
        left = next(part for part in swaps if part in name)
        right.append(name.replace(left, swaps[left]))
    return {"left": names, "right": tuple(right)}


NAMINGS = (
    Naming(
        "Rigify",
        ("DEF-spine.006",),
        ("DEF-spine.004", "DEF-spine.005"),
        ("jaw_master", "DEF-jaw"),
        _sided("DEF-eye.L", "ORG-eye.L", "MCH-eye.L", "master_eye.L"),
    ),
    Naming(
        "Auto-Rig Pro",
        ("head.x", "c_head.x"),
        ("neck.x", "c_neck.x", "c_subneck_1.x", "subneck_1.x"),
        ("jawbone.x", "c_jawbone.x"),
        _sided("c_eye.l", "c_eye_offset.l"),
    ),
    Naming("MPFB", ("head",), ("neck01", "neck02", "neck03"), ("jaw",), _sided("eye.L")),
    Naming("Rigify Metarig", ("spine.006",), ("spine.004", "spine.005"), ("jaw",), _sided("eye.L")),
)
#: A rig is of a kind only where these are there besides its head: "head" alone says nothing.
_NEEDS = {"MPFB": "neck01", "Rigify Metarig": "spine.005"}

#: Words that many bones begin or end with, and that say nothing of the part.
_NOISE = frozenset(
    "def deform j jnt jt joint sk skel bip c cc x m mid center base b bone bn bind mixamorig adj facial valve "
    "biped".split()
)
#: Beginnings of bones that only help others.
_HELPERS = re.compile(r"^(ORG|MCH|VIS|WGT|IK|FK|CTRL)[-_.]", re.IGNORECASE)
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_HEADS = (("head",),)
_JAWS = (("jaw",), ("jawbone",), ("lower", "jaw"), ("jaw", "root"), ("lowerjaw",), ("mandible",))
_EYES = (("eye",), ("eyeball",), ("face", "eye"))
_LEFT, _RIGHT = {"l", "left"}, {"r", "right"}


@dataclass(frozen=True)
class Guess:
    """What the bones of an armature seem to be.

    Attributes:
        title: of the kind of rig, or "".
        heads: bones that may carry the head: one where it is clear, none where no name says so.
        jaw: the bone that turns the jaw, or "".
        eyes: the bones that turn the eyes, by side.
    """

    title: str
    heads: tuple[str, ...]
    jaw: str
    eyes: Mapping[str, str]


def guess(bones: Sequence[BodyBone]) -> Guess:
    """Head, jaw and eyes of an armature, by their names."""
    names = {bone.name for bone in bones}
    for naming in NAMINGS:
        needed = _NEEDS.get(naming.title)
        head = _first(naming.head, names)
        if head and (needed is None or needed in names):
            eyes = {side: _first(naming.eyes.get(side, ()), names) for side in SIDES}
            return Guess(naming.title, (head,), _first(naming.jaw, names), _given(eyes))
    heads = _deforming([bone for bone in bones if _words(bone.name)[0] in _HEADS])
    jaws = _deforming([bone for bone in bones if _words(bone.name)[0] in _JAWS])
    eyes = {}
    for side in SIDES:
        found = _deforming(
            [b for b in bones if _words(b.name)[0] in _EYES and _words(b.name)[1] == side]
        )
        eyes[side] = found[0] if len(found) == 1 else ""
    return Guess("", tuple(heads), jaws[0] if len(jaws) == 1 else "", _given(eyes))


def neck_chain(head: str, bones: Sequence[BodyBone]) -> tuple[list[str], str]:
    """The bones of the neck from below, without the head's, and the one that carries them: the chest, or "".

    A neck is told by its names. Where none of the head's parents has such a name, its parent is the neck.
    """
    parents = {bone.name: bone.parent for bone in bones}
    known = {name for naming in NAMINGS for name in naming.neck}
    above = []
    name = parents.get(head, "")
    while name:
        above.append(name)
        name = parents.get(name, "")
    is_neck = [
        name in known or "neck" in _words(name)[0] or "neck" in name.lower() for name in above
    ]
    count = max((n + 1 for n, found in enumerate(is_neck) if found), default=min(len(above), 1))
    neck = above[:count]
    return neck[::-1], above[count] if count < len(above) else ""


def _first(wanted: Iterable[str], names: set[str]) -> str:
    return next((name for name in wanted if name in names), "")


def _given(eyes: Mapping[str, str]) -> dict[str, str]:
    return {side: name for side, name in eyes.items() if name}


def _deforming(bones: Sequence[BodyBone]) -> list[str]:
    """Names of the bones that deform, of all where none does; helpers only where there is nothing else."""
    for kept in (
        [bone for bone in bones if bone.deforms and not _HELPERS.match(bone.name)],
        [bone for bone in bones if not _HELPERS.match(bone.name)],
    ):
        if kept:
            return [bone.name for bone in kept]
    return [bone.name for bone in bones]


def _words(name: str) -> tuple[tuple[str, ...], str]:
    """The words of a bone's name that say what it is, in small letters, and its side or ""."""
    words = [word.lower() for word in _WORD.findall(_HELPERS.sub("", name.rpartition(":")[2]))]
    side = ""
    if _LEFT & set(words):
        side = "left"
    elif _RIGHT & set(words):
        side = "right"
    rest = tuple(word for word in words if word not in _NOISE | _LEFT | _RIGHT)
    return rest, side
