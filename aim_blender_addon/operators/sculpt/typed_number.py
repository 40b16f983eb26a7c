# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A number that is typed while something is dragged, as Blender's own transforms take it."""

from dataclasses import dataclass

#: Keys of the number pad have no sign of their own in some layouts.
_PAD = {f"NUMPAD_{digit}": str(digit) for digit in range(10)} | {
    'NUMPAD_PERIOD': ".",
    'NUMPAD_MINUS': "-",
}
_MOST_SIGNS = 8


@dataclass
class TypedNumber:
    """What has been typed so far; minus turns the sign whenever it is pressed."""

    text: str = ""
    negative: bool = False

    @property
    def value(self) -> float | None:
        """The number, or None while there is none: the mouse decides."""
        if not self.text and not self.negative:
            return None
        size = float(self.text) if self.text.strip(".") else 0.0
        return -size if self.negative else size

    def take(self, key: str, sign: str) -> bool:
        """Take a pressed key, by Blender's name and the sign it writes; False when it is none of a number."""
        sign = _PAD.get(key, sign)
        if key == 'BACK_SPACE':
            if self.text:
                self.text = self.text[:-1]
            else:
                self.negative = False
        elif sign == "-":
            self.negative = not self.negative
        elif sign in {".", ","}:
            self.text += "" if "." in self.text else "."
        elif len(sign) == 1 and sign in "0123456789":
            self.text = (self.text + sign)[:_MOST_SIGNS]
        else:
            return False
        return True

    def __str__(self) -> str:
        return ("-" if self.negative else "") + self.text
