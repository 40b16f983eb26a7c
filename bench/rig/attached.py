# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What hangs on the skin, on baked rigs: ``attached.py [--pictures DIR] [SEED ...]``; without a seed, the sample head.

The skin plays ARKit's shapes one by one, the scans' mixtures of them, and shapes together; the jaw's part is in its
bone. Counted is the lining that shows in front of the lips, and its depth. Lashes, tear lines and pockets are made
along the lids, brows on the skin above them: how far their roots get from the skin, and how much a card is stretched;
what of tear lines and pockets shows before the lids, and how deep brows get under the skin. The tongue's root is to
lie still. Everything is
measured on what Blender shows, with pieces that follow bones alone and with pieces that follow the skin. Prints one
line of JSON a head. A process of its own, because Blender's module is not made to be reset.
"""

import argparse
import json
import os
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import bpy
import numpy as np
from mathutils import Vector
from mathutils.bvhtree import BVHTree

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT)]

import aim_blender_addon  # noqa: E402
from aim_blender_addon.backend.anatomy.jaw.joint import JawJoint  # noqa: E402
from aim_blender_addon.backend.geometry.mesh import Mesh, triangle_normals  # noqa: E402
from aim_blender_addon.backend.geometry.skinning import undo_jaw  # noqa: E402
from aim_blender_addon.backend.geometry.topology import edge_use  # noqa: E402
from aim_blender_addon.backend.io.model_file import model_to_bytes  # noqa: E402
from aim_blender_addon.backend.sample.head import (  # noqa: E402
    EXPRESSIONS,
    find_package,
    load_sample_head,
    rigid_motion,
    z_up,
)
from aim_blender_addon.bridge.data import meshes, shape_keys, storage  # noqa: E402
from aim_blender_addon.bridge.data.head_space import HeadSpace  # noqa: E402
from aim_blender_addon.bridge.rig import carried, jaw_controls, parts  # noqa: E402
from aim_blender_addon.bridge.rig.attaching import attach_to_bone  # noqa: E402
from aim_blender_addon.bridge.rig.own_bones import JAW  # noqa: E402
from bench.actors import SHARED  # noqa: E402
from bench.rig.heads import part  # noqa: E402
from tests.addon import stand_in  # noqa: E402

#: Shapes together, beside ARKit's alone and the scans'.
TOGETHER = {
    "lips rolled, jaw open": {"mouthRollUpper": 1, "mouthRollLower": 1, "jawOpen": 0.5},
    "smile, jaw open": {"mouthSmile": 1, "jawOpen": 0.7},
    "funnel, jaw open": {"mouthFunnel": 1, "jawOpen": 0.4},
    "pucker, jaw open": {"mouthPucker": 1, "jawOpen": 0.3},
    "lips closed on open jaw": {"mouthClose": 0.7, "jawOpen": 0.7},
    "jaw left, smile": {"jawLeft": 1, "mouthSmile": 0.7},
    "blink, squint": {"eyeBlink": 1, "eyeSquint": 0.5},
    "blink, brows down": {"eyeBlink": 1, "browDown": 1},
    "half blink": {"eyeBlink": 0.5},
}
#: How names of shapes of one side end, and those of both.
_ENDS = ("", "Left", "Right", "_L", "_R")
#: Skin that faces the viewer at this cosine or more is seen, and lining nearer before it than this, mm, is through.
_SEEN, _THROUGH_MM = 0.2, 8.0
#: Lining deeper in the mouth is not looked at, mm from the skin.
_DEEP_MM = 8.0
#: Lengths of the made lashes and brows, gap of their roots to the skin, and widths of tear lines and pockets, mm.
_LASH_MM, _BROW_MM, _GAP_MM = 8.0, 4.0, 0.3
_TEAR_MM, _POCKET_MM = 1.2, 4.0
#: Pieces of cards that are rooted in the skin by their first side, and those of them that lie on the eyes.
_CARDS = ("lashes", "brows", "tear lines", "pockets")
_ON_EYES = ("tear lines", "pockets")


@dataclass(frozen=True)
class Head:
    """A head with shapes, z up, mm.

    Attributes:
        skin: at rest.
        parts: what hangs on it, by name.
        names: of the shapes.
        moves: [E, S, 3] of the skin, jaw and all.
        teeth: [N, 3] lower teeth, and
        teeth_moves: [E, N, 3] what they do.
        joint: of the jaw.
    """

    skin: Mesh
    parts: dict[str, Mesh]
    names: tuple[str, ...]
    moves: np.ndarray
    teeth: np.ndarray
    teeth_moves: np.ndarray
    joint: JawJoint

    def weights(self, mixture: dict[str, float]) -> np.ndarray:
        """[E] of a mixture; a name without a side means both."""
        weights = np.zeros(len(self.names))
        for name, value in mixture.items():
            side = next((side for side in ("Left", "Right") if name.endswith(side)), "")
            stem = name.removesuffix(side) if side else name
            ways = {name, f"{stem}_{side[0]}"} if side else {f"{name}{end}" for end in _ENDS}
            weights += value * np.isin(self.names, list(ways))
        return weights


def main(seed: int | None, pictures: Path | None) -> dict:
    """Figures of one head."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    head = sample() if seed is None else made(seed)
    head = replace(head, parts={**head.parts, **_cards(head)})
    face, jaws = rig_of(head)
    bpy.context.view_layer.objects.active = face.aim.rig
    bpy.ops.aim.attach_parts()
    bpy.ops.aim.make_eyes()
    figures: dict = {"head": "sample" if seed is None else seed}
    poses = {name: {name: 1.0} for name in head.names}
    poses |= {f"scan {name}": dict(mixture) for name, mixture in EXPRESSIONS.items()}
    poses |= TOGETHER
    found = bpy.data.objects["mouth lining"]
    figures["keys"] = len(found.data.shape_keys.key_blocks) - 1
    figures["follows the skin"] = _measure(head, face, jaws, poses)
    if pictures is not None:
        _save(pictures / f"{figures['head']}.blend")
    _only_bones(face)
    figures["follows bones"] = _measure(head, face, jaws, poses)
    return figures


