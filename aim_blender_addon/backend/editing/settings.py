# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The numbers of an edit, with unit and source.

Sources: "measured" means tuned on made actors, tables in docs/decisions/measured-sculpt.md; "tried" means that
docs/decisions/tried-sculpt.md compares alternatives. Lengths "in jaw lengths" are multiples of
``JawJoint.length`` (about 90 mm in an adult), so that a child's face is edited alike.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class JawSettings:
    """When handles move the jaw.

    Attributes:
        stray_mm: sigma of the jaw about the pose that the weights' scans have, mm at the incisors (measured).
        side_mm: the same for swing and shift to a side when no handle holds the chin (measured).
        free_below: a handle this far below the incisors begins to free the jaw from its scans, jaw lengths; so the
            lower lip does not.
        free_far_below: and frees it fully from here on, jaw lengths.
        free_weight: jaw weight of the handle's skin at which it begins to free the jaw.
        free_full_weight: and frees it fully from here on.
        freedom: a jaw freed fully has a sigma this many times as large.
        still_mm: sigma of the jaw about the initial pose when no handle is on skin that follows it, mm (measured:
            an upper lip is pulled without opening the mouth).
        slide_weight: the jaw begins to slide and swing at this jaw weight of a handle's skin.
        slide_full_weight: and does so freely from here on.
        open_full_weight: the jaw opens freely from this jaw weight on.
        still_side: factor of ``side_mm`` while the jaw is held still.
        goal_mm: sigma of a goal that the jaw's bone forbids, mm: such a goal moves the jaw away.
        goal_far_mm: the sigma grows by the square of the residual over this, mm; a goal pulled deep into bone has
            little say.
        goal_margin_mm: the jaw makes room for this much more than the limit of the goal's thickness, mm.
        locked_steps: in so many last steps the jaw's numbers that a limit stopped stay there (tried: earlier locks
            freeze the first linear guess).
    """

    stray_mm: float = 1.0
    side_mm: float = 1.0
    free_below: float = 0.1
    free_far_below: float = 0.25
    free_weight: float = 0.6
    free_full_weight: float = 0.85
    freedom: float = 30.0
    still_mm: float = 0.5
    slide_weight: float = 0.65
    slide_full_weight: float = 0.9
    open_full_weight: float = 0.65
    still_side: float = 0.3
    goal_mm: float = 0.3
    goal_far_mm: float = 4.0
    goal_margin_mm: float = 0.1
    locked_steps: int = 2


@dataclass(frozen=True)
class EditSettings:
    """How handles move a face.

    Attributes:
        reach_mm: distances at which the covariance of the weights ends, wide and fine part (tried).
        variance: of the wide and of the fine part.
        free_within: skin this near to a handle moves freely, jaw lengths (measured: one handle stays local).
        still_beyond: skin farther than this from all handles does not move, jaw lengths.
        weights_mm: sigma with which the weights follow the handles, mm; the remainder does the rest.
        weight_limits: weights stay between these.
        most_shown: expressions at a handle together show no more than this, as the root of their summed squares
            (tried: otherwise all are thrown in and fold the skin).
        skull_weight: goals of skin with a smaller jaw weight are projected into their limits first.
        idle_weight: an expression with a smaller weight counts as not shown.
        steps: Gauss-Newton steps (measured).
        jaw: when handles move the jaw.
        remainder: whether a local bulge reaches what the expressions cannot.
        falloff_mm: length over which the bulge fades, and its largest size, mm.
    """

    reach_mm: tuple[float, float] = (600.0, 80.0)
    variance: tuple[float, float] = (1.0, 0.05)
    free_within: float = 0.33
    still_beyond: float = 0.76
    weights_mm: float = 0.2
    weight_limits: tuple[float, float] = (-0.5, 1.5)
    most_shown: float = 2.0
    skull_weight: float = 0.15
    idle_weight: float = 0.1
    steps: int = 6
    jaw: JawSettings = field(default_factory=JawSettings)
    remainder: bool = True
    falloff_mm: float = 10.0

    @classmethod
    def of_falloff(cls, falloff_mm: float) -> "EditSettings":
        """Settings with a bulge of this length, mm; 0 leaves everything to the expressions."""
        return cls(falloff_mm=float(falloff_mm)) if falloff_mm > 0 else cls(remainder=False)
