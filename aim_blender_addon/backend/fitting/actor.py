# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a fit starts from: one person's scans and bones (numpy only)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..anatomy.jaw.from_teeth import ScannedPiece
from ..anatomy.jaw.pins import JawPin
from ..geometry.mesh import Mesh


@dataclass(frozen=True)
class Actor:
    """One person: the neutral scan, expression scans, and bones in the neutral's rest pose.

    Attributes:
        neutral: skin in rest; its frame is head space, millimetres.
        expressions: scans by name order, each a full mesh as read (checked, not assumed, to share topology).
        skull: cranium with upper teeth, or None to have it estimated.
        jaw: mandible with lower teeth, or None to have it estimated.
        jaw_pins: jaw poses that are known, by scan name; kept exactly.
        pieces: meshes beside the skin that the scans move, such as teeth; lower teeth among them tell the jaw.
    """

    neutral: Mesh
    expressions: tuple[Mesh, ...]
    skull: Mesh | None = None
    jaw: Mesh | None = None
    jaw_pins: Mapping[str, JawPin] = field(default_factory=dict)
    pieces: tuple[ScannedPiece, ...] = ()
