#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The main job from end to end, as a user does it: scans in, a rig out, pictures and figures of it.

    .venv/bin/python tools/demo/make_demo.py [--out out/demo] [--detail low|high] [--quick] [--overview FILE]

Runs Blender as a module, without a window, through the same operators as the buttons. Any step that fails
ends it with a traceback and a status other than 0.
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).resolve().parent)]
# Before bpy is imported: the demo leaves the user's own preferences alone.
os.environ["BLENDER_USER_RESOURCES"] = tempfile.mkdtemp(prefix="aim-demo-")

import bpy  # noqa: E402
import pictures  # noqa: E402
from detail import detail  # noqa: E402
from figures import baked_figures, jaw_figures, skin_figures, summary  # noqa: E402
from muscles import muscles  # noqa: E402
from performance import add_performance  # noqa: E402
from report import write_report  # noqa: E402
from steps import Steps  # noqa: E402

import aim_blender_addon  # noqa: E402
from aim_blender_addon.backend.model.aim import AimModel  # noqa: E402
from aim_blender_addon.backend.sample.head import load_sample_head, sample_actor, z_up  # noqa: E402
from aim_blender_addon.bridge.data.storage import load_model  # noqa: E402
from aim_blender_addon.bridge.rig.actions import scan_frame  # noqa: E402
from aim_blender_addon.operators.scans.sample import sample_package  # noqa: E402

#: Heading of each picture: its file's name and its caption in the report.
CAPTIONS = {
    "Expressions": (
        "expressions",
        "The neutral and every scan as the baked rig plays it: shape key and jaw bone together.",
    ),
    "Bones": ("bones", "Estimated from the skin alone, by usual depths of soft tissue; the jaw moves with its bone."),
    "Soft-tissue thickness": ("thickness", "From the skin to the bone below, along the bone's normal."),
    "Jaw weight": ("jaw_weight", "How much each point of the skin follows the jaw."),
    "Mouth": ("mouth", "Teeth and tongue hang on the rig's bones, the lining of the mouth on the skin."),
    "Wrinkles": (
        "wrinkles",
        "Generic skin, close: lines open across the compression of the skin; none was drawn, and none is the actor's.",
    ),
    "Muscles": (
        "muscles",
        "Found by landmarks, between bone and skin; two scans as a plain sum, and as flesh and muscles move it.",
    ),
    "Animation": ("animation", "Frames of actor.blend: shape keys, jaw bone and head bone, keyed by hand."),
}  # fmt: skip


