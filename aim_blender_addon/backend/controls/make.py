# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Face controls of a skin and its expressions: bones' places and axes, and the shape key of each way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.spatial import cKDTree

from ..anatomy.eyes.ball import Ball
from ..anatomy.eyes.estimate import ball_behind
from ..anatomy.survey import FaceSurvey
from ..geometry.mesh import Mesh
from ..geometry.mirror import Mirror, find_mirror
from ..geometry.smooth import falling
from ..geometry.surface import SurfacePoints, closest_weights, nearest_points
from ..progress import Progress, silent
from .keep_off import ALONG_BONE, TO_BONE, KeepOff, LidsShut, LipsApart
from .mapping import MAPPING, find_way
from .others import OtherPlaces
from .places import Places, axes_at, find_places
from .regions import find_regions
from .room import share_room
from .table import CONTROLS, axis_of, side_of
from .together import Together, Way, find_together

#: What is left between a control and its skin is made up for by skin this near, mm of an average adult.
_MENDED_MM = (2.0, 14.0)
#: An expression whose lips pass each other by more is a part of others, mm of an average adult.
_PASSED_MM = 8.0
#: A shape and the mirror image of another are the same expression of a side from this correlation on.
_ALIKE = 0.7
#: Ways that go towards bone.
_TO_BONE = ("back", "in")


@dataclass(frozen=True)
class MadeKey:
    """What one way of a control does.

    Attributes:
        control: its name.
        way: "up", "out" and so on.
        axis, sign: of the control's bone.
        reach: mm.
        moved: [V, 3] float32 mm at that reach.
        off_mm: what the expressions alone leave between control and skin.
    """

    control: str
    way: str
    axis: int
    sign: int
    reach: float
    moved: np.ndarray
    off_mm: float


@dataclass(frozen=True)
class MadeControls:
    """Face controls.

    Attributes:
        names: N controls.
        points: [N, 3] mm.
        axes: [N, 3, 3] rows X, Y, Z of each bone.
        corners: [N, 3] vertices of the triangle that each lies in.
        weights: [N, 3] their shares.
        keys: what they do.
        missing: controls that the expressions cannot move, or whose place does not show.
        together: what two ways need at once.
    """

    names: tuple[str, ...]
    points: np.ndarray
    axes: np.ndarray
    corners: np.ndarray
    weights: np.ndarray
    keys: tuple[MadeKey, ...]
    missing: tuple[str, ...]
    together: tuple[Together, ...]


def make_controls(
    survey: FaceSurvey,
    shapes: np.ndarray,
    jaw_mm: np.ndarray,
    keep_off: KeepOff | None = None,
    balls: Mapping[str, Ball] | None = None,
    progress: Progress = silent,
    adds: bool = False,
) -> MadeControls:
    """Controls for a face.

    Args:
        survey: of its neutral, mm.
        shapes: [E, V, 3] mm, what its expressions add to the skin before the jaw moves it.
        jaw_mm: [E] how far the jaw goes along with each.
        keep_off: holds skin off bone and teeth; None where there is none.
        balls: of the eyes by side; guessed from the lids where there are none.
        progress: is told how far it is.
        adds: the expressions are made to add, as ARKit's shapes are.

    Raises:
        ScanError: the neutral shows no face.
    """
    mesh = survey.neutral
    progress("Finding places for the controls", 0.0, {})
    places = find_places(survey)
    progress("Sharing the skin among them", 0.1, {})
    regions = find_regions(mesh, places)
    mirror = find_mirror(mesh, survey.frame.left, survey.frame.origin, _nearest(mesh))
    axes = frame_axes(survey)
    lips = None
    if "mouth" in survey.rims:
        lips = LipsApart.of(mesh, survey.rims["mouth"], axes[0], axes[1])
    shapes = np.asarray(shapes, np.float64)
    passed = np.array([lips.passed_mm(shape) if lips else 0.0 for shape in shapes])
    parts = passed > _PASSED_MM * places.scale
    jaw_mm = np.asarray(jaw_mm, np.float64) + np.where(parts, passed, 0.0)
    both = np.concatenate([shapes, [mirror.mirrored(shape) for shape in shapes]])
    maker = _Maker(mesh, places, regions, mirror, both, np.tile(jaw_mm, 2), np.tile(parts, 2), adds)
    balls = dict(balls or {})
    lids = {}
    for side in ("left", "right"):
        rims = survey.rims.get(f"eye_{side}")
        if rims is not None:
            ball = balls.get(side) or ball_behind(rims, survey.frame.front)
            lids[side] = LidsShut.of(mesh, rims, ball, survey.frame.up)
    keys: list[MadeKey] = []
    for number, control in enumerate(CONTROLS):
        progress("Mapping controls to expressions", 0.2 + 0.65 * number / len(CONTROLS), {})
        names = [name for name in control.names() if name in places.points]
        for way, farthest in control.ways.items():
            for name, key in maker.keys(names, way, farthest).items():
                keys.append(_held(maker, name, key, (keep_off, lips, lids)))
    keys = _even(keys)
    if keep_off is not None:
        progress("Trying controls at once", 0.85, {})
        keys = _even(_roomy(maker, keys, keep_off, lips))
    progress("Trying two controls at once", 0.9, {})
    ways = [
        Way(key.control, key.way, key.axis, key.reach, key.moved.astype(np.float64)) for key in keys
    ]
    together = tuple(find_together(ways, keep_off, lips))
    used = {key.control for key in keys}
    names = tuple(n for c in CONTROLS for n in c.names() if n in used)
    points = np.array([places.points[name] for name in names]).reshape(-1, 3)
    at = nearest_points(mesh, points)
    return MadeControls(
        names,
        points,
        np.array([maker.axes[name] for name in names]).reshape(-1, 3, 3),
        at.corners,
        at.weights,
        tuple(keys),
        tuple(n for c in CONTROLS for n in c.names() if n not in used),
        together,
    )


