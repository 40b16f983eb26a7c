# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether scans can be fitted: one sentence that names the scan and the way out (numpy only)."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from ..errors import ScanError, one_line
from ..geometry.mesh import Mesh, area_vectors
from ..geometry.topology import compare_faces, component_labels, corner_edges, edge_use, part_sizes
from ..geometry.weld import close_seams
from .vertex_order import Comparison, compare, neighbours

#: Blender cuts names of shape keys after this many bytes
LONGEST_NAME = 63
#: a scan this much larger or smaller than the neutral has another unit or scale
_OTHER_SCALE = 1.25
#: and this much is worth a warning
_WORTH_SAYING_SCALE = 1.03
#: largest motion of skin that is none, over the head's size
_NO_MOTION = 1e-4
#: largest motion of skin that is hardly any, over the head's size
_HARDLY_MOTION = 5e-3
#: two scans are equal when they differ by about this, root mean square, shares of the head's size
_EQUAL = 1e-5
#: a scan turned by more than this is worth a warning
_TURNED_DEGREES = 60.0
#: fewer expressions than this are worth a warning
_FEW_EXPRESSIONS = 5
#: normals point outward while this measure, 1 for a ball and -1 for one inside out, is above it
_INSIDE_OUT = -0.2
#: Single precision has seven digits; a scan this many times its size away from the origin has some three left.
_FAR_AWAY = 1000.0
#: factors between units, as the message says them
_UNIT_STEPS = {10.0: "10", 25.4: "25.4 (inches)", 100.0: "100", 1000.0: "1000"}


def check_scans(neutral: Mesh, expressions: Sequence[Mesh]) -> None:
    """Raises ScanError at the first thing that keeps these scans from being fitted.

    The size of the face is not checked here; see ``units.check_face_size``.

    Args:
        neutral: the scan in rest.
        expressions: the other scans, in the neutral's unit; head motion does not matter.
    """
    _check_names(expressions)
    _check_finite([neutral, *expressions])
    _check_faces([neutral, *expressions])
    _check_same_vertices(neutral, expressions)
    _check_surface(neutral, expressions)
    relations = [compare_faces(neutral, scan) for scan in expressions]
    for relation in ("other", "renumbered"):
        found = [s for s, r in zip(expressions, relations, strict=True) if r == relation]
        _raise_for(relation, neutral, found)
    compared = _compare(neutral, expressions)
    _check_geometry(neutral, expressions, compared)


def check_same_face(neutral: Mesh, scan: Mesh) -> None:
    """Raises ScanError unless a scan is the neutral's mesh in another pose, or in the same one.

    Args:
        neutral: the scan in rest.
        scan: in the neutral's unit; head motion does not matter.
    """
    _check_finite([scan])
    _check_same_vertices(neutral, [scan])
    relation = compare_faces(neutral, scan)
    if relation in ("other", "renumbered"):
        _raise_for(relation, neutral, [scan])
    _check_geometry(neutral, [scan], _compare(neutral, [scan]), may_rest=True)


def check_neutral(neutral: Mesh) -> None:
    """Raises ScanError at the first thing that keeps a neutral alone from being used.

    Args:
        neutral: the scan in rest.
    """
    _check_finite([neutral])
    _check_faces([neutral])
    _check_surface(neutral)


def without_motion(neutral: Mesh, scans: Sequence[Mesh]) -> list[str]:
    """Names of the scans that are the neutral again: headings among shape keys, and keys that nobody sculpted.

    Raises:
        ScanError: vertices have no valid position.
    """
    _check_finite([neutral, *scans])
    size = np.linalg.norm(np.ptp(neutral.vertices, axis=0)) if len(neutral.vertices) else 0.0
    return [
        scan.name
        for scan in scans
        if scan.vertices.shape == neutral.vertices.shape
        and np.abs(scan.vertices - neutral.vertices).max(initial=0.0) <= _NO_MOTION * size
    ]


def scan_warnings(neutral: Mesh, expressions: Sequence[Mesh]) -> list[str]:
    """Sentences on what is odd but harmless about scans that passed ``check_scans``."""
    compared = _compare(neutral, expressions)
    return [
        *_warn_set(neutral, expressions),
        *_warn_faces(neutral, expressions),
        *_warn_geometry(neutral, expressions, compared),
        *_warn_equal(expressions, compared),
    ]


# ------------------------------------------------------------------------------- names and lists


