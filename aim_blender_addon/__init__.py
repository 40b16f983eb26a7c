# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""AIM Faces: an anatomical face rig from scans of one actor.

Nothing here imports Blender before :func:`register`, so that ``backend`` is an ordinary package too.
"""


def register() -> None:
    """Register everything in the order of ``registration.NAMES``."""
    from . import registration

    registration.register()


def unregister() -> None:
    """Take everything back in the reverse order."""
    from . import registration

    registration.unregister()
