# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""JSON of bounded depth: whoever reads JSON that others may have written reads it here (standard library alone)."""

import json
import re
from typing import Any

#: Deeper than anything that is written here; what walks through JSON may call itself so often.
DEEPEST = 64
_TEXTS = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_BRACKETS = re.compile(r"[\[\]{}]")


def parse_json(data: object) -> Any:
    """The value that JSON text holds, after a byte order mark or without; bytes may be UTF-8, 16 or 32.

    Args:
        data: text or bytes; a custom property may hold anything else.

    Raises:
        ValueError: it is no text, no JSON, names something twice in one object, or is nested deeper than
            :data:`DEEPEST`.
    """
    if not isinstance(data, str | bytes):
        raise ValueError("it is no text")
    try:
        text = data if isinstance(data, str) else data.decode(json.detect_encoding(data))
        value = json.loads(text.removeprefix("\ufeff"), object_pairs_hook=_object)
    except RecursionError:
        raise ValueError(f"it is nested deeper than {DEEPEST} levels") from None
    # Only now is every text known to end, so that they are passed over in one go.
    if text.count("[") + text.count("{") > DEEPEST and _depth(_TEXTS.sub("", text)) > DEEPEST:
        raise ValueError(f"it is nested deeper than {DEEPEST} levels")
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of its pairs; whoever reads one key twice would lose what the first says."""
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))
        raise ValueError(f"it has '{twice[:40]}' twice in one object")
    return found


def _depth(text: str) -> int:
    """How deep the brackets of JSON without its texts are nested."""
    depth = deepest = 0
    for bracket in _BRACKETS.finditer(text):
        depth += 1 if bracket.group() in "[{" else -1
        deepest = max(deepest, depth)
    return deepest
