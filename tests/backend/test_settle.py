# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Slopes of the skin of a head's flesh by all that it is made from, beside central differences."""

import functools

import numpy as np
import pytest
import torch

from aim_blender_addon.backend.muscles.drive import Drive
from aim_blender_addon.backend.muscles.equilibrium import Equilibrium
from aim_blender_addon.backend.muscles.fibres import make_fibres
from aim_blender_addon.backend.muscles.layers import Layers
from aim_blender_addon.backend.muscles.settle import (
    Inner,
    activate,
    activation_jacobian,
    simulated_skin,
    skin_jacobian,
)
from tests.backend import edit_face
from tests.backend.flesh_face import flesh

EXPRESSIONS = len(edit_face.model().expression_names)
ACTIVE = ("lifts_left", "widens_right", "purses_left")
#: What the loss depends on, in this order, and how many numbers of each.
PARTS = {
    "weights": EXPRESSIONS,
    "jaw": 4,
    "activations": len(ACTIVE),
    "stiffness of skin, fat and muscle": 3,
    "bones": 2,
}
#: A step of the differences; they are of fourth order.
STEP = 2e-3


@functools.cache
def solver() -> Equilibrium:
    made = Equilibrium(flesh().elastic, flesh().blocks)
    made.extras = (make_fibres(flesh(), passive=False),)
    return made


@functools.cache
def drive() -> Drive:
    return Drive(flesh())


@functools.cache
def fixed() -> dict[str, torch.Tensor]:
    """Directions of the loss, of bones, and what the stiffness of cubes is made from."""
    random = np.random.default_rng(1)
    rest = flesh().rest
    bones = np.stack([np.outer(np.sin(rest[:, k] / 40), np.roll([1, 0, 0], k)) for k in (0, 1)])
    elastic = flesh().elastic
    arrays = {
        "way": random.normal(size=(len(flesh().skin), 3)),
        "bones": bones,
        "kinds": Layers.find(flesh(), edit_face.model()).kinds + [0, 0.01, 0],
        "mu": elastic.mu,
    }
    return {name: torch.as_tensor(array) for name, array in arrays.items()}


def values() -> torch.Tensor:
    weights = np.random.default_rng(0).uniform(0, 0.4, EXPRESSIONS)
    parts = [weights, [0.15, 1.0, 0.5, 0.2], [0.2, 0.3, 0.1], [1.0, 0.8, 1.2], [0.5, -0.3]]
    return torch.tensor(np.concatenate(parts), requires_grad=True)


def skin_of(at: torch.Tensor, start: np.ndarray) -> torch.Tensor:
    weights, jaw, active, kinds, bones = torch.split(at, list(PARTS.values()))
    names = [m.name for m in flesh().muscles]
    places = torch.tensor([names.index(name) for name in ACTIVE])
    activations = torch.zeros(len(names), dtype=at.dtype).index_put((places,), active)
    mu = fixed()["mu"] * (fixed()["kinds"] @ kinds)
    shift = torch.tensordot(bones, fixed()["bones"], 1)
    return simulated_skin(
        *(drive(), solver(), start, weights, jaw),
        bones=shift,
        inner=Inner(activations, mu, 50 * mu),
    )


@functools.cache
def found() -> tuple[np.ndarray, np.ndarray]:
    """Slopes of the loss by the adjoint, and by central differences."""
    start, at, way = flesh().rest, values(), fixed()["way"]
    (skin_of(at, start) * way).sum().backward()
    start = drive().passive_of(at.detach().numpy()[EXPRESSIONS : EXPRESSIONS + 4])
    differences = []
    for number in range(len(at)):
        step = torch.zeros_like(at)
        step[number] = STEP
        with torch.no_grad():
            near = [float((skin_of(at + k * step, start) * way).sum()) for k in (1, -1, 2, -2)]
        differences.append((8 * (near[0] - near[1]) - (near[2] - near[3])) / (12 * STEP))
    return at.grad.numpy(), np.array(differences)


@pytest.mark.parametrize("part", PARTS)
def test_slopes_are_those_of_central_differences(part):
    ends = np.cumsum(list(PARTS.values()))
    number = list(PARTS).index(part)
    own = slice(ends[number] - PARTS[part], ends[number])
    by_adjoint, central = (slopes[own] for slopes in found())
    assert (np.abs(central) > 1e-3).all()
    np.testing.assert_allclose(by_adjoint, central, rtol=1e-5)


def test_many_right_sides_at_once_agree_with_the_adjoint():
    at, start = values(), flesh().rest
    weights, jaw = (part.numpy() for part in torch.split(at.detach(), [EXPRESSIONS, 4, 8])[:2])
    way = fixed()["way"].numpy()
    names = [m.name for m in flesh().muscles]
    activations = torch.zeros(len(names), dtype=torch.float64)
    activations[names.index("lifts_left")] = 0.3
    own = torch.tensor(np.concatenate([weights, jaw]), requires_grad=True)
    activations.requires_grad_()
    made = Equilibrium(flesh().elastic, flesh().blocks, extras=solver().extras)
    skin = simulated_skin(
        *(drive(), made, start, own[:EXPRESSIONS], own[EXPRESSIONS:]), inner=Inner(activations)
    )
    (skin * torch.as_tensor(way)).sum().backward()
    activate(made, activations.detach().numpy())
    free = made.newton(drive().passive_of(jaw), drive().pull_of(weights, jaw)).free
    whole = skin_jacobian(drive(), made, free, weights, jaw)
    np.testing.assert_allclose(np.einsum("sd,sdp->p", way, whole), own.grad, rtol=1e-6, atol=1e-8)
    active = activation_jacobian(drive(), made, free)
    summed = np.einsum("sd,sdp->p", way, active)
    np.testing.assert_allclose(summed, activations.grad, rtol=1e-6, atol=1e-8)
