# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The bones that move a rig's skin: where they carry the head, and what moves them beside the take's keys."""

import bpy
import numpy as np

from ...data.groups import read_groups
from ...data.meshes import transform
from ...data.shape_keys import read_points
from ...rig.own_bones import EYES, find_bone
from .findings import Hidden, Reason
from .made import Made

#: Vertices of which so much moves with the head are looked at: others move with the body.
_FOLLOWS = 0.99
#: If hardly any does, the bone that was taken for the head's is not.
_FEW = 0.02


class Bones:
    """The bones of a rig, over some frames.

    Args:
        rig: the mesh object.
        armature: of the rig.
        made: what it is to show.
    """

    def __init__(self, rig: bpy.types.Object, armature: bpy.types.Object, made: Made) -> None:
        self._rig, self._armature, self._made = rig, armature, made
        bones = armature.data.bones
        self._names = [bone.name for bone in armature.pose.bones]
        number = {name: n for n, name in enumerate(self._names)}
        self._rest = np.array([bones[name].matrix_local for name in self._names], np.float64)
        self._rest = self._rest.reshape(-1, 4, 4)
        self._parents = np.array(
            [number.get(_parent(bones[name]), -1) for name in self._names], int
        )
        self._deforming = [n for n in self._names if bones[n].use_deform and n in rig.vertex_groups]
        self._root = made.root if made.root in bones else self._heaviest()
        head, jaw = made.bones
        tops = [name for name in dict.fromkeys((self._root, jaw)) if name in bones]
        self._carried = {name: self._below(name) for name in tops}
        carrier = head and _parent(bones[head]) if head in bones else self._root
        self._carrier = number.get(carrier, -1)
        self._watched = [
            n
            for n, name in enumerate(self._names)
            if any(name in below for below in self._carried.values())
            and not (name == self._root and not head)
        ]
        points = rig.data.shape_keys.reference_key if rig.data.shape_keys else None
        rest = read_points(points) if points else np.zeros((0, 3), np.float32)
        world = np.linalg.inv(np.array(armature.matrix_world)) @ np.array(rig.matrix_world)
        self._points = transform(rest, world)
        low, high = self._points.min(axis=0), self._points.max(axis=0)
        eyes = {find_bone(armature, bone) for bone in EYES.values()} - {""}
        #: Bones of eyes are no part of what carries the skin: a look turns the eyeballs alone.
        self._eyes = {name for eye in eyes for name in self._below(eye)}
        self._watched = [n for n in self._watched if self._names[n] not in self._eyes]
        self._corners = np.array(np.meshgrid(*zip(low, high, strict=True))).reshape(3, -1)
        #: By bone: how far it goes at most, and the matrices of where it is and where its keys have it.
        self._worst: dict[int, tuple[float, np.ndarray, np.ndarray]] = {}

    def follows(self) -> np.ndarray | None:
        """[V] bool, which vertices move with the head; None where all do."""
        below = {name for names in self._carried.values() for name in names} - self._eyes
        if not below or set(self._deforming) <= below:
            return None
        weights = read_groups(self._rig, self._deforming)
        ours = weights[[name in below for name in self._deforming]].sum(axis=0)
        share = ours / np.maximum(weights.sum(axis=0), 1e-9)
        found = share >= _FOLLOWS
        return found if found.mean() > _FEW else None

    def look(self, posed: bpy.types.Object) -> np.ndarray:
        """[4, 4] where the body carries the head, in the armature's space; ``posed`` is the evaluated armature."""
        by_name = posed.pose.bones
        pose = np.array([by_name[name].matrix for name in self._names], np.float64)
        channel = pose.reshape(-1, 4, 4) @ np.linalg.inv(self._rest)
        for number in self._watched:
            bone = by_name[self._names[number]]
            parent = self._parents[number]
            above = channel[parent] if parent >= 0 else np.eye(4)
            rest = self._rest[number]
            local = np.linalg.inv(above) @ channel[number]
            keyed = rest @ np.array(bone.matrix_basis, np.float64) @ np.linalg.inv(rest)
            wanted = keyed if bone.name in self._made.bones else np.eye(4)
            far = np.linalg.norm(
                (local - wanted)[:3, :3] @ self._corners + _place(local, wanted), axis=0
            )
            before = self._worst.get(number)
            if before is None or far.max() > before[0]:
                self._worst[number] = (float(far.max()), local, wanted)
        return channel[self._carrier] if self._carrier >= 0 else np.eye(4)

    def findings(self, mm: float, least_mm: float) -> list[Hidden]:
        """Bones that something beside the take moves.

        Args:
            mm: millimetres in a unit of the armature.
            least_mm: what moves the skin by less is no finding.
        """
        found = []
        for number, (far, local, wanted) in self._worst.items():
            if far * mm < least_mm:
                continue
            name = self._names[number]
            groups = [n for n in self._below(name) if n in self._rig.vertex_groups]
            weight = np.clip(read_groups(self._rig, groups).sum(axis=0), 0.0, 1.0)
            moved = self._points @ (local - wanted)[:3, :3].T + _place(local, wanted).T
            most = float((weight * np.linalg.norm(moved, axis=1)).max(initial=0.0)) * mm
            if most < least_mm:
                continue
            by = self._constraints(name)
            is_keyed = name in self._made.bones
            reason = Reason.CONSTRAINED if by or is_keyed else Reason.POSED
            found.append(Hidden(reason, (name,), by, most))
        return found

    def _constraints(self, name: str) -> tuple[str, ...]:
        """Constraints that move a bone: its own, and the IK of what hangs on it."""
        bone = self._armature.pose.bones[name]
        own = [c.name for c in bone.constraints if not c.mute and c.influence > 0]
        chains = [
            c.name
            for child in bone.children_recursive
            for c in child.constraints
            if c.type in {'IK', 'SPLINE_IK'} and not c.mute and c.influence > 0
        ]
        return tuple(dict.fromkeys([*own, *chains]))

    def _below(self, name: str) -> set[str]:
        bone = self._armature.data.bones[name]
        return {name, *(child.name for child in bone.children_recursive)}

    def _heaviest(self) -> str:
        """The bone that moves most of the skin; "" where none does."""
        if not self._deforming:
            return ""
        sums = read_groups(self._rig, self._deforming).sum(axis=1)
        return self._deforming[int(sums.argmax())]


class NoBones:
    """What :class:`Bones` says of a rig without an armature."""

    def follows(self) -> None:
        """All vertices move with the head."""

    def look(self, _posed: bpy.types.Object) -> np.ndarray:
        """No body carries the head."""
        return np.eye(4)

    def findings(self, _mm: float, _least_mm: float) -> list[Hidden]:
        """No bone is moved by anything."""
        return []


def _parent(bone: bpy.types.Bone) -> str:
    return bone.parent.name if bone.parent else ""


def _place(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    return (first - second)[:3, 3:]
