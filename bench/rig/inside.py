# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A mouth and eyes fitted to made heads, against the teeth and eyes that these have: ``python -m bench.rig.inside``.

Only the skin is given; bones are estimated. Five ways to put teeth are compared. Then the fitted pieces are looked at:
teeth before the lips at rest and in the actor's expressions, the lining against the skin, eyes against the truth.
"""

import argparse
import sys
from collections.abc import Callable

import numpy as np
from scipy.interpolate import RBFInterpolator
from scipy.spatial import cKDTree

from aim_blender_addon.backend.anatomy.bones.estimate import estimate_surveyed
from aim_blender_addon.backend.anatomy.eyes.ball import Ball, fit_ball
from aim_blender_addon.backend.anatomy.jaw.joint import JawJoint
from aim_blender_addon.backend.anatomy.survey import FaceSurvey
from aim_blender_addon.backend.geometry.mesh import Mesh
from aim_blender_addon.backend.geometry.rigid import fit_similarity, move_rigidly
from aim_blender_addon.backend.geometry.topology import component_labels
from aim_blender_addon.backend.inside.kinds import KINDS
from aim_blender_addon.backend.inside.make import make_inside
from aim_blender_addon.backend.inside.room import Lips
from aim_blender_addon.backend.retargeting.arkit_head import arkit_head
from aim_blender_addon.backend.sample.head import find_package, load_sample_head, rigid_motion
from bench.actors import SHARED

#: Landmarks about the mouth that a similarity is fitted to.
MOUTH = (
    "stomion", "subnasale", "upper_lip", "lower_lip", "supramentale", "mid_philtrum", "cheilion_left",
    "cheilion_right", "supracanina_left", "supracanina_right", "infracanina_left", "infracanina_right",
)  # fmt: skip
PLACES = ("upper incisors", "lower incisors", "upper molars", "lower molars")
POSES = {
    "smile": {"mouthSmile": 0.9, "cheekSquint": 0.4},
    "grin": {"mouthSmile": 0.6, "mouthUpperUp": 0.5, "mouthLowerDown": 0.5, "mouthStretch": 0.4, "jawOpen": 0.05},
    "lip_roll": {"mouthRollLower": 1.0, "mouthRollUpper": 1.0},
    "lip_puckerer": {"mouthPucker": 1.0, "jawOpen": 0.05},
    "mouth_stretch": {"jawOpen": 0.9, "mouthStretch": 0.5},
    "jaw_left": {"jawLeft": 1.0},
    "jaw_forward": {"jawForward": 1.0},
}  # fmt: skip
Way = Callable[[np.ndarray], np.ndarray]


class Head:
    """A made head: its skin, and the truth below it."""

    def __init__(self, seed: int) -> None:
        sys.path.insert(0, str(SHARED / "tools"))
        import ict_face as ict
        import make_actor

        self.ict, self.model = ict, ict.load_ict_face(SHARED / "data" / "ict" / "ict_face.npz")
        self.points = self.model.identity(
            make_actor.identity_coefficients(seed, len(self.model.identity_modes))
        )
        faces = self.model.skin_faces
        self.skin = Mesh(
            self.points[: ict.SKIN_VERTICES].astype(np.float32),
            faces[faces >= 0].astype(np.int32),
            (faces >= 0).sum(axis=1).astype(np.int32),
            f"actor {seed}",
        )
        self.survey = FaceSurvey(self.skin)
        bones = estimate_surveyed(self.survey)
        self.joint = JawJoint(
            *(bones.landmarks[name] for name in ("condyle_left", "condyle_right", "lower_incisor"))
        )

    def crowns(self, rows: slice) -> list[np.ndarray]:
        """Points [N, 3] of each tooth of a row."""
        faces = self.model.faces
        inside = ((faces >= rows.start) & (faces < rows.stop)) | (faces < 0)
        own = faces[inside.all(axis=1)] - rows.start
        count = rows.stop - rows.start
        edges = np.concatenate([own[:, :2], own[:, 1:3], own[own[:, 3] >= 0, 2:]])
        label = component_labels(count, edges)
        return [self.points[rows][label == one] for one in np.unique(label)]

    def truth(self) -> dict[str, np.ndarray]:
        """Places of its teeth, [N, 3] each."""
        return places(self.crowns(self.ict.UPPER_TEETH), self.crowns(self.ict.LOWER_TEETH))

    def ball(self, side: str) -> Ball:
        """Its eyeball."""
        rows = self.ict.EYEBALL_LEFT if side == "left" else self.ict.EYEBALL_RIGHT
        return fit_ball(self.points[rows][: self.ict.EYEBALL_OUTER])

    def posed(self, weights: dict[str, float]) -> tuple[Mesh, np.ndarray]:
        """The skin in an expression, and what the lower teeth do in it [4, 4]."""
        offset = self.model.expression_offset(self.model.weights(weights))
        teeth = self.points[self.ict.LOWER_TEETH]
        jaw = rigid_motion(teeth, teeth + offset[self.ict.LOWER_TEETH])
        moved = self.points + offset
        return self.skin.with_vertices(moved[: self.ict.SKIN_VERTICES]), jaw


def places(upper: list[np.ndarray], lower: list[np.ndarray]) -> dict[str, np.ndarray]:
    """Edges of the middle incisors [1, 3], and chewing surfaces of the first molars [2, 3], of both rows."""
    found = {}
    for name, crowns, sign in (("upper", upper, 1.0), ("lower", lower, -1.0)):
        middles = np.array([crown.mean(axis=0) for crown in crowns])
        front = middles[:, 2].max()
        edges, molars = [], []
        for side in (1, -1):
            own = [k for k in range(len(crowns)) if side * middles[k, 0] > 0]
            own.sort(key=lambda k: np.hypot(middles[k, 0], middles[k, 2] - front))
            heights = sign * crowns[own[0]][:, 1]
            edges.append(crowns[own[0]][heights < heights.min() + 0.7].mean(axis=0))
            heights = sign * crowns[own[5]][:, 1]
            molars.append(crowns[own[5]][heights <= np.quantile(heights, 0.2)].mean(axis=0))
        found[f"{name} incisors"] = np.mean(edges, axis=0)[None]
        found[f"{name} molars"] = np.array(molars)
    return found


def crowns_of(mesh: Mesh) -> list[np.ndarray]:
    """Points of each crown of a row that the free head's builder made."""
    return list(mesh.vertices[: 16 * 180].reshape(16, 180, 3).astype(float))


