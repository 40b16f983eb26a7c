# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of choices about retargeted shapes, for Blender and the worker (standard library alone)."""

from enum import StrEnum


class MatchedBy(StrEnum):
    """What says that a shape of the target shows a control of the source."""

    NAME = "name"
    MOTION = "motion"
    HAND = "hand"


class ShapeOrigin(StrEnum):
    """Where one of ARKit's shapes comes from."""

    NAMED = "scan of that name"
    SCANS = "scans"
    JOINT = "jaw joint"
    GENERIC = "generic head"
