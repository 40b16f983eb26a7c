# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The flesh mesh, its energy and its rest, on blocks whose answers are known."""

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components

from aim_blender_addon.backend.geometry.mesh import Mesh
from aim_blender_addon.backend.muscles import springs
from aim_blender_addon.backend.muscles.assembly import Assembly
from aim_blender_addon.backend.muscles.bones import nearer
from aim_blender_addon.backend.muscles.elastic import Elastic
from aim_blender_addon.backend.muscles.equilibrium import Equilibrium, Stop
from aim_blender_addon.backend.muscles.factor import SuperLu, make_factor
from aim_blender_addon.backend.muscles.lattice import (
    CORNERS,
    TETRAHEDRA,
    Lattice,
    least_quality,
    swinging,
)
from aim_blender_addon.backend.muscles.springs import (
    add_to_axes,
    embedding,
    spring_blocks,
    spring_matrix,
)
from aim_blender_addon.backend.muscles.stiffness import packed_blocks, packed_stiffness, unpacked
from tests.backend import flesh_block

MU, BULK = 0.01, 0.5


def elastic(lattice: Lattice) -> Elastic:
    count = len(lattice.cubes)
    return Elastic(lattice, np.full(count, MU), np.full(count, BULK))


def bent(lattice: Lattice, seed: int = 0, size: float = 0.05) -> np.ndarray:
    """All nodes, the free ones moved a little at random."""
    random = np.random.default_rng(seed)
    free = lattice.nodes[lattice.free]
    return lattice.carry @ (free + size * lattice.edge.max() * random.normal(size=free.shape))


@pytest.fixture(scope="module", params=[False, True], ids=["one size", "two sizes"])
def lattice(request) -> Lattice:
    return flesh_block.block((4, 2, 2), 8.0, fine=request.param)


def test_tetrahedra_fill_their_cube_and_none_is_a_sliver():
    corner = CORNERS[TETRAHEDRA].astype(float)
    volume = np.linalg.det(corner[:, :, 1:] - corner[:, :, :1]) / 6
    assert (volume > 0).all()
    np.testing.assert_allclose(volume.sum(axis=1), 1.0)
    assert least_quality() > 0.76


def test_the_mesh_fills_the_block_once(lattice):
    assert elastic(lattice).rest_volume.sum() == pytest.approx(4 * 2 * 2 * 8.0**3)
    np.testing.assert_allclose(lattice.carry @ lattice.nodes[lattice.free], lattice.nodes)
    places = np.unique(np.round(lattice.nodes, 6), axis=0)
    assert len(places) == len(lattice.nodes)


def test_a_cube_that_hangs_on_an_edge_swings_unless_springs_hold_it():
    corner = np.array([[0, 0, 0], [1, 0, 0], [2, 1, 0]])[:, None] + CORNERS  # the last by an edge
    nodes, cubes = np.unique(corner.reshape(-1, 3), axis=0, return_inverse=True)
    count = len(nodes)
    lattice = Lattice(
        nodes.astype(float),
        cubes.reshape(-1, 8),
        np.ones(3),
        np.zeros(3, bool),
        np.arange(count),
        sp.eye(count).tocsr(),
        np.zeros(0, int),
    )
    held = np.array([True, False, False])
    np.testing.assert_array_equal(swinging(lattice, held), [False, False, True])
    assert not swinging(lattice, held | [False, False, True]).any()


def test_cubes_of_two_sizes_meet_without_a_gap():
    """Any place on the side between them is the same from both, however the free nodes lie."""
    lattice = flesh_block.block((4, 2, 2), 8.0, fine=True)
    nodes = bent(lattice)
    random = np.random.default_rng(1)
    sides = np.column_stack([np.full(200, 16.0), random.uniform(0, 16, (200, 2))])
    found = []
    for offset in (-1e-7, 1e-7):
        points = sides + [offset, 0, 0]
        low = lattice.nodes[lattice.cubes[:, 0]]
        inside = (points[:, None] >= low) & (points[:, None] <= low + lattice.edge[:, None])
        cube = inside.all(axis=2).argmax(axis=1)
        shares = lattice.shares(points, cube)
        found.append(np.einsum("pk,pkd->pd", shares, nodes[lattice.cubes[cube]]))
    np.testing.assert_allclose(found[0], found[1], atol=1e-5)


