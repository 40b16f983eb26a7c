# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where left, up and front of a face are, from the mesh alone.

The mirror plane gives left against right. Within it the head is seen from every side in turn as a depth map. Its
relief is compared with that of a face: nose, eye hollows, forehead, chin. The best match gives front and up.
Nothing depends on the axes of the file, its units, or the mesh's topology.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from scipy import ndimage

from ...errors import ScanError
from ...geometry.mesh import Mesh
from ...geometry.sampling import Samples, random_samples
from ...geometry.symmetry import MirrorPlane, mirror_planes, refine_plane
from .profile import STEP, face_profile, nose_root_and_chin

#: Bumps and hollows of a face about the tip of the nose: height, x, y, width in x, width in y. Millimetres of an
#: average adult face; heights in any unit; those off the middle count for both sides.
RELIEF = np.array(
    [
        [2.0, 0, 0, 9, 12],  # nose
        [1.5, 0, 14, 6, 12],  # its bridge
        [-1.9, 20, 34, 10, 12],  # eyes and the hollows beside the bridge
        [-1.2, 22, 5, 7, 12],  # beside the nose
        [1.2, 20, 55, 12, 10],  # forehead
        [0.9, 0, -62, 20, 6],  # chin
        [-0.5, 20, -40, 10, 10],  # beside the mouth
    ]
)
PIXEL = 4.0  #: of the depth maps, millimetres on an average face
#: Unevenness (mm on an average face) below which a surface counts as smooth, whatever its shape.
FLATNESS = 0.4
#: Nasion to gnathion of an average face, millimetres.
FACE_HEIGHT = 112.0
#: Least match of the relief that counts as a face (1 is perfect; faces reach 0.6 to 0.9).
MIN_MATCH = 0.4
#: The same where eyes and mouth are looked for, too.
MIN_UPRIGHT_MATCH = 0.25
#: A face's up and the direction from the neck to the head have a cosine above this.
MIN_UPRIGHT = 0.5
#: The mirror plane of a head holds that direction: its normal has a cosine with it below this.
MAX_LEAN = 0.5
#: Skins whose frames are kept while the process lives: a search takes seconds, and every job on a face asks.
KEPT = 32


@dataclass(frozen=True)
class FaceFrame:
    """Directions of a face, in the mesh's own coordinates.

    Attributes:
        left: [3] float64 unit vector to the person's left; right-handed with ``up`` and ``front``.
        up: [3] float64 unit vector, along the face.
        front: [3] float64 unit vector out of the face.
        origin: [3] float64, tip of the nose, on the mirror plane.
        scale: size of this face over that of an average adult one, if the mesh is in millimetres.
        match: how well the relief matches a face, at most 1.
    """

    left: np.ndarray
    up: np.ndarray
    front: np.ndarray
    origin: np.ndarray
    scale: float = 1.0
    match: float = 1.0

    @property
    def left_up_front(self) -> np.ndarray:
        """Unit rows [3, 3]: left, up, front."""
        return np.stack([self.left, self.up, self.front])

    def to_local(self, points: np.ndarray) -> np.ndarray:
        """Mesh coordinates [..., 3] -> (left, up, front) about the origin [..., 3]."""
        return (np.asarray(points, np.float64) - self.origin) @ self.left_up_front.T

    def to_mesh(self, points: np.ndarray) -> np.ndarray:
        """(left, up, front) about the origin [..., 3] -> mesh coordinates [..., 3]."""
        return np.asarray(points, np.float64) @ self.left_up_front + self.origin


#: Frames by the skin they were found on; None where no face shows.
_known: "OrderedDict[bytes, FaceFrame | None]" = OrderedDict()


def face_frame(neutral: Mesh) -> FaceFrame:
    """Left, up, front and nose tip of a head in any orientation; of the same skin the same frame, found once.

    Args:
        neutral: a full head, a bust, or a face alone.

    Raises:
        ScanError: no face was found.
    """
    key = _fingerprint(neutral)
    if key not in _known:
        _known[key] = _searched(neutral)
    frame = _known[key]
    _known.move_to_end(key)
    while len(_known) > KEPT:
        _known.popitem(last=False)
    if frame is None:
        raise ScanError(
            f"No face was found in '{neutral.name}': it has to show nose, eyes and chin; "
            "otherwise set the landmarks by hand."
        )
    return frame


