# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Flesh that touches bone, and skin that touches skin, while it comes to rest."""

import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import scipy.sparse as sp
import torch

from aim_blender_addon.backend.__main__ import main
from aim_blender_addon.backend.anatomy.eyes.ball import Ball
from aim_blender_addon.backend.contact.bone_field import BoneField, Bones
from aim_blender_addon.backend.contact.enclosed import Enclosed
from aim_blender_addon.backend.contact.off_bone import OffBone
from aim_blender_addon.backend.contact.touching import TwoSheets
from aim_blender_addon.backend.geometry.solid_angle import winding_numbers
from aim_blender_addon.backend.io.model_file import write_model
from aim_blender_addon.backend.muscles.drive import Drive
from aim_blender_addon.backend.muscles.elastic import Elastic
from aim_blender_addon.backend.muscles.equilibrium import Equilibrium
from aim_blender_addon.backend.muscles.flesh_file import flesh_to_bytes
from aim_blender_addon.backend.muscles.match_face import MuscleFace, Places
from aim_blender_addon.backend.muscles.match_run import match_actor
from aim_blender_addon.backend.muscles.seen_points import SeenPoints
from aim_blender_addon.backend.muscles.settle import simulated_skin, skin_jacobian
from aim_blender_addon.backend.muscles.sights import InSpace
from aim_blender_addon.backend.muscles.simulate import Simulation
from aim_blender_addon.backend.muscles.springs import embedding, spring_blocks
from aim_blender_addon.backend.muscles.touch_fields import RoundField, SmoothField
from aim_blender_addon.backend.muscles.touch_meetings import Meeting
from aim_blender_addon.backend.muscles.touch_sheets import SheetPair
from aim_blender_addon.backend.muscles.touch_terms import CLEAR_MM
from aim_blender_addon.backend.muscles.touching import Touching
from tests.backend import edit_face, flesh_block, plates
from tests.backend.pressed_face import PRESSED, flesh, model, touching

NO_BEYOND = (np.zeros(0, int), np.zeros((0, 3)), np.zeros((0, 0, 3)), np.zeros(0))


def touching_of(carry: sp.csr_matrix, meetings: list, pairs: list) -> Touching:
    """Skin that nodes carry, without an actor."""
    count = carry.shape[0]
    numbers = np.arange(count)
    return Touching(None, numbers, carry.tocsr(), numbers, NO_BEYOND, meetings, pairs)


def touch_of(touching: Touching, free: np.ndarray, jaw: np.ndarray | None = None):
    touch = touching.posed(np.zeros((len(touching.vertices), 3)), np.eye(4) if jaw is None else jaw)
    touch.renew(free)
    return touch


def on_ball(field, count: int, jaw: bool = False) -> Meeting:
    """Each of the vertices, before one field."""
    rows = np.arange(count)[:, None]
    return Meeting(field, rows, np.full(count, CLEAR_MM), np.full(count, 2.0), jaw)


def check_slopes(touch, free: np.ndarray) -> None:
    """Energy, forces and stiffness are each other's slopes."""
    way = np.random.default_rng(1).normal(size=free.shape)
    step = 1e-5
    (up, force_up), (down, force_down) = (touch.look(free + s * step * way) for s in (1, -1))
    force = touch.look(free)[1]
    assert abs(force).max() > 0
    assert (up - down) / (2 * step) == pytest.approx((force * way).sum(), rel=1e-6)
    along = (touch.matrix(free, 0.0) @ way.ravel()).reshape(-1, 3)
    np.testing.assert_allclose((force_up - force_down) / (2 * step), along, atol=1e-5)
    held = touch.matrix(free, 1.0).toarray()
    assert np.linalg.eigvalsh(held).min() > -1e-9


def around_ball() -> np.ndarray:
    """Places about half a millimetre around a ball of 10 mm."""
    random = np.random.default_rng(0)
    way = random.normal(size=(40, 3))
    way /= np.linalg.norm(way, axis=1, keepdims=True)
    return way * random.uniform(9.2, 10.4, (40, 1))


def test_forces_of_a_ball_are_slopes_of_its_energy():
    free = around_ball()
    ball = RoundField(Ball(np.zeros(3), 10.0))
    check_slopes(touch_of(touching_of(sp.eye(40), [on_ball(ball, 40)], []), free), free)