@pytest.mark.parametrize("gap", [0.0, 0.5, 2.0])
@pytest.mark.parametrize("edge", [3.0, 7.5])
def test_lips_that_touch_share_no_node(gap, edge):
    lattice, upper = flesh_block.lips(gap, edge)
    joined = sp.coo_matrix(
        (
            np.ones(8 * len(lattice.cubes)),
            (np.repeat(np.arange(len(lattice.cubes)), 8), lattice.cubes.ravel()),
        )
    ).tocsr()
    _, part = connected_components(joined @ joined.T)
    assert set(part[lattice.cube[upper]]) & set(part[lattice.cube[~upper]]) == set()
    assert len(set(part[lattice.cube])) == 2


def test_flesh_without_skin_between_is_one():
    lattice = flesh_block.block((3, 3, 3), 6.0)
    assert len(lattice.cubes) == 27
    assert len(lattice.nodes) == 64


def test_rest_has_no_energy_and_no_forces(lattice):
    flesh = elastic(lattice)
    strain = flesh.strain(lattice.nodes)
    assert flesh.energy(strain) == pytest.approx(0.0, abs=1e-12)
    assert abs(flesh.forces(strain)).max() < 1e-13


def test_a_turned_block_feels_nothing(lattice):
    angle = 0.7
    turn = np.array(
        [[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]]
    )
    flesh = elastic(lattice)
    strain = flesh.strain(lattice.nodes @ turn.T + [3.0, -2.0, 5.0])
    assert flesh.energy(strain) == pytest.approx(0.0, abs=1e-10)
    assert abs(flesh.forces(strain)).max() < 1e-12


def test_a_stretch_that_is_the_same_everywhere_is_balanced_inside(lattice):
    """The patch test: forces of inner nodes are zero, and the energy is the closed one."""
    stretch = np.array([[1.2, 0.1, 0.0], [0.0, 0.9, 0.05], [0.02, 0.0, 1.05]])
    flesh = elastic(lattice)
    strain = flesh.strain(lattice.nodes @ stretch.T)
    forces = lattice.carry.T @ flesh.forces(strain)
    free = lattice.nodes[lattice.free]
    inner = ((free > 0.1) & (free < free.max(axis=0) - 0.1)).all(axis=1)
    assert inner.any()
    assert abs(forces[inner]).max() < 1e-8
    volume = np.linalg.det(stretch)
    density = MU / 2 * ((stretch**2).sum() - 3) - MU * (volume - 1) + BULK / 2 * (volume - 1) ** 2
    assert flesh.energy(strain) == pytest.approx(density * 4 * 2 * 2 * 8.0**3, rel=1e-9)


@pytest.mark.parametrize("size", [0.05, 0.3])
def test_forces_are_the_slope_of_the_energy(lattice, size):
    flesh, nodes = elastic(lattice), bent(lattice, size=size)
    way = np.random.default_rng(2).normal(size=nodes.shape)
    step = 1e-5
    ahead, behind = (flesh.energy(flesh.strain(nodes + s * step * way)) for s in (1, -1))
    found = (flesh.forces(flesh.strain(nodes)) * way).sum()
    assert found == pytest.approx((ahead - behind) / (2 * step), rel=1e-6)


