# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Handles in the 3D view: the skin under the mouse, where points are seen, and where the mouse drags to."""

from dataclasses import dataclass

import bpy
import numpy as np
from bpy_extras import view3d_utils
from mathutils import Matrix, Vector
from mathutils.geometry import intersect_line_line

from .rig_parts import RigParts, head_to_world

#: A click this near to a handle takes hold of it, pixels at a resolution scale of 1.
NEAR_PIXELS = 12.0


@dataclass(frozen=True)
class Image:
    """The mirror image of a handle: its point, its goal [3] mm (head space) and how far it got."""

    vertex: int
    goal: np.ndarray
    reason: str


#: Mirror images of the last answer; they are only shown.
_images: list[Image] = []


def show_images(vertices: list[int], goals: list[list[float]], reasons: list[str]) -> None:
    """Show these mirror images of handles, and no others."""
    _images[:] = [
        Image(vertex, np.array(goal), reason)
        for vertex, goal, reason in zip(vertices, goals, reasons, strict=True)
    ]


def images(face: bpy.types.Object) -> list[Image]:
    """The mirror images to show for a face."""
    settings = face.aim.sculpt
    return list(_images) if settings.use_symmetry and len(settings.handles) else []


#: The line that a handle is dragged along: a point of it and its direction, in the world.
_line: tuple[Vector, Vector] | None = None


def show_line(line: tuple[Vector, Vector] | None) -> None:
    """Show the line that a handle is dragged along, or none."""
    global _line
    _line = line


def line() -> tuple[Vector, Vector] | None:
    """The line that a handle is dragged along."""
    return _line


@dataclass(frozen=True)
class Mouse:
    """The mouse in a region of a 3D view, in pixels of the region."""

    region: bpy.types.Region
    view: bpy.types.RegionView3D
    x: float
    y: float

    @classmethod
    def of(cls, context: bpy.types.Context, event: bpy.types.Event) -> "Mouse | None":
        """Where the mouse is in the 3D view, or None where it is elsewhere."""
        area = context.area
        if area is None or area.type != 'VIEW_3D':
            return None
        if any(_covers(region, event) for region in area.regions):
            return None
        region = next(region for region in area.regions if region.type == 'WINDOW')
        x, y = event.mouse_x - region.x, event.mouse_y - region.y
        if not (0 <= x < region.width and 0 <= y < region.height):
            return None
        view = area.spaces.active.region_quadviews
        shown = view[0] if len(view) else area.spaces.active.region_3d
        return cls(region, context.region_data or shown, x, y)

    def ray(self) -> tuple[Vector, Vector]:
        """Origin and direction of what lies under the mouse, in the world."""
        at = (self.x, self.y)
        return (
            view3d_utils.region_2d_to_origin_3d(self.region, self.view, at),
            view3d_utils.region_2d_to_vector_3d(self.region, self.view, at),
        )

    def moved(self, event: bpy.types.Event) -> "Mouse":
        """The mouse of a later event in the same region."""
        x, y = event.mouse_x - self.region.x, event.mouse_y - self.region.y
        return Mouse(self.region, self.view, x, y)

    def at_depth_of(self, place: Vector) -> Vector:
        """The point of the world under the mouse, as far away as ``place``."""
        return view3d_utils.region_2d_to_location_3d(
            self.region, self.view, (self.x, self.y), place
        )

    def along(self, place: Vector, direction: Vector) -> Vector | None:
        """The point of a line in the world nearest to what lies under the mouse; None when it is seen end on."""
        origin, ray = self.ray()
        found = intersect_line_line(place, place + direction, origin, origin + ray)
        return found[0] if found else None

    def distance(self, place: Vector) -> float:
        """Pixels from the mouse to where a point of the world is seen."""
        seen = view3d_utils.location_3d_to_region_2d(self.region, self.view, place)
        return float("inf") if seen is None else (seen - Vector((self.x, self.y))).length