@pytest.mark.parametrize("turned", [False, True])
def test_forces_of_a_bone_are_slopes_of_its_energy(turned):
    """A grid of distances, read smoothly; also where it moves with the jaw."""
    free = around_ball()
    bone = edit_face.ellipsoid((0, 0, 0), (10, 10, 10), "bone")
    field = SmoothField.of(BoneField.of(bone, free), free)
    far = np.linalg.norm(free, axis=1) - 10.0
    np.testing.assert_allclose(field.near(free, False).distance, far, atol=0.15)
    jaw = np.eye(4)
    if turned:
        jaw[:3, :3] = [[0.8, -0.6, 0], [0.6, 0.8, 0], [0, 0, 1]]
        jaw[:3, 3] = [1.0, 2.0, 3.0]
    at = free @ jaw[:3, :3].T + jaw[:3, 3]
    check_slopes(touch_of(touching_of(sp.eye(40), [on_ball(field, 40, turned)], []), at, jaw), at)


def two_plates(depth: float, now: float) -> tuple[Touching, np.ndarray]:
    """Two plates that rest ``depth`` mm in each other and are now ``now`` mm deep."""
    skin, sheets = plates.two(depth)
    rest = skin.vertices.astype(float)
    pair = SheetPair.of(
        TwoSheets.of(sheets), rest, skin.normals.astype(float), np.array([1.0, 0, 0]),
        np.full(len(rest), 1.0),
    )  # fmt: skip
    free = rest.copy()
    free[plates.COUNT :, 2] -= now - depth
    return touching_of(sp.eye(len(rest)), [], [pair]), free


def test_what_one_sheet_presses_the_other_bears():
    touching, free = two_plates(-1.0, 0.5)
    free += np.random.default_rng(2).normal(size=free.shape) * 0.03
    touch = touch_of(touching, free)
    check_slopes(touch, free)
    force = touch.look(free)[1]
    assert abs(force[: plates.COUNT].sum(axis=0)[2]) > 10
    np.testing.assert_allclose(force.sum(axis=0), 0, atol=1e-9)
    np.testing.assert_allclose(np.cross(free, force).sum(axis=0), 0, atol=1e-8)


def test_sheets_that_rest_in_each_other_stay_so():
    touching, rest = two_plates(0.3, 0.3)
    assert touch_of(touching, rest).look(rest)[0] == 0
    touching, rest = two_plates(-1.0, -1.0)
    assert touch_of(touching, rest).look(rest)[0] == 0


def test_planes_are_kept_while_nothing_nearer_is_found():
    """They do not take turns as skin trembles."""
    touching, free = two_plates(-1.0, 0.5)
    touch = touch_of(touching, free)
    before = touch.planes[0].corners[touch.planes[0].on]
    assert not touch.renew(free + 1e-4)
    np.testing.assert_array_equal(touch.planes[0].corners[touch.planes[0].on], before)


def test_a_step_ends_before_it_passes_through_a_thin_bone():
    tooth = on_ball(RoundField(Ball(np.zeros(3), 2.0)), 1)
    touching = touching_of(sp.eye(1), [tooth], [])
    before, behind = np.array([[0.0, 0.0, 5.0]]), np.array([[0.0, 0.0, -20.0]])
    touch = touch_of(touching, before)
    share = touch.reach(before, behind)
    assert 2.0 - 1.01 < (before + share * behind)[0, 2] < 2.1
    assert touch.reach(before, -behind) == 1.0
    assert touch.reach(before, np.array([[20.0, 0.0, 0.0]])) == 1.0  # along it


def test_a_block_pressed_on_a_ball_rests_on_it_and_the_ball_bears_the_load():
    lattice = flesh_block.block((4, 4, 2), 4.0)
    rest = lattice.nodes[lattice.free]
    count = len(lattice.cubes)
    elastic = Elastic(lattice, np.full(count, 0.01), np.full(count, 0.3))
    shares = np.repeat(np.eye(8), count, axis=0)
    cubes = np.tile(np.arange(count), 8)
    weak = spring_blocks(count, cubes, shares, np.full(len(cubes), 1e-4))
    carry = embedding(lattice, cubes, shares)
    ball = RoundField(Ball(np.array([8.0, 8.0, -39.8]), 40.0))
    touching = touching_of(carry, [on_ball(ball, len(cubes))], [])
    solver = Equilibrium(elastic, weak, couples=touching.couples)
    solver.touch = touching.posed(np.zeros((len(cubes), 3)), np.eye(4))
    load = np.zeros_like(rest)
    load[:, 2] = -0.5 / len(rest)
    solved = solver.newton(rest, solver.springs @ rest + load)
    assert solved.converged
    assert ball.distance(solver.touch.shown(solved.free)).min() > -0.02
    borne = -solver.touch.look(solved.free)[1].sum(axis=0)
    held = (solver.springs @ (solved.free - rest)).sum(axis=0)
    np.testing.assert_allclose(borne, held - [0, 0, -0.5], atol=1e-6)
    assert borne[2] > 0.45


