# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Damaged files of every type are read or refused in a sentence; ``tools/fuzz_files.py`` tries thousands more."""

import pytest

from tools.fuzzing import OK, REFUSED, TYPES, attempt

MUTATIONS = 200
#: Not those that the tool tries first by default.
SEED = 1


@pytest.mark.parametrize("kind", TYPES)
def test_damaged_files_are_read_or_refused_in_a_sentence(kind: str) -> None:
    outcomes = [attempt(kind, number, SEED) for number in range(MUTATIONS)]
    bad = [f"{n}: {text}" for n, (how, text) in enumerate(outcomes) if how not in (OK, REFUSED)]
    assert not bad, "\n".join(bad)
    assert any(how == REFUSED for how, _ in outcomes) or kind == "messages"
