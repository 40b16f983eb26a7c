# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Added mouths on rigs and characters, over all poses: ``inside_poses.py [--own] [--pictures DIR] NAME ...``.

A name is a number, of a head of the generator; ``sample``; or a file of a character with shapes. Only the skin is
taken. The skin gets a mouth and eyes, attached as the operator does it. Heads are baked rigs, whose jaw is in its bone.
Characters have shape keys alone. Each plays its shapes one by one, the scans' mixtures, and shapes together.

Counted are vertices and faces that show before skin that is seen from the front: of teeth, gums, tongue and lining.
A character's own teeth, which are taken away before, tell how far the new ones are off.
Prints one line of JSON a head. A process of its own, because Blender's module is not made to be reset.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import bpy
import numpy as np
from mathutils import Vector
from mathutils.bvhtree import BVHTree

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT)]

import aim_blender_addon  # noqa: E402
from aim_blender_addon.backend.anatomy.survey import FaceSurvey  # noqa: E402
from aim_blender_addon.backend.geometry.mesh import Mesh, triangle_normals  # noqa: E402
from aim_blender_addon.backend.geometry.topology import edge_use  # noqa: E402
from aim_blender_addon.backend.inside.kinds import KINDS  # noqa: E402
from aim_blender_addon.backend.inside.make import make_inside  # noqa: E402
from aim_blender_addon.backend.inside.poses import Posed  # noqa: E402
from aim_blender_addon.backend.jobs import inside_character  # noqa: E402
from aim_blender_addon.backend.progress import silent  # noqa: E402
from aim_blender_addon.backend.sample.head import EXPRESSIONS, rigid_motion  # noqa: E402
from aim_blender_addon.backend.shape_names import plain_name  # noqa: E402
from aim_blender_addon.bridge.data.head_space import HeadSpace  # noqa: E402
from aim_blender_addon.bridge.data.meshes import create_object  # noqa: E402
from aim_blender_addon.bridge.retarget.inside import give, request_of  # noqa: E402
from bench.rig import attached  # noqa: E402

#: Views from which a piece is looked at: before, and from both sides.
WAYS = ((0.0, -1.0, 0.0), (0.5, -0.87, 0.0), (-0.5, -0.87, 0.0))
#: Skin that faces the viewer at this cosine or more is seen, and a piece nearer before it than this, mm, is through.
SEEN, THROUGH_MM = 0.2, 8.0
#: Less than this, mm, before the skin is on it.
ON_MM = 0.1
MOUTH = ("upper teeth", "lower teeth", "upper gums", "lower gums", "tongue", "lining")
Poses = Iterator[tuple[str, Callable[[], None]]]


class Watch:
    """Counts what shows before the outer skin of a head; all in millimetres with z up, facing -y."""

    def __init__(self, skin: np.ndarray, triangles: np.ndarray, pieces: dict[str, Mesh]) -> None:
        low = np.min([mesh.vertices.min(axis=0) for mesh in pieces.values()], axis=0) - 25
        high = np.max([mesh.vertices.max(axis=0) for mesh in pieces.values()], axis=0) + 25
        near = ((skin > low) & (skin < high)).all(axis=1)
        near = triangles[near[triangles].all(axis=1)]
        tree = BVHTree.FromPolygons(skin.tolist(), near.tolist(), all_triangles=True)
        # inside a mouth of the skin's own is no outer skin
        outer = [self._is_free(tree, point) for point in skin[near].mean(axis=1)]
        self._faces = near[outer]
        self._samples = {name: _samples(mesh) for name, mesh in pieces.items()}

    def through(self, skin: np.ndarray, pieces: dict[str, np.ndarray]) -> dict[str, tuple]:
        """Of each piece how many of its vertices and faces show before the skin, and how far at most."""
        tree = BVHTree.FromPolygons(skin.tolist(), self._faces.tolist(), all_triangles=True)
        normal = triangle_normals(skin, self._faces)
        found = {}
        for name, points in pieces.items():
            hits: dict[int, float] = {}
            for number, row in enumerate(points[self._samples[name]].mean(axis=1)):
                for way in WAYS:
                    far = self._before(tree, normal, row, np.array(way))
                    if far > 0:
                        hits[number] = max(hits.get(number, 0.0), far)
            found[name] = len(hits), max(hits.values(), default=0.0)
        return found

    @staticmethod
    def _is_free(tree: BVHTree, point: np.ndarray) -> bool:
        return any(
            tree.ray_cast(Vector(point) + 0.05 * Vector(way), Vector(way))[0] is None
            for way in WAYS
        )

    @staticmethod
    def _before(tree: BVHTree, normal: np.ndarray, row: np.ndarray, way: np.ndarray) -> float:
        point, to_viewer = Vector(row), Vector(way)
        _place, _normal, face, behind = tree.ray_cast(point, -to_viewer, THROUGH_MM)
        if face is None or behind <= ON_MM or normal[face] @ way <= SEEN:
            return 0.0
        ahead = tree.ray_cast(point + 0.01 * to_viewer, to_viewer)[0]
        return behind if ahead is None else 0.0