@pytest.mark.parametrize("size", [0.05, 0.3])
def test_stiffness_is_the_slope_of_the_forces(lattice, size):
    flesh, nodes = elastic(lattice), bent(lattice, size=size)
    way = lattice.carry @ np.random.default_rng(3).normal(size=(len(lattice.free), 3))
    step = 1e-6
    ahead, behind = (flesh.forces(flesh.strain(nodes + s * step * way)) for s in (1, -1))
    wanted = lattice.carry.T @ ((ahead - behind) / (2 * step))
    assembly = Assembly(lattice)
    matrix = assembly.matrix(assembly.values(packed_stiffness(flesh, flesh.strain(nodes), 0.0)))
    found = (matrix @ way[lattice.free].ravel()).reshape(-1, 3)
    assert abs(found - wanted).max() < 1e-5 * abs(wanted).max()


def test_stiffness_held_back_never_pulls_the_wrong_way(lattice):
    flesh = elastic(lattice)
    for size in (0.05, 0.3, 0.8):
        blocks = unpacked(packed_stiffness(flesh, flesh.strain(bent(lattice, size=size)), 1.0))
        least = np.linalg.eigvalsh(blocks)[:, 0]
        assert (least > -1e-9 * abs(blocks).max()).all()


def held(lattice: Lattice, ends: tuple[float, ...] = (0.0,)) -> np.ndarray:
    """Blocks of stiff springs on the corners whose x is one of ``ends``."""
    cube, corner = np.nonzero(np.isin(lattice.nodes[lattice.cubes][:, :, 0], ends))
    shares = np.eye(8)[corner]
    return spring_blocks(len(lattice.cubes), cube, shares, np.full(len(cube), 100.0))


def test_both_solvers_agree_and_say_when_a_matrix_is_not_definite(lattice):
    assembly = Assembly(lattice)
    flesh = elastic(lattice)
    blocks = unpacked(packed_stiffness(flesh, flesh.strain(lattice.nodes), 0.0))
    values = assembly.values(packed_blocks(add_to_axes(blocks, held(lattice))))
    values[assembly.indptr[:-1]] += 1e-6
    right = np.random.default_rng(4).normal(size=(3 * len(lattice.free), 2))
    answers = []
    for factor in (
        make_factor(assembly.indptr, assembly.indices),
        SuperLu(assembly.indptr, assembly.indices),
    ):
        assert factor.refactor(values)
        answers.append(factor.solve(right))
        assert not factor.refactor(-values)
        np.testing.assert_array_equal(factor.solve(right), answers[-1])
    np.testing.assert_allclose(assembly.matrix(values) @ answers[0], right, atol=1e-8)
    np.testing.assert_allclose(answers[0], answers[1], rtol=1e-6, atol=1e-9)


def pulled(lattice: Lattice, far: float) -> tuple[Equilibrium, np.ndarray]:
    """A block held at one end, its other end drawn aside by ``far`` mm; solver and pull."""
    length = lattice.nodes[:, 0].max()
    blocks = held(lattice, (0.0, length))
    solver = Equilibrium(elastic(lattice), blocks)
    wanted = lattice.nodes[lattice.free].copy()
    wanted[wanted[:, 0] == length] += [0.3 * far, far, 0.0]
    return solver, solver.springs @ wanted


@pytest.mark.parametrize("far", [1.0, 20.0])
def test_newton_and_frames_come_to_the_same_rest(lattice, far):
    solver, pull = pulled(lattice, far)
    rest = lattice.nodes[lattice.free]
    exact = solver.newton(rest, pull)
    assert exact.converged and exact.steps <= 25
    assert abs(solver.forces(exact.free, pull)).max() < 1e-6
    assert (solver.strain(exact.free).volume > 0).all()
    near = Equilibrium(solver.elastic, solver.blocks, Stop(frame_mm=1e-4)).follow(rest, pull)
    assert near.converged
    assert abs(near.free - exact.free).max() < 0.01


