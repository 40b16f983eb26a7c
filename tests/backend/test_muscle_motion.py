# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Gravity, the head's motion and tissue on the flesh of a made-up actor."""

import functools
import json
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from aim_blender_addon.backend.__main__ import main
from aim_blender_addon.backend.anatomy.survey import FaceSurvey
from aim_blender_addon.backend.errors import AimError
from aim_blender_addon.backend.io.model_file import write_model, write_whole
from aim_blender_addon.backend.muscles.drive import Drive
from aim_blender_addon.backend.muscles.flesh_file import flesh_to_bytes
from aim_blender_addon.backend.muscles.head_path import head_path, still_path
from aim_blender_addon.backend.muscles.layers import Layers
from aim_blender_addon.backend.muscles.material import AS_SCANNED, Tissue, preset
from aim_blender_addon.backend.muscles.motion import Motion
from aim_blender_addon.backend.muscles.simulate import Simulation
from aim_blender_addon.backend.muscles.sway import Sway, scanned_up
from aim_blender_addon.backend.muscles.take import Poses
from tests.backend import edit_face
from tests.backend.test_muscles import flesh, pose


def turn(axis: np.ndarray, degrees: float) -> np.ndarray:
    """[4, 4] about the head's middle."""
    angle = np.radians(degrees)
    x, y, z = axis
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    pose = np.eye(4)
    pose[:3, :3] += np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross
    return pose


def frame() -> SimpleNamespace:
    """Left, up and front of the scans."""
    found = FaceSurvey(edit_face.model().neutral).frame
    return SimpleNamespace(**{n: scanned_up(getattr(found, n)) for n in ("left", "up", "front")})


def poses(count: int) -> Poses:
    """A face at rest."""
    return Poses(np.zeros((count, len(edit_face.model().expression_names))), np.zeros((count, 4)))


def sway(count: int, motion: Motion) -> Sway:
    return Sway(flesh(), edit_face.model(), poses(count), motion, "take")


def skin_of(ways: np.ndarray) -> np.ndarray:
    return flesh().skin_places @ ways


@functools.cache
def layers() -> Layers:
    return Layers.find(flesh(), edit_face.model())


def test_cubes_are_of_skin_fat_and_muscle():
    found = layers()
    np.testing.assert_allclose(found.skin + found.fat + found.muscle, 1.0)
    assert min(found.skin.min(), found.fat.min(), found.muscle.min()) >= -1e-12
    assert found.skin.max() > 0.1 and found.muscle.max() > 0.3
    softer = Tissue(skin=0.5, fat=0.5, muscle=0.5)
    np.testing.assert_allclose(layers().mu(softer), layers().mu(AS_SCANNED) / 2)


def test_what_tracks_want_is_the_same_without_slopes():
    drive, (weights, jaw) = Drive(flesh()), pose()
    slow = drive.wanted(torch.as_tensor(weights), torch.as_tensor(jaw)).numpy()
    np.testing.assert_allclose(drive.wanted_of(weights, jaw), slow, atol=1e-9)


def test_nothing_acts_on_an_upright_head():
    """Gravity as in the scans, the actor's own tissue, and a head that stands: exactly nothing."""
    for motion in (Motion(gravity=True), Motion(gravity=True, dynamics=True, fps=30.0)):
        found = sway(3, motion)
        for number in range(3):
            assert abs(found.at(number)).max() < 1e-9
    assert not Motion().acts


@pytest.mark.parametrize(
    ("axis", "degrees", "way"), [("left", 180, "up"), ("front", 90, "left"), ("left", -90, "front")]
)
def test_flesh_falls_the_way_the_head_lies(axis, degrees, way):
    """Upside down it falls toward the brow; otherwise to where the earth is now."""
    axes = frame()
    head = turn(getattr(axes, axis), degrees)[None]
    found = skin_of(sway(1, Motion(gravity=True, head=head, up=axes.up)).at(0))
    down = -head[0, :3, :3].T @ axes.up
    assert abs(down @ getattr(axes, way)) > 0.99
    mean = found.mean(axis=0) @ (down + axes.up)
    assert mean > 0
    assert 0.05 < np.linalg.norm(found, axis=1).max() < 8.0


def test_weaker_gravity_of_a_smaller_turn_and_the_way_up_that_is_found():
    axes = frame()
    sizes = []
    for degrees in (5, 20, 60):
        head = turn(axes.left, degrees)[None]
        sizes.append(np.linalg.norm(sway(1, Motion(gravity=True, head=head, up=axes.up)).at(0)))
    assert sizes[0] < sizes[1] < sizes[2]
    heads = np.stack([turn(axes.left, a) for a in (0, 5, -10, 20, 0)])
    given = sway(5, Motion(gravity=True, head=heads, up=axes.up))
    alone = sway(5, Motion(gravity=True, head=heads))
    assert alone.path.upward(axes.up) @ axes.up > 0.9
    assert np.linalg.norm(alone.at(3) - given.at(3)) < 0.5 * np.linalg.norm(given.at(3))


