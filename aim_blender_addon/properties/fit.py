# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is kept in the .blend about the fit of a face."""

from bpy.props import IntProperty


class FaceFields:
    """What a fit starts from."""

    seed: IntProperty(
        name="Seed",
        description="Start of the random numbers; the same seed on the same machine gives the same model",
        default=0,
        min=0,
    )