def _samples(mesh: Mesh) -> np.ndarray:
    """[N, 3] vertices about each sample: each vertex and each triangle; those of an open edge that is on skin apart."""
    rim = np.zeros(len(mesh.vertices), bool)
    if mesh.name == "lining":
        edges, uses = edge_use(mesh)
        rim[edges[uses == 1]] = True
    single = np.flatnonzero(~rim)
    triangles = mesh.triangles
    return np.concatenate(
        [np.repeat(single[:, None], 3, 1), triangles[~rim[triangles].any(axis=1)]]
    )


def measure(
    skin: Callable[[], np.ndarray],
    triangles: np.ndarray,
    pieces: dict[str, Mesh],
    shown: Callable[[str], np.ndarray],
    poses: Poses,
) -> dict:
    """Figures of a head over its poses; the first of them is rest."""
    watch, total, bad = None, {}, {}
    for name, show in poses:
        show()
        if watch is None:
            watch = Watch(skin(), triangles, pieces)
        for piece, (count, far) in watch.through(
            skin(), {one: shown(one) for one in pieces}
        ).items():
            if not count:
                continue
            key = "rest" if name == "rest" else "poses"
            before = total.setdefault(piece, {"rest": 0, "poses": 0, "deepest_mm": 0.0})
            before[key] += count
            before["deepest_mm"] = round(max(before["deepest_mm"], far), 2)
            bad.setdefault(piece, []).append(f"{name}: {count}, {far:.1f}")
    return {"through": total, "where": bad}


def rig(head: attached.Head, own: bool) -> dict:
    """A baked rig of a head's skin, with a new mouth or the one it has."""
    told: dict = {}
    middle = head.joint.pivot @ head.joint.left * head.joint.left
    incisor = head.joint.incisor - (head.joint.incisor @ head.joint.left) * head.joint.left
    # the generator names an incisor's edge, not the point between both
    head = replace(head, joint=replace(head.joint, incisor=incisor + middle))
    if own:
        names = {"mouth lining": "lining"}
        pieces = {names.get(name, name): mesh for name, mesh in head.parts.items()}
        pieces["lining"] = replace(pieces["lining"], name="lining")
    else:
        # the rig's own expressions are those of the scans
        scans = [head.weights(dict(mixture)) for mixture in EXPRESSIONS.values()]
        made = make_inside(
            FaceSurvey(head.skin), head.joint, False, KINDS, poses=[_posed(head, w) for w in scans]
        )
        pieces = {piece.mesh.name: piece.mesh for piece in made.pieces}
        told = {"notes": made.notes, "pushed_mm": round(made.pushed_mm, 2)}
    head = replace(head, parts=pieces)
    face, jaws = attached.rig_of(head)
    bpy.context.view_layer.objects.active = face.aim.rig
    bpy.ops.aim.attach_parts()
    mouth = {name: mesh for name, mesh in pieces.items() if name in MOUTH}
    mixtures = {name: {name: 1.0} for name in head.names}
    mixtures |= {f"scan {name}": dict(mixture) for name, mixture in EXPRESSIONS.items()}
    mixtures |= attached.TOGETHER
    mixtures.pop("mouthClose", None)  # it belongs on an open jaw, as among those together

    def poses() -> Poses:
        yield "rest", lambda: attached.pose(head, face, jaws, {})
        for name, mixture in mixtures.items():
            if head.weights(mixture).any():
                yield name, lambda mixture=mixture: attached.pose(head, face, jaws, mixture)

    figures = measure(
        lambda: attached.shown(face.aim.rig, face),
        head.skin.triangles,
        mouth,
        lambda name: attached.shown(bpy.data.objects[name], face),
        poses(),
    )
    return told | figures


