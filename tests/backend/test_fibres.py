# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Muscles that contract: the curves of force by length, a block with one muscle, and its slopes."""

import functools

import numpy as np
import pytest
import torch

from aim_blender_addon.backend.muscles.assembly import Assembly
from aim_blender_addon.backend.muscles.curves import MuscleCurve
from aim_blender_addon.backend.muscles.elastic import Elastic
from aim_blender_addon.backend.muscles.equilibrium import Equilibrium, Stop
from aim_blender_addon.backend.muscles.fibres import (
    Fibres,
    active_force,
    lie_of,
    passive_force,
    ways_through,
)
from aim_blender_addon.backend.muscles.lattice import Lattice
from aim_blender_addon.backend.muscles.settle import Inner, settle
from aim_blender_addon.backend.muscles.springs import spring_blocks
from aim_blender_addon.backend.muscles.stiffness import packed_blocks
from tests.backend import flesh_block

MU, BULK, TENSION = 0.01, 0.5, 0.05


@functools.cache
def lattice() -> Lattice:
    return flesh_block.block((4, 2, 2), 8.0, fine=True)


def elastic() -> Elastic:
    count = len(lattice().cubes)
    return Elastic(lattice(), np.full(count, MU), np.full(count, BULK))


def fibres(activation: float = 0.0, passive: float = 1.0) -> Fibres:
    """A muscle along x in all of the block, and one aslant in its first half."""
    flesh = lattice()
    volume = elastic().rest_volume
    whole = np.arange(volume.size)
    first = whole[np.repeat(flesh.nodes[flesh.cubes[:, 0], 0] < 16, 5)]
    aslant = np.array([0.6, 0.8, 0.0])
    tet = np.concatenate([whole, first])
    order = np.argsort(tet, kind="stable")
    muscle = np.repeat([0, 1], [len(whole), len(first)])[order]
    return Fibres(
        flesh,
        ("along", "aslant"),
        tet[order] // 5,
        tet[order] % 5,
        muscle,
        np.where(muscle[:, None] == 0, [1.0, 0.0, 0.0], aslant),
        volume.ravel()[tet[order]] / 2,
        TENSION,
        np.full(2, activation),
        np.full(2, passive),
    )


def held_at_one_end() -> np.ndarray:
    """Springs at the block's end x = 0."""
    flesh = lattice()
    corner = flesh.nodes[flesh.cubes]  # [C, 8, 3]
    cube, number = np.nonzero(corner[..., 0] < 1e-9)
    return spring_blocks(len(flesh.cubes), cube, np.eye(8)[number], np.full(len(cube), 2.0))


def solver(extra: Fibres | None = None) -> Equilibrium:
    # Differences of 1e-3 see what a search leaves, so that it is to leave less than usual.
    stop = Stop(close_mm=1e-9)
    extras = () if extra is None else (extra,)
    return Equilibrium(elastic(), held_at_one_end(), stop, extras)


def moved(seed: int = 0, size: float = 1.0) -> np.ndarray:
    rest = lattice().nodes[lattice().free]
    return rest + size * np.random.default_rng(seed).normal(size=rest.shape)


def test_force_by_length_is_largest_at_rest_and_ends_where_fibres_are_too_short_or_long():
    force = active_force(np.array([0.3, 0.4, 0.8, 1.0, 1.2, 1.6, 2.0]))[0]
    np.testing.assert_allclose(force, [0, 0, 5 / 6, 1, 5 / 6, 0, 0], atol=1e-12)
    slack = passive_force(np.array([0.4, 1.0, 1.2, 1.4, 1.8]))[0]
    assert slack[0] == slack[1] == 0.0
    assert (np.diff(slack[1:]) > 0).all()
    assert slack[3] == pytest.approx(0.05 * (np.exp(2.64) - 3.64))


@pytest.mark.parametrize("curve", [active_force, passive_force])
def test_slope_and_energy_belong_to_the_force(curve):
    length = np.linspace(0.25, 2.0, 400) + 1e-4
    step = 1e-6
    ahead, behind = curve(length + step), curve(length - step)
    force, slope, _ = curve(length)
    np.testing.assert_allclose((ahead[2] - behind[2]) / (2 * step), force, atol=1e-7)
    np.testing.assert_allclose((ahead[0] - behind[0]) / (2 * step), slope, atol=1e-4)
    assert curve(np.array([1.0]))[2] == 0.0


def test_forces_and_stiffness_are_slopes_of_the_energy():
    flesh, muscle = solver(), fibres(0.7)
    free = moved()
    way = np.random.default_rng(1).normal(size=free.shape)
    step = 1e-5
    near = [(free + s * step * way, flesh.strain(free + s * step * way)) for s in (1, -1)]
    energy = [muscle.energy(*at) for at in near]
    forces = [muscle.forces(*at) for at in near]
    strain = flesh.strain(free)
    along = (way * muscle.forces(free, strain)).sum()
    assert (energy[0] - energy[1]) / (2 * step) == pytest.approx(along, rel=1e-6)
    assembly = Assembly(lattice())
    blocks = packed_blocks(muscle.stiffness(free, strain, 0.0))
    matrix = assembly.matrix(assembly.values(blocks))
    turned = (matrix @ way.ravel()).reshape(-1, 3)
    np.testing.assert_allclose((forces[0] - forces[1]) / (2 * step), turned, atol=1e-6)


