# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Choices that Blender and the worker share: every member is named, drawn and kept under its old number."""

import inspect

from aim_blender_addon.backend.anatomy.tissue.regions import PLACES
from aim_blender_addon.backend.editing.handle_states import (
    STATE_TEXTS,
    HandleKind,
    HandleState,
    SkinPlace,
)
from aim_blender_addon.bridge.view import display
from aim_blender_addon.jobs import torch_builds
from aim_blender_addon.operators.sculpt.handles import _WEAK_PLACES
from aim_blender_addon.panels import jaw
from aim_blender_addon.panels.overlays.handles import COLOURS
from aim_blender_addon.properties.anatomy import AIM_PG_anatomy
from aim_blender_addon.properties.enums import (
    BUILDS,
    COLOUR_MODES,
    HANDLE_KINDS,
    HANDLE_STATES,
    JAW_PINS,
    UNSOLVED,
)


def test_every_kind_of_handle_is_a_choice_under_its_own_number():
    assert {item[0]: item[-1] for item in HANDLE_KINDS} == {kind.name: kind for kind in HandleKind}


def test_every_state_of_a_handle_is_kept_one_above_the_workers_number():
    numbers = {item[0]: item[-1] for item in HANDLE_STATES}
    assert numbers == {UNSOLVED: 0} | {state.name: 1 + state for state in HandleState}


def test_every_state_of_a_handle_has_words_and_a_colour():
    assert STATE_TEXTS.keys() == set(HandleState)
    assert COLOURS.keys() == {UNSOLVED, *(state.name for state in HandleState)}


def test_every_place_but_plain_skin_is_warned_of():
    assert _WEAK_PLACES.keys() == set(SkinPlace) - {SkinPlace.SKIN}


def test_every_colour_mode_has_its_attribute() -> None:
    assert [mode[0] for mode in COLOUR_MODES] == [display.OFF, *display._SHOWN]
    assert set(display.SHARES) <= set(display._SHOWN)


def test_every_build_has_its_pins() -> None:
    assert {build[0] for build in BUILDS} == set(torch_builds.DEVICES)


def test_every_way_to_pin_a_jaw_is_said() -> None:
    assert jaw._PINS.keys() == {pin[0] for pin in JAW_PINS}


def test_every_region_of_tissue_has_its_slider() -> None:
    sliders = [name for name in inspect.get_annotations(AIM_PG_anatomy) if name in PLACES]
    assert sliders == list(PLACES)
