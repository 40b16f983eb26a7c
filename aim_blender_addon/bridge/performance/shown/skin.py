# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The skin as the scene shows it: how far it is from what was made, and which modifiers move it."""

from collections.abc import Callable, Sequence

import bpy
import numpy as np

from ...data.evaluating import own_scene
from ...data.meshes import transform
from ...data.playing import go_to
from ...rig.lids import slides_lids
from .findings import Figure, Hidden, Reason
from .made import Made

#: Modifiers that move vertices, or change nothing of the skin; others may change how many there are.
_KEEP_COUNT = {
    *('ARMATURE', 'CAST', 'CLOTH', 'COLLISION', 'CORRECTIVE_SMOOTH', 'CURVE', 'DATA_TRANSFER'),
    *('DISPLACE', 'HOOK', 'LAPLACIANDEFORM', 'LAPLACIANSMOOTH', 'LATTICE', 'MESH_CACHE'),
    *('MESH_DEFORM', 'NORMAL_EDIT', 'SHRINKWRAP', 'SIMPLE_DEFORM', 'SMOOTH', 'SOFT_BODY'),
    *('SURFACE_DEFORM', 'UV_PROJECT', 'UV_WARP', 'VERTEX_WEIGHT_EDIT', 'VERTEX_WEIGHT_MIX'),
    *('VERTEX_WEIGHT_PROXIMITY', 'VOLUME_DISPLACE', 'WARP', 'WAVE', 'WEIGHTED_NORMAL'),
}
#: Settings of an Armature modifier beside plain vertex groups, and their names in Blender.
_SKINNING = {
    "use_deform_preserve_volume": (False, "Preserve Volume"),
    "use_bone_envelopes": (False, "Bone Envelopes"),
    "use_multi_modifier": (False, "Multi Modifier"),
    "vertex_group": ("", "Vertex Group"),
}


class Skin:
    """Distances between the skin that a scene shows and what was made, over some frames.

    Args:
        made: what was made.
        follows: [V] bool, which vertices count; None for all.
    """

    def __init__(self, made: Made, follows: np.ndarray | None) -> None:
        self._made, self._follows = made, follows
        self._distances: list[np.ndarray] = []
        self._apart: list[np.ndarray] = []
        self._size = 0.0
        self._rows: list[int] = []

    def look(
        self, row: int, twin: bpy.types.Object, posed: bpy.types.Object, carried: np.ndarray
    ) -> None:
        """Compare them at a row of what was made; ``carried`` is where the body has the head."""
        relative = np.linalg.inv(np.array(posed.matrix_world)) @ np.array(twin.matrix_world)
        to_head = np.linalg.inv(carried @ self._made.to_armature) @ relative
        made, shown = self._made.points(row), transform(_points(twin), to_head)
        if shown.shape != made.shape:
            return
        distance = np.linalg.norm(shown - made, axis=1)
        self._distances.append(distance if self._follows is None else distance[self._follows])
        self._apart.append(np.linalg.inv(self._made.to_armature) @ relative)
        self._size = max(self._size, float(np.abs(_points(twin)).max(initial=0.0)))
        self._rows.append(row)

    def figure(self, frames: int, before: Sequence[str]) -> Figure | None:
        """The distances over all of it; None where nothing could be compared."""
        if not self._distances:
            return None
        every = np.concatenate(self._distances)
        share = 1.0 if self._follows is None else float(self._follows.mean())
        return Figure(
            float(every.mean()),
            float(np.quantile(every, 0.99)),
            float(every.max()),
            len(self._distances),
            frames,
            tuple(before),
            share,
        )

    def worst_row(self) -> int:
        """The row where the skin is farthest from what was made."""
        return self._rows[int(np.argmax([distance.max() for distance in self._distances]))]

    def apart_mm(self) -> float:
        """How far the mesh object moves beside its armature over the frames."""
        first = self._apart[0]
        turned = max(np.abs((other - first)[:3, :3]).max() for other in self._apart)
        moved = max(np.abs((other - first)[:3, 3]).max() for other in self._apart)
        return float(turned * self._size + moved)


def changing_the_count(rig: bpy.types.Object, context: bpy.types.Context) -> list[str]:
    """Names of the modifiers of a mesh that change how many vertices it has."""
    on = [m for m in rig.modifiers if m.show_viewport and m.type not in _KEEP_COUNT]
    found = [m.name for m in on if m.type == 'SUBSURF' and m.levels]
    suspects = [m.name for m in on if m.type != 'SUBSURF']
    if not suspects:
        return found
    with own_scene([rig], context.scene) as (scene, (copy,)):
        layer = scene.view_layers[0]
        for name in suspects:
            for modifier in copy.modifiers:
                modifier.show_viewport = modifier.name == name
            layer.update()
            if len(_points(copy.evaluated_get(layer.depsgraph))) != len(rig.data.vertices):
                found.append(name)
    return found


def without(names: Sequence[str]) -> Callable[[list[bpy.types.Object]], None]:
    """What takes modifiers off the first of some copies."""

    def change(copies: list[bpy.types.Object]) -> None:
        for name in names:
            copies[0].modifiers.remove(copies[0].modifiers[name])

    return change


def moving(
    rig: bpy.types.Object,
    armature: bpy.types.Object,
    before: Sequence[str],
    frame: float,
    mm: float,
    context: bpy.types.Context,
) -> list[Hidden]:
    """Modifiers beside the rig's own that move the skin, and by how much: each is taken off a copy.

    Args:
        rig: mesh object.
        armature: of the rig.
        before: modifiers that are left out.
        frame: of the scene.
        mm: millimetres in a unit of the mesh.
        context: for the scene.
    """
    shown = [m for m in rig.modifiers if m.show_viewport and m.name not in before]
    shown = [m for m in shown if not slides_lids(m)]  # they are the rig's own, and are meant to
    skin = next((m for m in shown if m.type == 'ARMATURE' and m.object == armature), None)
    found = []
    if not [m for m in shown if m != skin] and (skin is None or not _own_settings(skin)):
        return []
    with own_scene([rig], context.scene) as (scene, (copy,)):
        without(before)([copy])
        layer = scene.view_layers[0]
        go_to(scene, frame)
        points = _points(copy.evaluated_get(layer.depsgraph))

        def moved() -> float:
            nonlocal points
            earlier = points
            layer.update()
            points = _points(copy.evaluated_get(layer.depsgraph))
            return float(np.linalg.norm(points - earlier, axis=1).max(initial=0.0)) * mm

        for modifier in reversed(shown):
            if modifier != skin:
                copy.modifiers.remove(copy.modifiers[modifier.name])
                found.append(Hidden(Reason.MODIFIED, (modifier.name,), (), moved()))
        for name in _own_settings(skin) if skin is not None else ():
            plain, label = _SKINNING[name]
            setattr(copy.modifiers[skin.name], name, plain)
            found.append(Hidden(Reason.SKINNED_OTHERWISE, (label,), (skin.name,), moved()))
    return found


def _own_settings(modifier: bpy.types.ArmatureModifier) -> list[str]:
    return [n for n, (plain, _label) in _SKINNING.items() if getattr(modifier, n) != plain]


def _points(twin: bpy.types.Object) -> np.ndarray:
    mesh = twin.to_mesh()
    try:
        points = np.empty((len(mesh.vertices), 3), np.float32)
        if len(points):
            mesh.attributes["position"].data.foreach_get("vector", points.ravel())
        return points
    finally:
        twin.to_mesh_clear()
