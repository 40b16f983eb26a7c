# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How well lips and lids meet: gaps where the source's touch, and how deep they lie in each other."""

from collections.abc import Sequence

import numpy as np
from scipy.spatial import cKDTree

from aim_blender_addon.backend.contact.settings import SHEET
from aim_blender_addon.backend.contact.sheets import make_sheets
from aim_blender_addon.backend.contact.touching import rests_across, touch
from aim_blender_addon.backend.retargeting.retarget_face import RetargetFace

#: The source touches below this gap, mm; the target is asked within so much of the same place, mm of the source.
TOUCH_MM, NEAR_MM = 0.1, 2.0
EYES, MOUTH = ("eye_left", "eye_right"), ("mouth",)


def contact_figures(
    source: RetargetFace,
    target: RetargetFace,
    laid: np.ndarray,
    played: Sequence[np.ndarray],
    shown: Sequence[np.ndarray],
    names: Sequence[str],
) -> tuple[float, float, float] | None:
    """Gap p95 where the source touches; depth p99 and largest of what faces the other surface, beyond its rest, mm.

    Args:
        source, target: the faces.
        laid: [S, 3] where each vertex of the target's skin is on the source's neutral, mm.
        played, shown: skins [S', 3] of the source and [S, 3] of the target, heads at rest.
        names: openings.
    """
    open_, through = [], []
    for name in (n for n in names if n in source.rims and n in target.rims):
        here, there = (make_sheets(face.skin, face.rims[name]) for face in (source, target))
        still = target.skin.vertices.astype(float)
        rest, normals = touch(there, still), [sheet.normals(still) for sheet in there]
        near = [
            cKDTree(laid[b.points]).query_ball_point(source.skin.vertices[a.points], NEAR_MM)
            for a, b in zip(here, there, strict=True)
        ]
        for before, after in zip(played, shown, strict=True):
            asked, found = touch(here, before), touch(there, after)
            for side in (0, 1):
                gap = found[side].gap
                seen = np.isfinite(gap)
                apart = np.where(seen, np.maximum(gap, 0.0), found[side].distance)
                largest = np.minimum(apart, SHEET.largest_gap_mm)
                open_ += [
                    largest[near[side][row]].min()
                    for row in np.flatnonzero(asked[side].gap < TOUCH_MM)
                    if near[side][row]
                ]
                least = np.minimum(np.where(np.isfinite(rest[side].gap), rest[side].gap, 0.0), 0.0)
                rows = np.flatnonzero(seen)  # both sides of one lip are not in each other
                across = rests_across(
                    still, normals[1 - side], there[side].points, found[side], rows
                )
                through.append(np.maximum(least - gap, 0.0)[rows[~across]])
    if not open_:
        return None
    depth = np.concatenate(through)
    return float(np.percentile(open_, 95)), float(np.percentile(depth, 99)), float(depth.max())