def frame_axes(survey: FaceSurvey) -> np.ndarray:
    """[3, 3] left, up and front of a face."""
    return np.stack([survey.frame.left, survey.frame.up, survey.frame.front])


def _even(keys: list[MadeKey]) -> list[MadeKey]:
    """Keys of a pair reach equally far: as the one that reaches less."""
    reach = {(key.control, key.way): key.reach for key in keys}
    found = []
    for key in keys:
        stem, side = key.control[:-2], key.control[-2:]
        other = reach.get((stem + {".L": ".R", ".R": ".L"}.get(side, side), key.way), key.reach)
        share = np.float32(min(other / key.reach, 1.0)) if side in (".L", ".R") else 1
        found.append(replace(key, reach=min(key.reach, key.reach * share), moved=key.moved * share))
    return found


def _held(
    maker: "_Maker",
    name: str,
    key: MadeKey,
    held_by: tuple[KeepOff | None, LipsApart | None, Mapping[str, LidsShut]],
) -> MadeKey:
    """The key with its skin off bone, teeth, lips and eyeballs at its limit."""
    keep_off, lips, lids = held_by
    moved, reach = key.moved.astype(np.float64), key.reach
    side = side_of(name)
    if lips is not None and not name.startswith(("brow", "lid")):
        moved = lips.held(moved)
    if keep_off is not None:
        if not name.startswith(("brow", "lid")):
            share = keep_off.room(moved, TO_BONE if key.way in _TO_BONE else ALONG_BONE)
            moved, reach = share * moved, share * reach
        moved = keep_off.held(moved)
        if lips is not None and not name.startswith(("brow", "lid")):
            moved = lips.held(moved)
    if name.startswith("lid") and side in lids:
        shuts = name.startswith("lid_upper") and key.way == "down"
        moved = lids[side].held(moved, shuts)
    return _on_skin(maker, key, moved, reach)


def _on_skin(maker: "_Maker", key: MadeKey, moved: np.ndarray, reach: float) -> MadeKey:
    """The key with another motion [V, 3] mm; its control stays on the skin that it moves, however that is held."""
    at, axis = maker.at[key.control], maker.axes[key.control][key.axis]
    got = float(at.interpolate(moved)[0] @ axis * key.sign)
    reach = got if got > 0.2 * reach else reach
    return replace(key, reach=reach, moved=moved.astype(np.float32))


def _roomy(
    maker: "_Maker", keys: Sequence[MadeKey], keep_off: KeepOff, lips: LipsApart | None
) -> list[MadeKey]:
    """The keys with the room before bone shared among all that bring the same skin there."""
    used = [key for key in keys if not key.control.startswith(("brow", "lid"))]
    axes = [(key.control, key.axis) for key in used]
    shared = share_room([key.moved for key in used], axes, keep_off, lips)
    by_role = {
        (key.control, key.way): _on_skin(maker, key, moved, key.reach)
        for key, moved in zip(used, shared, strict=True)
    }
    return [by_role.get((key.control, key.way), key) for key in keys]