def test_slow_motion_of_the_head_hangs_as_gravity_has_it():
    axes = frame()
    heads = np.stack([turn(axes.left, 30 * (1 - np.cos(a)) / 2) for a in np.linspace(0, np.pi, 21)])
    still = sway(21, Motion(gravity=True, head=heads, up=axes.up))
    moving = sway(21, Motion(gravity=True, dynamics=True, head=heads, fps=10.0, up=axes.up))
    for number in range(21):
        found = moving.at(number)
    assert abs(found - still.at(20)).max() < 0.1 * abs(found).max()


def shaken(count: int = 24) -> np.ndarray:
    """A head that shakes by 20 degrees, three times a second, at 24 frames a second."""
    angles = 20 * np.sin(2 * np.pi * 3 * np.arange(count) / 24)
    return np.stack([turn(frame().up, a) for a in angles])


def test_flesh_lags_behind_a_head_that_shakes_and_comes_to_rest():
    heads = np.concatenate([shaken(), np.tile(shaken()[-1], (16, 1, 1))])
    found = sway(40, Motion(dynamics=True, head=heads, fps=24.0))
    sizes = [np.linalg.norm(skin_of(found.at(k)), axis=1).max() for k in range(40)]
    assert 0.1 < max(sizes[:24]) < 8.0
    assert sizes[-1] < 0.05 * max(sizes)


def test_a_head_that_turns_for_ever_or_glides_is_felt_as_it_should_be():
    """Steady speed is nothing; a steady turn pulls outward; a steady push pulls back."""
    axes = frame()
    glide = np.tile(np.eye(4), (6, 1, 1))
    glide[:, :3, 3] = np.outer(np.arange(6) * 40.0, axes.left)
    found = sway(6, Motion(dynamics=True, head=glide, fps=30.0))
    assert max(abs(found.at(k)).max() for k in range(6)) < 1e-6
    push = glide.copy()
    push[:, :3, 3] = np.outer(np.arange(6) ** 2 * 8.0, axes.left)
    found = sway(6, Motion(dynamics=True, head=push, fps=30.0))
    pushed = [skin_of(found.at(k)) for k in range(6)]
    assert pushed[3].mean(axis=0) @ axes.left < -0.01
    assert abs(pushed[5] - pushed[2]).max() < 0.05 * abs(pushed[5]).max()
    spin = np.stack([turn(axes.up, 24.0 * k) for k in range(6)])
    found = sway(6, Motion(dynamics=True, head=spin, fps=30.0))
    out = skin_of(found.at(4))
    rest = skin_of(flesh().rest)
    outward = rest - np.outer(rest @ axes.up, axes.up)
    assert (out * outward).sum() > 0


def test_the_head_of_a_cut_take_starts_anew():
    heads = np.concatenate([shaken(), shaken() @ turn(frame().up, 90)])
    heads[24:, :3, 3] += 800.0
    motion = Motion(dynamics=True, head=heads, fps=24.0)
    found = sway(48, motion)
    assert list(found.path.starts) == [0, 24]
    assert "jumps at 1 frames, the first is 24" in found.path.notes[0]
    ways = [found.at(k) for k in range(30)]
    alone = sway(24, Motion(dynamics=True, head=heads[24:], fps=24.0))
    assert abs(ways[26] - [alone.at(k) for k in range(3)][-1]).max() < 0.05


def test_a_range_that_goes_on_in_the_middle_is_the_same():
    heads = np.concatenate([shaken()] * 2)[:32]
    motion = Motion(dynamics=True, gravity=True, head=heads, fps=12.0)
    whole, late = sway(32, motion), sway(32, motion)
    for number in range(31):
        found = whole.at(number)
    assert abs(late.at(30) - found).max() < 0.02 * max(abs(found).max(), 1.0)


def test_older_flesh_sags_and_young_flesh_is_lifted():
    up = frame().up
    moved = {}
    for name, tissue in (("older", Tissue(0.5, 0.5, 0.5)), ("young", Tissue(2.0, 2.0, 2.0))):
        moved[name] = (skin_of(sway(1, Motion(tissue=tissue)).at(0)) @ up).mean()
    assert moved["older"] < -1e-3 and moved["young"] > 1e-3


def test_fuller_flesh_swells():
    model = edit_face.model()
    found = sway(1, Motion(tissue=preset("fuller")))
    outward = model.neutral.normals[flesh().skin]
    assert (skin_of(found.at(0)) * outward).sum(axis=1).mean() > 0.05
    plain = Simulation(flesh(), model).frame(0, *(p[0] for p in (poses(1).weights, poses(1).jaw)))
    fuller = Simulation(flesh(), model, sway=found).frame(
        0, *(p[0] for p in (poses(1).weights, poses(1).jaw))
    )
    grown = ((fuller.skin - plain.skin)[flesh().skin] * outward).sum(axis=1)
    assert fuller.converged and fuller.inverted == 0
    assert grown.mean() > 0.05


