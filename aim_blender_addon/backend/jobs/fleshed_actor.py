# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The actor that the jobs of muscles have in common: its model, its flesh, and what was set by hand."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..io.model_file import StoredModel

if TYPE_CHECKING:
    from ..anatomy.survey import FaceSurvey
    from ..model.aim import AimModel
    from ..muscles.flesh import Flesh


@dataclass(frozen=True)
class FleshedActor:
    """An actor with flesh.

    Attributes:
        model: the actor's model file.
        flesh: the bytes of its flesh file.
        flesh_name: of what the flesh is from, for messages.
        strengths: of muscles by name, 0 for one that is off; those not named are as the flesh has them.
        landmarks: set by hand, [3] mm each, head space.
    """

    model: StoredModel
    flesh: bytes
    flesh_name: str
    strengths: dict[str, float] | None = None
    landmarks: dict[str, np.ndarray] | None = None

    def read_flesh(self, model: "AimModel") -> "Flesh":
        """The flesh of the actor's ``model``, its muscles as firm as asked; raises ModelFileError."""
        from ..muscles.flesh_file import flesh_from_bytes

        return flesh_from_bytes(self.flesh, self.flesh_name, model, self.strengths)

    def survey(self, model: "AimModel") -> "FaceSurvey":
        """The survey of the actor's skin in rest."""
        from ..anatomy.survey import FaceSurvey

        return FaceSurvey(model.neutral, self.landmarks or {})
