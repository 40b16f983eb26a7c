# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is inside a head and what it moves with: teeth, gums, tongue, lining of the mouth, eyes (numpy only).

Everything is decided by where a connected piece lies in the frame of the jaw's joint:

* What is not in the mouth moves with the skin nearest to it. Where that skin hardly follows the jaw, or almost
  wholly, the piece goes as a whole: eyes go with the skull.
* The tongue lies between the teeth and fills the middle. It goes with the jaw, and less and less towards its root.
* What reaches far above and far below the bite is soft: the lining, gums made in one piece. It goes with the skull
  above and the jaw below. Where it hangs on the skin it has the skin's weight, and a smooth weight between.
* Everything else is hard and goes with the skull or the jaw as a whole, whichever side of the bite it lies on.

The joint gives the bite only roughly: the Balkwill angle differs between people by some degrees. So the plane is
moved to where it cuts the fewest pieces.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..geometry.mesh import Mesh
from ..geometry.smooth import falling
from ..geometry.topology import component_labels, edge_use
from .jaw.joint import BALKWILL_DEGREES, JawJoint
from .worn import OverSkin

#: What a piece goes with.
SKULL = "skull"
JAW = "jaw"
BOTH = "both"

# The numbers are assumptions, tried on the made heads. Lengths are fractions of the distance from the hinge axis to the
# incisors, widths of half the distance between the condyles.
#: The middle of a piece in the mouth lies at most this far before the incisors' edge (negative: before it),
_MOUTH_FRONT = -0.10
#: at most this far behind it,
_MOUTH_BACK = 1.05
#: and at most this far above or below the bite; lengths.
_MOUTH_HEIGHT = 0.55
#: A piece in the mouth is narrower than this; width.
_MOUTH_WIDTH = 1.0
#: A tongue is narrower than this (the rows of teeth are 0.64 wide),
_TONGUE_WIDTH = 0.52
#: longer than this,
_TONGUE_LENGTH = 0.35
#: begins at most this far before the incisors' edge (negative: before it),
_TONGUE_FRONT = -0.05
#: and its middle is at most this far above the bite: the palate lies higher.
_TONGUE_TOP = 0.10
#: A tongue with bones has more vertices than this.
_TONGUE_POINTS = 24
#: Soft is what lies at least this far on both sides of the bite; length.
_SOFT_HEIGHT = 0.08
#: A row of teeth with its gum is less tall than this; length.
_ROW_HEIGHT = 0.35
#: Behind the incisors' edge the floor of the mouth and the tongue follow the jaw wholly up to here,
_ROOT_BEGINS = 0.55
#: and not at all from here on; lengths.
_ROOT_ENDS = 1.05
#: The last part of a tongue lies still: what is behind this share of its vertices.
_ROOT_STILL = 0.96
#: From there it goes over to the jaw within this, at least; length.
_ROOT_BLEND = 0.40
#: The weights of soft pieces are smoothed over about this length.
_SMOOTHING = 0.06
#: An open edge nearer to the skin than this hangs on it; length.
_ON_SKIN = 0.01
#: A piece outside the mouth is the skull's if the mean weight of the skin around it is below this,
_OF_SKULL = 0.1
#: and the jaw's if it is above this.
_OF_JAW = 0.9
#: Offsets of the bite's plane that are tried, mm,
_BITE_OFFSETS = np.linspace(-8, 8, 17)
#: and its turns, degrees.
_BITE_TURNS = np.linspace(-12, 12, 13)
#: Cost of the largest offset or turn, where 1 is a piece that is not cut.
_BITE_TRUST = 0.05
#: Worth of as much below the bite as above, in the same measure.
_BITE_BALANCE = 0.4


@dataclass(frozen=True)
class Part:
    """An object inside or on the head.

    Attributes:
        mesh: in rest; millimetres, head space.
        skin_distance: [V] mm from each vertex to the skin.
        skin_weight: [V] jaw weight of the skin there.
        over_skin: tells what lies over the skin, such as a beard; None where no skin is known.
    """

    mesh: Mesh
    skin_distance: np.ndarray
    skin_weight: np.ndarray
    over_skin: OverSkin | None = None


@dataclass(frozen=True)
class Attachment:
    """What a part moves with.

    Attributes:
        jaw_weight: [V] float32 in [0, 1]; the rest is the skull's.
        pieces: how many connected pieces go with the ``skull``, the ``jaw`` or ``both``.
        outside: [V] bool, what lies outside the mouth.
        soft: [V] bool, soft pieces in the mouth: its lining, gums made in one piece.
    """

    jaw_weight: np.ndarray
    pieces: dict[str, int]
    outside: np.ndarray
    soft: np.ndarray


