# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kinds of pieces that a head can be given, and which of them a head has already (numpy only)."""

from collections.abc import Collection, Sequence

import numpy as np

from ..anatomy.eyes.ball import Ball
from ..anatomy.eyes.find import SIDES, find_eyes, pieces_of
from ..anatomy.jaw.joint import JawJoint
from ..anatomy.mouth_parts import mouth_pieces
from ..anatomy.worn import OverSkin
from ..geometry.mesh import Mesh

#: Pieces in the mouth, and at the eyes.
MOUTH = ("teeth", "gums", "tongue", "lining")
EYES = ("eyes", "lashes")
KINDS = MOUTH + EYES
#: Lashes begin within so many radii of an eye's centre and end beyond so many; none is longer than so many radii.
_LASH = (1.3, 1.25, 3.0)
#: Of a piece's vertices so many lie before the middle of the eye.
_LASH_BEFORE = 0.9


def kinds_in(meshes: Sequence[Mesh], joint: JawJoint, skin: Mesh | None = None) -> set[str]:
    """The kinds of which a piece is there; gums count as there where teeth are, as they have to fit.

    Args:
        meshes: what lies in or on the head, its own skin apart; mm, head space.
        joint: of the jaw.
        skin: tells a beard before the mouth from what is in it; None where it is not known.
    """
    over_skin = None if skin is None else OverSkin(skin, joint.head_axes, joint.length)
    found = mouth_pieces(meshes, joint, over_skin)
    if "teeth" in found:
        found = found | {"gums"}
    eyes = find_eyes(meshes, joint).balls
    if eyes:
        found = found | {"eyes"}
    if any(_has_lashes(meshes, ball, joint) for ball in eyes.values()):
        found = found | {"lashes"}
    return found


def loose_pieces(skin: Mesh) -> list[Mesh]:
    """What of a skin's mesh does not hang together with most of it, such as eyes joined to it; one mesh or none."""
    largest = np.zeros(len(skin.vertices), bool)
    largest[max(pieces_of(skin), key=len)] = True
    return parts_beside(skin, largest)


def parts_beside(mesh: Mesh, is_skin: np.ndarray) -> list[Mesh]:
    """What of a mesh is none of its skin [V], such as teeth and eyes joined to it; one mesh or none."""
    triangles = mesh.triangles
    triangles = triangles[~is_skin[triangles].any(axis=1)]
    if not len(triangles):
        return []
    used, number = np.unique(triangles, return_inverse=True)
    return [Mesh.from_triangles(mesh.vertices[used], number.reshape(-1, 3), mesh.name)]


def missing(
    others: Sequence[Mesh], joint: JawJoint, asked: Collection[str], skin: Mesh | None = None
) -> tuple[list[str], tuple[str, ...]]:
    """The kinds among those asked for that a head has not, and the sides that get eyes or lashes.

    Args:
        others: what lies in or on the head, its own skin apart; mm, head space.
        joint: of the jaw.
        asked: kinds.
        skin: of the face, as for :func:`kinds_in`.
    """
    there = kinds_in(others, joint, skin)
    sides = eyes_missing(others, joint)
    if sides:
        there -= {"eyes"}
    return in_order(set(asked) - there), sides or SIDES


def eyes_missing(meshes: Sequence[Mesh], joint: JawJoint) -> tuple[str, ...]:
    """The sides without an eyeball."""
    found = find_eyes(meshes, joint).balls
    return tuple(side for side in SIDES if side not in found)


def in_order(kinds: Collection[str]) -> list[str]:
    """Kinds in the order in which they are named."""
    return [kind for kind in KINDS if kind in kinds]


def _has_lashes(meshes: Sequence[Mesh], ball: Ball, joint: JawJoint) -> bool:
    front = joint.head_axes[1]
    begins, ends, size = (factor * ball.radius for factor in _LASH)
    for mesh in meshes:
        for piece in pieces_of(mesh):
            points = mesh.vertices[piece].astype(np.float64) - ball.centre
            far = np.linalg.norm(points, axis=1)
            before = (points @ front > 0).mean()
            is_lash = far.min() < begins and ends < far.max() < size and before > _LASH_BEFORE
            if is_lash and far.min() > 0.9 * ball.radius:
                return True
    return False
