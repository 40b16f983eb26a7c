# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is kept in the .blend about how a scene shows what was made: after a bake, a solve or a retargeting."""

from bpy.props import BoolProperty, FloatProperty, IntProperty, StringProperty


class ShownFields:
    """Distances between the skin as the scene shows it and what was made."""

    shown_mean_mm: FloatProperty(name="Shown, Mean", description="On average, mm")
    baked_p99_mm: FloatProperty(
        name="Shown, 99 % Below", description="For 99 percent of the skin, mm"
    )
    shown_largest_mm: FloatProperty(name="Shown, Largest", description="At most, mm")
    shown_seen: IntProperty(name="Looked At", description="How many frames were looked at")
    shown_frames: IntProperty(name="Of Frames", description="How many frames there are")
    shown_off: BoolProperty(
        name="Shown Otherwise", description="The scene shows it otherwise than it was made"
    )
    shown_notes: StringProperty(
        name="To Know", description="What was said when it was made, a line for each sentence"
    )
