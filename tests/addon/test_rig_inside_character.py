# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A mouth and eyes for characters without a model, and for neutrals alone: they follow bones, shape keys, or wait."""

import bpy
import numpy as np
import pytest

from aim_blender_addon.backend.geometry.rigid import fit_rigid, move_rigidly
from aim_blender_addon.bridge.rig.inside import made_kind, made_pieces
from tests.addon import characters
from tests.addon.test_rig_parts import needs_package

pytestmark = [pytest.mark.usefixtures("one_worker"), needs_package]


def piece(hero: bpy.types.Object, name: str) -> bpy.types.Object:
    return next(obj for obj in made_pieces(hero) if obj.name.endswith(name))


def off_jaw(hero: bpy.types.Object, before: np.ndarray, after: np.ndarray) -> float:
    """Mm by which the lower teeth are off the sample head's own jaw in jawOpen."""
    head = characters.head()
    opened = head.lower_teeth_units[head.unit_names.index("jawOpen")]
    jaw = fit_rigid(head.lower_teeth, head.lower_teeth + opened, np.ones(len(opened)))
    return float(np.linalg.norm(move_rigidly(1000 * before, jaw) - 1000 * after, axis=1).max())


def test_shape_keys_move_the_new_mouth_of_a_character() -> None:
    hero = characters.add("Hero", ("jawOpen", "eyeBlinkLeft", "eyeBlinkRight", "mouthSmileLeft"))
    assert bpy.ops.aim.add_mouth_and_eyes() == {'FINISHED'}
    kinds = [made_kind(obj) for obj in made_pieces(hero)]
    assert sorted(kinds) == sorted(
        ["teeth", "teeth", "gums", "gums", "tongue", "lining", "eyes", "eyes", "lashes", "lashes"]
    )
    upper, lower = piece(hero, "Upper Teeth"), piece(hero, "Lower Teeth")
    lashes = piece(hero, "Left Lashes")
    rest = {obj: characters.shown(obj) for obj in (upper, lower, lashes)}
    hero.data.shape_keys.key_blocks["jawOpen"].value = 1.0
    bpy.context.view_layer.update()
    assert np.abs(characters.shown(upper) - rest[upper]).max() < 1e-6
    print("OFF", off_jaw(hero, rest[lower], characters.shown(lower)))
    hero.data.shape_keys.key_blocks["eyeBlinkLeft"].value = 1.0
    bpy.context.view_layer.update()
    assert (rest[lashes] - characters.shown(lashes))[:, 2].max() > 0.004
