# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bind what moves with the skin to the neutral, once: markers, vertices of an object, or tracks seen by cameras."""

from dataclasses import dataclass

import bpy

from ... import words
from ...backend.errors import AimError, SolveError
from ...bridge.data import storage
from ...bridge.data.head_space import HeadSpace, head_space
from ...bridge.data.storage import face_object, load_model
from ...bridge.face.landmarks import read_landmarks
from ...bridge.performance import cameras
from ...bridge.performance.binding import Place, Skin, marker_places, vertex_places
from .. import reasons

#: Fewer markers do not hold a head.
FEWEST = 6
#: More are solved in minutes a frame; that many vertices are a mesh.
_MOST = 1000
#: A marker farther from the skin is not on it.
_FAR_MM = 30.0


@dataclass(frozen=True)
class _Bound:
    """One entry to be kept."""

    name: str
    place: Place
    object: bpy.types.Object | None = None
    vertex: int = 0
    clip: bpy.types.MovieClip | None = None


class AIM_OT_bind_markers(bpy.types.Operator):
    """Bind markers, vertices or tracks to the skin of the neutral where they are now, at a frame with a neutral face"""

    bl_idname = "aim.bind_markers"
    bl_label = "Bind Markers to Skin"
    bl_options = {'REGISTER', 'UNDO'}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return reasons.allow(
            cls,
            context,
            reasons.busy,
            reasons.editing,
            reasons.no_face,
            reasons.no_model,
            _nothing_to_bind,
            reasons.linked_face,
        )

    def execute(self, context: bpy.types.Context) -> set[str]:
        face = face_object(context)
        context.view_layer.update()
        try:
            bound = _bind(face, head_space(face, context), context)
        except AimError as error:
            self.report({'ERROR'}, str(error))
            return {'CANCELLED'}
        _keep(face.aim.take, bound)
        self.report({'INFO'}, _summary(face))
        return {'FINISHED'}


class AIM_OT_add_view(bpy.types.Operator):
    """Add a movie clip in which points of the face were tracked, and the camera that recorded it"""

    bl_idname = "aim.add_view"
    bl_label = "Add Camera View"
    bl_options = {'REGISTER', 'UNDO'}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return reasons.allow(cls, context, reasons.busy, reasons.no_face, reasons.linked_face)

    def execute(self, context: bpy.types.Context) -> set[str]:
        take = face_object(context).aim.take
        take.source = 'CAMERAS'
        taken = [view.clip for view in take.views]
        view = take.views.add()
        view.clip = next((clip for clip in bpy.data.movieclips if clip not in taken), None)
        view.camera = context.scene.camera
        return {'FINISHED'}


