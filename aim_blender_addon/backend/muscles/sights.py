# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was seen of a face's places: targets in space, or pixels of one picture."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ..geometry.rigid import undo_rigid
from ..solving.pose import follow_rigidly
from ..solving.views import place_far_head, place_head, seen_in_images

#: Focal lengths over the longer side of the picture that are tried where none is known: wide lenses to long ones.
FOCAL_SHARES = (0.7, 1.2, 2.0, 4.0)


@dataclass(frozen=True)
class Sighted:
    """How far places are from where they were seen, with slopes; NaN where nothing was seen.

    Attributes:
        residual: [P, D] mm or pixels.
        by_place: [P, D, 3] slopes by the places in head space.
        by_focal: [P, D] slopes by the logarithm of the focal length; None where it is known.
    """

    residual: np.ndarray
    by_place: np.ndarray
    by_focal: np.ndarray | None = None


class Sight(Protocol):
    """What was seen of P places.

    Attributes:
        focal: its length in pixels is to be found.
        side: longer side of the picture, pixels; of use where the focal length is to be found.
    """

    focal: bool
    side: float

    def look(self, points: np.ndarray, head: np.ndarray, focal: float) -> Sighted:
        """Residuals of places [P, 3] mm in head space under a head pose [4, 4] and a focal length."""
        ...

    def starts(self, rest: np.ndarray) -> list[tuple[np.ndarray, float]]:
        """Head poses [4, 4] and focal lengths to begin with, for places [P, 3] mm of the face in rest."""
        ...

    def mm(self, points: np.ndarray, head: np.ndarray, focal: float) -> float:
        """What a millimetre at the face measures here."""
        ...


@dataclass(frozen=True)
class InSpace:
    """Places seen in space.

    Attributes:
        targets: [P, 3] mm, NaN for unseen.
    """

    targets: np.ndarray
    focal: bool = False
    side: float = 1.0

    def look(self, points: np.ndarray, head: np.ndarray, focal: float) -> Sighted:
        """See ``Sight``; residuals are measured in head space."""
        same = np.broadcast_to(np.eye(3), (len(points), 3, 3))
        return Sighted(points - undo_rigid(self.targets, head), same)

    def starts(self, rest: np.ndarray) -> list[tuple[np.ndarray, float]]:
        """See ``Sight``."""
        return [(follow_rigidly(rest, self.targets, np.zeros(len(rest))), 1.0)]

    def mm(self, points: np.ndarray, head: np.ndarray, focal: float) -> float:
        """See ``Sight``."""
        return 1.0


@dataclass(frozen=True)
class InPicture:
    """Places seen in one picture whose pixels are counted from the lower left.

    Attributes:
        pixels: [P, 2], NaN for unseen.
        camera: [3, 4] projection to pixels; None where it is to be found.
        size: [2] width and height, pixels; needed where the camera is to be found.
    """

    pixels: np.ndarray
    camera: np.ndarray | None = None
    size: np.ndarray | None = None

    @property
    def focal(self) -> bool:
        """See ``Sight``."""
        return self.camera is None

    @property
    def side(self) -> float:
        """See ``Sight``."""
        return 1.0 if self.size is None else float(np.max(self.size))

    def camera_of(self, focal: float) -> np.ndarray:
        """[3, 4] projection; the one to be found looks along -z, its middle is that of the picture."""
        if self.camera is not None:
            return self.camera
        across, up = np.asarray(self.size, float) / 2
        return np.array([[focal, 0, -across, 0], [0, focal, -up, 0], [0, 0, -1.0, 0]])

    def look(self, points: np.ndarray, head: np.ndarray, focal: float) -> Sighted:
        """See ``Sight``."""
        cameras = np.broadcast_to(self.camera_of(focal), (len(points), 3, 4))
        residual, slopes = seen_in_images(cameras, self.pixels)(head, points)
        if not self.focal:
            return Sighted(residual, slopes)
        return Sighted(residual, slopes, residual + self.pixels - np.asarray(self.size, float) / 2)

    def starts(self, rest: np.ndarray) -> list[tuple[np.ndarray, float]]:
        """See ``Sight``."""
        seen = np.isfinite(self.pixels).all(axis=1)
        lengths = [1.0]
        if self.focal:
            lengths = [share * self.side for share in FOCAL_SHARES]
        found = []
        for length in lengths:
            camera = self.camera_of(length)
            for place in (place_head, place_far_head):
                head = place(camera, self.pixels[seen], rest[seen])
                if head is not None and np.isfinite(head).all():
                    found.append((head, length))
        return found

    def mm(self, points: np.ndarray, head: np.ndarray, focal: float) -> float:
        """See ``Sight``."""
        whole = self.camera_of(focal) @ head
        depth = points.mean(axis=0) @ whole[2, :3] + whole[2, 3]
        return float(np.linalg.norm(whole[0, :3]) / max(abs(depth), 1e-9))
