# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether eyes and a mouth are where the relief says that a face is: the relief alone also fits backs and hips."""

from dataclasses import dataclass

from .corners import eye_corners, mouth_corners
from .landmarks import profile_places
from .skin_view import SkinView


@dataclass(frozen=True)
class Openings:
    """What shows at a face's usual places: two open ``eyes`` of a size, and the groove of a ``mouth``."""

    eyes: bool
    mouth: bool

    @property
    def any(self) -> bool:
        """Whether one of them shows."""
        return self.eyes or self.mouth

    @property
    def both(self) -> bool:
        """Whether both show."""
        return self.eyes and self.mouth


def shown_openings(view: SkinView) -> Openings:
    """The openings of a skin that has a face at its view's frame, or something that looks like one."""
    places = profile_places(view)
    if not places:
        return Openings(False, False)
    return Openings(
        bool(eye_corners(view, places["nasion"][1])),
        bool(mouth_corners(view, places["stomion"][1:])),
    )
