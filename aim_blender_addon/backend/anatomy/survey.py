# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is found out once about a face and used everywhere: its frame, its skin from outside, landmarks and rims."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from ..geometry.mesh import Mesh
from .head.frame import FaceFrame
from .head.landmarks import complete_landmarks, frame_of
from .head.rims import Rims, find_rims
from .head.skin_view import SkinView
from .head.usual_thickness import OuterSkin, outer_skin


@dataclass(frozen=True)
class FaceSurvey:
    """A face that is surveyed once a job; each part is found when it is first needed.

    Every part raises a ScanError where no face is found and too few landmarks are given to do without.

    Attributes:
        neutral: skin in rest, mm: a head in any orientation, with or without neck, or a face alone.
        given: landmarks [3] mm set by hand; they stay, the others are found around them.
        known_frame: the frame where it was found otherwise, as on a whole body.
    """

    neutral: Mesh
    given: Mapping[str, np.ndarray] = field(default_factory=dict)
    known_frame: FaceFrame | None = None

    @cached_property
    def frame(self) -> FaceFrame:
        """Left, up and front of the face."""
        return self.known_frame or frame_of(self.neutral, self.given)

    @cached_property
    def view(self) -> SkinView:
        """The skin in the face's coordinates."""
        return SkinView(self.neutral, self.frame)

    @cached_property
    def outer_skin(self) -> OuterSkin:
        """The skin as seen from outside."""
        return outer_skin(self.view)

    @cached_property
    def landmarks(self) -> dict[str, np.ndarray]:
        """All landmarks of the skin [3] mm, by name, in the mesh's coordinates."""
        return complete_landmarks(self.neutral, self.given, self.outer_skin)

    @cached_property
    def rims(self) -> dict[str, Rims]:
        """Rims of the eyes and the mouth that show, by name."""
        return find_rims(self.view, self.landmarks)
