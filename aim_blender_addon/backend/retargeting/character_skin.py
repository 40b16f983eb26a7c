# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The skin of a character as it is read: one surface with a face, among all that a mesh may hold.

A mesh may be a head, a whole body, or a head among clothes. Its seams split vertices, and some of its faces may be flat
or doubled. The skin is a part of that surface in which each place is one point. All vertices of the mesh that lie in
these places follow it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from scipy.spatial import cKDTree

from ..anatomy.head.frame import FaceFrame
from ..anatomy.head.limbs import pieces
from ..anatomy.head.on_body import head_on_body, is_body, part_of, whole_triangles
from ..anatomy.head.openings import Openings, shown_openings
from ..anatomy.survey import FaceSurvey
from ..errors import RetargetError, ScanError
from ..geometry.mesh import Mesh, area_vectors
from ..geometry.surface import SurfacePoints
from ..geometry.thinned import thinned
from ..geometry.topology import component_labels
from ..geometry.weld import Welded, weld
from ..geometry.winding import wound_alike
from ..scans.units import face_width

#: A neutral alone may have any unit. Its face is scaled to this width, mm: an adult's.
USUAL_WIDTH_MM = 150.0
#: A face that is narrower than this, mm, is in another unit, not of another person.
MIN_WIDTH_MM = 100.0
#: The same for a wider one, mm.
MAX_WIDTH_MM = 250.0
#: A connected part with less than this share of all area holds no face: eyes, teeth, buttons.
LEAST_PART = 0.03
#: Parts that are looked at, largest first.
LOOKED_AT = 6
#: A skin of more points than this is thinned,
DENSE = 40_000
#: to so many: what is found on it costs the square of their number.
THINNED = 24_000
#: So many rims among those of eyes and mouth show a face, even on a surface with limbs.
ENOUGH_RIMS = 2


@dataclass(frozen=True)
class Followers:
    """Vertices of a mesh that move as its skin does: ``rows`` [D], each as a place of the skin."""

    rows: np.ndarray
    places: SurfacePoints


@dataclass(frozen=True)
class CharacterSkin:
    """The skin of a character.

    Attributes:
        rows: [S] a vertex of the mesh for each point of the skin.
        followers: all other vertices in the same places, and of a dense skin those between.
        survey: of the skin's face, times ``scale``.
        scale: millimetres in a unit of the mesh.
        beside: [S] bool, points at the cut to the rest of a body.
        parts: [V] which connected part each vertex belongs to; -1 for vertices of the skin's own part.
    """

    rows: np.ndarray
    followers: Followers
    survey: FaceSurvey
    scale: float
    beside: np.ndarray
    parts: np.ndarray


@dataclass(frozen=True)
class _Surface:
    """All surfaces of a mesh, and its connected parts: numbers of their points, the largest area first."""

    welded: Welded
    mesh: Mesh
    label: np.ndarray
    parts: list[np.ndarray]


@dataclass(frozen=True)
class _Chosen:
    """Points of the surface that are the skin, and its survey where it was made, or the frame of its face."""

    points: np.ndarray
    survey: FaceSurvey | None = None
    scale: float = 1.0
    frame: FaceFrame | None = None