def _check_names(expressions: Sequence[Mesh]) -> None:
    if not expressions:
        raise ScanError(
            "There is no expression scan yet: add at least one scan beside the neutral."
        )
    for number, scan in enumerate(expressions, 1):
        if not scan.name.strip():
            raise ScanError(
                f"Expression {number} has no name: give it one, it becomes the shape key's name."
            )
        if (
            scan.name.splitlines() != [scan.name] or "\0" in scan.name
        ):  # lists of names are kept in lines
            raise ScanError(
                f"The name of the scan '{one_line(scan.name)}' has a line end in it: rename the scan."
            )
        length = len(scan.name.encode("utf-8", "surrogatepass"))
        if length > LONGEST_NAME:
            raise ScanError(
                f"The name '{scan.name}' is {length} bytes long, but Blender keeps only "
                f"{LONGEST_NAME}: shorten it."
            )
    twice = [
        name for name, count in Counter(scan.name for scan in expressions).items() if count > 1
    ]
    if twice:
        raise ScanError(f"Two expressions are named {_quote(twice)}: rename or remove one of each.")


def _check_finite(scans: Sequence[Mesh]) -> None:
    for scan in scans:
        broken = int((~np.isfinite(scan.vertices).all(axis=1)).sum())
        if broken:
            raise ScanError(
                f"'{scan.name}' has {_count(broken, 'vertex', 'vertices')} without a valid "
                "position (NaN or infinite): repair or export the scan again."
            )


def _check_faces(scans: Sequence[Mesh]) -> None:
    for scan in scans:
        if not len(scan.face_sizes):
            raise ScanError(
                f"'{scan.name}' has no faces: use the scan's mesh, not its point cloud or curve."
            )


def _check_same_vertices(neutral: Mesh, expressions: Sequence[Mesh]) -> None:
    other = [scan for scan in expressions if len(scan.vertices) != len(neutral.vertices)]
    if other:
        raise ScanError(
            f"{_quote([s.name for s in other])} {_has(other)} {len(other[0].vertices):,} vertices "
            f"but '{neutral.name}' has {len(neutral.vertices):,}: all scans must be the same mesh in "
            "other poses, so register them to one template, or export them without merging or "
            "splitting vertices."
        )


# --------------------------------------------------------------------------- the neutral's surface


def _check_surface(neutral: Mesh, expressions: Sequence[Mesh] = ()) -> None:
    """Checks faces and parts of the neutral, which all scans share."""
    count = len(neutral.vertices)
    loose = count - len(np.unique(neutral.face_vertices))
    if loose:
        raise ScanError(
            f"'{neutral.name}' has {_count(loose, 'vertex', 'vertices')} without a face: "
            "delete loose geometry in all scans alike."
        )
    edges, uses = edge_use(neutral)
    _check_parts(neutral, edges, expressions)
    if (uses > 2).any():
        raise ScanError(
            f"'{neutral.name}' has {_count(int((uses > 2).sum()), 'edge', 'edges')} with more than "
            "two faces: delete inner or doubled faces in all scans alike (Select > All by Trait > "
            "Non Manifold shows them)."
        )
    _check_winding(neutral)
    flat = int(_flat_faces(neutral).sum())
    away = float(np.linalg.norm(neutral.vertices.mean(axis=0, dtype=np.float64)))
    if flat and away > _FAR_AWAY * float(np.ptp(neutral.vertices, axis=0).max()):
        raise ScanError(
            f"'{neutral.name}' lies {away / 1000:,.0f} m from the origin, where coordinates are too coarse for a face: "
            "move all scans alike to the origin, and export them again."
        )
    if flat:
        raise ScanError(
            f"'{neutral.name}' has {_count(flat, 'face', 'faces')} without area: "
            "move their vertices apart in the neutral, or dissolve them in all scans alike."
        )


def _check_parts(neutral: Mesh, edges: np.ndarray, expressions: Sequence[Mesh]) -> None:
    sizes = part_sizes(component_labels(len(neutral.vertices), edges))
    if len(sizes) == 1:
        return
    point = close_seams(neutral, expressions)
    if len(part_sizes(component_labels(int(point.max()) + 1, point[edges]))) == 1:
        return
    place = np.unique(neutral.vertices, axis=0, return_inverse=True)[1].reshape(-1)
    if len(part_sizes(component_labels(int(place.max()) + 1, place[edges]))) == 1:
        raise ScanError(
            f"'{neutral.name}' is {len(sizes):,} parts that lie on each other along their seams and do not move as "
            "one: merge the seams' vertices in all scans alike, or export without splitting."
        )
    raise ScanError(
        f"'{neutral.name}' is {len(sizes):,} separate parts ({_listing(sizes)} vertices): "
        "delete eyeballs, teeth and other parts in all scans alike, so that only the skin is left."
    )