def _posed(head: attached.Head, weights: np.ndarray) -> Posed:
    teeth = head.teeth + np.tensordot(weights, head.teeth_moves, 1)
    skin = head.skin.vertices + np.tensordot(weights, head.moves, 1)
    return Posed(skin, rigid_motion(head.teeth, teeth))


def character(path: Path) -> dict:
    """A character's skin with its shape keys."""
    data = np.load(path)
    turn = np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0.0]])
    group = data["group_names"][data["group"]]
    body = data["F"][group == "body"]
    used, faces = np.unique(body, return_inverse=True)
    points = data["V"] @ turn
    mesh = Mesh.from_triangles((1000 * points[used]).astype(np.float32), faces.reshape(-1, 3))
    scene = bpy.context.scene
    hero = create_object(path.stem, mesh, HeadSpace.at_origin(scene), scene.collection)
    hero.shape_key_add(name="Basis", from_mix=False)
    for name, moves in zip(data["names"], data["D"] @ turn, strict=True):
        key = hero.shape_key_add(name=str(name), from_mix=False)
        key.value = 0.0
        key.slider_max = 1.5
        key.points.foreach_set("co", (points + moves)[used].astype(np.float32).ravel())
    bpy.context.view_layer.objects.active = hero
    result = inside_character.run(request_of(hero, KINDS, bpy.context), silent)
    given = give(hero, result, bpy.context)
    scale = 1000 * result.scale
    objects = dict(zip((mesh.name for mesh in result.meshes), given.objects, strict=True))
    mouth = {mesh.name: mesh for mesh in result.meshes if mesh.name in MOUTH}
    keys = hero.data.shape_keys.key_blocks
    mixtures = {key.name: {key.name: 1.0} for key in keys[1:]}
    mixtures |= {f"scan {name}": dict(mixture) for name, mixture in EXPRESSIONS.items()}
    mixtures |= attached.TOGETHER
    mixtures.pop("mouthClose", None)

    def play(mixture: dict[str, float]) -> None:
        for key in keys[1:]:
            stem, side = plain_name(key.name)
            names = {key.name, key.name.removesuffix("Left").removesuffix("Right")}
            key.value = max((mixture[one] for one in names if one in mixture), default=0.0)
        bpy.context.view_layer.update()

    def poses() -> Poses:
        yield "rest", lambda: play({})
        for name, mixture in mixtures.items():
            yield name, lambda mixture=mixture: play(mixture)

    figures = measure(
        lambda: scale * attached.in_world(hero),
        mesh.triangles,
        mouth,
        lambda name: scale * attached.in_world(objects[name]),
        poses(),
    )
    play({})
    off = {}
    for name in ("upper teeth", "lower teeth"):
        own = points[np.unique(data["F"][group == f"helper-{name.replace(' ', '-')}"])] * scale
        front = (
            [_incisor(rows, name) for rows in (own, mouth[name].vertices.astype(float))]
            if name in mouth
            else []
        )
        off[name] = round(float(np.linalg.norm(front[0] - front[1])), 2) if front else None
    return {"notes": list(result.notes), "incisors_off_mm": off} | figures


def _incisor(points: np.ndarray, name: str) -> np.ndarray:
    """[3] the edge of the middle incisors of a row of teeth."""
    sign = 1 if name.startswith("lower") else -1
    middle = points[np.abs(points[:, 0] - points[:, 0].mean()) < 6]
    front = middle[middle[:, 1] < middle[:, 1].min() + 8]
    return front[sign * front[:, 2] > (sign * front[:, 2]).max() - 1.0].mean(axis=0)


def main(name: str, own: bool, pictures: Path | None) -> dict:
    """Figures of one head."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    if name.endswith(".npz"):
        figures = character(Path(name))
    else:
        figures = rig(attached.sample() if name == "sample" else attached.made(int(name)), own)
    if pictures is not None:
        pictures.mkdir(parents=True, exist_ok=True)
        file = pictures / f"{Path(name).stem}.blend"
        bpy.ops.wm.save_as_mainfile(filepath=str(file), copy=True)
    return {"head": Path(name).stem} | figures


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--pictures", type=Path)
    parser.add_argument("--own", action="store_true", help="the mouth that a head has")
    parser.add_argument("heads", nargs="+")
    options = parser.parse_args()
    aim_blender_addon.register()
    for given_name in options.heads:
        sys.stdout.write(json.dumps(main(given_name, options.own, options.pictures)) + "\n")
        sys.stdout.flush()
    os._exit(0)  # Blender 4.5 hangs at exit while classes are registered