def test_a_block_pressed_flat_keeps_volume_and_nothing_turns_inside_out():
    lattice = flesh_block.block((4, 3, 3), 8.0)
    length = lattice.nodes[:, 0].max()
    solver = Equilibrium(elastic(lattice), held(lattice, (0.0, length)))
    wanted = lattice.nodes[lattice.free].copy()
    wanted[wanted[:, 0] == length, 0] -= 0.4 * length
    solved = solver.newton(lattice.nodes[lattice.free], solver.springs @ wanted)
    strain = solver.strain(solved.free)
    assert solved.converged
    assert strain.volume.min() > 0
    volume = (strain.volume * solver.elastic.rest_volume).sum() / solver.elastic.rest_volume.sum()
    assert volume == pytest.approx(1.0, abs=0.03)


def test_same_start_same_rest(lattice):
    found = []
    for _ in range(2):
        solver, pull = pulled(lattice, 10.0)
        found.append(solver.newton(lattice.nodes[lattice.free], pull).free)
    np.testing.assert_array_equal(*found)


def test_places_in_the_mesh_follow_it_exactly(lattice):
    random = np.random.default_rng(5)
    cube = random.integers(0, len(lattice.cubes), 300)
    points = lattice.nodes[lattice.cubes[cube, 0]] + lattice.edge[cube][:, None] * random.random(
        (300, 3)
    )
    shares = lattice.shares(points, cube)
    assert shares.min() >= 0
    places = embedding(lattice, cube, shares)
    np.testing.assert_allclose(places @ lattice.nodes[lattice.free], points, atol=1e-9)
    stretch = np.diag([1.1, 0.9, 1.0])
    np.testing.assert_allclose(
        places @ (lattice.nodes[lattice.free] @ stretch), points @ stretch, atol=1e-9
    )


def test_springs_are_the_sum_of_their_pulls(lattice):
    random = np.random.default_rng(6)
    cube = random.integers(0, len(lattice.cubes), 50)
    shares = lattice.shares(lattice.nodes[lattice.cubes[cube]].mean(axis=1), cube)
    stiffness = random.random(50)
    matrix = spring_matrix(lattice, spring_blocks(len(lattice.cubes), cube, shares, stiffness))
    places = embedding(lattice, cube, shares)
    wanted = places.T @ sp.diags(stiffness) @ places
    assert abs(matrix - wanted).max() < 1e-12


def test_springs_summed_in_parts_are_those_of_the_whole(monkeypatch):
    """Each spring adds stiffness times the dyad of its shares to its cube; one without stiffness adds nothing."""
    random = np.random.default_rng(0)
    cube, shares = random.integers(0, 4, 50), random.uniform(0, 1, (50, 8))
    stiffness = random.uniform(0, 2, 50) * (random.uniform(0, 1, 50) > 0.2)
    expected = np.zeros((5, 8, 8))
    for number, share, firm in zip(cube, shares, stiffness, strict=True):
        expected[number] += firm * np.outer(share, share)
    for at_once in (7, 1000):
        monkeypatch.setattr(springs, "AT_ONCE", at_once)
        np.testing.assert_allclose(spring_blocks(5, cube, shares, stiffness), expected, atol=1e-12)


def test_the_nearer_bone_is_found_by_surfaces_not_by_vertices():
    """A large flat triangle passes by points that are nearer to the other bone's vertices."""
    flat = Mesh.from_triangles(
        np.array([[-90.0, -90, 0], [90, -90, 0], [0, 120, 0]]), np.array([[0, 1, 2]])
    )
    box = Mesh.from_triangles(np.array([[0.0, 0, 9], [1, 0, 9], [0, 1, 9]]), np.array([[0, 1, 2]]))
    points = np.array([[0.2, 0.2, 3.0], [0.2, 0.2, 6.0], [0.2, 0.2, 8.0], [50.0, -50, 5]])
    np.testing.assert_array_equal(nearer(flat, box, points), [0, 1, 1, 0])
    np.testing.assert_array_equal(nearer(box, flat, points), [1, 0, 0, 1])
    none = Mesh.from_triangles(np.zeros((0, 3)), np.zeros((0, 3), int))
    np.testing.assert_array_equal(nearer(none, flat, points), 1)
    np.testing.assert_array_equal(nearer(flat, none, points), 0)
