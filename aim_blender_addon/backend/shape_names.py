# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the name of a shape says: its motion and its side, in the spellings of the usual tools (standard library).

One name is read by :func:`plain_name`. The names of one character are read together by :func:`read_names`: what all
of them begin or end with is no part of a name, and two different names never become one.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

#: ARKit's 52 shapes in Apple's order.
ARKIT = (
    *(
        f"eye{what}{side}"
        for side in ("Left", "Right")
        for what in ("Blink", "LookDown", "LookIn", "LookOut", "LookUp", "Squint", "Wide")
    ),
    *("jawForward", "jawLeft", "jawRight", "jawOpen", "mouthClose", "mouthFunnel", "mouthPucker"),
    *("mouthLeft", "mouthRight"),
    *(
        f"mouth{what}{side}"
        for what in ("Smile", "Frown", "Dimple", "Stretch")
        for side in ("Left", "Right")
    ),
    *("mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper"),
    *(
        f"mouth{what}{side}"
        for what in ("Press", "LowerDown", "UpperUp")
        for side in ("Left", "Right")
    ),
    *("browDownLeft", "browDownRight", "browInnerUp", "browOuterUpLeft", "browOuterUpRight"),
    *("cheekPuff", "cheekSquintLeft", "cheekSquintRight", "noseSneerLeft", "noseSneerRight"),
    "tongueOut",
)
#: FACS action units and what ARKit calls them (Ekman & Friesen; AU24 is pressed lips). Both sides.
FACS = {
    "au1": "browinnerup",
    "au2": "browouterup",
    "au4": "browdown",
    "au5": "eyewide",
    "au6": "cheeksquint",
    "au7": "eyesquint",
    "au9": "nosesneer",
    "au10": "mouthupperup",
    "au12": "mouthsmile",
    "au14": "mouthdimple",
    "au15": "mouthfrown",
    "au16": "mouthlowerdown",
    "au17": "mouthshruglower",
    "au18": "mouthpucker",
    "au20": "mouthstretch",
    "au22": "mouthfunnel",
    "au24": "mouthpress",
    "au26": "jawopen",
    "au27": "jawopen",
    "au29": "jawforward",
    "au43": "eyeblink",
    "au45": "eyeblink",
}
_SIDES = {
    **dict.fromkeys(("left", "l", "lft", "lf", "lt"), "l"),
    **dict.fromkeys(("right", "r", "rgt", "rt"), "r"),
}
#: Words that tools put before or after the name proper.
_TOOL_WORD = re.compile(
    r"(?:facs|bs\d*|blend|shapes?\d*|blend_?shapes?\d*|morphs?|morpher|targets?|jnt|ctrl|expressions?|exp|arkit|apple|ar|"
    r"face|facial|head|body|mesh|geo|geometry|lod\d*|fcl|mth|vrc|v\d|ue|key|a\d{1,3}|t\d{1,3}|genesis\d*|cc|base|div\d|"
    r"pose|driver|wolf3d|avatar|h|grp|\d+)"
)
#: What programs call a shape that nobody has named.
_NO_NAME = re.compile(r"(?:key|shape|target|morph|blendshape|column|sculpt|default)?[\d.]*")
#: A prefix of more words than this is a sentence.
_MOST_PREFIX_WORDS = 8
#: Letters without width, which hide in copied names.
_UNSEEN = dict.fromkeys((0xAD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF))
#: A longer text is no name, and is not taken apart. Blender's own names have 63 bytes at most.
_LONGEST = 256
#: So many names of one character with the same first words make these a prefix.
_SHARED_BY = 3


def _known_stems() -> dict[tuple[str, str], str]:
    """ARKit's names by motion and side."""
    found = {}
    for name in ARKIT:
        sided = re.fullmatch(r"(.+)(Left|Right)", name)
        if sided and sided[1] not in ("jaw", "mouth"):
            found[sided[1].lower(), sided[2][0].lower()] = name
        else:
            found[name.lower(), ""] = name
    return found


