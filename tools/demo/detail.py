# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wrinkles and pores of the demo: generic skin on the rig, in two scans seen close."""

from collections.abc import Callable

import bpy
from muscles import at_rest
from pictures import Stage, sheet
from PIL import Image
from studio import View

#: Scans, and from where they are seen.
VIEWS = {
    "brow_raiser": View(turn=-15, rise=6, width=0.12, aim=(0, 0, 0.05)),
    "smile": View(turn=-38, rise=2, width=0.13, aim=(-0.01, 0, 0)),
}
#: Pixels of a picture, and samples of each: two seconds of processor time, nearly all of it the samples.
_SIZE, _SAMPLES = (400, 334), 6
#: Light from aside, which shows heights: strength of each lamp in these pictures over its own.
_LIGHTS = {"Key": 1.0, "Fill": 0.25, "Mouth": 0.25}


def detail(stage: Stage, press: Callable) -> tuple[Image.Image, dict]:
    """Two pictures side by side, and figures. The skin is as before afterwards.

    Args:
        stage: of the demo.
        press: presses a button of the extension by its name.
    """
    face, rig = stage.neutral, stage.skin
    bpy.context.view_layer.objects.active = rig
    finer = rig.modifiers.new("Fine", 'SUBSURF')
    finer.levels, finer.render_levels, finer.uv_smooth = 0, 1, 'NONE'
    settings = face.aim.detail
    settings.size, settings.age = '512', 50.0
    press("make_generic_skin")
    lamps = [light.data for light in stage.studio.collection.objects if light.name in _LIGHTS]
    energies = [lamp.energy for lamp in lamps]
    for lamp in lamps:
        lamp.energy *= _LIGHTS[lamp.name]
    tiles = []
    keys = rig.data.shape_keys.key_blocks
    with at_rest(face, VIEWS):
        for name, view in VIEWS.items():
            for key in VIEWS:
                keys[key].value = float(key == name)
            picture = stage.shoot(f"detail_{name}", view, _SIZE, _SAMPLES)
            tiles.append((picture, name.replace("_", " ")))
    for lamp, energy in zip(lamps, energies, strict=True):
        lamp.energy = energy
    press("remove_detail")
    rig.modifiers.remove(finer)
    return sheet(tiles, columns=2), {"pixels": int(settings.size), "age": settings.age}