def ways(head: Head) -> dict[str, Way]:
    """Ways to put the free head's own teeth into a head."""
    free = arkit_head()
    names = sorted(set(free.landmarks) & set(head.survey.landmarks))

    def pairs(chosen) -> tuple[np.ndarray, np.ndarray]:
        return tuple(
            np.array([source[name] for name in chosen])
            for source in (free.landmarks, head.survey.landmarks)
        )

    def joint(one: JawJoint) -> np.ndarray:
        return np.array([one.hinge_left, one.hinge_right, one.incisor])

    def similar(start: np.ndarray, end: np.ndarray) -> Way:
        rotation, scale, shift = fit_similarity(start, end)
        return lambda points: scale * points @ rotation.T + shift

    def boxes() -> Way:
        boxes = [(m.vertices.min(0), m.vertices.max(0)) for m in (free.skin, head.skin)]
        (low, high), (into_low, into_high) = boxes
        scale = np.cbrt(np.prod((into_high - into_low) / (high - low)))
        return lambda points: (points - (low + high) / 2) * scale + (into_low + into_high) / 2

    def bent() -> Way:
        start, end = pairs(names)
        start = np.concatenate([start, joint(free.joint)])
        end = np.concatenate([end, joint(head.joint)])
        field = RBFInterpolator(start, end - start, kernel="linear", degree=1)
        return lambda points: points + field(points)

    return {
        "boxes": boxes(),
        "joint": similar(joint(free.joint), joint(head.joint)),
        "lips": similar(*pairs(MOUTH)),
        "bent": bent(),
    }


def before_lips(skin: Mesh, teeth: np.ndarray, front: np.ndarray, scale: float) -> int:
    """How many points of teeth [N, 3] stand before a lip."""
    return Lips(skin).before(teeth, front, scale)