_ARKIT_OF = _known_stems()
_STEMS = {stem for stem, _side in _ARKIT_OF}


def plain_name(name: str) -> tuple[str, str]:
    """A shape's name without prefix, case and separators, FACS read as ARKit, and its side "l", "r" or "".

    A prefix is cut only where something of a name is left. The name is "" where there is nothing but a side or a
    number, or what a program gives a shape that nobody has named.
    """
    return _read(name, frozenset())[:2]


def read_names(names: Sequence[str]) -> list[tuple[str, str]]:
    """The plain names of one character's shapes, no two of them equal.

    Where two read the same, the one spelled plainest has the name. The others keep their own spelling whole.
    """
    words = [_words(_last_part(_plain_text(name))) for name in set(names) if len(name) <= _LONGEST]
    prefixes = _shared(map(_prefix_of_known, words))
    suffixes = _shared(_suffix_of_known(each, prefixes) for each in words)
    if len(suffixes) > 1:  # jawOpen_min and jawOpen_max are different shapes
        suffixes = frozenset()
    read = [_read(name, prefixes, suffixes) for name in names]
    groups: dict[tuple[str, str], list[int]] = {}
    for number, (stem, side, _cut) in enumerate(read):
        if stem:
            groups.setdefault((stem, side), []).append(number)
    result = [(stem, side) for stem, side, _cut in read]
    for group in groups.values():
        first = min(group, key=lambda n: (names[n] not in ARKIT, read[n][2], len(names[n]), n))
        for number in group:
            if number != first and names[number] != names[first]:
                result[number] = f"={names[number]}", ""  # no plain name begins so
    return result


def _shared(parts: Iterable[tuple[str, ...] | None]) -> frozenset[tuple[str, ...]]:
    """The words that several names have before or after what they say."""
    counts = Counter(part for part in parts if part)
    return frozenset(part for part, count in counts.items() if count >= _SHARED_BY)


def pairs(firsts: Sequence[str], seconds: Sequence[str]) -> list[list[int]]:
    """For each of the first names, the numbers of those of the second that mean the same motion.

    The very same spelling comes before the same reading, and that before one side of a name that means both.
    """
    here, there = read_names(firsts), read_names(seconds)
    spelled: dict[str, list[int]] = {}
    by_stem: dict[str, list[int]] = {}
    for number, (name, (stem, _side)) in enumerate(zip(seconds, there, strict=True)):
        spelled.setdefault(name, []).append(number)
        by_stem.setdefault(stem, []).append(number)
    found = []
    for name, plain in zip(firsts, here, strict=True):
        alike = [n for n in by_stem.get(plain[0], ()) if same_name(plain, there[n])]
        exact = [n for n in alike if there[n] == plain]
        same = spelled.get(name, []) if plain_name(name)[0] else []
        found.append(same or exact or alike)
    return found


def same_sided(firsts: Sequence[str], seconds: Sequence[str]) -> list[int | None]:
    """For each of the first names, the number of the one of the second with the same motion and side, or None."""
    theirs = read_names(seconds)
    return [
        next((n for n in found if seconds[n] == name or theirs[n] == plain), None)
        for name, plain, found in zip(
            firsts, read_names(firsts), pairs(firsts, seconds), strict=True
        )
    ]


def same_name(first: tuple[str, str], second: tuple[str, str]) -> bool:
    """Whether two plain names mean the same motion; a name without a side means both sides."""
    (one, side), (other, other_side) = first, second
    return bool(one) and one == other and (side == other_side or not side or not other_side)


def same_shape(first: str, second: str) -> bool:
    """Whether two names mean the same motion; a name without a side means both."""
    return same_name(plain_name(first), plain_name(second))


def arkit_names(name: str) -> tuple[str, ...]:
    """The shapes of ARKit that a name means: none, one, or both sides."""
    return arkit_of(plain_name(name))


