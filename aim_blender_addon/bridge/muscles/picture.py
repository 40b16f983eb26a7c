# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Points of one picture: empties that are moved onto the picture in the view of the scene's camera.

Each empty knows its place on the skin. What counts is where the camera sees it. The world is measured in millimetres
of the head here, so that a rig that is scaled is met, too.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import bpy
import numpy as np
from mathutils import Matrix

from ...backend.errors import EditError
from ...backend.geometry.camera import picture_rays, pixel_projection
from ...backend.geometry.mesh import Mesh
from ...backend.muscles.seen_points import SeenPoints
from ..data.evaluating import evaluated
from ..data.fitting_names import fit_name
from ..data.storage import in_scene, own
from ..performance.binding import Skin
from ..rig.objects import part_collection, rig_collection
from ..sculpt.rig_parts import RigParts
from .acting import head_in_world, scale_of

_PART, _COLLECTION = "picture", "Picture Points"
#: Custom properties of an empty: corners and shares of its place, its trust, and where it began.
_CORNERS, _SHARES, _TRUST, _BEGAN = "aim_corners", "aim_shares", "aim_trust", "aim_began"
_SIZE_MM = 3.0
#: A point has not been moved while it is nearer to where it began, mm.
_SAME_MM = 0.05
#: More points at once hide the face.
MOST = 200
#: Shapes of pictures that differ by less are one.
_SAME_SHAPE = 0.01
#: A head is not nearer to a camera, mm.
_NEAREST_MM = 50.0


@dataclass(frozen=True)
class PicturePoint:
    """A point to add: its name, its place on the skin, and how much it counts."""

    name: str
    corners: Sequence[int]
    shares: Sequence[float]
    trust: float = 1.0


@dataclass(frozen=True)
class View:
    """How a camera sees the scene.

    Attributes:
        projection: [3, 4] world, in mm of the head, to pixels from the picture's lower left.
        size: [2] width and height in square pixels.
        unit_mm: mm of the head in one Blender unit.
    """

    projection: np.ndarray
    size: np.ndarray
    unit_mm: float

    @classmethod
    def of(cls, camera: bpy.types.Object, rig: RigParts, context: bpy.types.Context) -> "View":
        """The view of a camera in the size that is rendered."""
        render = context.scene.render
        wide, high = (render.resolution_x, render.resolution_y)
        size = np.array([wide * render.pixel_aspect_x, high * render.pixel_aspect_y], float)
        with evaluated(context, [camera]) as (twin,):
            window = twin.calc_matrix_camera(
                context.evaluated_depsgraph_get(),
                x=wide,
                y=high,
                scale_x=render.pixel_aspect_x,
                scale_y=render.pixel_aspect_y,
            )
            place = np.array(twin.matrix_world.normalized(), float)
        unit = rig.mm_per_unit / scale_of(rig.armature)
        place[:3, 3] *= unit
        view = np.linalg.inv(place)
        whole = np.array(window, float)
        return cls(pixel_projection(whole, view, size), size, unit)

    def pixels(self, world: np.ndarray) -> np.ndarray:
        """[P, 2] of points [P, 3] of the world, Blender units; NaN for those behind the camera."""
        seen = np.c_[world * self.unit_mm, np.ones(len(world))] @ self.projection.T
        depth = np.where(seen[:, 2] > 0, seen[:, 2], np.nan)
        return seen[:, :2] / depth[:, None]

    def world(self, pixels: np.ndarray, depth_mm: float) -> np.ndarray:
        """[P, 3] points of the world, Blender units, that are seen at pixels [P, 2], so far from the camera."""
        centre, rays = picture_rays(self.projection, pixels)
        return (centre + depth_mm * rays) / self.unit_mm

    def distance_mm(self, world: np.ndarray) -> float:
        """How far the middle of points [P, 3] is from the camera, but at least as near as a head can be."""
        centre = -np.linalg.solve(self.projection[:, :3], self.projection[:, 3])
        return max(float(np.linalg.norm(world.mean(axis=0) * self.unit_mm - centre)), _NEAREST_MM)