def character_skin(
    mesh: Mesh,
    landmarks: Mapping[str, np.ndarray] | None = None,
    shapes: np.ndarray | None = None,
) -> CharacterSkin:
    """The part of a mesh that has the face.

    Args:
        mesh: in any unit.
        landmarks: [3] in the mesh's coordinates, set by hand.
        shapes: [N, V, 3] displacements in the mesh's units; they part lips that rest on each other.

    Raises:
        RetargetError: the mesh has no faces, or is a body without a face that shows.
        ScanError: no face is found, or vertices have no place.
    """
    if not len(mesh.triangles):
        raise RetargetError(f"'{mesh.name}' has no faces: choose the character's face mesh")
    if not np.isfinite(mesh.vertices).all():
        raise ScanError(f"'{mesh.name}' has vertices without a place: repair the mesh")
    surface = _surface(mesh, shapes)
    given = {name: np.asarray(point, float) for name, point in (landmarks or {}).items()}
    chosen = _marked(surface, given) if given else _with_face(surface)
    points, survey, scale = chosen.points, chosen.survey, chosen.scale
    if survey is None:
        survey, scale = _survey(part_of(surface.mesh, points), given, chosen.frame)
    kept, places = np.arange(len(points)), _each(np.arange(len(points)))
    if len(points) > DENSE:
        thin = thinned(survey.neutral, THINNED)
        kept, places = thin.rows, thin.places
        survey = replace(survey, neutral=thin.mesh, known_frame=survey.frame)
    rows, followers = _vertices(surface.welded, points, kept, places)
    parts = np.where(surface.welded.point < 0, -1, surface.label[surface.welded.point])
    parts[parts == surface.label[points[0]]] = -1
    beside = _beside(surface, points)[kept]
    return CharacterSkin(rows, followers, survey, scale, beside, parts)


def _surface(mesh: Mesh, shapes: np.ndarray | None) -> _Surface:
    """The mesh's surface with its seams closed."""
    welded = weld(mesh.vertices, mesh.triangles, shapes)
    if not len(welded.triangles):
        raise RetargetError(
            f"'{mesh.name}' has only faces without area: choose the character's face mesh"
        )
    points = mesh.vertices[welded.first]
    surface = Mesh.from_triangles(points, wound_alike(points, welded.triangles), mesh.name)
    label = component_labels(len(points), surface.triangles[:, [0, 1, 1, 2]].reshape(-1, 2))
    area = np.linalg.norm(area_vectors(points, surface.triangles), axis=1)
    share = np.bincount(label[surface.triangles[:, 0]], area, len(points)) / area.sum()
    large = np.argsort(-share, kind="stable")[:LOOKED_AT]
    parts = [
        np.flatnonzero(label == part)
        for number, part in enumerate(large)
        if number == 0 or share[part] > LEAST_PART
    ]
    return _Surface(welded, surface, label, parts)


def _survey(
    skin: Mesh, given: Mapping[str, np.ndarray], frame: FaceFrame | None = None
) -> tuple[FaceSurvey, float]:
    """The survey of a skin in any unit, its normals outwards, and how many millimetres that unit has."""
    if _inside_out(skin):
        skin = Mesh.from_triangles(skin.vertices, skin.triangles[:, ::-1], skin.name)
    width = face_width(skin)
    scale = 1.0 if MIN_WIDTH_MM <= width <= MAX_WIDTH_MM else USUAL_WIDTH_MM / max(width, 1e-30)
    skin = skin.with_vertices(skin.vertices * np.float32(scale))
    given = {name: point * scale for name, point in given.items()}
    if frame is not None:
        frame = replace(frame, origin=frame.origin * scale, scale=frame.scale * scale)
    return FaceSurvey(skin, given, frame), scale


def _with_face(surface: _Surface) -> _Chosen:
    """The part that shows a face: the largest one, a head on it, or another part."""
    first = surface.parts[0]
    whole = part_of(surface.mesh, first)
    survey, scale = _survey(whole, {})
    shown = _openings(survey)
    if shown is not None and shown.both:
        return _Chosen(first, survey, scale)
    sticking_out = pieces(whole)
    body = is_body(sticking_out)
    if shown is not None and shown.any and (not body or len(survey.rims) >= ENOUGH_RIMS):
        return _Chosen(first, survey, scale)
    found = head_on_body(whole, sticking_out) if body else None
    if found is not None:
        return _Chosen(first[found.rows], frame=found.frame)
    other = _other_part(surface)
    if other is not None:
        return other
    name = surface.mesh.name
    if body:
        raise RetargetError(
            f"'{name}' is a whole body, and no face with open eyes and a mouth was found on it: "
            "make the head an object of its own, or set its landmarks by hand"
        )
    if shown is not None and not survey.rims:
        raise RetargetError(
            f"'{name}' shows neither eyes nor a mouth where it looks most like a face: "
            "choose the character's face mesh, or set its landmarks by hand"
        )
    return _Chosen(first, survey, scale)


