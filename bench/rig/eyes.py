# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lids against eyeballs on baked rigs: ``eyes.py [SEED or CHARACTER ...]``; without one, the sample head.

For each eye, over looks within 30 degrees, with lids open and shut, and shut together with each shape that opens them
again: how deep the eyeball is seen to cut the lids, how far shut lids gape, and how much of the eyeball is seen past
them from the front (mm2, corners and all). All without this feature as well: eyes that turn under lids that do not,
blinks as they are. Prints one line of JSON a head.
A process of its own, because Blender's module is not made to be reset.
"""

import json
import os
import sys
import time
from dataclasses import replace
from pathlib import Path

import bpy
import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT)]

import aim_blender_addon  # noqa: E402
from aim_blender_addon.backend.anatomy.eyes import lids  # noqa: E402
from aim_blender_addon.backend.anatomy.jaw.joint import JawJoint  # noqa: E402
from aim_blender_addon.backend.geometry.mesh import Mesh  # noqa: E402
from aim_blender_addon.backend.io.model_file import model_to_bytes  # noqa: E402
from aim_blender_addon.backend.sample.head import find_package, load_sample_head, z_up  # noqa: E402
from aim_blender_addon.bridge.data import meshes, shape_keys, storage  # noqa: E402
from aim_blender_addon.bridge.data.head_space import HeadSpace  # noqa: E402
from aim_blender_addon.bridge.rig.eyes import kept_balls  # noqa: E402
from bench.actors import SHARED  # noqa: E402
from bench.rig.heads import part  # noqa: E402
from tests.addon import eye_contact, stand_in  # noqa: E402

#: Shapes of ARKit's that open shut lids again.
OPENERS = ("eyeLookUp", "eyeLookDown", "eyeWide")
#: Looks at which what is seen past shut lids is measured: it costs a second each.
_SEEN = ((0, 0), (-30, 0), (30, 0), (0, 30), (0, -30))


def main(seed: int | str | None) -> dict:
    """Figures of one head."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    if isinstance(seed, str):
        skin, eyes, shapes, joint = _character(seed)
    else:
        skin, eyes, shapes, joint = _sample() if seed is None else _made(seed)
    face = _rig(skin, eyes, shapes, joint)
    started = time.perf_counter()
    bpy.context.view_layer.objects.active = face
    bpy.ops.aim.make_eyes()
    found: dict = {
        "head": "sample" if seed is None else seed,
        "seconds": time.perf_counter() - started,
    }
    axes, mesh = joint.head_axes, skin
    for side, ball in list(kept_balls(face.aim.armature).items())[:1]:  # heads are nearly even
        everything = np.ones(len(mesh.vertices), bool)
        opening = lids.find_opening(mesh, everything, ball, axes)
        contact = eye_contact.Contact(face, side, ball, axes, bpy.data.objects[side], parts=3)
        found[side] = {"inside_at_rest": round(contact.inside_at_rest, 3)}
        for name, turned_on in (("with", True), ("without", False)):
            _switch(face, turned_on)
            found[side][name] = _over_looks(face, contact, opening)
        _switch(face, True)
    return found


def _over_looks(
    face: bpy.types.Object, contact: eye_contact.Contact, opening: lids.Opening
) -> dict:
    keys = face.aim.rig.data.shape_keys.key_blocks
    worst = {}
    states = {"open": (), "shut": ("eyeBlink",)}
    states |= {f"shut_{other}": ("eyeBlink", other) for other in OPENERS}
    for state, on in states.items():
        chosen = [f"{stem}{side}" for stem in on for side in ("Left", "Right")]
        chosen = [name for name in chosen if name in keys]
        for name in chosen:
            keys[name].value = 1.0
        cuts, gaps, white = [], [], []
        for yaw, pitch in eye_contact.LOOKS:
            eye_contact.look(face, yaw, pitch)
            cuts.append(contact.cut_mm())
            if on:
                gaps.append(contact.gap_mm(opening))
                if (yaw, pitch) in _SEEN:
                    white.append(contact.white_mm2())
        worst[f"cut_{state}"] = round(max(cuts), 3)
        if gaps:
            worst[f"gap_{state}"] = round(max(gaps), 3)
            worst[f"white_{state}"] = round(max(white), 2)
        for name in chosen:
            keys[name].value = 0.0
    eye_contact.look(face, 0, 0)
    return worst


def _switch(face: bpy.types.Object, on: bool) -> None:
    for modifier in face.aim.rig.modifiers:
        if modifier.type == 'SHRINKWRAP':
            modifier.show_viewport = on
    target = face.aim.armature.pose.bones["eye_target"]
    target["lids_follow"] = target["blinks_shut"] = float(on)
    face.aim.armature.update_tag()