class _Maker:
    """Makes the keys of one control and of its mirror image."""

    def __init__(
        self,
        mesh: Mesh,
        places: Places,
        regions: Mapping[str, np.ndarray],
        mirror: Mirror,
        shapes: np.ndarray,
        jaw_mm: np.ndarray,
        parts: np.ndarray,
        adds: bool,
    ):
        self.alone = ~parts
        self.together = MAPPING.together if adds else 1.0
        self.twins = _twins(*np.split(shapes, 2)) if len(shapes) else np.zeros(0, int)
        self.mesh, self.places, self.regions, self.mirror = mesh, places, regions, mirror
        self.shapes, self.jaw_mm = shapes, jaw_mm
        self.squared = np.einsum("evc,evc->ev", shapes, shapes)
        self.at = {name: nearest_points(mesh, point[None]) for name, point in places.points.items()}
        self.axes = {name: axes_at(mesh, point, places) for name, point in places.points.items()}
        self._even_axes()
        self.others = OtherPlaces(mesh, places, regions, shapes)

    def _even_axes(self) -> None:
        """Let the bones of a pair be mirror images of each other, and those in the middle face straight ahead."""
        reflect = self.mirror.reflection
        for name in list(self.axes):
            other = name[:-2] + ".R" if name.endswith(".L") else name if not side_of(name) else ""
            if other not in self.axes:
                continue
            out, rise = (self.axes[name][k] + reflect @ self.axes[other][k] for k in (1, 2))
            out = out / np.linalg.norm(out)
            rise = rise - (rise @ out) * out
            rise = rise / np.linalg.norm(rise)
            for one, turn in ((name, np.eye(3)), (other, reflect)):
                y, z = turn @ out, turn @ rise
                self.axes[one] = np.stack([np.cross(y, z), y, z])

    def keys(self, names: Sequence[str], way: str, farthest: float) -> dict[str, MadeKey]:
        """The keys of a way by control: of one in the middle, or of both sides alike."""
        if not names:
            return {}
        first = names[0]
        found = self._key(first, way, farthest * self.places.scale)
        if found is None:
            return {}
        field, reach = found
        made = {first: self._finished(first, way, field, reach)}
        for other in names[1:]:
            made[other] = self._finished(other, way, self.mirror.mirrored(field), reach)
        return made

    def _key(self, name: str, way: str, farthest: float) -> tuple[np.ndarray, float] | None:
        """Field [V, 3] and reach of a way, of the expressions in the control's region."""
        axis, sign = axis_of(name, way)
        direction = sign * self.axes[name][axis]
        at = np.concatenate([self.at[name].interpolate(shape) for shape in self.shapes])
        region = self.regions[name]
        leak = np.sqrt(((1 - region) * self.squared).mean(axis=1))
        costs = MAPPING.leak * leak + MAPPING.jaw * self.jaw_mm
        others_mm, beyond_mm = self.others.moved_mm(name)
        costs += MAPPING.others * beyond_mm
        # What shuts the lips of an open jaw is no expression alone; it does show how one lip moves.
        used = self.alone | name.startswith("lip")
        size = np.linalg.norm(at, axis=1)
        if self.together > 1:  # no farther than one expression moves the place at most
            farthest = min(farthest, float(size[used].max(initial=0.0)))
        least = MAPPING.least_mm * self.places.scale
        brow = name.startswith("brow")
        across = MAPPING.brow_across if brow else 1.0
        aside = MAPPING.brow_aside if brow else None
        # Shapes that are another control's own come in where there are no others.
        for own in (used & (others_mm <= MAPPING.theirs * size), used):
            found = find_way(
                at[own],
                direction,
                farthest,
                costs[own],
                self.together,
                self.twins[own],
                across,
                aside,
            )
            if found is not None and found.reach >= least:
                break
        else:
            return None
        field = np.tensordot(found.values, self.shapes[own], 1)
        if not side_of(name) and axis != 0:
            field = (field + self.mirror.mirrored(field)) / 2
        return region[:, None] * field, found.reach

    def _finished(self, name: str, way: str, field: np.ndarray, reach: float) -> MadeKey:
        """The key, with what is left between control and skin made up for near it."""
        axis, sign = axis_of(name, way)
        goal = reach * sign * self.axes[name][axis]
        left_over = goal - self.at[name].interpolate(field)[0]
        near = np.linalg.norm(self.mesh.vertices - self.places.points[name], axis=1)
        share = falling(near / self.places.scale, _MENDED_MM) * self.regions[name]
        at = self.at[name].interpolate(share[:, None])[0, 0]
        if not name.startswith("lid"):  # lids slide on the eye: they are not led straight
            field = field + share[:, None] * left_over / max(at, 0.2)
        field = self.others.spared(name, field, reach)
        off = float(np.linalg.norm(left_over))
        return MadeKey(name, way, axis, sign, reach, field.astype(np.float32), off)


def _twins(shapes: np.ndarray, mirrored: np.ndarray) -> np.ndarray:
    """[2 E] numbers of E shapes and of their mirror images; the same for two that are one expression of this side."""
    flat = [part.reshape(len(part), -1) for part in (shapes, mirrored)]
    unit = [part / np.maximum(np.linalg.norm(part, axis=1), 1e-9)[:, None] for part in flat]
    alike = unit[0] @ unit[1].T  # [E, E]
    best = alike.argmax(axis=0)
    own = np.arange(len(shapes))
    return np.concatenate([own, np.where(alike[best, own] > _ALIKE, best, own)])


def _nearest(mesh: Mesh):  # noqa: ANN202 - geometry.mirror.Nearest
    """Finds the nearest places on a mesh, and the triangles they lie in."""
    corners = mesh.vertices[mesh.triangles].astype(np.float64)
    tree = cKDTree(corners.mean(axis=1))

    def nearest(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        count = min(12, len(corners))
        near = tree.query(points, k=count)[1].reshape(len(points), count)
        weights, distance = closest_weights(points[:, None], corners[near])
        row, best = np.arange(len(points)), distance.argmin(axis=1)
        triangle = near[row, best]
        places = SurfacePoints(mesh.triangles[triangle], weights[row, best])
        return places.interpolate(mesh.vertices.astype(np.float64)), triangle

    return nearest
