# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What face controls cost a frame: ``controls.py [SEED ...]``; without a seed, the sample head.

Two rigs of one head stand in scenes of one file: the skin with 52 shape keys and its armature, and the same with eyes,
lids that follow, teeth, tongue and face controls. Each plays an Action. A frame is its scene set to it, with nothing
drawn. Both take turns, so that both meet the same load. Prints one line of JSON a head: milliseconds of the plain rig,
of the full one, and how many times as much that is.
A process of its own, because Blender's module is not made to be reset.
"""

import json
import os
import sys
import time
from pathlib import Path

import bpy
import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT)]

import aim_blender_addon  # noqa: E402
from aim_blender_addon.backend.io.model_file import StoredModel, model_to_bytes  # noqa: E402
from aim_blender_addon.backend.jobs import controls as job  # noqa: E402
from aim_blender_addon.backend.progress import silent  # noqa: E402
from aim_blender_addon.bridge.controls import controls  # noqa: E402
from aim_blender_addon.bridge.controls.bones import find_controls  # noqa: E402
from aim_blender_addon.bridge.controls.keys import control_keys  # noqa: E402
from aim_blender_addon.bridge.data import storage  # noqa: E402
from aim_blender_addon.bridge.rig.objects import armature_of, rig_of  # noqa: E402
from bench.rig import heads  # noqa: E402

#: Frames of each rig in each state, as many in a turn, and so many of a turn that do not count.
FRAMES, TURN, SKIPPED = 120, 12, 2
#: Per cent of the frames that are faster than the one told; on a free machine the median is near.
QUANTILE = 25
#: Values of the keys while a take plays, and the share of its limit that each control is pulled by.
PLAYS, PULLED = 0.3, 0.5


def main(seed: int | None) -> dict:
    """Figures of one head."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    head = heads.sample() if seed is None else heads.made(seed)
    model = heads.model_of(head)
    plain, full = heads.rig(head, model, "Plain"), heads.rig(head, model, "Full")
    _furnish(full, head, model)
    scenes = _scenes(plain, full)
    armature = armature_of(full)
    bones = [armature.pose.bones[name] for name in find_controls(armature).values()]
    found = {
        "head": "sample" if seed is None else seed,
        "vertices": len(head.skin.vertices),
        "keys": len(head.shapes),
        "controls": len(bones),
        "ways": len(control_keys(rig_of(full).data.shape_keys)),
        "blender": bpy.app.version_string,
    }
    keys = [rig_of(face).data.shape_keys for face in (plain, full)]
    names = list(head.shapes)
    states = {  # value of the keys, share of the pull, ways of each control that are pulled
        "rest": (0.0, 0.0, 0),
        "keys play": (PLAYS, 0.0, 0),
        "keys play, a way of each control half": (PLAYS, PULLED, 1),
        "keys play, all axes half": (PLAYS, PULLED, 3),
    }
    for state, (value, pulled, ways) in states.items():
        for number, face in enumerate((plain, full)):
            for frame, share in ((1, 1.0), (FRAMES, 1.1)):
                for name in names:
                    block = keys[number].key_blocks[name]
                    block.value = value * share
                    block.keyframe_insert("value", frame=frame)
                jaw = armature_of(face).pose.bones["jaw"]
                jaw.rotation_euler.x = 0.01 * share
                jaw.keyframe_insert("rotation_euler", frame=frame)
                for bone in bones if number else ():
                    _pull(bone, pulled * share, ways)
                    bone.keyframe_insert("location", frame=frame)
        for clock, values in _times(scenes).items():
            low, high = (float(np.percentile(v, QUANTILE)) for v in values)
            found[f"{state}, {clock}"] = [round(low, 2), round(high, 2), round(high / low, 2)]
        shown = keys[1].evaluated_get(bpy.context.evaluated_depsgraph_get()).key_blocks
        found[f"{state}, keys on"] = sum(1 for block in shown if block.value)
    return found


def _scenes(plain: bpy.types.Object, full: bpy.types.Object) -> tuple[bpy.types.Scene, ...]:
    """The plain rig in a scene of its own, and the scene that holds the rest."""
    scene, other = bpy.context.scene, bpy.data.scenes.new("Plain")
    for obj in (plain, rig_of(plain), armature_of(plain)):
        for collection in list(obj.users_collection):
            collection.objects.unlink(obj)
        other.collection.objects.link(obj)
    return other, scene


def _times(scenes: tuple[bpy.types.Scene, ...]) -> dict[str, list[list[float]]]:
    """Milliseconds of frames of the rigs by the wall's clock and the processors', in turns of some frames."""
    clocks = {"wall": time.perf_counter, "processor": time.process_time}
    times: dict[str, list[list[float]]] = {name: [[], []] for name in clocks}
    for frame in range(2 * FRAMES):
        number = frame // TURN % 2
        started = {name: clock() for name, clock in clocks.items()}
        scenes[number].frame_set(1 + frame % FRAMES)
        if frame % TURN >= SKIPPED:
            for name, clock in clocks.items():
                times[name][number].append(1e3 * (clock() - started[name]))
    return times


def _pull(bone: bpy.types.PoseBone, share: float, ways: int) -> None:
    """Bring a control that share of the way to the limits, on that many axes that go farthest."""
    limit = next(c for c in bone.constraints if c.type == 'LIMIT_LOCATION')
    ends = [(getattr(limit, f"min_{axis}"), getattr(limit, f"max_{axis}")) for axis in "xyz"]
    reach = [high if high >= -low else low for low, high in ends]
    chosen = sorted(range(3), key=lambda axis: -abs(reach[axis]))[:ways]
    bone.location = [share * reach[axis] if axis in chosen else 0.0 for axis in range(3)]


def _furnish(face: bpy.types.Object, head: heads.Head, model) -> None:  # noqa: ANN001
    """Eyes, parts of the mouth and controls."""
    heads.add_parts(face, head)
    bpy.context.view_layer.objects.active = face
    bpy.ops.aim.make_eyes()
    heads.attach(face, head)
    shapes, jaws, balls, adds = controls.gather(face)
    stored = StoredModel(model_to_bytes(heads.boneless(model)), face.name)
    result = job.run(job.ControlsRequest(stored, {}, shapes, jaws, balls, adds), silent)
    controls.write(face, storage.load_model(face), result, controls.FACE, bpy.context)


if __name__ == "__main__":
    aim_blender_addon.register()
    for given in sys.argv[1:] or [None]:
        sys.stdout.write(json.dumps(main(None if given is None else int(given))) + "\n")
        sys.stdout.flush()
    os._exit(0)  # Blender 4.5 hangs at exit while classes are registered