def attach_parts(parts: Sequence[Part], joint: JawJoint) -> list[Attachment]:
    """What each part moves with; parts that belong together are best given together.

    Raises:
        ValueError: a part has no vertices.
    """
    if not all(len(part.mesh.vertices) for part in parts):
        raise ValueError("a part has no vertices")
    pieces = [_pieces(part.mesh) for part in parts]
    mouth = _Mouth(joint)
    inside = [
        [_is_inside(part.mesh.vertices[piece], mouth, part.over_skin) for piece in found]
        for part, found in zip(parts, pieces, strict=True)
    ]
    in_mouth = [
        part.mesh.vertices[piece]
        for part, found, held in zip(parts, pieces, inside, strict=True)
        for piece, is_held in zip(found, held, strict=True)
        if is_held
    ]
    mouth = mouth.with_bite_between(_hard(in_mouth, mouth))
    return [
        _attach(part, found, held, mouth)
        for part, found, held in zip(parts, pieces, inside, strict=True)
    ]


def mouth_pieces(
    meshes: Sequence[Mesh], joint: JawJoint, over_skin: OverSkin | None = None
) -> set[str]:
    """Which of ``teeth``, ``gums``, ``tongue`` and ``lining`` connected pieces of the meshes are.

    Args:
        meshes: without the skin; mm, head space.
        joint: of the jaw.
        over_skin: tells a beard from what is in the mouth; None where no skin is known.
    """
    mouth = _Mouth(joint)
    found = set()
    for mesh in meshes:
        for piece in _pieces(mesh):
            points = mesh.vertices[piece].astype(np.float64)
            if not _is_inside(points, mouth, over_skin):
                continue
            if mouth.is_tongue(points):
                found.add("tongue")
            elif not mouth.is_soft(points):
                found.add("teeth")
            else:
                found.add("lining" if mouth.is_tall(points) else "gums")
    return found


def tongue_of(
    meshes: Sequence[Mesh], joint: JawJoint, over_skin: OverSkin | None = None
) -> tuple[int, np.ndarray] | None:
    """The number of the mesh that holds the tongue, and its vertices [N] there; None where none is seen.

    Args:
        meshes, joint, over_skin: as for :func:`mouth_pieces`.
    """
    mouth, found = _Mouth(joint), []
    pieces = [
        (number, piece, mesh.vertices[piece].astype(np.float64))
        for number, mesh in enumerate(meshes)
        for piece in _pieces(mesh)
    ]
    pieces = [row for row in pieces if _is_inside(row[2], mouth, over_skin)]
    mouth = mouth.with_bite_between(_hard([points for *_where, points in pieces], mouth))
    for number, piece, points in pieces:
        if len(points) > _TONGUE_POINTS and mouth.holds(points) and mouth.is_tongue(points):
            found.append((len(piece), number, piece))
    return max(found, key=lambda one: one[0])[1:] if found else None


def _is_inside(points: np.ndarray, mouth: "_Mouth", over_skin: OverSkin | None) -> bool:
    """Whether a piece [N, 3] lies in the mouth, and not over the skin before it."""
    return mouth.holds(points) and (over_skin is None or not over_skin(points))


def _hard(pieces: Sequence[np.ndarray], mouth: "_Mouth") -> list[np.ndarray]:
    """Those of pieces [N, 3] that may be teeth."""
    return [
        points
        for points in pieces
        if mouth.holds(points) and not mouth.is_tongue(points) and not mouth.is_tall(points)
    ]


def bone_behind(points: np.ndarray, joint: JawJoint) -> tuple[np.ndarray, np.ndarray]:
    """How much places [N, 3] mm of the mouth's lining follow the jaw [N], and whether that is sure [N] bool.

    Sure is what lies off the bite: on the skull above, on the jaw below, less and less towards the throat.
    """
    mouth = _Mouth(joint)
    above = mouth.local(np.asarray(points, np.float64))[2]
    weight = np.where(above < 0, mouth.floor_weight(points), 0.0)
    return weight, np.abs(above) > _SOFT_HEIGHT


