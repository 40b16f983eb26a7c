# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The jaw tracker of a fitted model."""

import numpy as np

from ..anatomy.jaw.from_skin import JawSettings, JawTracker
from ..anatomy.tissue.measured import bones_below
from ..model.aim import AimModel


def tracker_of_model(model: AimModel, settings: JawSettings | None = None) -> JawTracker:
    """The tracker of a fitted model, which holds all that it learns from: scans, bones, pinned poses.

    Raises:
        FitError: almost no skin lies over the mandible.
    """
    hits = bones_below(model.neutral, model.skull, model.jaw)
    names, figures = model.expression_names, model.report.get("per_expression", {})
    pins = {
        index: model.jaw_poses[index]
        for index, name in enumerate(names)
        if figures.get(name, {}).get("jaw_pinned")
    }
    scans = np.array([model.scan(index) for index in range(len(names))])
    return JawTracker(model.neutral, hits, model.joint, scans, settings, pins)
