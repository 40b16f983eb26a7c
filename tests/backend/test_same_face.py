# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A face that plays on itself stays what it is, and artists' own shapes keep the overlaps that the source has."""

import functools
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from aim_blender_addon.backend.anatomy.head.rims import Rims
from aim_blender_addon.backend.retargeting.arkit_head import arkit_head
from aim_blender_addon.backend.retargeting.contacts import make_contacts
from aim_blender_addon.backend.retargeting.performance import recorded
from aim_blender_addon.backend.retargeting.pipeline import (
    ShapedFace,
    find_map,
    make_player,
    with_shapes,
)
from aim_blender_addon.backend.retargeting.retarget_face import RetargetFace
from aim_blender_addon.backend.retargeting.sources import RetargetSettings

#: Lids that overlap, lips that pass through each other, and what opens them.
KEYS = (
    "browDownLeft",
    "eyeBlinkLeft",
    "eyeBlinkRight",
    "eyeLookDownLeft",
    "eyeSquintLeft",
    "jawOpen",
    "mouthClose",
    "mouthLeft",
    "mouthPressLeft",
    "mouthPucker",
    "mouthRollLower",
    "mouthRollUpper",
    "mouthShrugLower",
    "mouthSmileLeft",
)


@functools.cache
def shapes() -> np.ndarray:
    """[N, V, 3] mm of the keys; lids that meet are made to overlap."""
    head = arkit_head()
    found = np.stack([head.displacements[head.expression_names.index(name)] for name in KEYS])
    blinks = [number for number, name in enumerate(KEYS) if "Blink" in name]
    found[blinks] *= 1.3
    return found


@functools.cache
def source() -> RetargetFace:
    return with_shapes(arkit_head(), KEYS, shapes())


def moved_face(move: Callable[[np.ndarray], np.ndarray]) -> RetargetFace:
    """The head with its points [N, 3] moved, landmarks and rims among them."""
    head = source()
    skin = head.skin.with_vertices(move(head.skin.vertices.astype(np.float64)).astype(np.float32))
    rims = {
        name: Rims(rim.across, move(rim.upper), move(rim.lower)) for name, rim in head.rims.items()
    }
    landmarks = {name: move(point[None])[0] for name, point in head.landmarks.items()}
    return replace(head, mesh=skin, skin=skin, rims=rims, landmarks=landmarks)


def errors(target: RetargetFace, own: bool) -> dict[str, float]:
    """Largest distance, mm, of each key alone, whole and by half, from the same key on the target."""
    levels = (1.0, 0.5)
    weights = np.concatenate([level * np.eye(len(KEYS)) for level in levels])
    moved = np.tensordot(weights, shapes(), 1)
    played = recorded(source(), weights, source().mesh.vertices + moved)
    shaped = ShapedFace(target, KEYS, shapes()) if own else ShapedFace(target)
    mapped = find_map(source(), target)
    player = make_player(source(), shaped, played, RetargetSettings(), mapped, False)
    names, found = [(name, level) for level in levels for name in KEYS], {}
    for name, goal, frame in zip(names, moved, played.frames(source()), strict=True):
        off = player.play(frame).vertices - target.mesh.vertices - goal
        found[name] = float(np.linalg.norm(off, axis=1).max())
    return found


@pytest.mark.parametrize("own", [True, False], ids=["its shapes", "made shapes"])
def test_scene_same_head_blink(own: bool) -> None:
    """The same head and the same keys, each alone whole and by half: nothing is led further shut or pushed open."""
    found = errors(source(), own)
    assert max(found.values()) < 0.1, found


def test_contacts_of_a_face_with_itself_change_nothing() -> None:
    head = source()
    contacts = make_contacts(head, head, find_map(head, head))
    rest = head.skin.vertices.astype(np.float64)
    for shape in shapes():
        skin = rest + shape
        np.testing.assert_allclose(contacts.correct(skin, skin), skin, atol=0.05)


def test_the_same_head_in_another_size_and_place_is_the_same() -> None:
    head, larger = source(), moved_face(lambda points: 1.1 * points + [5.0, 0.0, 0.0])
    contacts = make_contacts(head, larger, find_map(head, larger))
    assert all(opening.sameness > 0.99 for opening in contacts.openings)
    blink = shapes()[KEYS.index("eyeBlinkLeft")]
    skin = larger.skin.vertices + 1.1 * blink.astype(np.float64)
    found = contacts.correct(head.skin.vertices + blink.astype(np.float64), skin)
    np.testing.assert_allclose(found, skin, atol=0.05)


def test_own_shapes_of_another_head_keep_their_overlap() -> None:
    """The same polygons on another person: both artists' lids overlap, and neither is opened for it."""
    head = source()
    other = moved_face(
        lambda points: points * [1.06, 1.0, 1.0] + 1.5 * np.sin(points[:, [1, 2, 0]] / 60)
    )
    contacts = make_contacts(head, other, find_map(head, other))
    assert all(opening.sameness < 0.5 for opening in contacts.openings)
    found = errors(other, True)
    assert max(found[f"eyeBlink{side}", 1.0] for side in ("Left", "Right")) < 0.5, found


def test_lids_that_the_source_shuts_are_not_left_open() -> None:
    """An artist's own blink that does not reach is led shut, and not beyond."""
    head = source()
    values = shapes().copy()
    number = KEYS.index("eyeBlinkLeft")
    values[number] *= 0.7
    rest = head.mesh.vertices
    played = recorded(head, np.eye(len(KEYS)), rest + shapes())
    player = make_player(
        head,
        ShapedFace(head, KEYS, values),
        played,
        RetargetSettings(),
        find_map(head, head),
        False,
    )
    lids = player.retargeter.contacts.openings
    frame = list(played.frames(head))[number]
    skin = player.play(frame).vertices.astype(np.float64)
    heights = [o.target.lids.heights(skin, head.up) for o in lids if o.lids is not None]
    truth = [o.target.lids.heights(frame.skin, head.up) for o in lids if o.lids is not None]
    left = int(np.argmin([height.min() for height in truth]))
    assert np.median(heights[left]) < 0.3
    assert (heights[left] > truth[left] - 0.5).all()


def test_the_head_of_a_recorded_mesh_is_not_turned_by_what_its_shapes_do() -> None:
    head, rest = source(), source().mesh.vertices
    played = recorded(head, np.eye(len(KEYS)), rest + shapes())
    for pose in played.head:
        np.testing.assert_allclose(pose, np.eye(4), atol=1e-4)