def _check_winding(neutral: Mesh) -> None:
    directed = corner_edges(neutral)
    keys = directed[:, 0] * len(neutral.vertices) + directed[:, 1]
    against = len(keys) - len(np.unique(keys))
    way_out = "recalculate the normals outside (Mesh > Normals) in the neutral"
    if against:
        raise ScanError(
            f"Faces of '{neutral.name}' face both ways along {against:,} edges: {way_out}."
        )
    corner = neutral.vertices[neutral.triangles].astype(np.float64)
    normal = area_vectors(neutral.vertices, neutral.triangles)
    area = np.linalg.norm(normal, axis=1)
    middle = corner.mean(axis=1)
    from_centre = middle - (middle * area[:, None]).sum(axis=0) / max(area.sum(), 1e-300)
    outward = (normal * from_centre).sum()
    if outward < _INSIDE_OUT * (area * np.linalg.norm(from_centre, axis=1)).sum():
        raise ScanError(f"'{neutral.name}' is inside out: {way_out}.")


def _flat_faces(mesh: Mesh) -> np.ndarray:
    """[F] bool: polygons without area, as far as float32 coordinates can tell."""
    points = mesh.vertices.astype(np.float64)
    edges = points[corner_edges(mesh)]  # [L, 2, 3]
    starts = np.cumsum(mesh.face_sizes) - mesh.face_sizes
    middle = edges[:, 0] - np.repeat(edges[starts, 0], mesh.face_sizes, axis=0)
    ahead = edges[:, 1] - np.repeat(edges[starts, 0], mesh.face_sizes, axis=0)
    area = np.linalg.norm(np.add.reduceat(np.cross(middle, ahead), starts, axis=0), axis=1) / 2
    length = np.maximum.reduceat(np.linalg.norm(edges[:, 1] - edges[:, 0], axis=1), starts)
    rounding = np.abs(points).max() * np.finfo(np.float32).eps
    return area <= length * np.maximum(rounding, 1e-6 * length)


# ----------------------------------------------------------------------------- scans and neutral


def _compare(neutral: Mesh, expressions: Sequence[Mesh]) -> list[Comparison]:
    around = neighbours(neutral, edge_use(neutral)[0])
    return [compare(around, scan.vertices) for scan in expressions]


def _raise_for(relation: str, neutral: Mesh, scans: Sequence[Mesh]) -> None:
    if not scans:
        return
    names = _quote([scan.name for scan in scans])
    if relation == "renumbered":
        raise ScanError(
            f"{names} {_has(scans)} the vertices of '{neutral.name}' in another order: "
            "export all scans the same way and keep the vertex order on import."
        )
    raise ScanError(
        f"{names} {_has(scans)} as many vertices as '{neutral.name}' but other faces: all scans "
        "must be the same mesh in other poses, so register them to one template or keep the vertex "
        "order on export and import."
    )


def _check_geometry(
    neutral: Mesh,
    expressions: Sequence[Mesh],
    compared: Sequence[Comparison],
    may_rest: bool = False,
) -> None:
    def those(test: Callable[[Comparison], bool]) -> list[Mesh]:
        return [scan for scan, found in zip(expressions, compared, strict=True) if test(found)]

    for scan, found in zip(expressions, compared, strict=True):
        if not 1 / _OTHER_SCALE < found.scale < _OTHER_SCALE:
            raise ScanError(_other_scale(neutral, scan, found.scale))
    if mirrored := those(lambda found: found.mirrored):
        raise ScanError(
            f"{_quote([s.name for s in mirrored])} {_is(mirrored)} a mirror image of "
            f"'{neutral.name}': export or import without flipping an axis."
        )
    _raise_for("renumbered", neutral, those(lambda found: found.misplaced > 0))
    if may_rest:
        return
    if still := those(lambda found: found.largest <= _NO_MOTION):
        raise ScanError(
            f"{_quote([s.name for s in still])} {_is(still)} the neutral again, no skin moves: "
            "remove it from the list."
        )