def _other_part(surface: _Surface) -> _Chosen | None:
    """A face on another part than the largest one: a head beside the body it belongs to."""
    for points in surface.parts[1:]:
        part = part_of(surface.mesh, points)
        survey, scale = _survey(part, {})
        shown = _openings(survey)
        if shown is not None and shown.both:
            return _Chosen(points, survey, scale)
        sticking_out = pieces(part)
        if is_body(sticking_out):
            found = head_on_body(part, sticking_out)
            if found is not None:
                return _Chosen(points[found.rows], frame=found.frame)
    return None


def _openings(survey: FaceSurvey) -> Openings | None:
    """What shows at the face that the survey finds; None where it finds none."""
    try:
        return shown_openings(survey.view)
    except ScanError:
        return None


def _marked(surface: _Surface, given: Mapping[str, np.ndarray]) -> _Chosen:
    """The part on which landmarks were set by hand; of a body the smallest piece that holds them all."""
    marks = np.stack(list(given.values()))
    if not np.isfinite(marks).all():
        return _Chosen(surface.parts[0])  # the survey names the landmark without a place
    nearest = [
        cKDTree(surface.mesh.vertices[points]).query(marks) for points in surface.parts
    ]  # distances, numbers
    number = int(np.argmin([distance.max() for distance, _ in nearest]))
    points = surface.parts[number]
    part = part_of(surface.mesh, points)
    sticking_out = pieces(part)
    if is_body(sticking_out):
        held = [
            piece.rows for piece in sticking_out if np.isin(nearest[number][1], piece.rows).all()
        ]
        if held:
            points = points[whole_triangles(part, min(held, key=len))]
    return _Chosen(points)


def _each(numbers: np.ndarray) -> SurfacePoints:
    """The points of the given numbers [N] themselves, as places."""
    corners = np.repeat(numbers[:, None], 3, axis=1).astype(np.int32)
    return SurfacePoints(corners, np.tile([1.0, 0.0, 0.0], (len(numbers), 1)))


def _vertices(
    welded: Welded, points: np.ndarray, kept: np.ndarray, places: SurfacePoints
) -> tuple[np.ndarray, Followers]:
    """A vertex for each of the points that are ``kept`` [S], and all others of the mesh that follow.

    Args:
        welded: the surface.
        points: [N] those with the face.
        kept: [S] numbers among them.
        places: [N] of all of them, on the skin of those that are kept.
    """
    number = np.full(len(welded.first) + 1, -1)  # the last one is that of vertices without a point
    number[points] = np.arange(len(points))
    of_vertex = number[welded.point]
    rows = welded.first[points[kept]]
    of_vertex[rows] = -1
    others = np.flatnonzero(of_vertex >= 0)
    own = of_vertex[others]
    return rows, Followers(others, SurfacePoints(places.corners[own], places.weights[own]))


def _beside(surface: _Surface, points: np.ndarray) -> np.ndarray:
    """[S] bool: points with a neighbour that is no part of the skin."""
    kept = np.zeros(len(surface.mesh.vertices), bool)
    kept[points] = True
    cut = surface.mesh.triangles[~kept[surface.mesh.triangles].all(axis=1)]
    beside = np.zeros(len(kept), bool)
    beside[cut.ravel()] = True
    return beside[points]


def _inside_out(skin: Mesh) -> bool:
    """A mirrored mesh whose faces kept their winding; a head encloses a positive volume."""
    corner = (skin.vertices - skin.vertices.mean(axis=0)).astype(float)[skin.triangles]
    return float(np.linalg.det(corner).sum()) < 0
