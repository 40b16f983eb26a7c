# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole skin brought out of bone and teeth: corners, edges and faces, counted from what the rest shows.

Sculpting has limits of its own for corners (:mod:`..editing.limits`). Whoever has none, as retargeting, comes here.
"""

from collections import OrderedDict

import numpy as np
import scipy.sparse as sp

from ..geometry.laplacian import SurfaceOperator
from ..geometry.mesh import Mesh
from ..geometry.rigid import undo_rigid
from ..model.aim import AimModel
from .bone_field import FIELD_ERROR_MM, FIELD_RATE, Bones
from .over_bone import KnownRoom, SkinOverBone

#: Rounds of pushing: what comes out of one bone may meet the other.
ROUNDS = 6
#: In the first rounds skin around a push goes along, over so many rings of vertices,
SOFT_ROUNDS, RINGS = 2, 6
#: by this fraction from ring to ring,
FADING = 0.75
#: where it is longer than this, mm.
FOLLOWED_MM = 0.2
#: The last push is shorter than this and is not looked at again, mm.
LAST_MM = 0.15
#: Skin that two bones push to and fro goes back by this fraction of the way it came, in so many rounds.
BACK, BACK_ROUNDS = 0.4, 6
#: Bones kept ready; a pair takes about 60 MB.
KEPT = 2

_kept: OrderedDict[int, Bones] = OrderedDict()


def kept_bones(model: AimModel) -> Bones | None:
    """The bones of a model with their fields, made once as long as the process lives; None where it has none."""
    if not len(model.skull.face_sizes) or not len(model.jaw.face_sizes):
        return None
    meshes: tuple[Mesh, ...] = (model.skull, model.jaw, model.neutral)
    parts = [part.tobytes() for mesh in meshes for part in (mesh.vertices, mesh.face_vertices)]
    key = hash(tuple(parts))
    if key not in _kept:
        skin = model.neutral.vertices.astype(np.float64)
        _kept[key] = Bones.of(model.skull, model.jaw, skin)
    _kept.move_to_end(key)
    while len(_kept) > KEPT:
        _kept.popitem(last=False)
    return _kept[key]


class OffBone:
    """Holds the poses of one skin out of its bones.

    What is known of the last pose spares looking: poses of a take come one after the other.

    Args:
        bones: skull and jaw.
        rest: [V, 3] mm.
        triangles: [T, 3].
    """

    def __init__(self, bones: Bones, rest: np.ndarray, triangles: np.ndarray):
        self.over = SkinOverBone(bones, rest, triangles)
        stiffness = abs(SurfaceOperator.of(self.over.rest, self.over.triangles).stiffness)
        joined = (stiffness - sp.diags(stiffness.diagonal())).sign()
        count = np.maximum(np.asarray(joined.sum(axis=1)).ravel(), 1)
        self._mean = (sp.diags(FADING / count) @ joined).tocsr()
        self._known = KnownRoom(len(self.over.rest))

    def held(
        self,
        skin: np.ndarray,
        jaw: np.ndarray,
        safe: np.ndarray,
        rounds: int = ROUNDS,
        back_rounds: int = BACK_ROUNDS,
    ) -> np.ndarray:
        """The skin [V, 3] mm with nothing of it deeper in bone than at rest, as far as that can be.

        Args:
            skin: head space.
            jaw: [4, 4] its pose.
            safe: [V, 3] mm, where the skin came from: the rest under that jaw.
            rounds: of pushing.
            back_rounds: of going back to where the skin came from, where pushing found no way.
        """
        skin = np.array(skin, np.float64)
        looked = self._back_through(skin, jaw, safe)
        for step in range(rounds + back_rounds):
            deep = self.over.too_deep(skin, jaw, self._known, safe, True, step == 0, looked)
            looked = None
            if not len(deep):
                if deep.thin:
                    continue
                break
            moved, push = deep.at_corners()
            if deep.worst_mm < LAST_MM and not deep.thin:
                skin[moved] += push
                break
            if step >= rounds:
                skin[moved] += BACK * (safe - skin)[moved]
            elif step < SOFT_ROUNDS and deep.worst_mm > FOLLOWED_MM:
                skin += self._with_surroundings(moved, push)
            else:
                skin[moved] += push
        return skin

    def left_mm(self, skin: np.ndarray, jaw: np.ndarray) -> float:
        """How deep the deepest point of a skin [V, 3] mm that was held lies in bone beyond the rest, mm."""
        return self.over.too_deep(skin, jaw, self._known, corners=True).worst_mm

    def _back_through(
        self, skin: np.ndarray, jaw: np.ndarray, safe: np.ndarray
    ) -> np.ndarray | None:
        """Bring back, in place, skin that went through a tooth.

        Returns:
            Distances [2, V] mm by the fields where they were looked up; not a number elsewhere, or None.
        """
        bones = self.over.bones
        way = skin - safe
        length = np.sqrt(np.einsum("vc,vc->v", way, way))
        looked = np.full((2, len(skin)), np.nan)
        for number, field in enumerate((bones.skull, bones.jaw)):
            points = undo_rigid(skin, jaw) if number else skin
            left = FIELD_RATE * self._known.left(number, points) - FIELD_ERROR_MM
            rows = np.flatnonzero((length > 1.0) & (length > left))  # a tooth is thicker
            looked[number, rows] = field.distance(points[rows])
        rows = np.flatnonzero(np.isfinite(looked).any(axis=0))
        distance = np.where(np.isnan(looked), np.inf, looked)[:, rows].T
        through, push = bones.gone_through(safe[rows], skin[rows], jaw, distance)
        if len(through):
            skin += self._with_surroundings(rows[through], push)
            return None
        return looked

    def _with_surroundings(self, moved: np.ndarray, push: np.ndarray) -> np.ndarray:
        """Displacements [V, 3] mm that fade out around the vertices ``moved`` [N], which go by ``push`` [N, 3] mm."""
        carried = np.zeros_like(self.over.rest)
        for _ in range(RINGS):
            carried[moved] = push
            carried = self._mean @ carried
        carried[moved] = push
        return carried