def test_held_back_stiffness_is_positive_definite_however_the_flesh_lies():
    muscle = fibres(1.0)
    for seed in range(3):
        free = moved(seed, 4.0)
        blocks = muscle.stiffness(free, solver().strain(free), 1.0)
        assert np.linalg.eigvalsh(blocks).min() > -1e-12


def test_a_muscle_at_rest_that_does_not_act_changes_nothing():
    rest = lattice().nodes[lattice().free]
    pull = solver().springs @ rest
    muscle = fibres(0.0)
    assert muscle.stiffness(rest, solver().strain(rest), 0.0) is None
    solved = solver(muscle).newton(rest, pull)
    np.testing.assert_allclose(solved.free, rest, atol=1e-9)
    free = moved(3, 0.5)
    without = fibres(0.0, passive=0.0)
    assert abs(without.forces(free, solver().strain(free))).max() == 0.0


def test_a_muscle_shortens_the_block_as_the_closed_solution_says():
    """All of a block's fibres along x: the stress of flesh and that of fibres are in balance, sideways it is free."""
    rest = lattice().nodes[lattice().free]
    muscle = fibres()
    sliding = held_at_one_end() * 0
    flesh = Equilibrium(elastic(), sliding, extras=(muscle.activated(np.array([0.4, 0.0])),))
    # One node, and the turns about it, are held by the ground alone; start from rest.
    solved = flesh.newton(rest, np.zeros_like(rest))
    strain = flesh.strain(solved.free)
    along = strain.f[..., 0, 0]
    assert np.ptp(along) < 1e-3

    def unbalanced(stretch: np.ndarray) -> np.ndarray:
        """Stress along x and sideways of diag(l, s, s)."""
        length, side = stretch
        volume = length * side**2
        pressure = BULK * (volume - 1) - MU
        force = 0.4 * TENSION / 2 * active_force(np.array(length))[0]
        return np.array(
            [MU * length + pressure * side**2 + force, MU * side + pressure * length * side]
        )

    from scipy.optimize import fsolve

    closed = fsolve(unbalanced, [0.9, 1.05], xtol=1e-12)
    assert along.mean() == pytest.approx(closed[0], abs=2e-4)
    assert closed[0] < 0.9


def test_slopes_by_activation_stiffness_and_springs_are_those_of_central_differences():
    """One loss of the block's nodes; each parameter beside central differences."""
    flesh, free = solver(fibres()), lattice().nodes[lattice().free]
    count = len(lattice().cubes)
    kinds = np.random.default_rng(2).integers(0, 3, count)
    way = torch.as_tensor(np.random.default_rng(3).normal(size=free.shape))
    rest = flesh.springs @ free
    direction = np.random.default_rng(4).normal(size=free.shape)

    def loss(values: torch.Tensor) -> torch.Tensor:
        """By two activations, three stiffnesses, how firmly volume is kept, and the size of a pull."""
        scale = values[2:5][torch.as_tensor(kinds)]
        inner = Inner(values[:2], MU * scale, BULK * scale * values[5])
        pull = torch.as_tensor(rest) + values[6] * torch.as_tensor(0.002 * direction)
        return (settle(flesh, free, pull, inner) * way).sum()

    values = torch.tensor([0.3, 0.2, 1.0, 0.8, 1.3, 1.0, 0.5], dtype=torch.float64)
    values.requires_grad_()
    loss(values).backward()
    for number, found in enumerate(values.grad.tolist()):
        step = torch.zeros_like(values)
        step[number] = 1e-3
        with torch.no_grad():
            near = [float(loss(values + k * step)) for k in (1, -1, 2, -2)]
        # Of fourth order, so that the differences are not what differs.
        central = (8 * (near[0] - near[1]) - (near[2] - near[3])) / (12 * 1e-3)
        assert found == pytest.approx(central, rel=1e-5, abs=1e-7)


def test_a_muscle_of_one_lip_does_not_draw_the_other():
    """A curve along the lower side of the upper of two slabs that touch."""
    flesh, upper = flesh_block.lips(0.5, 7.5)
    muscle = MuscleCurve("lip", np.array([[2.0, 8.0, 1.5], [22.0, 8.0, 1.5]]), 5.0)
    inner = np.stack(np.meshgrid(*(np.arange(0.5, n) for n in (24, 16, 8)), indexing="ij"), -1)
    samples = inner.reshape(-1, 3)
    places = np.concatenate([samples + [0, 0, 0.25], samples - [0, 0, 8.25]])
    cubes = lie_of(muscle, flesh, ways_through(flesh), places, flesh.cube)[0] // 5
    assert len(cubes) > 10
    assert set(cubes) <= set(flesh.cube[upper])