def arkit_of(plain: tuple[str, str]) -> tuple[str, ...]:
    """The shapes of ARKit that a plain name means: none, one, or both sides."""
    stem, side = plain
    found = [
        _ARKIT_OF[stem, s] for s in ((side,) if side else ("l", "r")) if (stem, s) in _ARKIT_OF
    ]
    if not found and (stem, "") in _ARKIT_OF:
        found = [_ARKIT_OF[stem, ""]]
    return tuple(found)


def _plain_text(name: str) -> str:
    """A name in its plainest letters, without those that nobody sees."""
    return unicodedata.normalize("NFKC", name).translate(_UNSEEN).strip()


def _read(
    name: str,
    prefixes: frozenset[tuple[str, ...]],
    suffixes: frozenset[tuple[str, ...]] = frozenset(),
) -> tuple[str, str, int]:
    """Plain name, side, and how much was cut: words, and a number at the end."""
    if len(name) > _LONGEST:
        return name.casefold(), "", 0
    text = _plain_text(name)
    bare = re.sub(r"(?:\.\d{3,})+$", "", text)
    numbered = int(bare != text)
    text = _last_part(bare)
    words = _words(text)
    if not any(map(str.isalnum, text)) or _is_no_name(text):
        return "", "", 0
    found = _known(words, prefixes, suffixes) or _known_after_dot(text)
    if found is None:
        # Nothing that ARKit or FACS knows: a prefix is cut only where its separator or its words say that it is one.
        words = _words(_without_dotted_prefix(text))
        words, side = _sided(words)
        stem = "".join(words)
        found = stem, side, 0
    stem, side, cut = found
    if stem in ("jaw", "mouth") and side:  # there the side is the motion itself: jawLeft
        stem, side = stem + {"l": "left", "r": "right"}[side], ""
    if _NO_NAME.fullmatch(stem):
        return "", side, 0
    return stem, side, 10 * numbered + cut + (bare.count(":") + bare.count("|"))


def _words(text: str) -> list[str]:
    """Words of a name, in lower case."""
    text = re.sub(r"[\[({]\s*(\w+)\s*[\])}]", r" \1 ", text)
    text = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", text).lower()
    return [word for word in re.split(r"[_\-\s.]+", text) if word]


def _last_part(text: str) -> str:
    """What follows the last namespace or path that leaves something of a name."""
    for separators in (r"[:|/\\]+", r"__+"):
        parts = [part for part in re.split(separators, text) if part.strip()]
        last = parts[-1:]
        while len(last) < len(parts) and (
            _is_no_name(" ".join(last)) or _is_combination(parts[-len(last) - 1], last)
        ):
            last = [parts[-len(last) - 1], *last]
        text = " ".join(last) if last else text
    return text


def _is_no_name(text: str) -> bool:
    """Whether a text has nothing but a side, a number or a tool's ending."""
    return all(w in _SIDES or re.fullmatch(r"\d+|div\d", w) for w in _words(text))


def _is_combination(before: str, last: list[str]) -> bool:
    """Whether what would be cut is a motion itself, as in ``jawOpen__mouthSmile``."""
    known = _known(_words(" ".join(last)), frozenset())
    return known is not None and _known(_words(before), frozenset()) is not None


def _known_after_dot(text: str) -> tuple[str, str, int] | None:
    """The motion of ARKit or FACS that a text ends in after a dot: ``Anna.jawOpen``."""
    parts = [part for part in text.split(".") if part]
    for first in range(1, len(parts)):
        found = _known(_words(".".join(parts[first:])), frozenset())
        if found is not None and not _is_combination(parts[first - 1], parts[first:]):
            return found[0], found[1], found[2] + first
    return None


def _without_dotted_prefix(text: str) -> str:
    """A text without what stands before its dots, where that is a tool's own word: ``blendShape1.smile``."""
    parts = [part for part in text.split(".") if part]
    for first in range(len(parts) - 1, 0, -1):
        before = [word for part in parts[:first] for word in _words(part)]
        rest = ".".join(parts[first:])
        if all(_TOOL_WORD.fullmatch(word) for word in before) and not _is_no_name(rest):
            return rest
    return text