def test_skin_that_was_in_bone_is_out_of_it():
    plain = Simulation(flesh(), model()).frame(0, *PRESSED)
    apart = Simulation(flesh(), model(), touching=touching()).frame(0, *PRESSED)
    weights, jaw = map(torch.as_tensor, PRESSED)
    touch = touching().posed(
        touching().offset(weights, jaw).numpy(), model().joint.pose(PRESSED[1])
    )
    touch.renew(plain.free)
    assert touch.deepest(touch.skin(plain.free)) > 0.5
    assert apart.converged and apart.inverted == 0
    assert apart.deepest_mm < 0.05


def test_rest_with_bones_through_the_skin_stays_and_is_said():
    none = np.zeros(len(flesh().expression_names)), np.zeros(4)
    frame = Simulation(flesh(), model(), touching=touching()).frame(0, *none)
    assert abs(frame.skin - model().neutral.vertices).max() < 1e-3
    assert any("lie in bone at rest" in note for note in touching().notes)


def test_slopes_through_contact_are_those_of_central_differences():
    drive = Drive(flesh())
    solver = Equilibrium(flesh().elastic, flesh().blocks, couples=touching().couples)
    values = torch.tensor(np.concatenate(PRESSED), requires_grad=True)
    count = len(flesh().expression_names)
    start = drive.passive(torch.as_tensor(PRESSED[1])).numpy()
    solved = []
    newton = solver.newton
    solver.newton = lambda *given: solved.append(newton(*given)) or solved[-1]
    way = torch.as_tensor(np.random.default_rng(1).normal(size=(len(flesh().skin), 3)))

    def loss(at: torch.Tensor) -> torch.Tensor:
        begin = solved[0].free if solved else start
        skin = simulated_skin(drive, solver, begin, at[:count], at[count:], touching=touching())
        return (skin * way).sum()

    loss(values)
    loss(values).backward()
    found = values.grad.numpy()
    assert any(
        len(part.depth) for part in solver.touch.terms(solver.touch.skin(solved[-1].free), False)
    )
    whole = skin_jacobian(drive, solver, solved[-1].free, *PRESSED)
    np.testing.assert_allclose(
        np.einsum("sd,sdp->p", way.numpy(), whole), found, rtol=1e-6, atol=1e-6 * abs(found).max()
    )
    step = 1e-5
    for number in [0, 3, 5, *range(count, count + 4)]:
        aside = torch.zeros(count + 4, dtype=torch.float64)
        aside[number] = step
        with torch.no_grad():
            ahead, behind = (float(loss(values + s * aside)) for s in (1, -1))
        expected = (ahead - behind) / (2 * step)
        assert found[number] == pytest.approx(expected, rel=1e-3, abs=1e-4 * abs(found).max())


def test_the_command_keeps_skin_out_of_bone(tmp_path, capsys):
    write_model(tmp_path / "m.safetensors", model())
    (tmp_path / "f.safetensors").write_bytes(flesh_to_bytes(flesh(), model()))
    shares = np.array([[0.0], [0.9], [1.0]])
    np.savez(tmp_path / "t.npz", weights=shares * PRESSED[0], jaw_parameters=shares * PRESSED[1])
    given = [str(tmp_path / name) for name in ("m.safetensors", "f.safetensors", "t.npz")]
    figures = str(tmp_path / "r.json")
    out = str(tmp_path / "r.npz")
    assert main(["simulate", *given, "-o", out, "--json", figures, "--contact"]) == 0
    report = json.loads((tmp_path / "r.json").read_text())
    assert report["unsettled_frames"] == [] and max(report["deepest_mm"]) < 0.2
    assert "lie in bone at rest" in capsys.readouterr().out


