# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Damaged files of curves, markers and shapes: a usable result or one sentence, never a traceback.

``tools/fuzz_files.py`` reads them by the thousand, in a process of bounded memory.
"""

import pytest

from tools.fuzzing import OK, REFUSED, attempt


@pytest.mark.parametrize(
    "kind", ["curves", "curves-json", "markers", "markers-c3d", "shape-tables"]
)
@pytest.mark.parametrize("first", range(0, 200, 50))
def test_damaged_files_are_read_or_refused(kind: str, first: int) -> None:
    for number in range(first, first + 50):
        how, said = attempt(kind, number)
        assert how in (OK, REFUSED), f"tools/fuzz_files.py --one {number} {kind}: {said}"
