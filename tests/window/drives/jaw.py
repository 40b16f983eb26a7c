# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The jaw: posed by its three controls, pinned to a scan, marked at the incisors; undo across each."""

import math

import bpy
import faces


def drive(stage):
    stage.step("The Jaw panel opens below Bake")
    yield from stage.open_file(faces.FILE)
    yield from stage.open_tab()
    yield from stage.press("aim.bake")
    yield 1.0
    faces.face().aim.armature.animation_data.action = None
    yield from stage.open_panel("jaw")

    stage.step("Open, Side and Forward are typed, and the jaw bone follows")
    for name, text in (("jaw_open", "20"), ("jaw_side", "4"), ("jaw_forward", "2")):
        place = yield from stage.find(name)
        yield from stage.click(*place, ctrl=True)
        yield from stage.key('A', ctrl=True)
        yield from stage.type_text(text)
        yield from stage.key('RET')
    jaw = faces.face().aim.armature.aim
    assert math.isclose(math.degrees(jaw.jaw_open), 20, abs_tol=0.01), jaw.jaw_open
    assert math.isclose(jaw.jaw_side, 4, abs_tol=0.01), jaw.jaw_side
    assert math.isclose(jaw.jaw_forward, 2, abs_tol=0.01), jaw.jaw_forward
    stage.picture("posed")

    stage.step("The pose is pinned to the scan that is picked in the list")
    yield from stage.press("aim.pin_jaw")
    scan = faces.face().aim.scans[faces.face().aim.active_scan]
    assert scan.jaw_pin == 'POSE', scan.jaw_pin
    stage.picture("pinned")
    yield from stage.away()
    yield from stage.key('Z', ctrl=True)
    yield 0.5
    face = faces.face()
    assert face.aim.scans[face.aim.active_scan].jaw_pin == 'NONE'

    stage.step("Marks on the incisors, moved by hand")
    yield from stage.press("aim.reset_jaw")
    yield from stage.press("aim.mark_incisors")
    face = faces.face()
    scan = face.aim.scans[face.aim.active_scan]
    assert scan.jaw_pin == 'MARKS' and bpy.context.active_object == scan.lower_mark
    before = scan.lower_mark.matrix_world.translation.copy()
    upper = scan.upper_mark
    upper.select_set(False)
    yield from stage.move(*stage.middle(stage.region('WINDOW')))
    yield from stage.key('G')
    yield from stage.move(600, 300)
    yield from stage.key('RET')
    assert (scan.lower_mark.matrix_world.translation - before).length > 0.002
    stage.picture("marked")
    yield from stage.press("aim.unpin_jaw")
    assert faces.face().aim.scans[faces.face().aim.active_scan].jaw_pin == 'NONE'
