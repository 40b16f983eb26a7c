# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbers typed during a drag."""

import pytest

from aim_blender_addon.operators.sculpt.typed_number import TypedNumber


def typed(*keys: str) -> TypedNumber:
    """What these keys write: one sign each, or a key's name."""
    number = TypedNumber()
    for key in keys:
        assert number.take(key, key if len(key) == 1 else "")
    return number


@pytest.mark.parametrize(
    ("keys", "value"),
    [
        ("3", 3.0),
        ("12.5", 12.5),
        (",5", 0.5),
        ("-4", -4.0),
        ("4-", -4.0),
        ("--4", 4.0),
        ("1.2.3", 1.23),
        (".", 0.0),
        (["NUMPAD_7", "NUMPAD_PERIOD", "NUMPAD_2", "NUMPAD_MINUS"], -7.2),
        (["1", "2", "BACK_SPACE"], 1.0),
    ],
)
def test_keys_write_a_number(keys: list[str], value: float) -> None:
    assert typed(*keys).value == pytest.approx(value)


def test_taken_back_the_mouse_decides_again() -> None:
    assert typed().value is None
    assert typed("-", "3", "BACK_SPACE", "BACK_SPACE").value is None


def test_other_keys_are_left_to_others() -> None:
    number = TypedNumber()
    assert not number.take("X", "x") and not number.take("RET", "\r") and number.value is None