def require_camera(context: bpy.types.Context) -> bpy.types.Object:
    """The scene's camera.

    Raises:
        EditError: there is none, or none with perspective.
    """
    camera = context.scene.camera
    if camera is None:
        raise EditError("The scene has no camera: add one, and give it the picture as background.")
    if camera.data.type != 'PERSP':
        raise EditError(
            f"{camera.name} has no perspective: set the Type of its lens to Perspective."
        )
    return camera


def from_picture(pixels: np.ndarray, camera: bpy.types.Object, view: View) -> np.ndarray:
    """[P, 2] pixels of a view from those of the camera's background picture, which begin at its upper left.

    Raises:
        EditError: the picture has another shape than what is rendered.
    """
    size = _picture_size(camera)
    size = view.size if size is None else size
    shapes = size[0] / size[1], view.size[0] / view.size[1]
    if abs(shapes[0] / shapes[1] - 1) > _SAME_SHAPE:
        raise EditError(
            f"The picture of {camera.name} has {size[0]:.0f} x {size[1]:.0f} pixels, but {view.size[0]:.0f} x "
            f"{view.size[1]:.0f} are rendered: set the resolution in Output to that of the picture."
        )
    return (pixels * [1, -1] + [0, size[1]]) * view.size / size


def _picture_size(camera: bpy.types.Object) -> np.ndarray | None:
    """Width and height of the picture behind the scene; None where there is none."""
    for background in camera.data.background_images:
        source = background.clip if background.source == 'MOVIE_CLIP' else background.image
        if source is not None and background.show_background_image and all(source.size):
            return np.array(source.size, float)
    return None


def points_of(face: bpy.types.Object) -> list[bpy.types.Object]:
    """The picture points of a face; cheap enough for draw."""
    collection = face.aim.muscles.picture_points
    found = collection.objects if collection is not None else ()
    return [obj for obj in found if _CORNERS in obj and in_scene(obj)]


def counted(face: bpy.types.Object) -> list[bpy.types.Object]:
    """Those that were moved onto the picture and are shown; cheap enough for draw."""
    return [obj for obj in points_of(face) if _was_moved(face, obj) and not _is_hidden(obj)]


def landmark_points(face: bpy.types.Object, neutral: Mesh) -> list[PicturePoint]:
    """One for each landmark of a face, at the place of the skin that is nearest."""
    skin = Skin(neutral)
    found = [(entry.name, skin.nearest(np.array(entry.co, float))) for entry in face.aim.landmarks]
    return [PicturePoint(name, place.corners, place.barycentric) for name, place in found]


def table_points(points: SeenPoints, numbers: np.ndarray) -> list[PicturePoint]:
    """Those of a table with these numbers."""
    trust = points.confidence
    trust = np.ones(len(points.seen)) if trust is None else trust
    return [
        PicturePoint(f"point {n}", points.corners[n], points.shares[n], trust[n]) for n in numbers
    ]


def vertex_points(obj: bpy.types.Object) -> list[PicturePoint]:
    """One for each selected vertex of a mesh.

    Raises:
        EditError: none is selected, or too many.
    """
    flags = np.zeros(len(obj.data.vertices), bool)
    obj.data.vertices.foreach_get("select", flags)
    numbers = np.flatnonzero(flags).tolist()
    if not 0 < len(numbers) <= MOST:
        raise EditError(
            f"{len(numbers):,} vertices of {obj.name} are selected: select 1 to {MOST} in Edit Mode."
        )
    return [PicturePoint(f"vertex {n}", (n, n, n), (1.0, 0.0, 0.0)) for n in numbers]


def add(
    rig: RigParts,
    points: Sequence[PicturePoint],
    context: bpy.types.Context,
    world: np.ndarray | None = None,
) -> list[bpy.types.Object]:
    """Make empties for points that have none.

    Args:
        rig: of the face.
        points: P of them.
        context: to find the skin as it is shown.
        world: [P, 3] where each is seen, Blender units, so that they count; None to begin on the skin.
    """
    face = rig.face
    parent = rig_collection(face, context)
    face.aim.muscles.picture_points = part_collection(parent, _PART, _COLLECTION)
    known = {tuple(obj[_CORNERS]) for obj in points_of(face)}
    shown = _shown(rig, context)
    made = []
    for number, point in enumerate(points):
        corners = tuple(int(corner) for corner in point.corners)
        if corners in known:
            continue
        began = shown[list(corners)].T @ np.asarray(point.shares, float)
        empty = _empty(face, point, rig.mm_per_unit / scale_of(rig.armature))
        place = began if world is None else world[number]
        empty.location = place.tolist()
        if world is None:
            empty[_BEGAN] = place.tolist()
        made.append(empty)
    return made


