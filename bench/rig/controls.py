# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What face controls cost a frame: ``controls.py [SEED ...]``; without a seed, the sample head.

Two rigs of one head stand in one file: the skin with 52 shape keys and its armature, and the same with eyes, lids that
follow, teeth, tongue and face controls. Each is shown alone. A frame is an update of the view layer, nothing drawn,
after keys and bones moved. Frames of both take turns, so that both meet the same load. Prints one line of JSON a head.
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

#: Frames of each rig in each state.
FRAMES = 120
#: Values of the keys while a take plays, and the share of its limit that each control is pulled by.
PLAYS, PULLED = 0.3, 0.5


def main(seed: int | None) -> dict:
    """Figures of one head."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    head = heads.sample() if seed is None else heads.made(seed)
    model = heads.model_of(head)
    plain, full = heads.rig(head, model, "Plain"), heads.rig(head, model, "Full")
    _furnish(full, head, model)
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
    states = {
        "rest": (0.0, 0.0),
        "keys play": (PLAYS, 0.0),
        "all half": (PLAYS, PULLED),
        "controls alone": (0.0, PULLED),
    }
    for state, (value, pulled) in states.items():
        for block in keys:
            for name in names:
                block.key_blocks[name].value = value
        _pull(bones, pulled)
        times = _times((plain, full), keys, names, bones, (value, pulled))
        low, high = np.median(times[0]), np.median(times[1])
        found[state] = [round(low, 2), round(high, 2), round(high / low, 2)]
        shown = keys[1].evaluated_get(bpy.context.evaluated_depsgraph_get()).key_blocks
        found[f"{state}, keys on"] = sum(1 for block in shown if block.value)
    return found


def _times(faces, keys, names, bones, state) -> list[list[float]]:  # noqa: ANN001
    """Milliseconds of frames of the rigs, in turns."""
    value, pulled = state
    times: list[list[float]] = [[], []]
    for frame in range(FRAMES):
        for number, face in enumerate(faces):
            other = faces[1 - number]
            for one, hidden in ((face, False), (other, True)):
                one.aim.rig.users_collection[0].hide_viewport = hidden
            bpy.context.view_layer.update()
            wave = 1 + 0.02 * (frame % 3)
            for name in names:
                keys[number].key_blocks[name].value = value * wave
            jaw = armature_of(face).pose.bones["jaw"]
            jaw.rotation_euler.x = 0.001 * (frame % 3)
            if number == 1:
                _pull(bones, pulled * wave)
            armature_of(face).update_tag()
            keys[number].update_tag()
            started = time.perf_counter()
            bpy.context.view_layer.update()
            times[number].append(1e3 * (time.perf_counter() - started))
    return [times[0][10:], times[1][10:]]


def _pull(bones: list[bpy.types.PoseBone], share: float) -> None:
    """Bring each control that share of the way to the limit of every axis, farther ones first."""
    for bone in bones:
        limit = next(c for c in bone.constraints if c.type == 'LIMIT_LOCATION')
        for axis, letter in enumerate("xyz"):
            low, high = getattr(limit, f"min_{letter}"), getattr(limit, f"max_{letter}")
            bone.location[axis] = share * (high if high >= -low else low)


def _furnish(face: bpy.types.Object, head: heads.Head, model) -> None:  # noqa: ANN001
    """Eyes, parts of the mouth and controls."""
    heads.add_parts(face, head)
    bpy.context.view_layer.objects.active = face
    bpy.ops.aim.make_eyes()
    heads.attach(face, head)
    shapes, jaws, balls = controls.gather(face)
    stored = StoredModel(model_to_bytes(heads.boneless(model)), face.name)
    result = job.run(job.ControlsRequest(stored, {}, shapes, jaws, balls), silent)
    controls.write(face, storage.load_model(face), result, controls.FACE, bpy.context)


if __name__ == "__main__":
    aim_blender_addon.register()
    for given in sys.argv[1:] or [None]:
        sys.stdout.write(json.dumps(main(None if given is None else int(given))) + "\n")
        sys.stdout.flush()
    os._exit(0)  # Blender 4.5 hangs at exit while classes are registered