def _fingerprint(neutral: Mesh) -> bytes:
    """The same for the same points and polygons, whatever their name."""
    hashed = hashlib.blake2b(digest_size=16)
    for array in (neutral.vertices, neutral.face_vertices, neutral.face_sizes):
        hashed.update(f"{array.dtype} {array.shape}".encode())
        hashed.update(np.ascontiguousarray(array).tobytes())
    return hashed.digest()


def _searched(neutral: Mesh) -> FaceFrame | None:
    """The frame of a head, or None where no face shows; nobody can change its arrays."""
    samples, size = _sampled(neutral)
    views = [
        view for plane in mirror_planes(samples) for view in _likely_views(samples, plane, size)
    ]
    views.sort(key=lambda v: -v.match)
    settled = [_settle(neutral, samples, view) for view in views[:8]]
    view = max(settled, key=lambda v: v.match)
    if view.match < MIN_MATCH:
        return None
    frame = _pitch(neutral, _centre(samples, view, 10, 4000))
    for array in (frame.left, frame.up, frame.front, frame.origin):
        array.flags.writeable = False
    return frame


def upright_frames(head: Mesh, up: np.ndarray, count: int = 12) -> list[FaceFrame]:
    """Frames of what may be a face on a head that stands on a neck, the best match first.

    Args:
        head: cut off somewhere at the neck or the shoulders.
        up: [3] from the cut to the head; a face looks across it.
        count: of frames at most.
    """
    samples, size = _sampled(head)
    up = up / np.linalg.norm(up)
    views = []
    for plane in mirror_planes(samples):
        if abs(plane.normal @ up) < MAX_LEAN:
            views += _likely_views(samples, plane, size, up, count)
    views.sort(key=lambda v: -v.match)
    settled = [_settle(head, samples, view) for view in views[:count]]
    settled = [v for v in settled if v.match >= MIN_UPRIGHT_MATCH and v.up @ up > MIN_UPRIGHT]
    settled.sort(key=lambda v: -v.match)
    return [_pitch(head, _centre(samples, view, 10, 4000)) for view in settled]


def _sampled(neutral: Mesh) -> tuple[Samples, float]:
    """Points all over a mesh, and how far they spread.

    Raises:
        ScanError: the mesh is none to find a face in.
    """
    if len(neutral.triangles) < 50:
        raise ScanError(
            f"'{neutral.name}' has no faces to find a face in: choose the neutral scan."
        )
    samples = random_samples(neutral.vertices, neutral.triangles, 20000)
    size = float(np.sqrt(samples.points.var(axis=0).sum()))
    if not np.isfinite(size) or size == 0:
        raise ScanError(f"'{neutral.name}' has broken coordinates: import it again.")
    return samples, size


def _likely_views(
    samples: Samples,
    plane: MirrorPlane,
    size: float,
    upright: np.ndarray | None = None,
    count: int = 4,
) -> list[FaceFrame]:
    """The best matching views of a face within one mirror plane, one for each direction and size.

    Args:
        samples, plane, size: of the head.
        upright: [3] unit vector that is up, more or less; None where it is not known.
        count: of views at most.
    """
    first = np.linalg.svd(plane.normal[None])[2][1]
    second = np.cross(plane.normal, first)
    centre = samples.points.mean(axis=0)
    centre = centre - plane.heights(centre[None])[0] * plane.normal
    sizes = size / 100 * 1.2 ** np.arange(-2, 5)
    views = []
    for angle in np.radians(np.arange(0, 360, 15)):
        front = np.cos(angle) * first + np.sin(angle) * second
        if _seen_from_behind(samples, front):
            continue
        view = FaceFrame(plane.normal, np.cross(front, plane.normal), front, centre)
        turned = replace(view, left=-view.left, up=-view.up)  # its depth maps are turned as well
        up, down = (upright is None or v.up @ upright > MIN_UPRIGHT for v in (view, turned))
        if not (up or down):
            continue
        maps = [_surface(view.to_local(samples.points), s, 1.6 * size) for s in sizes]
        if up:
            views += _match(view, maps, sizes)
        if down:
            views += _match(turned, [depth[::-1, ::-1] for depth in maps], sizes)
    views.sort(key=lambda v: -v.match)
    kept: list[FaceFrame] = []
    for view in views:
        same = [v for v in kept if v.front @ view.front > 0.8 and v.up @ view.up > 0.8]
        if not any(np.linalg.norm(v.origin - view.origin) < 30 * view.scale for v in same):
            kept.append(view)
        if len(kept) == count:
            break
    return kept