def _covers(region: bpy.types.Region, event: bpy.types.Event) -> bool:
    """Whether the mouse is over a sidebar, toolbar or header that lies over the view; folded ones are a pixel wide."""
    if region.type in {'WINDOW', 'HUD', 'XR'} or min(region.width, region.height) <= 1:
        return False
    x, y = event.mouse_x - region.x, event.mouse_y - region.y
    return 0 <= x < region.width and 0 <= y < region.height


def vertex_under(mouse: Mouse, rig: RigParts, context: bpy.types.Context) -> int | None:
    """The vertex of the skin nearest to what the mouse points at, or None where there is no skin."""
    twin = rig.mesh.evaluated_get(context.evaluated_depsgraph_get())
    to_object = twin.matrix_world.inverted()
    origin, ray = mouse.ray()
    start = to_object @ origin
    direction = (to_object @ (origin + ray)) - start
    hit, place, _normal, polygon = twin.ray_cast(start, direction)
    if not hit:
        return None
    count = len(rig.mesh.data.vertices)
    shown = twin.data
    corners = [v for v in shown.polygons[polygon].vertices if v < count]
    if len(corners) == len(shown.polygons[polygon].vertices):
        return min(corners, key=lambda v: (shown.vertices[v].co - place).length)
    # A modifier has divided the skin; its own vertices come first.
    points = np.empty(3 * len(shown.vertices), np.float32)
    shown.vertices.foreach_get("co", points)
    offsets = points.reshape(-1, 3)[:count] - np.array(place)
    return int(np.einsum("vc,vc->v", offsets, offsets).argmin())


def seen_place(rig: RigParts, vertex: int, context: bpy.types.Context) -> Vector:
    """Where a vertex of the skin is in the world, as it is seen."""
    twin = rig.mesh.evaluated_get(context.evaluated_depsgraph_get())
    return twin.matrix_world @ twin.data.vertices[vertex].co


def seen_normal(rig: RigParts, vertex: int, context: bpy.types.Context) -> np.ndarray:
    """[3] unit normal of the skin at a vertex, in head space."""
    twin = rig.mesh.evaluated_get(context.evaluated_depsgraph_get())
    normal = twin.matrix_world.to_3x3() @ twin.data.vertices[vertex].normal
    inner = np.linalg.inv(head_to_world(rig)[:3, :3]) @ np.array(normal)
    return inner / max(np.linalg.norm(inner), 1e-12)


def in_head(rig: RigParts, place: Vector) -> np.ndarray:
    """[3] mm, head space: a point of the world."""
    return (np.linalg.inv(head_to_world(rig)) @ [*place, 1.0])[:3]


def in_world(rig: RigParts, place: np.ndarray) -> Vector:
    """A point [3] mm of head space in the world."""
    return Matrix(head_to_world(rig).tolist()) @ Vector(place)


def handle_near(mouse: Mouse, rig: RigParts, scale: float) -> int | None:
    """The handle whose goal is seen where the mouse is, or None."""
    handles = rig.face.aim.sculpt.handles
    distances = [mouse.distance(in_world(rig, np.array(handle.goal))) for handle in handles]
    if not distances or min(distances) > NEAR_PIXELS * scale:
        return None
    return int(np.argmin(distances))


def add(
    rig: RigParts, vertex: int, kind: str, context: bpy.types.Context
) -> bpy.types.PropertyGroup:
    """A new handle on a vertex, where that is now; it becomes the active one."""
    settings = rig.face.aim.sculpt
    place = in_head(rig, seen_place(rig, vertex, context))
    taken = {handle.name for handle in settings.handles}
    handle = settings.handles.add()
    handle.name = next(str(n) for n in range(1, len(taken) + 2) if str(n) not in taken)
    handle.vertex, handle.goal, handle.start = vertex, place, place
    handle.normal = seen_normal(rig, vertex, context)
    handle.kind = kind
    settings.active_handle = len(settings.handles) - 1
    return handle