def read(
    face: bpy.types.Object, view: View, neutral: Mesh, context: bpy.types.Context
) -> SeenPoints:
    """The points that count, with where the camera sees them.

    Raises:
        EditError: there are none, or the mesh is another one.
    """
    empties = counted(face)
    if not empties:
        raise EditError(
            "No point has been moved onto the picture: look through the camera, and move points of the face there."
        )
    with evaluated(context, empties) as twins:
        world = np.array([twin.matrix_world.translation for twin in twins], float)
    corners = np.array([list(obj[_CORNERS]) for obj in empties], int)
    if corners.max() >= len(neutral.vertices):
        raise EditError(
            f"The picture points of {face.name} are of another mesh: delete them and add them anew."
        )
    shares = np.array([list(obj[_SHARES]) for obj in empties], float)
    trust = np.array([obj.get(_TRUST, 1.0) for obj in empties], float)
    return SeenPoints(corners, shares, view.pixels(world), trust)


def move_camera(
    camera: bpy.types.Object, rig: RigParts, view: View, head: np.ndarray, focal: float
) -> None:
    """Let the camera see the rig's head as the picture shows it; the rig stays.

    Args:
        camera: of the scene.
        rig: of the face.
        view: of the camera before.
        head: [4, 4] as it was found: head space to the world, or to the camera where ``focal`` is known.
        focal: length that was found, pixels; 0 where the camera was known.
    """
    here = head_in_world(rig.armature, rig.mm_per_unit)
    place = np.linalg.inv(head)
    if not focal:
        now = np.array(camera.matrix_world.normalized(), float)
        now[:3, 3] *= view.unit_mm
        place = place @ now
    else:
        data = camera.data
        fits_height = data.sensor_fit == 'VERTICAL'
        side = {'HORIZONTAL': view.size[0], 'VERTICAL': view.size[1]}.get(
            data.sensor_fit, view.size.max()
        )
        sensor = data.sensor_height if fits_height else data.sensor_width
        data.lens = focal * sensor / side
        data.shift_x = data.shift_y = 0.0
    place = here @ place
    place[:3, 3] /= view.unit_mm
    camera.matrix_world = Matrix(place.tolist())


def _shown(rig: RigParts, context: bpy.types.Context) -> np.ndarray:
    """[V, 3] of the world: the skin as it is shown."""
    with evaluated(context, [rig.mesh]) as (twin,):
        mesh = twin.to_mesh()
        points = np.empty((len(mesh.vertices), 3), np.float32)
        mesh.vertices.foreach_get("co", points.ravel())
        twin.to_mesh_clear()
        matrix = np.array(twin.matrix_world, float)
    return points @ matrix[:3, :3].T + matrix[:3, 3]


def _empty(face: bpy.types.Object, point: PicturePoint, unit_mm: float) -> bpy.types.Object:
    empty = bpy.data.objects.new(fit_name(point.name, bpy.types.Object), None)
    empty.empty_display_type = 'PLAIN_AXES'
    empty.empty_display_size = _SIZE_MM / unit_mm
    empty.show_in_front = True
    empty.lock_rotation = empty.lock_scale = (True, True, True)
    empty[_CORNERS] = [int(corner) for corner in point.corners]
    empty[_SHARES] = [float(share) for share in point.shares]
    empty[_TRUST] = float(point.trust)
    face.aim.muscles.picture_points.objects.link(empty)
    own(face, empty)
    return empty


def _was_moved(face: bpy.types.Object, empty: bpy.types.Object) -> bool:
    began = empty.get(_BEGAN)
    if began is None:
        return True
    away = np.linalg.norm(np.array(empty.location, float) - np.array(list(began), float))
    return bool(away * _SIZE_MM / max(empty.empty_display_size, 1e-12) > _SAME_MM)


def _is_hidden(empty: bpy.types.Object) -> bool:
    return empty.hide_viewport or (
        empty.name in bpy.context.view_layer.objects and empty.hide_get()
    )
