# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How thick the soft tissue usually is, at the landmarks of the face and between them."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.interpolate import RBFInterpolator
from scipy.spatial import cKDTree

from ...errors import ScanError
from ...geometry.sampling import SurfaceTooLargeError, dense_samples
from .skin_view import SkinView

#: Adult mean depths in mm ([Stephan2008], rounded). Then the landmark's usual place in face coordinates (left, up,
#: front of the nose tip) of an average adult. Then the direction out of the skin along which it is sought.
#: Landmarks off the middle count for both sides.
DEPTHS: dict[str, tuple[float, tuple[float, float, float], tuple[float, float, float]]] = {
    "vertex": (5.0, (0, 130, -105), (0, 1, 0)),
    "opisthocranion": (6.5, (0, 45, -205), (0, 0, -1)),
    "supraglabella": (4.5, (0, 62, -22), (0, 0, 1)),
    "glabella": (5.5, (0, 46, -19), (0, 0, 1)),
    "nasion": (6.5, (0, 33, -24), (0, 0, 1)),
    "mid_nasal": (4.0, (0, 24, -17), (0, 0, 1)),
    "rhinion": (3.0, (0, 16, -10), (0, 0, 1)),
    "pronasale": (22.0, (0, 0, 0), (0, 0, 1)),
    "subnasale": (13.0, (0, -14, -14), (0, 0, 1)),
    "mid_philtrum": (11.0, (0, -22, -14), (0, 0, 1)),
    "upper_lip": (11.5, (0, -29, -12), (0, 0, 1)),
    "lower_lip": (13.0, (0, -43, -14), (0, 0, 1)),
    "supramentale": (11.0, (0, -54, -20), (0, 0, 1)),
    "pogonion": (11.0, (0, -66, -18), (0, 0, 1)),
    "gnathion": (8.5, (0, -76, -22), (0, -0.7, 0.7)),
    "menton": (7.0, (0, -82, -32), (0, -1, 0)),
    "frontal_eminence": (4.5, (32, 75, -32), (0, 0, 1)),
    "mid_supraorbital": (6.0, (28, 43, -28), (0, 0, 1)),
    "mid_infraorbital": (7.0, (30, 8, -32), (0, 0, 1)),
    "alare": (9.5, (17, -8, -22), (0, 0, 1)),
    "lateral_orbit": (9.0, (52, 25, -52), (0.7, 0, 0.7)),
    "temple": (15.0, (68, 32, -80), (1, 0, 0)),
    "temple_back": (8.0, (75, 45, -120), (1, 0, 0)),
    "parietal": (6.0, (70, 85, -120), (1, 0.5, 0)),
    "zygion": (6.0, (68, 6, -85), (1, 0, 0)),
    "malar": (10.0, (50, 5, -45), (0.6, 0, 0.8)),
    "supracanina": (9.5, (18, -24, -22), (0, 0, 1)),
    "infracanina": (10.5, (18, -50, -27), (0, 0, 1)),
    "supra_m2": (24.0, (50, -28, -55), (0.8, 0, 0.6)),
    "infra_m2": (19.5, (50, -48, -62), (0.8, 0, 0.6)),
    "mid_ramus": (17.5, (62, -28, -90), (1, 0, 0)),
    "mid_border": (10.0, (40, -70, -60), (0.8, -0.6, 0)),
    "gonion": (10.0, (55, -52, -98), (1, 0, 0)),
    "mastoid": (10.0, (65, -8, -132), (1, 0, 0)),
}
#: Standard deviations of the depths between persons, mm ([Stephan2008], rounded). Those
#: that the table does not have are taken from the nearest landmark over the same kind of tissue.
SPREADS: dict[str, float] = {
    "vertex": 1.5, "opisthocranion": 2.0, "supraglabella": 1.0, "glabella": 1.0, "nasion": 1.5, "mid_nasal": 1.0,
    "rhinion": 1.0, "pronasale": 4.0, "subnasale": 3.0, "mid_philtrum": 2.5, "upper_lip": 3.0, "lower_lip": 3.0,
    "supramentale": 2.0, "pogonion": 2.5, "gnathion": 3.0, "menton": 2.5, "frontal_eminence": 1.0,
    "mid_supraorbital": 2.0, "mid_infraorbital": 3.5, "alare": 2.0, "lateral_orbit": 2.0, "temple": 4.0,
    "temple_back": 3.0, "parietal": 2.0, "zygion": 2.0, "malar": 3.5, "supracanina": 2.0, "infracanina": 2.0,
    "supra_m2": 5.5, "infra_m2": 5.0, "mid_ramus": 4.0, "mid_border": 4.0, "gonion": 4.0, "mastoid": 4.0,
}  # fmt: skip
#: Largest part of the child-to-adult size by which depths follow the face's size.
SIZE_RANGE = (0.6, 1.3)
#: Distance between the points that stand for the skin, mm on an average face.
SPACING = 2.5
#: Deeper than this, mm on an average face, depths are rounded to a few mm.
FAR = 30.0
#: Farther than this from the skin, mm on an average face, a point is taken as inside.
SURE = 12.0


