# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is measured between lids and eyeball on a rig as Blender shows it: how deep it cuts, how far lids gape.

Both look along lines from the eye's centre, where the eyeball's real surface and the skin's are seen. A cut counts on
the front of the eyeball, and elsewhere where it is seen: some view from before the face meets the eyeball there, and
no skin before it. What lines the socket behind the corners may lie in the eyeball. The rig stands at the origin,
upright or not; lengths are millimetres.
"""

import itertools

import bpy
import numpy as np
from mathutils import Vector
from mathutils.bvhtree import BVHTree

from aim_blender_addon.bridge.rig import eye_bones
from aim_blender_addon.bridge.rig.own_bones import EYES, TARGET, pose_bone

#: Looks within 30 degrees: yaw and pitch.
LOOKS = [
    (yaw, pitch)
    for yaw, pitch in itertools.product((-30, -21, 0, 21, 30), repeat=2)
    if yaw**2 + pitch**2 <= 30**2
]
#: Directions of views from before the face: degrees aside and up.
VIEWS = [*itertools.product((-75, -50, -25, 0, 25, 50, 75), (-50, -25, 0, 25, 50))]
#: Lids lie within so many degrees of the front, or are seen.
_FRONT = 72.0
#: Lines from corner to corner of the lids, and from line to line up, degrees.
_COLUMNS, _STEP = 21, 0.1


class Contact:
    """One eye of a rig with the mesh that holds the eyeball."""

    def __init__(self, face, side, ball, axes, eye, vertices=None, parts=4):
        self._rig, self._armature, self._eye = face.aim.rig, face.aim.armature, eye
        self._ball, self._axes, self._side = ball, axes, side
        self._own = vertices
        skin = self._skin()
        triangles = np.array([t.vertices[:] for t in _triangles(self._rig)])
        if eye == self._rig:  # islands of the skin
            triangles = triangles[~np.isin(triangles, vertices).any(axis=1)]
        far = np.linalg.norm(skin - ball.centre, axis=1)
        front = (skin - ball.centre) @ axes[1]
        near = (far < 1.6 * ball.radius) & (front > 0)
        self._lids, self._all = triangles[near[triangles].any(axis=1)], triangles
        self._views = _views(axes)
        weights = [
            (i / parts, j / parts, 1 - (i + j) / parts)
            for i in range(parts + 1)
            for j in range(parts + 1 - i)
        ]
        self._weights = np.array(weights)
        self._outside = np.ones(len(self._lids) * len(weights), bool)
        rest = self._depths()
        by_triangle = rest.reshape(len(self._lids), -1)
        self._outside = np.repeat((by_triangle <= 0.02).all(axis=1), len(weights))
        #: Share of the lids' places that rest inside the eyeball already.
        self.inside_at_rest = float(1 - self._outside.mean())

    def cut_mm(self, least=0.02):
        """How deep the eyeball cuts the lids that rest outside of it; depths below ``least`` are all told."""
        depth = np.where(self._outside, self._depths(), -1.0)
        hidden = BVHTree.FromPolygons(self._skin().tolist(), self._all.tolist(), all_triangles=True)
        for number in np.argsort(-depth):
            if depth[number] < least or self._counts(number, depth[number], hidden):
                return float(max(depth[number], 0.0))
        return 0.0

    def white_mm2(self, cell=0.35):
        """The most of the eyeball that one view from before the face sees, corners and all, mm2."""
        skin, eye = self._skin(), _shown(self._eye, self._armature)
        own = np.array([t.vertices[:] for t in _triangles(self._eye)])
        if self._own is not None:
            own = own[np.isin(own, self._own).all(axis=1)]
        both = np.concatenate([self._all, own + len(skin)])
        tree = BVHTree.FromPolygons(
            np.concatenate([skin, eye]).tolist(), both.tolist(), all_triangles=True
        )
        reach = 1.1 * self._ball.radius
        places = np.arange(-reach, reach, cell)
        most = 0
        for aside, up in ((0, 0), (-50, 0), (50, 0), (0, 40), (0, -40), (-30, 30), (30, 30)):
            view = _direction(aside, up, self._axes)
            right, over = np.cross(view, self._axes[2]), self._axes[2]
            right /= np.linalg.norm(right)
            over = np.cross(right, view)
            start = self._ball.centre + 4 * self._ball.radius * view
            hits = [
                tree.ray_cast(Vector(start + x * right + y * over), Vector(-view))[2]
                for x, y in itertools.product(places, repeat=2)
            ]
            most = max(most, sum(hit is not None and hit >= len(self._all) for hit in hits))
        return most * cell**2

    def gap_mm(self, opening, beyond=12.0):
        """The widest gap between the lids across the middle eight tenths of their opening at rest.

        What is free within ``beyond`` degrees of the opening counts if there is skin above and below.
        """
        skin = self._skin()
        tree = BVHTree.FromPolygons(skin.tolist(), self._lids.tolist(), all_triangles=True)
        low, high = opening.aside[0], opening.aside[-1]
        columns = np.linspace(low + 0.1 * (high - low), high - 0.1 * (high - low), _COLUMNS)
        widest = 0.0
        for aside in columns:
            rims = [np.interp(aside, opening.aside, rim) for rim in (opening.lower, opening.upper)]
            up = np.arange(
                rims[0] - np.radians(beyond), rims[1] + np.radians(beyond), np.radians(_STEP)
            )
            local = np.stack(
                [np.cos(up) * np.sin(aside), np.cos(up) * np.cos(aside), np.sin(up)], axis=1
            )
            bare = np.array([
                tree.ray_cast(Vector(self._ball.centre), Vector(ray), 2 * self._ball.radius)[0] is None
                for ray in local @ self._axes
            ])  # fmt: skip
            seen = np.flatnonzero(~bare)
            between = bare[seen[0] : seen[-1]] if len(seen) else bare
            runs = [len(list(run)) for is_bare, run in itertools.groupby(between) if is_bare]
            widest = max([widest, *runs])
        return float(widest * np.radians(_STEP) * self._ball.radius * 1.1)

    def opening_up(self):
        """Degrees up of the lower and the upper lid's rim, as seen straight before the centre of the eye."""
        tree = BVHTree.FromPolygons(self._skin().tolist(), self._lids.tolist(), all_triangles=True)
        up = np.radians(np.arange(-70, 50, 0.25))
        rays = np.stack([0 * up, np.cos(up), np.sin(up)], axis=1) @ self._axes
        bare = [
            tree.ray_cast(Vector(self._ball.centre), Vector(ray), 2 * self._ball.radius)[0] is None
            for ray in rays
        ]
        ends = np.flatnonzero(np.diff(np.r_[False, bare, False].astype(int)))
        runs = [run for run in ends.reshape(-1, 2) if run[0] > 0 and run[1] < len(up)]
        low, high = max(runs, key=np.ptp)
        return np.degrees(up[[low, high - 1]])

    def _skin(self):
        return _shown(self._rig, self._armature)

    def _places(self):
        return np.einsum("pk,tkc->tpc", self._weights, self._skin()[self._lids]).reshape(-1, 3)

    def _counts(self, number, depth, hidden):
        """Whether a place lies on the front, or a view meets the eyeball above it before it meets skin."""
        offset = self._places()[number] - self._ball.centre
        ray = offset / np.linalg.norm(offset)
        if ray @ self._axes[1] > np.cos(np.radians(_FRONT)):
            return True
        above = Vector(self._ball.centre + offset + (depth + 0.01) * ray)
        outward = self._views[self._views @ ray > 0.05]
        return any(hidden.ray_cast(above, Vector(view))[0] is None for view in outward)

    def _depths(self):
        points = self._places()
        eye = _shown(self._eye, self._armature)
        triangles = np.array([t.vertices[:] for t in _triangles(self._eye)])
        if self._own is not None:
            triangles = triangles[np.isin(triangles, self._own).all(axis=1)]
        tree = BVHTree.FromPolygons(eye.tolist(), triangles.tolist(), all_triangles=True)
        offset = points - self._ball.centre
        far = np.linalg.norm(offset, axis=1)
        depth = np.full(len(points), -1.0)
        for number in np.flatnonzero(self._outside & (far < 1.2 * self._ball.radius)):
            ray = Vector(offset[number] / far[number])
            start = Vector(self._ball.centre) + 3 * self._ball.radius * ray
            hit = tree.ray_cast(start, -ray)
            if hit[0] is not None:
                depth[number] = 3 * self._ball.radius - hit[3] - far[number]
        return depth


