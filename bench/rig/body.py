# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Seams between a face and bodies of several kinds: ``python -m bench.rig.body``; prints a table.

Over 20 poses of a neck, up to 40 degrees each way: how far the face's border is from the body's, and how far it would
be if the face were parented to the head bone. At rest: how far joining moves the face, and the body its own skin.
"""

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import bpy
import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT)]

import aim_blender_addon  # noqa: E402
from aim_blender_addon.bridge.body import carriers  # noqa: E402
from tests.addon import bodies, faces  # noqa: E402

#: Name, rig, scale, whether the body keeps its volume.
CASES = (
    ("Rigify human without limbs", "Rigify", (1.0,) * 3, False),
    ("Auto-Rig Pro's names", "Auto-Rig Pro", (1.0,) * 3, False),
    ("MPFB's default rig", "MPFB", (1.0,) * 3, False),
    ("Mixamo's names", "Mixamo", (1.0,) * 3, False),
    ("MPFB, preserves volume", "MPFB", (1.0,) * 3, True),
    ("MPFB, armature at 0.01", "MPFB", (0.01,) * 3, False),
    ("MPFB, armature at 100", "MPFB", (100.0,) * 3, False),
    ("MPFB, armature mirrored", "MPFB", (-1.0, 1.0, 1.0), False),
)


def row(name: str, rig: str, scale: Sequence[float], preserves: bool) -> str:
    """Figures of one body, as a line of the table."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    face = bodies.new_face()
    if rig == "Rigify":
        body = bodies.add_rigify()
        skin = bodies.add_skin(face, body, [f"DEF-spine.00{n}" for n in (3, 4, 5, 6)])
        neck: Sequence[str] = ("neck", "head")
    else:
        body, skin = bodies.new_body(face, rig)
        neck = bodies.NECKS[rig]
    skin.modifiers[0].use_deform_preserve_volume = preserves
    world = skin.matrix_world.copy()
    bodies.scaled(body, scale)
    skin.matrix_world = world
    face.aim.body.armature = body
    rest, body_rest = bodies.shown(face.aim.rig), _at_rest(body, skin)
    faces.select([face.aim.rig])
    started = time.perf_counter()
    bpy.ops.aim.join_body()
    seconds = time.perf_counter() - started
    moved = 1000 * np.linalg.norm(bodies.shown(face.aim.rig) - rest, axis=1).max()
    own = 1000 * np.linalg.norm(bodies.shown(skin) - body_rest, axis=1).max()
    numbers = bodies.border(face)
    gaps, rigid = [], []
    for pose in bodies.poses():
        bodies.turn(body, neck, pose)
        gaps.append(1000 * bodies.seam_gap(face, skin, numbers))
        head = _by_head(face, rest[numbers])
        off = np.linalg.norm(head - bodies.shown(skin)[: len(numbers)], axis=1)
        rigid.append(1000 * float(off.max()))
    count = len(carriers.find_carriers(face.aim.armature))
    return (
        f"| {name} | {max(gaps):.4f} | {np.median(rigid):.0f}, {max(rigid):.0f} | {moved:.4f} | {own:.4f} "
        f"| {count} | {seconds:.1f} |"
    )


def _at_rest(body: bpy.types.Object, skin: bpy.types.Object) -> np.ndarray:
    body.data.pose_position = 'REST'
    points = bodies.shown(skin)
    body.data.pose_position = 'POSE'
    return points


def _by_head(face: bpy.types.Object, points: np.ndarray) -> np.ndarray:
    """[N, 3] where points would be that move with the body's head bone alone."""
    armature = face.aim.armature
    name = carriers.find_carriers(armature)[carriers.HEAD]
    world = np.array(armature.matrix_world, np.float64)
    posed = np.array(armature.pose.bones[name].matrix, np.float64)
    rest = np.array(armature.data.bones[name].matrix_local, np.float64)
    motion = world @ posed @ np.linalg.inv(rest) @ np.linalg.inv(world)
    return points @ motion[:3, :3].T + motion[:3, 3]


def main() -> None:
    """Print the table."""
    aim_blender_addon.register()
    say = sys.stdout.write
    say("| body | gap, mm | gap if parented: median, largest | face moved at rest | body at rest ")
    say("| carriers | s |\n|---|---|---|---|---|---|---|\n")
    for case in CASES:
        say(f"{row(*case)}\n")
    sys.stdout.flush()
    os._exit(0)  # Blender's module does not end well


if __name__ == "__main__":
    main()