def test_a_match_with_contact_keeps_skin_out_of_bone_and_finds_the_pose():
    """The scan is made by the simulation with contact; its slopes go through what it touches."""
    places = Places.at_vertices(flesh().skin)
    face = MuscleFace(flesh(), model(), places, touching=touching())
    look = face.look(*PRESSED)
    slopes = face.slopes(look)
    plain = MuscleFace(flesh(), model(), places).look(*PRESSED)
    assert abs(look.points - plain.points).max() > 0.3
    pose = np.concatenate(PRESSED)
    near = pose - 0.01
    near = face.look(near[:6], near[6:], look)
    told = look.points + slopes @ (np.concatenate([near.weights, near.jaw]) - pose)
    assert abs(near.points - look.points).max() > 0.05
    assert np.percentile(abs(near.points - told), 99) < 0.01
    skin = model().neutral.vertices.astype(float)
    skin[flesh().skin] = look.points
    seen = SeenPoints(places.corners, places.shares, look.points)
    found = match_actor(
        model(), flesh(), seen, InSpace(look.points), "its skin",
        head=np.eye(4), start=(near.weights, near.jaw), touching=touching(),
    )  # fmt: skip
    assert found.report["deepest_mm"] < 0.2 and found.found.converged
    np.testing.assert_allclose(found.found.look.weights, PRESSED[0], atol=0.02)


def test_a_corner_that_unfolds_is_in_nothing():
    """Two sheets of a thin web, whose points are behind each other's faces, and two that have passed each other."""
    skin, sheets = plates.two(-1.0)
    both, rest = TwoSheets.of(sheets), skin.vertices.astype(float)
    gap = np.full(len(both.points), 1.0)
    enclosed = Enclosed.of(both, rest, gap)
    every = np.arange(len(both.points))
    middle = np.linalg.norm(rest[both.points, :2] - rest[:, :2].mean(axis=0), axis=1) < 3.0
    assert not enclosed.inside(rest, every).any()
    passed = rest.copy()
    passed[plates.COUNT :, 2] -= 1.5
    assert enclosed.inside(passed, every)[middle].all()
    # Turned over as one, the sheets are as near as before, and nothing has passed.
    assert not enclosed.inside(rest * [1.0, -1.0, -1.0], every).any()


def test_winding_numbers_count_a_ball_once():
    ball = edit_face.ellipsoid((0, 0, 0), (10, 10, 10), "ball")
    corners = ball.vertices.astype(float)[ball.triangles]
    points = np.array([[0, 0, 0], [0, 0, 9.7], [0, 0, 10.01], [30.0, 0, 0]])
    np.testing.assert_allclose(winding_numbers(points, corners), [1, 1, 0, 0], atol=1e-9)


def test_edges_of_a_skin_that_is_handed_out_are_off_the_bone():
    """A ridge under an edge whose ends are free of it."""
    bone = edit_face.ellipsoid((0, 0, -2.0), (20.0, 1.5, 2.4), "ridge")
    away = bone.with_vertices(bone.vertices + [0, 0, -500.0])
    rest = np.array([[-3.0, -4, 3], [3, -4, 3], [0, 4, 3]])
    triangles = np.array([[0, 1, 2]])
    hold = OffBone(Bones.of(bone, away, rest), rest, triangles)
    touching = replace(touching_of(sp.eye(3), [], []), hold=hold)
    touch = touch_of(touching, rest - [0, 0, 2.9])
    held = touch.handed_out(rest - [0, 0, 2.9])
    assert touch.shown(rest - [0, 0, 2.9])[:, 2].max() < 0.11
    assert held[:, 2].min() > 0.3


def test_skin_that_hangs_over_a_tooth_goes_back_to_the_side_where_it_rests():
    """One corner lies behind a thin ridge and two before it: pushed to both sides, the edges never leave it."""
    bone = edit_face.ellipsoid((0, 0, 0), (20.0, 1.5, 6.0), "ridge")
    away = bone.with_vertices(bone.vertices + [0, 0, -500.0])
    rest = np.array([[-3.0, -5, 0], [3, -5, 0], [0, -9, 0]])
    hold = OffBone(Bones.of(bone, away, rest), rest, np.array([[0, 1, 2]]))
    still = SimpleNamespace(skin_jaw_share=np.zeros(3))
    touch = touch_of(replace(touching_of(sp.eye(3), [], []), hold=hold, flesh=still), rest)
    hanging = np.array([[-3.0, -4, 0], [3, -4, 0], [0, 3, 0]])
    torn = hold.held(hanging, np.eye(4), hanging, 12, 0)
    assert hold.left_mm(torn, np.eye(4)) > 0.3
    held = touch.handed_out(hanging)
    assert hold.left_mm(held, np.eye(4)) < 0.1
    assert (held[:, 1] < 0).all() and np.linalg.norm(held - hanging, axis=1).max() < 8.1