def look(face, yaw, pitch):
    """Let the eyes of a rig look freely; degrees."""
    armature = face.aim.armature
    pose_bone(armature, TARGET)[eye_bones.LOOK_AT] = 0.0
    for side in eye_bones.sides(armature):
        bone = pose_bone(armature, EYES[side])
        bone.rotation_euler = (np.radians(pitch), 0.0, np.radians(yaw))
    armature.update_tag()
    bpy.context.view_layer.update()


def _views(axes):
    """[N, 3] unit directions from the face to views before it."""
    return np.stack([_direction(aside, up, axes) for aside, up in VIEWS])


def _direction(aside, up, axes):
    """[3] the unit direction so many degrees aside and up of the front."""
    aside, up = np.radians((aside, up))
    return np.array([np.cos(up) * np.sin(aside), np.cos(up) * np.cos(aside), np.sin(up)]) @ axes


def _triangles(obj):
    obj.data.calc_loop_triangles()
    return obj.data.loop_triangles


def _shown(obj, armature):
    """[V, 3] mm in the armature's space, as Blender shows an object."""
    twin = obj.evaluated_get(bpy.context.evaluated_depsgraph_get())
    mesh = twin.to_mesh()
    points = np.empty((len(mesh.vertices), 3), np.float32)
    mesh.vertices.foreach_get("co", points.ravel())
    twin.to_mesh_clear()
    matrix = np.array(armature.matrix_world.inverted() @ twin.matrix_world)
    scale = armature.aim.jaw_measures[4]
    return scale * (points.astype(np.float64) @ matrix[:3, :3].T + matrix[:3, 3])
