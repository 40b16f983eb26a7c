# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What acts on flesh beside its muscles: gravity, the head's motion, and a tissue that is not the actor's own."""

import hashlib
from dataclasses import asdict, dataclass

import numpy as np

from ..errors import AimError
from .head_path import HeadPath, check_fps, head_path, still_path
from .material import AS_SCANNED, Tissue, check_tissue


@dataclass(frozen=True)
class Motion:
    """What acts on the flesh.

    Attributes:
        gravity: the pull of the earth turns with the head, away from how it was in the scans.
        dynamics: flesh has inertia, so that it lags and shakes.
        tissue: what it is made of.
        head: [T, 4, 4] head space to take; None where the take has none.
        fps: frames a second of the take; needed for dynamics.
        up: [3] upward in the take; None for the axis along which the head stands most of the time.
        actor: the actor's own tissue beside usual ones, where it is known; ``tissue`` is in times of it.
    """

    gravity: bool = False
    dynamics: bool = False
    tissue: Tissue = AS_SCANNED
    head: np.ndarray | None = None
    fps: float = 0.0
    up: np.ndarray | None = None
    actor: Tissue = AS_SCANNED

    @property
    def acts(self) -> bool:
        """Something of it moves the flesh."""
        return self.gravity or self.dynamics or self.tissue != AS_SCANNED

    def settings(self) -> dict:
        """What frames depend on, ready for JSON."""
        head = None if self.head is None else np.ascontiguousarray(self.head, float).tobytes()
        return {
            "gravity": self.gravity,
            "dynamics": self.dynamics,
            "tissue": asdict(self.tissue),
            "actor": asdict(self.actor),
            "head": "" if head is None else hashlib.sha256(head).hexdigest()[:16],
            "fps": self.fps,
            "up": None if self.up is None else np.asarray(self.up, float).tolist(),
        }

    def path(self, count: int, source: str) -> HeadPath:
        """The way of the head over ``count`` frames; still where none is known.

        Raises:
            AimError: tissue, frame rate, head or the way up are none.
        """
        check_tissue(self.tissue, "The material")
        check_tissue(self.actor, "The actor's own material")
        if self.dynamics:
            check_fps(self.fps, source)
        if self.up is not None:
            up = np.asarray(self.up, float)
            if up.shape != (3,) or not np.isfinite(up).all() or not np.linalg.norm(up) > 0:
                raise AimError(f"The way up of {source} is no direction: give three numbers")
        if self.head is None:
            path = still_path(count)
            if self.gravity or self.dynamics:
                note = f"{source} has no head pose; the head was taken as upright and still"
                return HeadPath(path.turns, path.places, path.starts, (note,))
            return path
        return head_path(self.head, count, self.fps if self.dynamics else 0.0, source)
