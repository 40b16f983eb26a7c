# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shows that Blender alone, without any extension, loses collections in undo and redo.

    python tools/lost_collections.py [--seed 1] [--walks 12]
    blender -b --factory-startup -P tools/lost_collections.py -- [--seed 1] [--walks 12]

The first takes Blender's Python module. A walk makes 60 steps at random: new collections, new objects, moves, other
frames, undo and redo. It ends where a scene lacks a collection that it had at this step. ``docs/reliability.md`` says
why that happens. It depends on where things lie in memory, so on what else the process takes and gives back.
"""

import argparse
import random
import sys

import bpy

STEPS = 60
#: Bytes that something else takes between steps, as add-ons and scripts do.
OTHERS = (600, 1500, 3000, 7000, 9000, 16000)

Scene = tuple[list[str], list[str]]


def main() -> None:
    """Walk, and print what was lost."""
    own = sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else sys.argv[1:]
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--walks", type=int, default=12)
    options = parser.parse_args(own)
    chance = random.Random(options.seed)
    losses = [loss for loss in (walk(chance) for _ in range(options.walks)) if loss]
    for loss in losses:
        sys.stdout.write(f"  {loss}\n")
    sys.stdout.write(f"{bpy.app.version_string}: {len(losses)} of {options.walks} walks lost one\n")
    sys.stdout.flush()


def walk(chance: random.Random) -> str:
    """One walk through a new file; what was lost in which step, or nothing."""
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    bpy.context.preferences.edit.undo_steps = 256
    bpy.ops.ed.undo_push(message="start")
    states, names, held = [_scene()], ["start"], []
    at = 0
    for _ in range(STEPS):
        _take_memory(chance, held)
        if at and chance.random() < 0.4:
            back = chance.randint(1, min(4, at))
            forth = sum(chance.random() < 0.7 for _ in range(back))
            for step in [-1] * back + [1] * forth:
                (bpy.ops.ed.undo if step < 0 else bpy.ops.ed.redo)()
                at += step
                _take_memory(chance, held)
                if _scene() != states[at]:
                    return f"{'undo' if step < 0 else 'redo'} to {names[at]}: {states[at]} -> {_scene()}"
        else:
            change = chance.choice([_new_collection, _other_frame, _other_frame, _move])
            change(chance)
            bpy.context.view_layer.update()
            bpy.ops.ed.undo_push(message=change.__name__)
            at += 1
            states[at:], names[at:] = [_scene()], [change.__name__]
    return ""


def _scene() -> Scene:
    scene = bpy.context.scene
    return (
        sorted(one.name for one in scene.collection.children),
        sorted(obj.name for obj in scene.view_layers[0].objects),
    )


def _take_memory(chance: random.Random, held: list[bytearray]) -> None:
    for _ in range(chance.randint(0, 4)):
        if held and chance.random() < 0.5:
            held.pop(chance.randrange(len(held)))
        else:
            held.append(bytearray(chance.choice(OTHERS)))


def _new_collection(chance: random.Random) -> None:
    collection = bpy.data.collections.new("Collection")
    bpy.context.scene.collection.children.link(collection)
    for _ in range(chance.randint(0, 5)):
        mesh = bpy.data.meshes.new("Object")
        mesh.vertices.add(chance.randint(3, 300))
        collection.objects.link(bpy.data.objects.new("Object", mesh))


def _other_frame(chance: random.Random) -> None:
    bpy.context.scene.frame_set(chance.randint(1, 100))


def _move(chance: random.Random) -> None:
    for obj in bpy.data.objects:
        obj.location.x = chance.random()


if __name__ == "__main__":
    main()
