# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The jaw's motion within the shapes of a mesh: read off its lower teeth, else off the skin of its chin (numpy only).

An artist's jawOpen moves skin, teeth and tongue by one displacement. The jaw's part of it is a rigid motion, which a
bone can make. The rest is tissue.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..anatomy.jaw.from_teeth import MOVES_MM, hard_parts
from ..geometry.rigid import fit_rigid, move_rigidly
from ..geometry.robust import geman_mcclure
from ..geometry.topology import component_labels
from ..shape_names import plain_name
from .retarget_face import RetargetFace


@dataclass(frozen=True)
class JawInShapesSettings:
    """What counts as the jaw in a shape.

    Attributes:
        chin: landmarks of skin that lies on the chin's bone, which tells the jaw where there are no teeth.
        chin_mm: so far about them.
        prior: how much open angle (by mm at the chin), slide, swing and shift are kept small beside that skin.
        rounds: of the robust fit to the skin.
        robust_mm: skin that is off by more counts less.
    """

    chin: tuple[str, ...] = ("pogonion", "gnathion")
    chin_mm: float = 9.0
    prior: tuple[float, float, float, float] = (0.0, 0.01, 0.02, 0.02)
    rounds: int = 20
    robust_mm: float = 1.0


SETTINGS = JawInShapesSettings()
#: Shapes that move the jaw. The skin of other shapes says nothing about it: lips and chin move alone.
_JAW_SHAPES = frozenset(("jawopen", "jawforward", "jawleft", "jawright", "jawback"))
#: Shapes of sounds open the jaw, too.
_SOUND = "viseme"
#: ARKit's corrective: what its teeth do belongs to jawOpen beside it.
_NO_JAW = "mouthclose"
#: At least so many vertices of the chin are looked at.
_FEWEST_POINTS = 8
_CLOSE_MM = 0.01


def lower_teeth(face: RetargetFace, shapes: np.ndarray) -> np.ndarray:
    """Numbers [N] of the vertices of the lower teeth: what is under the bite, moves, and is rigid in all shapes.

    Upper teeth may lie under the bite that was estimated; they do not move. A tongue is not rigid.

    Args:
        face: of the mesh.
        shapes: [E, V, 3] its displacements, the mesh's units.
    """
    below = np.flatnonzero(face.part_jaw > 0.5)
    if not len(below) or not len(shapes):
        return below[:0]
    edges = face.mesh.triangles[:, [0, 1, 1, 2]].reshape(-1, 2)
    labels = component_labels(len(face.mesh.vertices), edges)[below]
    rest = face.mesh.vertices[below].astype(np.float64) * face.scale
    moved = shapes[:, below].astype(np.float64) * face.scale
    return below[hard_parts(rest, moved, labels)]


def jaws_of_shapes(face: RetargetFace, names: Sequence[str], shapes: np.ndarray) -> np.ndarray:
    """Jaw poses [E, 4, 4] mm within shapes [E, V, 3] in the mesh's units; no motion where a shape has none."""
    poses = np.tile(np.eye(4), (len(names), 1, 1))
    teeth = lower_teeth(face, shapes)
    for number, name in enumerate(names):
        word = plain_name(name)[0]
        if word == _NO_JAW:
            continue
        if len(teeth):
            moved = shapes[number, teeth].astype(np.float64) * face.scale
            if np.abs(moved).max() > MOVES_MM:
                rest = face.mesh.vertices[teeth].astype(np.float64) * face.scale
                poses[number] = fit_rigid(rest, rest + moved, np.ones(len(rest)))
        elif word in _JAW_SHAPES or word.startswith(_SOUND):
            skin = shapes[number, face.rows].astype(np.float64) * face.scale
            poses[number] = _from_chin(face, skin)
    return poses


def _from_chin(face: RetargetFace, moved: np.ndarray) -> np.ndarray:
    """Pose [4, 4] of the jaw that the skin on the chin's bone, displaced by [S, 3] mm, shows best."""
    joint, rest = face.joint, face.skin.vertices.astype(np.float64)
    chin = [face.landmarks[name] for name in SETTINGS.chin if name in face.landmarks]
    if not chin:
        return np.eye(4)
    apart = np.linalg.norm(rest[:, None] - np.array(chin), axis=2).min(axis=1)
    picked = np.flatnonzero(apart <= max(SETTINGS.chin_mm, np.sort(apart)[_FEWEST_POINTS]))
    rest, goal, follows = rest[picked], moved[picked], face.jaw_weight[picked]
    area = face.operator.mass[picked]
    prior = np.diag(SETTINGS.prior) * np.sqrt(area.sum())
    found = np.zeros(4)
    for _ in range(SETTINGS.rounds):
        carried = move_rigidly(rest, joint.pose(found))
        left = goal - follows[:, None] * (carried - rest)
        distance = np.linalg.norm(left, axis=1)
        scale = max(SETTINGS.robust_mm, float(np.median(distance)))
        trust = np.sqrt(area * geman_mcclure((distance / scale) ** 2))[:, None]
        slopes = joint.slopes(rest, found, carried, follows) * trust[:, None]
        system = np.vstack([slopes.reshape(-1, 4), prior])
        right = np.r_[(left * trust).ravel(), -prior @ found]
        change = np.linalg.lstsq(system, right, rcond=None)[0]
        found = found + change
        if np.abs(change * joint.unit_sizes).max() < _CLOSE_MM:
            break
    return joint.pose(found)