def _only_bones(face: bpy.types.Object) -> None:
    """Pieces as they were attached before they could follow the skin."""
    model, armature = storage.load_model(face), face.aim.armature
    hung = list(carried.pieces(face.aim.rig))
    seen = parts._see(face, hung, model, bpy.context)
    for obj, attachment in zip(hung, seen.attachments, strict=True):
        carried.release(obj)
        attach_to_bone(obj, armature, JAW, attachment.jaw_weight)


def _measure(
    head: Head, face: bpy.types.Object, jaws: np.ndarray, poses: dict[str, dict[str, float]]
) -> dict:
    rig = face.aim.rig
    lining = bpy.data.objects["mouth lining"]
    tongue = bpy.data.objects["tongue"]
    cards = {name: bpy.data.objects[name] for name in _CARDS}
    pose(head, face, jaws, {})
    rest = {obj: shown(obj, face) for obj in (rig, lining, tongue, *cards.values())}
    corners = {name: head.parts[name].face_vertices for name in cards}
    held = {name: _Held(rest[obj][corners[name]], rest[rig]) for name, obj in cards.items()}
    root = np.argsort(rest[tongue][:, 1])[-max(3, len(rest[tongue]) // 20) :]
    through, deepest, bad = 0, 0.0, []
    roots: dict[str, dict[str, float]] = {name: {} for name in cards}
    stretched, still = dict.fromkeys(cards, 0.0), 0.0
    under, before = 0.0, dict.fromkeys(_ON_EYES, 0)
    for name, mixture in poses.items():
        if not head.weights(mixture).any():
            continue
        pose(head, face, jaws, mixture)
        skin = shown(rig, face)
        mesh = head.parts["mouth lining"]
        count, depth = _lining_through(head, mesh, shown(lining, face), skin)
        if count:
            through, deepest = through + count, max(deepest, depth)
            bad.append(f"{name}: {count}, {depth:.2f}")
        for kind, obj in cards.items():
            points = shown(obj, face)
            gap, stretch = held[kind].figures(points[corners[kind]], skin)
            roots[kind][name], stretched[kind] = gap, max(stretched[kind], stretch)
            if kind in _ON_EYES:
                before[kind] += _lining_through(head, head.parts[kind], points, skin)[0]
            elif kind == "brows":
                under = max(under, _under(head, points, skin))
        moved = np.linalg.norm(shown(tongue, face)[root] - rest[tongue][root], axis=1)
        still = max(still, float(moved.mean()))
    blinks = [name for name in roots["lashes"] if "link" in name or "eye_closed" in name]
    return {
        "through": through,
        "deepest_mm": round(deepest, 2),
        "poses": bad,
        "roots_at_blink_mm": {
            kind: round(max(off[name] for name in blinks), 3) for kind, off in roots.items()
        },
        "roots_worst_mm": {kind: round(max(off.values()), 3) for kind, off in roots.items()},
        "worst": {kind: max(off, key=off.get) for kind, off in roots.items()},
        "stretched": {kind: round(share, 3) for kind, share in stretched.items()},
        "before_the_lids": before,
        "brows_under_mm": round(under, 2),
        "tongue_root_mm": round(still, 2),
    }


class _Held:
    """Cards and the skin's vertices at which they are rooted."""

    def __init__(self, cards: np.ndarray, skin: np.ndarray) -> None:
        self._cards = cards.reshape(-1, 4, 3)
        roots = self._cards[:, :2].reshape(-1, 3)
        near = [np.linalg.norm(skin - root, axis=1) for root in roots]
        self._at = np.array([off.argmin() for off in near])
        self._gap = np.array([off.min() for off in near])

    def figures(self, shown: np.ndarray, skin: np.ndarray) -> tuple[float, float]:
        """The largest change of a root's distance to the skin, mm; how much a card's side is stretched, as a share."""
        cards = shown.reshape(-1, 4, 3)
        gap = np.linalg.norm(cards[:, :2].reshape(-1, 3) - skin[self._at], axis=1)
        sides = [np.linalg.norm(of[:, 2:] - of[:, :2], axis=2) for of in (cards, self._cards)]
        return float(np.abs(gap - self._gap).max()), float(np.abs(sides[0] / sides[1] - 1).max())


def _lining_through(
    head: Head, mesh: Mesh, lining: np.ndarray, skin: np.ndarray
) -> tuple[int, float]:
    """How many vertices and faces of a lining show before skin that is seen from the front, and how far at most."""
    edges, uses = edge_use(mesh)
    rim = np.zeros(len(lining), bool)
    rim[edges[uses == 1]] = True
    triangles = mesh.triangles
    samples = np.concatenate([lining, lining[triangles].mean(axis=1)])
    inner = np.concatenate([~rim, ~rim[triangles].any(axis=1)])
    low, high = lining.min(axis=0) - 25, lining.max(axis=0) + 25
    near = ((skin > low) & (skin < high)).all(axis=1)
    faces = head.skin.triangles[near[head.skin.triangles].all(axis=1)]
    tree = BVHTree.FromPolygons(skin.tolist(), faces.tolist(), all_triangles=True)
    normal = triangle_normals(skin, faces)
    hits: dict[int, float] = {}
    for number in np.flatnonzero(inner).tolist():
        point = Vector(samples[number])
        far = tree.find_nearest(point, _DEEP_MM)[3]
        if far is None:
            continue
        for way in ((0, -1, 0), (0.5, -0.87, 0), (-0.5, -0.87, 0)):
            to_viewer = Vector(way)
            if tree.ray_cast(point + 0.01 * to_viewer, to_viewer)[0] is not None:
                continue
            _place, _normal, face, behind = tree.ray_cast(point, -to_viewer, _THROUGH_MM)
            if face is not None and behind > 0.1 and normal[face] @ np.array(way) > _SEEN:
                hits[number] = max(hits.get(number, 0.0), far)
    return len(hits), max(hits.values(), default=0.0)


def pose(head: Head, face: bpy.types.Object, jaws: np.ndarray, mixture: dict[str, float]) -> None:
    weights = head.weights(mixture)
    keys = face.aim.rig.data.shape_keys.key_blocks
    for name, value in zip(head.names, weights, strict=True):
        keys[name].value = value
    teeth = head.teeth + np.tensordot(weights, head.teeth_moves, 1)
    jaw_controls.show_pose(face.aim.armature, rigid_motion(head.teeth, teeth))
    bpy.context.view_layer.update()


def shown(obj: bpy.types.Object, face: bpy.types.Object) -> np.ndarray:
    """[V, 3] mm in head space, as Blender shows an object."""
    matrix = np.array(face.aim.armature.matrix_world.inverted())
    scale = face.aim.armature.aim.jaw_measures[4]
    return scale * (in_world(obj) @ matrix[:3, :3].T + matrix[:3, 3])


def in_world(obj: bpy.types.Object) -> np.ndarray:
    """[V, 3] float64 in the world, as Blender shows an object."""
    twin = obj.evaluated_get(bpy.context.evaluated_depsgraph_get())
    mesh = twin.to_mesh()
    points = np.empty((len(mesh.vertices), 3), np.float32)
    mesh.vertices.foreach_get("co", points.ravel())
    matrix = np.array(twin.matrix_world)
    twin.to_mesh_clear()
    return points.astype(np.float64) @ matrix[:3, :3].T + matrix[:3, 3]


def rig_of(head: Head) -> tuple[bpy.types.Object, np.ndarray]:
    """A baked rig of a stand-in model, with the head's shapes as keys before the jaw; [E, 4, 4] the jaw's poses."""
    jaws = np.stack([rigid_motion(head.teeth, head.teeth + moved) for moved in head.teeth_moves])
    opening = int(np.flatnonzero(head.weights({"jawOpen": 1.0}))[0])
    rest = head.skin.vertices.astype(np.float64)
    whole = rest @ jaws[opening, :3, :3].T + jaws[opening, :3, 3] - rest
    share = (head.moves[opening] * whole).sum(1) / np.maximum((whole**2).sum(1), 1e-9)
    share = np.clip(share, 0, 1)
    count = len(rest)
    values = np.column_stack([np.full(count, 8.0), rest * 0 + (0, -1, 0), share, rest * 0]).astype(
        np.float32
    )
    columns = values.shape[1]
    model = replace(
        stand_in.make_model(1),
        neutral=head.skin,
        coordinates=values,
        network=stand_in._handing_through(columns),
        heads=np.vstack([np.zeros(columns), np.eye(columns), np.zeros(columns)]).astype(np.float32),
        bone_below=np.ones(count, np.float32),
        joint=head.joint,
    )
    scene = bpy.context.scene
    space = HeadSpace.at_origin(scene)
    face = meshes.create_object("Face", head.skin, space, scene.collection)
    storage.make_face(face, bpy.context)
    storage.store_model(face, model_to_bytes(model))
    for name, mesh in head.parts.items():
        meshes.create_object(name, mesh, space, scene.collection)
    bpy.context.view_layer.objects.active = face
    bpy.ops.aim.bake(use_action=False)
    rig = face.aim.rig
    basis = shape_keys.read_points(rig.data.shape_keys.reference_key)
    for name, moved, jaw in zip(head.names, head.moves, jaws, strict=True):
        key = rig.shape_key_add(name=name, from_mix=False)
        shape = undo_jaw(rest + moved, jaw, share)
        shape_keys.write_points(key, basis + (shape - rest) / space.mm_per_unit)
        key.slider_min, key.slider_max, key.value = -1.0, 2.0, 0.0
    for obj in bpy.context.scene.objects:
        obj.select_set(obj.name in head.parts or obj == rig)
    return face, jaws


def _under(head: Head, points: np.ndarray, skin: np.ndarray) -> float:
    """How far the deepest point lies under the skin, mm."""
    tree = BVHTree.FromPolygons(skin.tolist(), head.skin.triangles.tolist(), all_triangles=True)
    found = [(Vector(point), *tree.find_nearest(point)[:2]) for point in points.tolist()]
    return max(-(point - place).dot(normal) for point, place, normal in found)


def _cards(head: Head) -> dict[str, Mesh]:
    """Lashes, tear lines and pockets at each edge of the skin's border about an eye, brows on the skin above."""
    edges, uses = edge_use(head.skin)
    edges, points = edges[uses == 1], head.skin.vertices.astype(np.float64)
    normals = _normals(head.skin, points)
    cards: dict[str, list[np.ndarray]] = {name: [] for name in _CARDS}
    for side in ("left", "right"):
        centre = head.parts[side].vertices.astype(np.float64).mean(axis=0)
        radius = np.linalg.norm(head.parts[side].vertices - centre, axis=1).max()
        near = np.linalg.norm(points[edges].mean(axis=1) - centre, axis=1) < 1.5 * radius
        for ends in points[_margin(head.skin, points - centre, edges[near], radius)]:
            way = ends.mean(axis=0) - centre
            out = way / np.linalg.norm(way) + (0, -1.0, 0)
            out /= np.linalg.norm(out)
            root = ends + _GAP_MM * out
            cards["lashes"].append(np.concatenate([root, root[::-1] + _LASH_MM * out]))
            inward = np.array((0, 0, -np.sign(way[2])))
            for kind, wide, along in (
                ("tear lines", _TEAR_MM, inward),
                ("pockets", _POCKET_MM, np.array((0, 1.0, 0))),
            ):
                away = ends + wide * along - centre
                size = np.linalg.norm(ends - centre, axis=1, keepdims=True)
                back = centre + size * away / np.linalg.norm(away, axis=1, keepdims=True)
                cards[kind].append(np.concatenate([ends, back[::-1]]))
        off = points - centre
        above = (off[:, 2] > 1.1 * radius) & (off[:, 2] < 1.9 * radius)
        above &= (np.abs(off[:, 0]) < 1.4 * radius) & (off[:, 1] < -0.3 * radius)
        for row in np.flatnonzero(above):
            out = np.array((np.sign(centre[0]), 0, 0.3))
            lean = normals[row] + out - normals[row] * (out @ normals[row])
            across = 0.6 * np.cross(normals[row], out)
            root = points[row] + _GAP_MM * normals[row] + np.stack([-across, across])
            cards["brows"].append(np.concatenate([root, root[::-1] + _BROW_MM * lean / 1.4]))
    return {name: _as_mesh(name, made) for name, made in cards.items()}


def _margin(skin: Mesh, offset: np.ndarray, edges: np.ndarray, radius: float) -> np.ndarray:
    """[N, 2] edges of a border, walked out to where the skin leaves the eyeball: it may go on behind its lids."""
    far = np.linalg.norm(offset, axis=1)
    pairs = np.concatenate([edge_use(skin)[0], edge_use(skin)[0][:, ::-1]])
    after = np.arange(len(far))
    for one, two in pairs[np.argsort(far[pairs[:, 1]], kind="stable")].tolist():
        if far[two] > far[one]:
            after[one] = two
    ends = edges.copy()
    for _step in range(12):
        ends = np.where(far[ends] < 1.01 * radius, after[ends], ends)
    return ends[ends[:, 0] != ends[:, 1]]


def _normals(mesh: Mesh, points: np.ndarray) -> np.ndarray:
    """[V, 3] of the skin's vertices."""
    sums = np.zeros_like(points)
    triangles = mesh.triangles
    for corner in range(3):
        np.add.at(sums, triangles[:, corner], triangle_normals(points, triangles))
    return sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-9)


def _as_mesh(name: str, cards: list[np.ndarray]) -> Mesh:
    """Cards [4, 3] whose corners are one where they lie in one place."""
    points = np.concatenate(cards)
    _, first, corners = np.unique(
        np.round(points, 3), axis=0, return_index=True, return_inverse=True
    )
    sizes = np.full(len(cards), 4, np.int32)
    return Mesh(points[first].astype(np.float32), corners.reshape(-1).astype(np.int32), sizes, name)


def sample() -> Head:
    head = z_up(load_sample_head(find_package(), 1))
    hinge = np.array([53.0, -2, 107])
    named = {"left eye": "left", "right eye": "right"}
    own = {named.get(name, name): part.mesh for name, part in head.parts.items()}
    joint = JawJoint(hinge, hinge * (-1, 1, 1), head.incisor)
    moves = np.asarray(head.units, np.float64)
    return Head(
        head.skin, own, head.unit_names, moves, head.lower_teeth, head.lower_teeth_units, joint
    )


def made(seed: int) -> Head:
    """A head of the generator with its inner mouth and eyeballs."""
    sys.path.insert(0, str(SHARED / "tools"))
    import ict_face as ict

    stored = np.load(SHARED / "data" / "ict" / "ict_face.npz")
    random = np.random.default_rng(seed)
    identity = np.clip(0.7 * random.standard_normal(100), -1.5, 1.5) * (seed > 0)
    turn = np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0.0]])
    points = 10 * (stored["neutral"] + np.tensordot(identity, stored["identity_modes"], 1)) @ turn
    moves, polygons = 10 * stored["expression_deltas"] @ turn, stored["faces"]
    rows = {
        "left": ict.EYEBALL_LEFT,
        "right": ict.EYEBALL_RIGHT,
        "mouth lining": ict.MOUTH_SOCKET,
        "tongue": ict.GUMS_TONGUE,
        "upper teeth": ict.UPPER_TEETH,
        "lower teeth": ict.LOWER_TEETH,
    }
    own = {name: part(points, polygons, some) for name, some in rows.items()}
    skin = part(points, polygons, slice(0, ict.SKIN_VERTICES))
    middle = (own["left"].vertices.mean(0) + own["right"].vertices.mean(0)) / 2
    hinge = middle + (52.0, 68.0, -32.0)
    front = points[ict.LOWER_CENTRAL_INCISORS]
    joint = JawJoint(hinge, hinge - (104.0, 0, 0), front[front[:, 2].argmax()])
    names = tuple(map(str, stored["expression_names"]))
    teeth = ict.LOWER_TEETH
    skinned = moves[:, : ict.SKIN_VERTICES]
    return Head(skin, own, names, skinned, points[teeth], moves[:, teeth], joint)


def _save(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    bpy.ops.wm.save_as_mainfile(filepath=str(path), copy=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--pictures", type=Path)
    parser.add_argument("seeds", nargs="*", type=int)
    options = parser.parse_args()
    aim_blender_addon.register()
    for given in options.seeds or [None]:
        sys.stdout.write(json.dumps(main(given, options.pictures)) + "\n")
        sys.stdout.flush()
    os._exit(0)  # Blender 4.5 hangs at exit while classes are registered