def measure(seed: int) -> dict:
    """Figures of one head: errors by way and place, and of the fitted pieces."""
    head = Head(seed)
    truth = head.truth()
    free = load_sample_head(find_package()).parts
    rows = [crowns_of(free[f"{name} teeth"].mesh) for name in ("upper", "lower")]
    errors = {
        way: off(places(*[[move(crown) for crown in row] for row in rows]), truth)
        for way, move in ways(head).items()
    }
    made = make_inside(head.survey, head.joint, False, KINDS)
    pieces = {piece.mesh.name: piece.mesh for piece in made.pieces}
    upper, lower = pieces["upper teeth"], pieces["lower teeth"]
    errors["mouth"] = off(places(crowns_of(upper), crowns_of(lower)), truth)
    front = head.survey.frame.front
    poses = {"rest": {}} | POSES
    before = {}
    for name, weights in poses.items():
        skin, jaw = head.posed(weights)
        teeth = np.concatenate([upper.vertices, move_rigidly(lower.vertices, jaw)])
        before[name] = before_lips(skin, teeth.astype(float), front, 1.0)
    left, up, front = head.survey.frame.left_up_front
    lining = pieces["lining"].vertices.astype(float)
    lips = Lips(head.skin)
    inner = lining[len(lip_edge(head)) :]
    seen = [
        ~lips.covered(inner, front + a * left + b * up)
        for a, b in ((0, 0), (0.5, 0), (-0.5, 0), (2, 0), (-2, 0), (0, 0.3), (0, -0.3))
    ]
    edge = cKDTree(lining).query(lip_edge(head))[0]
    eyes = {}
    for side in ("left", "right"):
        ball, eye = head.ball(side), pieces[f"{side} eye"].vertices.astype(float)
        found = fit_ball(eye[len(eye) // 3 :])
        eyes[side] = (
            float(np.linalg.norm(found.centre - ball.centre)),
            float(found.radius - ball.radius),
        )
    return {
        "errors": errors,
        "before": before,
        "pushed": made.pushed_mm,
        "lining_out": int(np.any(seen, axis=0).sum()),
        "edge_gap": float(edge.max()),
        "eyes": eyes,
        "notes": made.notes,
    }


def lip_edge(head: Head) -> np.ndarray:
    """[N, 3] the open edge behind the lips."""
    from aim_blender_addon.backend.inside.loops import lip_loop

    rims = head.survey.rims["mouth"]
    axes = head.survey.frame.left_up_front
    loop = lip_loop(head.skin, np.concatenate([rims.upper, rims.lower]), axes[:2])
    return head.skin.vertices[loop.vertices]


def off(found: dict[str, np.ndarray], truth: dict[str, np.ndarray]) -> dict[str, float]:
    """Distance of each place, mm; the larger one of two sides."""
    return {name: float(np.linalg.norm(found[name] - truth[name], axis=1).max()) for name in PLACES}


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3, 4, 5, 6, 7])
    seeds = parser.parse_args().seeds
    rows = []
    for seed in seeds:
        rows.append(measure(seed))
        sys.stdout.write(f"{seed}: {rows[-1]}\n")
        sys.stdout.flush()
    sys.stdout.write(f"\n| way | {' | '.join(PLACES)} |\n|---|{'---|' * len(PLACES)}\n")
    for way in rows[0]["errors"]:
        cells = []
        for place in PLACES:
            values = [row["errors"][way][place] for row in rows]
            cells.append(f"{np.mean(values):.1f}, {np.max(values):.1f}")
        sys.stdout.write(f"| {way} | {' | '.join(cells)} |\n")
    for name in rows[0]["before"]:
        count = [row["before"][name] for row in rows]
        sys.stdout.write(f"teeth before the lips, {name}: {count}\n")
    eyes = np.array([list(row["eyes"].values()) for row in rows])
    sys.stdout.write(
        f"eye centres {eyes[..., 0].mean():.2f}, {eyes[..., 0].max():.2f}; "
        f"radii {np.abs(eyes[..., 1]).mean():.2f}, {np.abs(eyes[..., 1]).max():.2f}; "
        f"pushed {[round(row['pushed'], 2) for row in rows]}; lining out {[row['lining_out'] for row in rows]}; "
        f"gap at the edge {max(row['edge_gap'] for row in rows):.4f}\n"
    )


if __name__ == "__main__":
    main()
