# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sine network: solved last layers, trained hidden ones."""

import math

import numpy as np
import torch

from aim_blender_addon.backend.fitting import training
from aim_blender_addon.backend.fitting.training import NetworkSettings, solve_heads, train_network
from aim_blender_addon.backend.model.network import SineNetwork, sine_features

#: No fields to explain beside the displacements.
NONE = np.zeros((600, 0))
CPU = torch.device("cpu")
SMALL = NetworkSettings(first_width=24, second_width=40, steps=30)


def _waves(count: int = 600) -> tuple[np.ndarray, np.ndarray]:
    """Coordinates [N, 3] and a smooth field [N, 6] on them."""
    x = np.random.default_rng(1).uniform(-1, 1, (count, 3)).astype(np.float32)
    field = np.column_stack([np.sin(3 * x), np.cos(2 * x[:, ::-1]) * x])
    return x, field


def _network(channels: int = 3, widths: tuple[int, int] = (10, 14)) -> SineNetwork:
    random = np.random.default_rng(2)
    first, second = widths
    return SineNetwork(
        (random.normal(size=(channels, first)), random.normal(size=(first, second))),
        (random.normal(size=first), random.normal(size=second)),
    )


def test_numpy_and_torch_evaluate_the_same_formula():
    x, _ = _waves(50)
    network = _network()
    ours = network.features(x.astype(np.float64))
    theirs = sine_features(
        torch.tensor(x, dtype=torch.float64),
        [torch.tensor(w) for w in network.weights],
        [torch.tensor(b) for b in network.biases],
        torch,
    )
    assert ours.shape == (50, network.feature_count)
    np.testing.assert_allclose(ours, theirs.numpy(), atol=1e-12)


def test_heads_find_what_is_linear_in_the_features_exactly():
    x, _ = _waves()
    network = _network()
    truth = np.random.default_rng(3).normal(size=(network.feature_count, 4))
    heads = solve_heads(network, x, network.features(x) @ truth, 1e-12, CPU)
    np.testing.assert_allclose(network.features(x) @ heads, network.features(x) @ truth, atol=1e-4)


def test_gradient_through_the_solved_layer_is_that_of_the_whole_problem():
    """The solved head is held constant in the gradient: finite differences say whether that is right."""
    x, field = _waves(80)
    x, y = torch.tensor(x, dtype=torch.float64), torch.tensor(field, dtype=torch.float64)
    network = _network(widths=(5, 6))
    weights = [torch.tensor(w, requires_grad=True) for w in network.weights]
    biases = [torch.tensor(b) for b in network.biases]

    def solved() -> tuple[torch.Tensor, torch.Tensor]:
        features = sine_features(x, weights, biases, torch)
        return features, training._ridge(features.detach(), y, 1e-13)

    features, head = solved()
    (features @ head - y).square().sum().backward()
    step = 1e-5
    for layer, row, column in ((0, 0, 1), (0, 2, 3), (1, 4, 5), (1, 1, 0)):
        losses = []
        for sign in (1, -1):
            with torch.no_grad():
                weights[layer][row, column] += sign * step
                shifted, best = solved()
                losses.append((shifted @ best - y).square().sum().item())
                weights[layer][row, column] -= sign * step
        slope = (losses[0] - losses[1]) / (2 * step)
        assert math.isclose(
            slope, weights[layer].grad[row, column].item(), rel_tol=1e-4, abs_tol=1e-6
        )


def test_training_lowers_the_error_and_generalises():
    x, field = _waves()
    seen, unseen = slice(0, 480), slice(480, None)

    def error(steps: int, part: slice) -> float:
        settings = NetworkSettings(first_width=24, second_width=40, steps=steps)
        network = train_network(x[seen], field[seen], NONE[seen], settings, CPU, 0)
        heads = solve_heads(network, x[seen], field[seen], 1e-8, CPU)
        return float(np.abs(network.features(x[part]) @ heads - field[part]).mean())

    assert error(30, seen) < 0.5 * error(0, seen)
    assert error(30, unseen) < 0.5 * error(0, unseen)


def test_a_seed_gives_the_same_network_and_another_seed_another():
    x, field = _waves()
    first, again, other = (train_network(x, field, NONE, SMALL, CPU, seed) for seed in (4, 4, 5))
    np.testing.assert_array_equal(first.weights[1], again.weights[1])
    assert np.abs(first.weights[1] - other.weights[1]).max() > 0.1


def test_fewer_columns_leave_the_least_squares_error_as_it_is():
    random = np.random.default_rng(0)
    values = torch.tensor(
        random.normal(size=(200, 3)) @ random.normal(size=(3, 9)), dtype=torch.float32
    )
    features = torch.tensor(random.normal(size=(200, 7)), dtype=torch.float32)
    short = training._compressed(values)
    assert short.shape == (200, 3)
    errors = [
        float((features @ training._ridge(features, target, 1e-9) - target).square().sum())
        for target in (values, short)
    ]
    assert math.isclose(*errors, rel_tol=1e-4)


def test_small_meshes_get_a_network_that_they_can_determine():
    x, field = _waves(120)
    network = train_network(x, field, NONE[:120], NetworkSettings(steps=1), CPU, 0)
    assert network.weights[1].shape[1] == 32