def _seen_from_behind(samples: Samples, front: np.ndarray) -> bool:
    """True when a surface shows mostly its inner side towards ``front``; heads never do, masks can."""
    facing = samples.normals @ front
    return float((np.abs(facing) * facing).mean()) < -0.1


def _surface(local: np.ndarray, size: float, reach: float) -> np.ndarray:
    """Depth map of a head of that size, its gaps closed, its middle at points [N, 3] of left and up zero."""
    depth, _ = depth_map(local, PIXEL * size, reach)
    floor = depth[np.isfinite(depth)].min(initial=0.0)
    depth = ndimage.grey_closing(np.where(np.isfinite(depth), depth, floor), (5, 5))
    return ndimage.gaussian_filter(depth, 0.5)


def _match(
    view: FaceFrame, maps: Sequence[np.ndarray], sizes: np.ndarray, pinned: bool = False
) -> list[FaceFrame]:
    """The best place for the relief in one view (or its origin, if ``pinned``), for the map of each size of face."""
    template, base = _relief()
    found = []
    for depth, s in zip(maps, sizes, strict=True):
        middle, across, along = depth.shape[1] // 2, int(44 / PIXEL), int(60 / PIXEL)
        if across > middle or 2 * along >= len(depth):
            continue
        strip = depth[:, middle - across : middle + across + 1 : 2]
        windows = np.lib.stride_tricks.sliding_window_view(strip, 2 * along + 1, axis=0)[..., ::2]
        rows = np.arange(along, len(depth) - along)
        if pinned:
            keep = np.abs(rows - middle) <= 1
            windows, rows = windows[keep], rows[keep]
        relief = windows.transpose(0, 2, 1).reshape(len(rows), -1)
        relief = relief - (relief @ base) @ base.T
        limit = 2.5 * np.median(np.abs(relief), axis=1, keepdims=True)
        relief = np.clip(relief, -limit, limit)
        flat = FLATNESS * s * np.sqrt(template.size)
        match = relief @ template / (np.linalg.norm(relief, axis=1) + flat)
        best = int(np.argmax(match))
        origin = view.to_mesh(np.array([0.0, (rows[best] - middle) * PIXEL * s, 0.0]))
        found.append(
            FaceFrame(view.left, view.up, view.front, origin, float(s), float(match[best]))
        )
    return found


def depth_map(local: np.ndarray, cell: float, reach: float) -> tuple[np.ndarray, np.ndarray]:
    """The frontmost surface seen along the third axis.

    Args:
        local: [N, 3] points (left, up, front).
        cell: side of a pixel.
        reach: half width of the map.

    Returns:
        [rows, columns] the largest third coordinate, -inf where nothing is seen, and the (left, up) of pixel 0, 0.
    """
    half = int(np.ceil(reach / cell))
    place = np.round(local[:, :2] / cell).astype(np.int64) + half
    inside = ((place >= 0) & (place <= 2 * half)).all(axis=1)
    depth = np.full((2 * half + 1, 2 * half + 1), -np.inf)
    np.maximum.at(depth, (place[inside, 1], place[inside, 0]), local[inside, 2])
    return depth, np.full(2, -half * cell)


