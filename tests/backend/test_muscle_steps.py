# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Steps of the search for rest: bent where flesh turns, and made longer off a saddle."""

import numpy as np
import pytest

from aim_blender_addon.backend.muscles import equilibrium
from aim_blender_addon.backend.muscles.bent_step import Bend
from aim_blender_addon.backend.muscles.descent import Place, search
from aim_blender_addon.backend.muscles.elastic import Elastic
from aim_blender_addon.backend.muscles.equilibrium import Equilibrium
from aim_blender_addon.backend.muscles.lattice import Lattice
from aim_blender_addon.backend.muscles.springs import spring_blocks, spring_matrix
from tests.backend import flesh_block

FIRM = 50.0  # lambda in mu


def elastic_of(lattice: Lattice) -> Elastic:
    count = len(lattice.cubes)
    return Elastic(lattice, np.full(count, 0.01), np.full(count, FIRM * 0.01))


def test_what_a_straight_turn_gains_grows_with_its_square():
    """Volume as such is foretold; what is not is of the second order."""
    lattice = flesh_block.block((2, 2, 2), 4.0)
    elastic = elastic_of(lattice)
    rest = elastic.strain(lattice.nodes)
    sizes = []
    for angle in (0.02, 0.04):
        way = angle * np.cross([0.0, 1.0, 0.0], lattice.nodes)
        bend = Bend.of(elastic, rest, way)
        sizes.append(np.linalg.norm(bend.surplus(elastic.strain(lattice.nodes + way))))
    assert sizes[0] > 0
    assert sizes[1] / sizes[0] == pytest.approx(4, rel=0.01)


def test_bent_steps_find_the_same_rest_with_fewer_factors(monkeypatch):
    """A beam whose far end is turned by 60 degrees and drawn aside."""
    lattice = flesh_block.block((6, 2, 2), 4.0)
    corner = lattice.nodes[lattice.cubes]
    held = (corner[..., 0] < 0.1) | (corner[..., 0] > 23.9)
    cube, number = np.nonzero(held)
    blocks = spring_blocks(len(lattice.cubes), cube, np.eye(8)[number], np.full(len(cube), 10.0))
    c, s = np.cos(np.radians(60)), np.sin(np.radians(60))
    turned = lattice.nodes - [24.0, 4.0, 4.0]
    turned = turned @ np.array([[1, 0, 0], [0, c, -s], [0, s, c]]).T + [26.0, 8.0, 4.0]
    wanted = np.where(lattice.nodes[:, :1] > 12, turned, lattice.nodes)[lattice.free]
    rest = lattice.nodes[lattice.free]
    pull = spring_matrix(lattice, blocks) @ wanted
    found = {}
    for bends in (0, 3):
        monkeypatch.setattr(equilibrium, "BENDS", bends)
        found[bends] = Equilibrium(elastic_of(lattice), blocks).newton(rest, pull)
    np.testing.assert_allclose(found[3].free, found[0].free, atol=1e-5)
    assert found[3].steps < found[0].steps


def test_a_search_goes_farther_off_a_saddle():
    """The slope grows along the way, so that the first step is far too short."""

    def look(free: np.ndarray) -> Place:
        x = float(free[0, 0])
        return Place(free, x**4 / 64 - x**2, np.array([[x**3 / 16 - 2 * x, 0.0, 0.0]]), None)

    here = look(np.array([[0.5, 0.0, 0.0]]))
    way = -here.slope
    there, looks, share = search(look, here, way, float((way * here.slope).sum()))
    assert share == 4 and looks == 4
    assert there.energy < look(here.free + way).energy