def _other_scale(neutral: Mesh, scan: Mesh, scale: float) -> str:
    ratio = max(scale, 1 / scale) if scale > 0 else np.inf
    if not np.isfinite(ratio):
        return f"All vertices of '{scan.name}' lie in one point: export the scan again."
    than = f"{'larger' if scale > 1 else 'smaller'} than '{neutral.name}'"
    step = next(
        (text for step, text in _UNIT_STEPS.items() if abs(np.log(ratio / step)) < 0.15), None
    )
    if step:
        return (
            f"'{scan.name}' is {step} times {than}, so in another unit: scale it to the same unit."
        )
    return f"'{scan.name}' is {ratio:.3g} times {than}: bring it to the same scale."


# ---------------------------------------------------------------------------------------- warnings


def _warn_set(neutral: Mesh, expressions: Sequence[Mesh]) -> Iterator[str]:
    if len(expressions) < _FEW_EXPRESSIONS:
        yield (
            f"With only {_count(len(expressions), 'expression', 'expressions')} the jaw and the soft "
            "tissue are not known well: 10 to 50 scans give a better rig."
        )
    edges, uses = edge_use(neutral)
    rim = np.unique(edges[uses == 1])
    doubled = len(rim) - len(np.unique(neutral.vertices[rim], axis=0))
    if doubled:
        yield (
            f"{_count(doubled, 'vertex', 'vertices')} at open edges of '{neutral.name}' lie exactly "
            "on another one: where all scans move both alike they count as one point of the skin."
        )


def _warn_faces(neutral: Mesh, expressions: Sequence[Mesh]) -> Iterator[str]:
    relation = [compare_faces(neutral, scan) for scan in expressions]
    flipped = [
        scan.name for scan, found in zip(expressions, relation, strict=True) if found == "flipped"
    ]
    split = [
        scan.name for scan, found in zip(expressions, relation, strict=True) if found == "split"
    ]
    if flipped:
        yield f"{_quote(flipped)}: faces are flipped against the neutral's; the neutral's are used."
    if split:
        yield (
            f"{_quote(split)}: the faces are split otherwise than the neutral's, e.g. into triangles; "
            "the neutral's are used."
        )


def _warn_geometry(
    neutral: Mesh, expressions: Sequence[Mesh], compared: Sequence[Comparison]
) -> Iterator[str]:
    for scan, found in zip(expressions, compared, strict=True):
        if not 1 / _WORTH_SAYING_SCALE < found.edge_scale < _WORTH_SAYING_SCALE:
            yield f"'{scan.name}' has {found.edge_scale:.0%} of the neutral's size: check its scale."
        if found.degrees > _TURNED_DEGREES:
            yield (
                f"'{scan.name}' is turned by {found.degrees:.0f} degrees against the neutral, perhaps "
                "by another up axis; it is turned back."
            )
        if len(found.torn):
            yield (
                f"{_count(len(found.torn), 'vertex', 'vertices')} of '{scan.name}' lie far off the skin "
                f"around, e.g. number {found.torn[0]}: smooth them."
            )
        if found.largest < _HARDLY_MOTION:
            yield f"'{scan.name}' hardly differs from the neutral: remove it unless that is meant."


def _warn_equal(expressions: Sequence[Mesh], compared: Sequence[Comparison]) -> Iterator[str]:
    sums = np.array([found.similarity for found in compared])
    gap = np.abs(sums[:, None] - sums[None]).max(axis=2)
    alike = gap <= _EQUAL * np.sqrt(len(expressions[0].vertices))
    for one, other in np.argwhere(np.triu(alike, 1)):
        names = _quote([expressions[one].name, expressions[other].name])
        yield f"{names} are the same expression: remove one of them."


# ------------------------------------------------------------------------------------------- words


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def _quote(names: Sequence[str], shown: int = 3) -> str:
    """'a', 'b', 'c' and 5 more."""
    quoted = [f"'{name}'" for name in names[:shown]]
    if len(names) > shown:
        return f"{', '.join(quoted)} and {len(names) - shown} more"
    return " and ".join(filter(None, [", ".join(quoted[:-1]), quoted[-1]]))


def _listing(sizes: Sequence[int], shown: int = 5) -> str:
    texts = [f"{size:,}" for size in sizes[:shown]]
    return ", ".join(texts) + (", ..." if len(sizes) > shown else "")


def _has(things: Sequence) -> str:
    return "has" if len(things) == 1 else "have"


def _is(things: Sequence) -> str:
    return "is" if len(things) == 1 else "are"