class AIM_OT_remove_view(bpy.types.Operator):
    """Take a movie clip and its camera off the list, with the tracks that are bound"""

    bl_idname = "aim.remove_view"
    bl_label = "Remove Camera View"
    bl_options = {'REGISTER', 'UNDO'}

    index: bpy.props.IntProperty(
        name="Index", description="Which view; the last one if -1", default=-1, min=-1
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return reasons.allow(
            cls, context, reasons.busy, reasons.no_face, _no_views, reasons.linked_face
        )

    def execute(self, context: bpy.types.Context) -> set[str]:
        take = face_object(context).aim.take
        number = self.index if 0 <= self.index < len(take.views) else len(take.views) - 1
        clip = take.views[number].clip
        take.views.remove(number)
        for entry in reversed(range(len(take.bound))):
            if take.bound_source == 'CAMERAS' and take.bound[entry].clip == clip:
                take.bound.remove(entry)
        return {'FINISHED'}


def _bind(face: bpy.types.Object, space: HeadSpace, context: bpy.types.Context) -> list[_Bound]:
    """What the chosen source holds, on the skin.

    Raises:
        SolveError: it is not on the skin, or too little of it.
    """
    take, skin = face.aim.take, Skin(load_model(face).neutral)
    if take.source == 'CAMERAS':
        return _bind_tracks(face, skin, space, context)
    if take.source == 'VERTICES':
        cloud = take.cloud
        if len(cloud.data.vertices) > _MOST:
            raise SolveError(
                f"{cloud.name} has {len(cloud.data.vertices):,} vertices, too many to be markers: keep at most "
                f"{_MOST:,}, or choose Mesh when it has the actor's topology."
            )
        found = [
            _Bound(f"{cloud.name} {number}", place, object=cloud, vertex=number)
            for number, place in vertex_places(cloud, skin, space, context)
        ]
        if len(found) < FEWEST:
            raise SolveError(
                f"{cloud.name} shows {len(found)} vertices at this frame: go to one with at least {FEWEST}."
            )
    else:
        markers = list(take.markers.objects)
        places = marker_places(markers, skin, space, context)
        found = [_Bound(m.name, p, object=m) for m, p in zip(markers, places, strict=True)]
    far = [entry.name for entry in found if entry.place.distance > _FAR_MM]
    if far:
        raise SolveError(
            f"{far[0]} is more than {_FAR_MM:g} mm from the skin of {face.name}: bring the markers onto the face first."
        )
    return found


def _bind_tracks(
    face: bpy.types.Object, skin: Skin, space: HeadSpace, context: bpy.types.Context
) -> list[_Bound]:
    views = face.aim.take.views
    cameras.require_views(views)
    landmarks = read_landmarks(face, space, context)
    tracks = cameras.track_places(views, skin, space, landmarks, context)
    if len(tracks) < FEWEST:
        total = sum(1 for view in views for _track in cameras.all_tracks(view.clip))
        raise SolveError(
            f"{len(tracks)} of {total} tracks lie on {face.name} at this frame as the cameras see it, and {FEWEST} are "
            "needed: bring the neutral onto the picture, or check lens and place of the cameras."
        )
    return [_Bound(track.name, track.place, clip=track.clip) for track in tracks]


def _keep(take: bpy.types.PropertyGroup, bound: list[_Bound]) -> None:
    take.bound.clear()
    take.bound_source = take.source
    for one in bound:
        entry = take.bound.add()
        entry.name, entry.object, entry.vertex, entry.clip = (
            one.name,
            one.object,
            one.vertex,
            one.clip,
        )
        entry.corners, entry.barycentric = one.place.corners, one.place.barycentric
        entry.offset = one.place.offset


def _summary(face: bpy.types.Object) -> str:
    take = face.aim.take
    count = len(take.bound)
    if take.source == 'CAMERAS':
        total = sum(1 for view in take.views for _track in cameras.all_tracks(view.clip))
        text = "{count} of {total} tracks lie on {face} and are bound to its skin."
        return words.report(text, count=count, total=total, face=face.name)
    if take.source == 'VERTICES':
        text = "{count} vertices of {cloud} are bound to the skin of {face}."
        return words.report(text, count=count, cloud=take.cloud.name, face=face.name)
    return words.report(
        "{count} markers are bound to the skin of {face}.", count=count, face=face.name
    )


def _nothing_to_bind(context: bpy.types.Context) -> str:
    take = face_object(context).aim.take
    if take.source == 'CAMERAS':
        return _no_views(context)
    if take.source == 'VERTICES':
        if not storage.in_scene(take.cloud):
            return "Choose the object whose vertices are the markers first"
        return "" if take.cloud.mode != 'EDIT' else "Leave Edit Mode first"
    if take.markers is None or len(take.markers.objects) < FEWEST:
        return "Choose a collection of at least six markers first"
    return ""


def _no_views(context: bpy.types.Context) -> str:
    return "" if face_object(context).aim.take.views else "Add a camera view first"


classes = (AIM_OT_bind_markers, AIM_OT_add_view, AIM_OT_remove_view)
register, unregister = bpy.utils.register_classes_factory(classes)