def _rig(
    skin: Mesh, eyes: dict[str, Mesh], shapes: dict[str, np.ndarray], joint: JawJoint
) -> bpy.types.Object:
    """A baked rig of a stand-in model of the skin, with eyeballs as objects and keys that shut the lids."""
    count = len(skin.vertices)
    values = np.column_stack(
        [np.full(count, 8.0), skin.vertices * 0 + (0, -1, 0), np.zeros(count), skin.vertices * 0]
    ).astype(np.float32)
    columns = values.shape[1]
    model = replace(
        stand_in.make_model(1),
        neutral=skin,
        coordinates=values,
        network=stand_in._handing_through(columns),
        heads=np.vstack([np.zeros(columns), np.eye(columns), np.zeros(columns)]).astype(np.float32),
        bone_below=np.ones(count, np.float32),
        joint=joint,
    )
    scene = bpy.context.scene
    space = HeadSpace.at_origin(scene)
    face = meshes.create_object("Face", skin, space, scene.collection)
    storage.make_face(face, bpy.context)
    storage.store_model(face, model_to_bytes(model))
    for side, mesh in eyes.items():
        meshes.create_object(side, mesh, space, scene.collection)
    bpy.context.view_layer.objects.active = face
    bpy.ops.aim.bake(use_action=False)
    rig = face.aim.rig
    for name, moved in shapes.items():
        key = rig.shape_key_add(name=name, from_mix=False)
        key.value = 0.0
        rest = shape_keys.read_points(rig.data.shape_keys.reference_key)
        shape_keys.write_points(key, rest + moved / space.mm_per_unit)
    for obj in bpy.context.selected_objects:
        obj.select_set(False)
    return face


def _sample() -> tuple[Mesh, dict[str, Mesh], dict[str, np.ndarray], JawJoint]:
    head = z_up(load_sample_head(find_package(), 1))
    hinge = np.array([53.0, -2, 107])
    names = list(head.unit_names)
    wanted = [f"{stem}{side}" for stem in ("eyeBlink", *OPENERS) for side in ("Left", "Right")]
    shapes = {name: np.asarray(head.units[names.index(name)]) for name in wanted if name in names}
    eyes = {side: head.parts[f"{side} eye"].mesh for side in ("left", "right")}
    return head.skin, eyes, shapes, JawJoint(hinge, hinge * (-1, 1, 1), head.incisor)


def _made(seed: int) -> tuple[Mesh, dict[str, Mesh], dict[str, np.ndarray], JawJoint]:
    """A head of the generator with its eyeballs, Z up."""
    sys.path.insert(0, str(SHARED / "tools"))
    import ict_face as ict

    stored = np.load(SHARED / "data" / "ict" / "ict_face.npz")
    random = np.random.default_rng(seed)
    identity = np.clip(0.7 * random.standard_normal(100), -1.5, 1.5) * (seed > 0)
    points = 10 * (stored["neutral"] + np.tensordot(identity, stored["identity_modes"], 1))
    turn = np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0.0]])
    points = points @ turn
    names, polygons = list(stored["expression_names"]), stored["faces"]
    shapes = {
        f"{stem}{side}": 10
        * stored["expression_deltas"][names.index(f"{stem}_{side[0]}"), : ict.SKIN_VERTICES]
        @ turn
        for stem in ("eyeBlink", *OPENERS)
        for side in ("Left", "Right")
    }
    parts = {"left": ict.EYEBALL_LEFT, "right": ict.EYEBALL_RIGHT}
    eyes = {side: part(points, polygons, rows) for side, rows in parts.items()}
    skin = part(points, polygons, slice(0, ict.SKIN_VERTICES))
    middle = (eyes["left"].vertices.mean(0) + eyes["right"].vertices.mean(0)) / 2
    hinge = middle + (52.0, 68.0, -32.0)
    joint = JawJoint(hinge, hinge - (104.0, 0, 0), middle + (0.0, -8.0, -72.0))
    return skin, eyes, shapes, joint


def _character(name: str) -> tuple[Mesh, dict[str, Mesh], dict[str, np.ndarray], JawJoint]:
    """A character of shared/ with its eyeballs, Z up; the jaw's joint is put where a head of its size has it."""
    with np.load(SHARED / "data" / "characters" / f"{name}.npz") as file:
        turn = np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0.0]])
        points, faces, group = 1000 * file["V"] @ turn, file["F"], file["group"]
        groups, deltas = list(map(str, file["group_names"])), 1000 * file["D"] @ turn
        names = list(map(str, file["names"]))
    of = {side: faces[group == groups.index(f"helper-{side[0]}-eye")] for side in ("left", "right")}
    rest = faces[group == groups.index("body")]
    eyes = {side: _picked(points, own)[0] for side, own in of.items()}
    skin, rows = _picked(points, rest)
    shapes = {
        f"{stem}{side}": deltas[names.index(f"{stem}{side}")][rows]
        for stem in ("eyeBlink", *OPENERS)
        for side in ("Left", "Right")
        if f"{stem}{side}" in names
    }
    left, right = (eyes[side].vertices.mean(0) for side in ("left", "right"))
    middle, size = (left + right) / 2, np.linalg.norm(left - right) / 64.0
    hinge = middle + size * np.array((52.0, 68.0, -32.0))
    other = hinge - size * np.array((104.0, 0, 0))
    return skin, eyes, shapes, JawJoint(hinge, other, middle + size * np.array((0.0, -8.0, -72.0)))


def _picked(points: np.ndarray, triangles: np.ndarray) -> tuple[Mesh, np.ndarray]:
    """The triangles [N, 3] as a mesh of their own, and which points it has."""
    rows, corners = np.unique(triangles, return_inverse=True)
    mesh = Mesh.from_triangles(points[rows].astype(np.float32), corners.reshape(-1, 3), "part")
    return mesh, rows


if __name__ == "__main__":
    aim_blender_addon.register()
    for given in sys.argv[1:] or ["sample"]:
        head = int(given) if given.isdigit() else None if given == "sample" else given
        sys.stdout.write(json.dumps(main(head)) + "\n")
        sys.stdout.flush()
    os._exit(0)  # Blender 4.5 hangs at exit while classes are registered