def test_simulated_skin_sways_as_it_should():
    """The driven skin is carried as far as the passive flesh gives way."""
    model, axes = edit_face.model(), frame()
    head = turn(axes.left, 180)[None]
    found = sway(1, Motion(gravity=True, head=head, up=axes.up))
    wanted = skin_of(found.at(0))
    none = poses(1).weights[0], poses(1).jaw[0]
    plain = Simulation(flesh(), model).frame(0, *none)
    swaying = Simulation(flesh(), model, sway=found)
    moved = swaying.frame(0, *none)
    largest = np.linalg.norm(wanted, axis=1).max()
    below = skin_of(moved.free - plain.free)
    assert np.linalg.norm(below - wanted, axis=1).max() < 0.05 * largest
    # Shown without the creases of the flesh mesh, which is coarse here.
    shown = (moved.skin - plain.skin)[flesh().skin]
    even = swaying.even.evened(wanted, np.zeros_like(wanted))
    assert np.linalg.norm(shown - even, axis=1).max() < 0.05 * largest


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda h: h[:2], "has 3 frames, but head poses"),
        (lambda h: h * np.diag([-1, 1, 1, 1]), "mirrored or flat"),
        (lambda h: h * np.diag([1.5, 1, 1, 1]), "is stretched: apply its scale"),
        (lambda h: h * np.nan, "no head pose with all its numbers"),
    ],
)
def test_heads_that_are_none_are_refused(change, said):
    with pytest.raises(AimError, match=said):
        head_path(change(np.tile(np.eye(4), (3, 1, 1))), 3, 30.0, "take")


def test_scale_and_gaps_of_heads_are_mended_and_said():
    heads = np.stack([turn(np.array([0.0, 0.0, 1.0]), a) for a in (0, 1, 2, 3)])
    heads[:, :3, 3] = np.arange(4)[:, None]
    scaled = heads.copy()
    scaled[:, :3] *= 0.1
    plain, mended = head_path(heads, 4, 30.0, "take"), head_path(scaled, 4, 30.0, "take")
    np.testing.assert_allclose(mended.places, plain.places)
    np.testing.assert_allclose(mended.turns, plain.turns, atol=1e-12)
    assert "scaled by 0.1" in mended.notes[0] and not plain.notes
    heads[2] = np.nan
    path = head_path(heads, 4, 30.0, "take")
    assert "1 frames lack the head pose" in path.notes[0]
    np.testing.assert_allclose(path.places[2], path.places[3])
    assert still_path(3).piece(2) == (0, 3)


def test_takes_without_head_or_rate_are_said():
    assert "has no head pose" in Motion(gravity=True).path(3, "take").notes[0]
    for fps in (0.0, -3.0, np.nan, 1e6):
        with pytest.raises(AimError, match="frames a second: give from 1 to 1000"):
            Motion(dynamics=True, fps=fps).path(3, "take")
    with pytest.raises(AimError, match="is no direction"):
        Motion(gravity=True, up=np.zeros(3)).path(3, "take")
    with pytest.raises(AimError, match="The material has fat 0"):
        Motion(tissue=Tissue(fat=0.0)).path(3, "take")


def test_the_command_takes_gravity_dynamics_and_a_material(tmp_path, capsys):
    model = edit_face.model()
    names = [
        str(tmp_path / n) for n in ("m.safetensors", "f.safetensors", "t.npz", "r.npz", "r.json")
    ]
    write_model(tmp_path / "m.safetensors", model)
    write_whole(tmp_path / "f.safetensors", flesh_to_bytes(flesh(), model))
    heads = shaken(4)
    np.savez(names[2], weights=poses(4).weights, jaw_parameters=poses(4).jaw, head=heads)
    line = ["simulate", *names[:3], "-o", names[3], "--json", names[4]]
    more = ["--gravity", "--dynamics", "--fps", "24", "--material", "older", "--up", "y"]
    assert main([*line, *more]) == 0
    report = json.loads((tmp_path / "r.json").read_text())
    assert len(report["sway_mm"]) == 4 and max(report["sway_mm"]) > 0.05
    assert main([*line, "--dynamics"]) == 2
    assert "give --fps" in capsys.readouterr().err
    assert main([*line, "--material", "old"]) == 2
    assert "no material 'old'" in capsys.readouterr().err


def test_a_face_that_speaks_while_its_head_shakes_comes_to_rest_in_every_frame():
    weights, jaw = pose()
    shares = (1 - np.cos(np.linspace(0, 2 * np.pi, 6)))[:, None] / 2
    take = Poses(shares * weights, shares * jaw)
    motion = Motion(True, True, preset("older"), shaken(6), 24.0)
    moved = Sway(flesh(), edit_face.model(), take, motion, "take")
    simulation = Simulation(flesh(), edit_face.model(), sway=moved)
    frames = [simulation.frame(k, take.weights[k], take.jaw[k]) for k in range(6)]
    assert all(frame.converged and frame.inverted == 0 for frame in frames)
    assert frames[0].steps <= 20 and max(frame.steps for frame in frames[1:]) <= 20
