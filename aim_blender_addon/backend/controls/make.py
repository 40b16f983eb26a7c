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
from .keep_off import KeepOff, LidsShut
from .mapping import MAPPING, find_way
from .places import Places, axes_at, find_places
from .regions import find_regions
from .table import CONTROLS, axis_of, side_of

#: What is left between a control and its skin is made up for by skin this near, mm of an average adult.
_MENDED_MM = (2.0, 14.0)


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
        up: [3] of the face.
    """

    names: tuple[str, ...]
    points: np.ndarray
    axes: np.ndarray
    corners: np.ndarray
    weights: np.ndarray
    keys: tuple[MadeKey, ...]
    missing: tuple[str, ...]
    up: np.ndarray


def make_controls(
    survey: FaceSurvey,
    shapes: np.ndarray,
    jaw_mm: np.ndarray,
    keep_off: KeepOff | None = None,
    balls: Mapping[str, Ball] | None = None,
    progress: Progress = silent,
) -> MadeControls:
    """Controls for a face.

    Args:
        survey: of its neutral, mm.
        shapes: [E, V, 3] mm, what its expressions add to the skin before the jaw moves it.
        jaw_mm: [E] how far the jaw goes along with each.
        keep_off: holds skin off bone and teeth; None where there is none.
        balls: of the eyes by side; guessed from the lids where there are none.
        progress: is told how far it is.

    Raises:
        ScanError: the neutral shows no face.
    """
    mesh = survey.neutral
    progress("Finding places for the controls", 0.0, {})
    places = find_places(survey)
    progress("Sharing the skin among them", 0.1, {})
    regions = find_regions(mesh, places)
    mirror = find_mirror(mesh, survey.frame.left, survey.frame.origin, _nearest(mesh))
    shapes = np.asarray(shapes, np.float64)
    both = np.concatenate([shapes, [mirror.mirrored(shape) for shape in shapes]])
    maker = _Maker(mesh, places, regions, mirror, both, np.tile(jaw_mm, 2))
    balls = dict(balls or {})
    lids = {}
    for side in ("left", "right"):
        rims = survey.rims.get(f"eye_{side}")
        if rims is not None:
            ball = balls.get(side) or ball_behind(rims, survey.frame.front)
            lids[side] = LidsShut.of(mesh, rims, ball, survey.frame.up)
    keys: list[MadeKey] = []
    for number, control in enumerate(CONTROLS):
        progress("Mapping controls to expressions", 0.2 + 0.7 * number / len(CONTROLS), {})
        names = [name for name in control.names() if name in places.points]
        for way, farthest in control.ways.items():
            for name, key in maker.keys(names, way, farthest).items():
                keys.append(_held(maker, name, key, keep_off, lids))
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
        survey.frame.up,
    )


def _held(
    maker: "_Maker",
    name: str,
    key: MadeKey,
    keep_off: KeepOff | None,
    lids: Mapping[str, LidsShut],
) -> MadeKey:
    """The key with its skin off bone, teeth and eyeballs at its limit."""
    moved, reach = key.moved.astype(np.float64), key.reach
    side = side_of(name)
    if keep_off is not None:
        moved = keep_off.held(moved)
    if name.startswith("lid") and side in lids:
        shuts = name.startswith("lid_upper") and key.way == "down"
        moved = lids[side].held(moved, shuts)
        got = maker.at[name].interpolate(moved)[0] @ maker.axes[name][key.axis] * key.sign
        reach = float(got) if got > 0.2 * reach else reach
    return replace(key, reach=reach, moved=moved.astype(np.float32))


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
    ):
        self.mesh, self.places, self.regions, self.mirror = mesh, places, regions, mirror
        self.shapes, self.jaw_mm = shapes, jaw_mm
        self.squared = np.einsum("evc,evc->ev", shapes, shapes)
        self.at = {name: nearest_points(mesh, point[None]) for name, point in places.points.items()}
        self.axes = {name: axes_at(mesh, point, places) for name, point in places.points.items()}
        self._even_axes()

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
        found = find_way(at, direction, farthest, costs)
        if found is None or found.reach < MAPPING.least_mm * self.places.scale:
            return None
        field = np.tensordot(found.values, self.shapes, 1)
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
        off = float(np.linalg.norm(left_over))
        return MadeKey(name, way, axis, sign, reach, field.astype(np.float32), off)


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
