# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the mouth of a head lies, and the free head's teeth, gums, tongue and lining put there (numpy only).

The frame of a mouth begins at the edges of the upper incisors: left, up square to the bite, front. Its directions come
from the profile, its place from the lips and the joint, its size from the width of the face.
``tools/make_inside.py`` made the file.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from ..anatomy.jaw.joint import JawJoint
from ..geometry.mesh import Mesh
from ..geometry.smooth import smooth_step

#: The pieces in the frame of the mouth, mm of an adult of usual size.
FILE = Path(__file__).with_name("mouth.npz")
#: Pieces that stand in the skull and in the jaw.
UPPER = ("upper teeth", "upper gums")
LOWER = ("lower teeth", "lower gums", "tongue")
LINING = "lining"
TONGUE = "tongue"
#: The free head's tongue fills a shut mouth up to the palate; as its root lies still, it would stand as a wall in an
#: open one. So its back lies lower by this, mm of a usual mouth; the tip stays,
_TONGUE_LOWER = 10.0
#: and this share of its length behind the tip; from the second on all of it is lower.
_TONGUE_FALLS = (0.15, 0.75)


@dataclass(frozen=True)
class UsualMouth:
    """A usual adult's mouth; mm. Assumed, and tried on made heads in docs/decisions/measured-inside.md.

    Attributes:
        molar_width: between the middles of the first molars.
        arch_depth: from the incisors' edges back to the middles of the first molars.
        face_width: of the skin over the cheekbones, zygion to zygion, of a head with such teeth.
        cant_degrees: fall of the bite towards the front, against the normal of the line from nasion to chin
            ([Downs1948]).
        below_stomion: how far the upper incisors' edge lies below the line between closed lips.
        upper_lip: from the most prominent point of the upper lip back to that edge,
        lower_lip: from that of the lower lip,
        lips: and from the line between them.
        jaw_before: where the lower incisors' edge stands in the mouth's frame, up and front.
    """

    molar_width: float = 45.0
    arch_depth: float = 31.5
    face_width: float = 142.0
    cant_degrees: float = 7.1
    below_stomion: float = 2.3
    upper_lip: float = 11.5
    lower_lip: float = 11.0
    lips: float = 6.5
    jaw_before: tuple[float, float] = (0.6, -2.0)


USUAL = UsualMouth()


@dataclass(frozen=True)
class MouthPlace:
    """The frame of a mouth in head space.

    Attributes:
        origin: [3] mm, edges of the upper incisors.
        left_up_front: [3, 3] unit rows.
        scale: size over the usual one.
    """

    origin: np.ndarray
    left_up_front: np.ndarray
    scale: float

    def to_head(self, points: np.ndarray) -> np.ndarray:
        """Points [N, 3] of the usual mouth -> head space, mm."""
        return self.origin + self.scale * np.asarray(points, np.float64) @ self.left_up_front

    def to_mouth(self, points: np.ndarray) -> np.ndarray:
        """Points [N, 3] in head space -> the frame of the mouth, mm of a usual one."""
        return (np.asarray(points, np.float64) - self.origin) @ self.left_up_front.T / self.scale

    def pushed(self, back_mm: float) -> "MouthPlace":
        """The same mouth further back."""
        back = -back_mm * self.left_up_front[2]
        return MouthPlace(self.origin + back, self.left_up_front, self.scale)


def place_mouth(
    landmarks: Mapping[str, np.ndarray],
    left: np.ndarray,
    joint: JawJoint,
    incisor_known: bool,
    usual: UsualMouth = USUAL,
) -> MouthPlace:
    """Where a head's mouth lies.

    Args:
        landmarks: of the skin, [3] mm each.
        left: [3] unit vector to the person's left.
        joint: of the jaw.
        incisor_known: whether the joint's incisor was measured on a bone; else the lips tell more.
        usual: what mouths are like.
    """
    points = {name: np.asarray(point, np.float64) for name, point in landmarks.items()}
    scale = head_scale(points, usual)
    up = points["nasion"] - points["pogonion"]
    up = up - left * (up @ left)
    up = up / np.linalg.norm(up)
    front = np.cross(left, up)
    cant = np.radians(usual.cant_degrees)
    front = np.cos(cant) * front - np.sin(cant) * up
    up = np.cross(front, left)
    axes = np.stack([left, up, front])
    known = np.asarray(joint.incisor, np.float64)
    if incisor_known:
        edge = known - scale * (usual.jaw_before[0] * up + usual.jaw_before[1] * front)
        return MouthPlace(edge, axes, scale)
    depths = [
        points[name] @ front - scale * back
        for name, back in (
            ("stomion", usual.lips),
            ("upper_lip", usual.upper_lip),
            ("lower_lip", usual.lower_lip),
        )
    ]
    height = points["stomion"] @ up - scale * usual.below_stomion
    local = np.array([known @ left, height, np.mean(depths)])
    return MouthPlace(local @ axes, axes, scale)


def head_scale(landmarks: Mapping[str, np.ndarray], usual: UsualMouth = USUAL) -> float:
    """Size of a head over the usual one, by its width over the cheekbones."""
    width = np.asarray(landmarks["zygion_left"], float) - np.asarray(
        landmarks["zygion_right"], float
    )
    return float(np.linalg.norm(width) / usual.face_width)


@cache
def usual_pieces() -> dict[str, Mesh]:
    """The free head's pieces in the frame of the mouth, by name."""
    with np.load(FILE) as file:
        data = {name: file[name] for name in file.files}
    names = [name.removesuffix(" vertices") for name in data if name.endswith(" vertices")]
    pieces = {
        name: Mesh(
            data[f"{name} vertices"],
            data[f"{name} face_vertices"].astype(np.int32),
            data[f"{name} face_sizes"].astype(np.int32),
            name,
        )
        for name in names
    }
    return pieces | {TONGUE: _lain_down(pieces[TONGUE])}


def _lain_down(tongue: Mesh) -> Mesh:
    """A tongue in the frame of the mouth whose back lies lower."""
    points = tongue.vertices.astype(np.float64)
    behind = points[:, 2].max() - points[:, 2]
    begins, ends = np.multiply(_TONGUE_FALLS, behind.max())
    points[:, 1] -= _TONGUE_LOWER * smooth_step((behind - begins) / (ends - begins))
    return tongue.with_vertices(points.astype(np.float32))