def _sided(words: list[str]) -> tuple[list[str], str]:
    """Words without the side at their end or beginning, and the side."""
    for place in (-1, 0):
        if len(words) > 1 and words[place] in _SIDES:
            return (words[:-1] if place else words[1:]), _SIDES[words[place]]
    return words, ""


def _known_stem(words: list[str]) -> tuple[str, str] | None:
    """Stem and side of words that are a motion of ARKit or FACS and nothing else."""
    for kept, side in _sidings(words):
        joined = "".join(kept)
        unit = re.fullmatch(r"au0*(\d{1,3})", joined)
        if unit and f"au{unit[1]}" in FACS:
            return FACS[f"au{unit[1]}"], side
        if joined in _STEMS or (joined in ("jaw", "mouth") and side):
            return joined, side
        glued = re.fullmatch(r"(.+?)(left|right|l|r)", joined)
        if not side and glued and (glued[1], glued[2][0]) in _ARKIT_OF:
            return glued[1], glued[2][0]
    return None


def _sidings(words: list[str]) -> list[tuple[list[str], str]]:
    """Ways to read a side: at an end, or in the middle (``eye_left_blink``); last, none at all."""
    found = [_sided(words)]
    middle = [n for n in range(1, len(words) - 1) if words[n] in _SIDES]
    if len(middle) == 1 and not found[0][1]:
        n = middle[0]
        found.append(([*words[:n], *words[n + 1 :]], _SIDES[words[n]]))
    return found


def _known(
    words: list[str],
    prefixes: frozenset[tuple[str, ...]],
    suffixes: frozenset[tuple[str, ...]] = frozenset(),
) -> tuple[str, str, int] | None:
    """Stem, side and number of words cut of a name that ends in a motion of ARKit or FACS, or None."""
    stops = [len(words)]
    while stops[-1] > 1 and _TOOL_WORD.fullmatch(words[stops[-1] - 1]):
        if words[stops[-1] - 1].isdigit():  # jawOpen 2 is another shape than jawOpen
            break
        stops.append(stops[-1] - 1)
    stops += [n for n in range(len(words) - 1, 0, -1) if tuple(words[n:]) in suffixes]
    for stop in stops:
        for start in range(min(stop, _MOST_PREFIX_WORDS)):
            before = words[:start]
            if not (
                tuple(before) in prefixes
                or all(_TOOL_WORD.fullmatch(w) or w in _SIDES for w in before)
            ):
                continue
            sides = [w for w in before if w in _SIDES]
            found = _known_stem(words[start:stop])
            if found is None or len(sides) > 1 or (sides and found[1]):
                continue
            side = found[1] or (_SIDES[sides[0]] if sides else "")
            return found[0], side, start + len(words) - stop
    return None


def _prefix_of_known(words: list[str]) -> tuple[str, ...] | None:
    """The words before a motion of ARKit or FACS at the end of a name; None without any."""
    for start in range(1, min(len(words), _MOST_PREFIX_WORDS)):
        if _known_stem(words[start:]) is not None:
            before = words[:start]
            # Two motions in one name are a combination of both, no name with a prefix.
            both = any(_known_stem(before[n:]) is not None for n in range(start))
            return None if both else tuple(before)
    return None


def _suffix_of_known(
    words: list[str], prefixes: frozenset[tuple[str, ...]]
) -> tuple[str, ...] | None:
    """The words after a motion of ARKit or FACS at the beginning of a name; None without any."""
    for stop in range(len(words) - 1, max(0, len(words) - _MOST_PREFIX_WORDS), -1):
        if _known(words[:stop], prefixes) is not None:
            after = words[stop:]
            both = any(_known_stem(after[:n]) is not None for n in range(1, len(after) + 1))
            return None if both or all(word in _SIDES for word in after) else tuple(after)
    return None
