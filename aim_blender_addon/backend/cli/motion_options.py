# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of commands that simulate flesh under gravity, motion and other tissue."""

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..muscles.motion import Motion

#: Ways up by name.
AXES = ("x", "y", "z", "-x", "-y", "-z")


def add_motion(parser: argparse.ArgumentParser) -> None:
    """The options."""
    parser.add_argument(
        "--gravity", action="store_true", help="flesh hangs otherwise as the head turns"
    )
    parser.add_argument(
        "--dynamics", action="store_true", help="flesh lags and shakes as the head moves"
    )
    parser.add_argument(
        "--material",
        default="as_scanned",
        metavar="NAME|F.json",
        help="as_scanned, young, older, fuller, or a file of numbers",
    )
    parser.add_argument(
        "--fps", type=float, default=0.0, help="frames a second of the take, for --dynamics"
    )
    parser.add_argument(
        "--up", choices=AXES, help="upward in the take; found from the head if not given"
    )


def motion_of(options: argparse.Namespace) -> "Motion | None":
    """What the options ask for; None for nothing.

    Raises:
        AimError: the material, the frame rate or the take is none.
    """
    import numpy as np

    from ..errors import AimError
    from ..muscles.material import read_tissue
    from ..muscles.motion import Motion
    from ..muscles.take import read_heads

    motion = Motion(options.gravity, options.dynamics, read_tissue(options.material))
    if not motion.acts:
        return None
    if motion.dynamics and not options.fps:
        raise AimError("Dynamics needs the take's frames a second: give --fps")
    up = None
    if options.up:
        up = np.eye(3)[AXES.index(options.up) % 3] * (-1.0 if options.up[0] == "-" else 1.0)
    head = read_heads(options.take) if motion.gravity or motion.dynamics else None
    return Motion(motion.gravity, motion.dynamics, motion.tissue, head, options.fps, up)