#: A point in the middle of the head, face coordinates of an average adult, mm.
CORE = np.array([0.0, 10.0, -95.0])


@dataclass(frozen=True)
class OuterSkin:
    """The skin as seen from outside, in face coordinates, without the insides of mouth, lids and nostrils.

    Attributes:
        view: the whole skin.
        points: [N, 3] mm.
        normals: [N, 3] unit, outwards.
    """

    view: SkinView
    points: np.ndarray
    normals: np.ndarray

    @cached_property
    def tree(self) -> cKDTree:
        """Of the points."""
        return cKDTree(self.points)

    @cached_property
    def _kept(self) -> np.ndarray:
        """Numbers [M] of samples that stand for the whole skin where it is far."""
        cells = np.round(self.points / (8.0 * self.view.frame.scale)).astype(np.int64)
        return np.unique(cells, axis=0, return_index=True)[1]

    @cached_property
    def _few(self) -> cKDTree:
        return cKDTree(self.points[self._kept])

    def depth(self, points: np.ndarray, near: int = 6) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Signed distance [P] below the skin (negative close outside) of points [P, 3], with the nearest samples.

        Returns:
            Depth [P], the numbers [P, near] of the nearest samples and their weights [P, near].
        """
        points = np.asarray(points, np.float64)
        distance, index = self._few.query(points, k=near, workers=-1)
        index = self._kept[index]
        fine = np.flatnonzero(
            distance[:, 0] < FAR * self.view.frame.scale
        )  # the rest is brain, or far outside
        distance[fine], index[fine] = self.tree.query(points[fine], k=near, workers=-1)
        weights = 1.0 / (distance + 1.0)
        weights /= weights.sum(axis=1, keepdims=True)
        below = np.einsum("pkc,pkc->pk", self.points[index] - points[:, None], self.normals[index])
        inside = np.einsum("pk,pk->p", below, weights) > 0
        # Deep down single normals mislead (lids, ears, a mask's rim). There a point is inside if it is nearer to
        # the head's core than the skin is.
        out = self.points[index[:, 0]] - CORE * self.view.frame.scale
        out /= np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-9)
        beyond = (
            np.einsum("pc,pc->p", points - self.points[index[:, 0]], out) > 0.3 * distance[:, 0]
        )
        inside = np.where(distance[:, 0] > SURE * self.view.frame.scale, ~beyond, inside)
        return np.where(inside, distance[:, 0], -distance[:, 0]), index, weights


def outer_skin(view: SkinView) -> OuterSkin:
    """Points of the skin with nothing before them, and whose outside is away from the head's core.

    The groove between the lips, the inside of the mouth and the lids' backs are left out.

    Raises:
        ScanError: the faces belong to other vertices.
    """
    scale = view.frame.scale
    try:
        samples = dense_samples(view.vertices, view.neutral.triangles, SPACING * scale)
    except SurfaceTooLargeError as error:
        raise ScanError(
            f"The faces of '{view.neutral.name}' do not fit the order of its vertices: import it again."
        ) from error
    points, normals = samples.points, samples.normals
    outwards = points - CORE * scale
    outwards[:, 1] *= 0.5  # the chin's underside and the neck count as outside, too
    outwards /= np.maximum(np.linalg.norm(outwards, axis=1, keepdims=True), 1e-9)
    facing = np.einsum("nc,nc->n", normals, outwards) > -0.5
    free = np.zeros(len(points), bool)
    for tilt in (0.0, 0.7):
        tested = np.flatnonzero(facing & ~free)
        if not len(tested):
            break
        direction = normals[tested] + tilt * outwards[tested]
        direction /= np.maximum(np.linalg.norm(direction, axis=1, keepdims=True), 1e-9)
        start = points[tested] + 0.05 * scale * normals[tested]
        free[tested] = np.isnan(view.first_hits(start, direction)).any(axis=1)
    return OuterSkin(view, points[free], normals[free])


def usual_depths(skin: OuterSkin, places: dict[str, np.ndarray]) -> np.ndarray:
    """Usual soft-tissue depth [N] mm at the samples of the skin.

    Args:
        skin: the outer skin.
        places: [3] face coordinates of the landmarks of :data:`DEPTHS`, as of :func:`landmark_places`.
    """
    depths = {name: depth for name, (depth, *_) in DEPTHS.items()}
    return _spread(skin.points, places, depths, 3.0, 26.0) * _growth(skin)


def depth_spreads(skin: OuterSkin, places: dict[str, np.ndarray], points: np.ndarray) -> np.ndarray:
    """Standard deviation [P] mm of the depth between persons, below points [P, 3] in face coordinates."""
    return _spread(points, places, SPREADS, 1.0, 6.0) * _growth(skin)


def _growth(skin: OuterSkin) -> float:
    return float(np.clip(skin.view.frame.scale, *SIZE_RANGE))


def _spread(points, places, values: dict[str, float], low: float, high: float) -> np.ndarray:
    """Values of landmarks spread smoothly over points [P, 3], within bounds."""
    kinds = {name: name.removesuffix("_left").removesuffix("_right") for name in places}
    known = [name for name, kind in kinds.items() if kind in values]
    where = np.stack([places[name] for name in known])
    at = np.array([values[kinds[name]] for name in known])
    field = RBFInterpolator(where, at, kernel="linear", smoothing=2.0, degree=0)
    return np.clip(field(points), low, high)


def landmark_places(skin: OuterSkin, warp, known: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Where the landmarks of :data:`DEPTHS` lie on this skin, face coordinates [3] each.

    Args:
        skin: the outer skin.
        warp: maps usual places [N, 3] to this face.
        known: landmarks found or set by hand, face coordinates; the others are sought at their usual place.
    """
    names, usual, out = [], [], []
    for name, (_, place, direction) in DEPTHS.items():
        sides = {"": 1.0} if not place[0] else {"_left": 1.0, "_right": -1.0}
        for suffix, sign in sides.items():
            names.append(name + suffix)
            usual.append(np.multiply(place, (sign, 1, 1)))
            out.append(np.multiply(direction, (sign, 1, 1)))
    where, out = warp(np.array(usual, float)), np.array(out, float)
    out /= np.linalg.norm(out, axis=1, keepdims=True)
    reach = 150.0 * skin.view.frame.scale
    hits = skin.view.first_hits(where + reach * out, -out)
    missed = np.isnan(hits).any(axis=1) | (np.linalg.norm(hits - where, axis=1) > 0.2 * reach)
    hits[missed] = skin.points[skin.tree.query(where[missed])[1]]
    kept = np.linalg.norm(hits - where, axis=1) < 0.3 * reach  # a mask has no back of the head
    places = {name: hit for name, hit, keep in zip(names, hits, kept, strict=True) if keep}
    return places | {name: np.asarray(known[name], float) for name in names if name in known}