def main() -> int:
    """Make the demo; 0 when everything is there."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=ROOT / "out" / "demo")
    parser.add_argument("--detail", choices=("low", "high"), default="high", help="of the skin")
    parser.add_argument("--quick", action="store_true", help="small, coarse pictures")
    parser.add_argument(
        "--overview", type=Path, help="also write the README's picture to this file"
    )
    options = parser.parse_args()
    out = options.out.resolve()
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    steps = Steps(out / "blender.log")
    aim_blender_addon.register()
    try:
        figures = make(out, options, steps)
    finally:
        aim_blender_addon.unregister()
    shutil.rmtree(
        os.environ["BLENDER_USER_RESOURCES"]
    )  # kept after a failure: the worker's log is there
    steps.say(summary(figures))
    steps.say(f"The demo is in {out}: open report.html, or actor.blend in Blender.")
    return 0


def make(out: Path, options: argparse.Namespace, steps: Steps) -> dict:
    """All steps, in a user's order; returns the figures."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.context.preferences.addons.new().module = aim_blender_addon.__name__
    steps("Adding the sample actor", press, "add_sample_actor", detail=options.detail.upper())
    neutral = bpy.context.active_object
    steps("Estimating bones", press, "estimate_bones")
    steps("Fitting", press, "fit")
    steps("Baking", press, "bake")

    head = z_up(load_sample_head(sample_package(), int(options.detail == "high")))
    sample, model = sample_actor(head), load_model(neutral)
    figures = model_figures(model) | {
        "skin_error_mm": skin_figures(model, sample),
        "jaw": jaw_figures(model, head, sample),
        "baked": steps("Measuring the rig", baked_figures, neutral, model, bpy.context),
    }
    steps("Attaching what is inside the head", attach, neutral)

    scene, renders = bpy.context.scene, out / "renders"
    stage = steps("Building a studio", pictures.Stage.of, neutral, scene, renders, options.quick)
    sheets = dict(scan_pictures(stage, model.expression_names, steps))
    sheets["Wrinkles"], figures["detail"] = steps("Picturing wrinkles", detail, stage, press)
    steps("Building flesh", press_flesh, neutral)
    sheets["Muscles"], figures["muscles"] = steps("Picturing muscles", muscles, stage, press)
    steps("Animating", add_performance, neutral, scene)
    sheets["Animation"] = steps("Picturing the animation", pictures.strip, stage)
    pictures.save_small(pictures.overview(stage), out / "overview.png", 390_000)
    if options.overview:
        options.overview.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(out / "overview.png", options.overview)
    steps("Saving", save_blend, out / "actor.blend", stage)

    for heading, image in sheets.items():
        image.save(out / f"{CAPTIONS[heading][0]}.png", optimize=True)
    shutil.rmtree(out / "renders")
    figures["steps_seconds"] = steps.seconds
    (out / "demo.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    shown = [(image, heading, CAPTIONS[heading][1]) for heading, image in sheets.items()]
    write_report(out / "report.html", figures, shown)
    return figures


def press(name: str, **options) -> None:
    """Press one of the extension's buttons; anything but success ends the demo."""
    result = getattr(bpy.ops.aim, name)(**options)
    if result != {'FINISHED'}:
        raise RuntimeError(f"aim.{name} ended with {result}")


def press_flesh(neutral: bpy.types.Object) -> None:
    """Build flesh that is coarse, and so quick."""
    neutral.aim.muscles.size = 'PREVIEW'
    press("build_flesh")


def attach(neutral: bpy.types.Object) -> None:
    """Attach all that is loose inside the head."""
    bpy.ops.object.select_all(action='DESELECT')
    neutral.aim.rig.select_set(True)
    bpy.context.view_layer.objects.active = neutral.aim.rig
    press("attach_parts")


def model_figures(model: AimModel) -> dict:
    """What was fitted, where, and what it took."""
    cores = (
        os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1)
    )
    return {
        "blender": bpy.app.version_string,
        "cpu_cores": len(cores),
        "scans": len(model.expression_names),
        "points": len(model.neutral.vertices),
        "fit": {key: model.report[key] for key in ("seconds", "peak_memory_mb", "device")},
    }


def scan_pictures(
    stage: pictures.Stage, names: tuple[str, ...], steps: Steps
) -> Iterator[tuple[str, pictures.Image.Image]]:
    """The pictures made while the rig plays its scans, by heading."""
    frames = {name: scan_frame(number) for number, name in enumerate(names)}
    near = [
        (frames[name], name.replace("_", " ")) for name in ("mouth_stretch", "grin", "lip_funneler")
    ]
    work = {
        "Expressions": (pictures.expressions, names),
        "Bones": (pictures.bones, frames["mouth_stretch"]),
        "Soft-tissue thickness": (pictures.colours, 'THICKNESS', "soft-tissue thickness", " mm"),
        "Jaw weight": (pictures.colours, 'JAW_WEIGHT', "jaw weight", ""),
        "Mouth": (pictures.mouth, near),
    }
    for heading, (draw, *args) in work.items():
        yield heading, steps(f"Picturing {heading.lower()}", draw, stage, *args)


def save_blend(path: Path, stage: pictures.Stage) -> None:
    """Save the .blend as somebody wants to open it, and make sure that it can be.

    The rig is in view and its performance ready to play; the bones the fit used are hidden behind those of the rig.
    """
    scene = bpy.context.scene
    stage.studio.look(pictures.PORTRAIT, 1.0)
    scene.render.resolution_x = scene.render.resolution_y = 720
    scene.render.resolution_percentage = 100
    scene.render.filepath = "//frame_"
    for bone in (stage.neutral.aim.skull, stage.neutral.aim.jaw):
        bone.hide_set(True)
    name = stage.neutral.name
    bpy.ops.wm.save_as_mainfile(filepath=str(path), compress=True)
    bpy.ops.wm.open_mainfile(filepath=str(path))
    neutral = bpy.data.objects[name]
    load_model(neutral)
    if neutral.aim.rig.data.shape_keys.animation_data.action is None:
        raise RuntimeError(f"{path} lost its animation")


if __name__ == "__main__":
    sys.exit(main())