@cache
def _relief() -> tuple[np.ndarray, np.ndarray]:
    """The face's relief [N] of unit length without its smooth part, and a basis [N, 7] of smooth parts."""
    along, across = int(60 / PIXEL), int(44 / PIXEL)
    x, y = np.meshgrid(
        np.arange(-across, across + 1, 2) * PIXEL, np.arange(-along, along + 1, 2) * PIXEL
    )
    height = np.zeros_like(x)
    for size, at_x, at_y, wide, tall in RELIEF:
        for sign in (1, -1) if at_x else (1,):
            height += size * np.exp(
                -0.5 * (((x - sign * at_x) / wide) ** 2 + ((y - at_y) / tall) ** 2)
            )
    u, v = x / 60, y / 70
    smooth = [np.ones_like(u), v, v**2, v**3, u**2, v * u**2, u**4]
    base, _ = np.linalg.qr(np.stack(smooth, axis=-1).reshape(-1, len(smooth)))
    relief = height.ravel() - base @ (base.T @ height.ravel())
    return relief / np.linalg.norm(relief), base


def _settle(neutral: Mesh, samples: Samples, view: FaceFrame) -> FaceFrame:
    """The view made exact: mirror plane of the face alone, pitch from nose root and chin, origin on the nose tip.

    Its match is measured anew, with the relief's nose on that tip; a view of something else loses here.
    """
    for _ in range(3):
        view = _pitch(neutral, _centre(samples, view, 3, 800))
    sizes = view.scale * np.array([0.8, 0.9, 1, 1.1, 1.2])
    local = view.to_local(samples.points)
    again = _match(view, [_surface(local, s, 85 * s) for s in sizes], sizes, pinned=True)
    return replace(view, match=max((v.match for v in again), default=0.0))


def _centre(samples: Samples, view: FaceFrame, rounds: int, count: int) -> FaceFrame:
    """The view turned and moved sideways until it mirrors the face."""
    local = view.to_local(samples.points)
    near = (np.abs(local[:, 0]) < 70 * view.scale) & (np.abs(local[:, 1]) < 80 * view.scale)
    nose = near & (np.abs(local[:, 0]) < 12 * view.scale) & (np.abs(local[:, 1]) < 25 * view.scale)
    if not nose.any():
        return view
    front = local[nose, 2].max()
    view = replace(view, origin=view.to_mesh(np.array([0.0, 0.0, front])))
    near &= local[:, 2] > front - 90 * view.scale
    face = Samples(*(values[near] for values in vars(samples).values()))
    plane = refine_plane(
        MirrorPlane(view.left, float(view.left @ view.origin), np.inf), face, rounds, count
    )
    left = plane.normal if plane.normal @ view.left > 0 else -plane.normal
    origin = view.origin - plane.heights(view.origin[None])[0] * plane.normal
    moved = abs(plane.heights(view.origin[None])[0])
    if left @ view.left < 0.97 or moved > 15 * view.scale:
        return view  # half a face, or a face pulled aside: the whole head knows better
    up = view.up - (view.up @ left) * left
    up /= np.linalg.norm(up)
    return replace(view, left=left, up=up, front=np.cross(left, up), origin=origin)


def _pitch(neutral: Mesh, view: FaceFrame) -> FaceFrame:
    """The view with its origin on the nose tip and ``up`` along the line from the chin to the nose root."""
    local = view.to_local(neutral.vertices)
    line = face_profile(local, neutral.triangles, view.scale)
    if len(line) < 2 * int(60 / STEP):
        return view
    tip, nasion, chin = nose_root_and_chin(line, view.scale)
    rise, lean = line[nasion] - line[chin]
    height = np.hypot(rise, lean)
    if tip <= nasion or rise < 0.5 * height or not 0.6 < height / (FACE_HEIGHT * view.scale) < 1.6:
        return view
    up = (rise * view.up + lean * view.front) / height
    return replace(
        view,
        up=up,
        front=np.cross(view.left, up),
        origin=view.to_mesh(np.array([0.0, *line[tip]])),
        scale=float(height / FACE_HEIGHT),
    )