class _Mouth:
    """The frame of a mouth: sideways, behind the incisors' edge, and above the bite."""

    def __init__(self, joint: JawJoint, offset_mm: float = 0.0, turn_degrees: float = 0.0) -> None:
        self._joint = joint
        left, front, up = joint.left, joint.front, joint.up
        angle = np.radians(BALKWILL_DEGREES + turn_degrees)
        self._axes = np.stack(
            [
                left,
                -np.cos(angle) * front - np.sin(angle) * up,
                np.cos(angle) * up - np.sin(angle) * front,
            ]
        )
        self._origin = np.asarray(joint.incisor, float) + offset_mm * self._axes[2]
        self.length = joint.length
        self._half_width = (
            np.linalg.norm(np.subtract(joint.hinge_left, joint.hinge_right, dtype=float)) / 2
        )
        self._middle = (joint.pivot - self._origin) @ left

    def local(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Places of points [N, 3]: distance from the middle in half widths, behind and above in lengths; [N] each."""
        side, behind, above = ((points - self._origin) @ self._axes.T).T
        return (
            np.abs(side - self._middle) / self._half_width,
            behind / self.length,
            above / self.length,
        )

    def holds(self, points: np.ndarray) -> bool:
        """Whether a piece lies in the mouth."""
        side, behind, above = self.local(points)
        return bool(
            _MOUTH_FRONT < np.median(behind) < _MOUTH_BACK
            and abs(np.median(above)) < _MOUTH_HEIGHT
            and np.quantile(side, 0.95) < _MOUTH_WIDTH
        )

    def is_tongue(self, points: np.ndarray) -> bool:
        """Whether a piece in the mouth is the tongue."""
        side, behind, above = self.local(points)
        reach = np.ptp(behind)
        if side.max() > _TONGUE_WIDTH or reach < _TONGUE_LENGTH:
            return False
        if behind.min() < _TONGUE_FRONT or np.median(above) > _TONGUE_TOP:
            return False
        in_the_middle = np.sort(behind[side < _TONGUE_WIDTH / 4])
        ends = np.concatenate([[behind.min()], in_the_middle, [behind.max()]])
        return bool(np.diff(ends).max() < reach / 4)

    def is_tall(self, points: np.ndarray) -> bool:
        """Whether a piece in the mouth is too tall for a row of teeth, wherever the bite is."""
        return bool(np.ptp(np.quantile(self.local(points)[2], [0.05, 0.95])) > _ROW_HEIGHT)

    def is_soft(self, points: np.ndarray) -> bool:
        """Whether a piece in the mouth reaches far to both sides of the bite."""
        low, high = np.quantile(self.local(points)[2], [0.05, 0.95])
        return bool(low < -_SOFT_HEIGHT and high > _SOFT_HEIGHT)

    def floor_weight(self, points: np.ndarray) -> np.ndarray:
        """[N] how much the floor of the mouth and the tongue follow the jaw: less and less towards the throat."""
        return falling(self.local(points)[1], (_ROOT_BEGINS, _ROOT_ENDS))

    def tongue_weight(self, points: np.ndarray) -> np.ndarray:
        """[N] how much a tongue follows the jaw: its root lies still."""
        behind = self.local(points)[1]
        ends = min(_ROOT_ENDS, float(np.quantile(behind, _ROOT_STILL)))
        return falling(behind, (min(_ROOT_BEGINS, ends - _ROOT_BLEND), ends))

    def with_bite_between(self, pieces: Sequence[np.ndarray]) -> "_Mouth":
        """The same mouth with its bite where it cuts the fewest of the ``pieces`` [N, 3] in two."""
        if not pieces:
            return self
        points = np.concatenate(pieces)
        sizes = np.array([len(piece) for piece in pieces])
        owner = np.repeat(np.arange(len(pieces)), sizes)
        best, found = -np.inf, self
        for turn in _BITE_TURNS:
            above = _Mouth(self._joint, 0.0, turn).local(points)[2] * self.length
            for offset in _BITE_OFFSETS:
                below_bite = np.bincount(owner, above < offset, len(pieces)) / sizes
                off = (offset / _BITE_OFFSETS[-1]) ** 2 + (turn / _BITE_TURNS[-1]) ** 2
                whole = np.average((2 * below_bite - 1) ** 2, weights=sizes)
                below = np.average(below_bite, weights=sizes)
                score = whole + _BITE_BALANCE * min(below, 1 - below) - _BITE_TRUST * off
                if score > best:
                    best, found = score, (offset, turn)
        return _Mouth(self._joint, *found)


def _pieces(mesh: Mesh) -> list[np.ndarray]:
    """The vertex numbers of each connected piece."""
    labels = component_labels(len(mesh.vertices), edge_use(mesh)[0])
    order = np.argsort(labels, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(labels[order])) + 1)


def _attach(part: Part, pieces: list[np.ndarray], inside: list[bool], mouth: _Mouth) -> Attachment:
    count = len(part.mesh.vertices)
    weight = np.zeros(count)
    outside, soft = np.zeros(count, bool), np.zeros(count, bool)
    for piece, is_inside in zip(pieces, inside, strict=True):
        points = part.mesh.vertices[piece].astype(np.float64)
        outside[piece] = not is_inside
        soft[piece] = is_inside and not mouth.is_tongue(points) and mouth.is_soft(points)
        weight[piece] = _weight(part, piece, mouth) if is_inside else _weight_outside(part, piece)
    counts = {SKULL: 0, JAW: 0, BOTH: 0}
    for piece in pieces:
        low, high = weight[piece].min(), weight[piece].max()
        counts[SKULL if high == 0 else JAW if low == 1 else BOTH] += 1
    return Attachment(weight.astype(np.float32), counts, outside, soft)


def _weight_outside(part: Part, piece: np.ndarray) -> np.ndarray | float:
    """[N] jaw weight of one piece outside the mouth, or one number for all of it."""
    around = part.skin_weight[piece].astype(np.float64)
    mean = around.mean()
    return 0.0 if mean < _OF_SKULL else 1.0 if mean > _OF_JAW else np.clip(around, 0, 1)


def _weight(part: Part, piece: np.ndarray, mouth: _Mouth) -> np.ndarray | float:
    """[N] jaw weight of one piece in the mouth, or one number for all of it."""
    points = part.mesh.vertices[piece].astype(np.float64)
    if mouth.is_tongue(points):
        return mouth.tongue_weight(points)
    if mouth.is_soft(points):
        return _soft_weight(part, piece, points, mouth)
    return float(np.median(mouth.local(points)[2]) < 0)


def _soft_weight(part: Part, piece: np.ndarray, points: np.ndarray, mouth: _Mouth) -> np.ndarray:
    """[N] smooth weight of a soft piece: the w of least sum_edges (w_i - w_j)^2 + sum_i a_i (w_i - t_i)^2.

    Far from the bite the weight a of a target t is (edge length / smoothing length)^2. At the bite it is zero, and
    on the skin the target is exact.
    """
    above = mouth.local(points)[2]
    target = np.where(above < 0, mouth.floor_weight(points), 0.0)
    edges, is_open = _edges_of(part.mesh, piece)
    length = np.linalg.norm(points[edges[:, 0]] - points[edges[:, 1]], axis=1).mean()
    hold = (np.abs(above) > _SOFT_HEIGHT) * (length / (_SMOOTHING * mouth.length)) ** 2
    # only the edge: a little further in, the nearest lip may be the other one
    fixed = np.zeros(len(piece), bool)
    fixed[edges[is_open]] = True
    fixed &= part.skin_distance[piece] < _ON_SKIN * mouth.length
    target[fixed] = np.clip(part.skin_weight[piece][fixed], 0, 1)
    return np.clip(_smoothest(edges, target, hold, fixed), 0, 1)


def _edges_of(mesh: Mesh, piece: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """[N, 2] the edges of a connected piece, in numbers of ``piece``, and [N] which of them have one face only."""
    edges, uses = edge_use(mesh)
    chosen = np.isin(edges[:, 0], piece)
    return np.searchsorted(piece, edges[chosen]), uses[chosen] == 1


def _smoothest(
    edges: np.ndarray, target: np.ndarray, hold: np.ndarray, fixed: np.ndarray
) -> np.ndarray:
    """[N] solution of (L + diag(hold)) w = hold target with w = target where ``fixed``; conjugate gradients."""
    count = len(target)
    first, second = edges.T
    free = ~fixed
    degree = np.bincount(edges.ravel(), minlength=count)

    def apply(values: np.ndarray) -> np.ndarray:
        across = np.bincount(first, values[second], count) + np.bincount(
            second, values[first], count
        )
        return free * ((degree + hold) * values - across)

    known = np.where(fixed, target, 0.0)
    residual = free * hold * target - apply(known)
    scale = np.maximum(degree + hold, 1e-12)
    answer, step = np.zeros(count), residual / scale
    size = residual @ step
    limit = 1e-16 * max(size, 1e-30)
    for _ in range(2 * count):
        if size <= limit:
            break
        image = apply(step)
        stride = size / (step @ image)
        answer += stride * step
        residual = residual - stride * image
        scaled = residual / scale
        size, last = residual @ scaled, size
        step = scaled + size / last * step
    return known + answer
