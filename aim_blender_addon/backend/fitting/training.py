# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sine network and its last layers, by variable projection (torch).

What is linear is solved: for any hidden layers the best last layer is a ridge least-squares problem
in closed form. Adam only moves the hidden layers, and sees the error that the best last layer leaves
[GolubPereyra1973]. A few dozen such steps do what thousands of plain ones do not.
"""

import math
from dataclasses import dataclass

import numpy as np
import torch

from ..model.network import SineNetwork, sine_features
from ..progress import Progress, silent


@dataclass(frozen=True)
class NetworkSettings:
    """Size and training of the network; measured in docs/decisions/tried-model.md.

    Attributes:
        first_width, second_width: hidden units.
        vertices_per_unit: the second layer has no more units than vertices over this.
        steps: Adam steps.
        rate: largest step size.
        train_ridge: ridge of the last layer while training, times the mean feature energy (float32).
        final_ridge: ridge of the last layer as kept (float64).
    """

    first_width: int = 256
    second_width: int = 1024
    vertices_per_unit: float = 4.0
    steps: int = 20
    rate: float = 2e-2
    train_ridge: float = 3e-5
    final_ridge: float = 1e-8


def train_network(
    coordinates: np.ndarray,
    displacements: np.ndarray,
    guides: np.ndarray,
    settings: NetworkSettings,
    device: torch.device,
    seed: int,
    progress: Progress = silent,
) -> SineNetwork:
    """Hidden layers whose features explain displacements and anatomy best.

    Args:
        coordinates: [V, C] float32.
        displacements: [V, 3E] mm, of all scans side by side.
        guides: [V, G] further fields to explain, scaled by how much they count beside a millimetre.
        settings: size and number of steps.
        device: where to compute.
        seed: of the initial weights.
        progress: told after every step, with the root-mean-square skin error before that step.
    """
    generator = torch.Generator().manual_seed(seed)
    count = int(min(settings.second_width, max(32, len(coordinates) / settings.vertices_per_unit)))
    widths = (coordinates.shape[1], settings.first_width, count)
    weights, biases = _initial_layers(widths, generator, device)
    x = torch.as_tensor(coordinates, dtype=torch.float32, device=device)  # [V, C]
    moves = _compressed(torch.as_tensor(displacements, dtype=torch.float32, device=device))
    guides = torch.as_tensor(guides, dtype=torch.float32, device=device)
    y = torch.concatenate([moves, guides], 1)  # [V, D]
    scans = max(displacements.size / (3 * len(x)), 1)
    optimizer = torch.optim.Adam([*weights, *biases], lr=settings.rate, betas=(0.9, 0.99))
    for step in range(settings.steps):
        _set_rate(optimizer, settings, step)
        features = sine_features(x, weights, biases, torch)  # [V, F]
        with torch.no_grad():
            head = _ridge(features, y, settings.train_ridge)  # [F, D]
        # The head is optimal, so its own derivative drops out of the gradient.
        residual = (features @ head - y).square().sum(dim=0) / len(x)
        loss = residual.sum()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        error = math.sqrt(residual[: moves.shape[1]].sum().item() / scans)
        progress("Fitting the expressions", (step + 1) / settings.steps, {"skin_error_mm": error})
    return SineNetwork(_to_numpy(weights), _to_numpy(biases))


def solve_heads(
    network: SineNetwork,
    coordinates: np.ndarray,
    targets: np.ndarray,
    ridge: float,
    device: torch.device,
) -> np.ndarray:
    """Last layers [F, D] float32 that reproduce ``targets`` [V, D] at ``coordinates`` [V, C].

    Solved in float64 on ``device`` where it has that (MPS has not: there on the CPU).
    """
    place = torch.device("cpu") if device.type == "mps" else device
    features = torch.as_tensor(network.features(coordinates), device=place).double()
    values = torch.as_tensor(targets, device=place).double()
    return _ridge(features, values, ridge).float().cpu().numpy()


def _initial_layers(
    widths: tuple[int, int, int], generator: torch.Generator, device: torch.device
) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
    """Random layers: frequencies of order one on coordinates of order one, phases uniform."""
    gains = (1.0, 1.4 / math.sqrt(widths[1]))
    weights, biases = [], []
    for layer, gain in enumerate(gains):
        shape = widths[layer], widths[layer + 1]
        weight = torch.randn(shape, generator=generator) * gain
        bias = torch.rand(shape[1], generator=generator) * 2 * math.pi
        weights.append(weight.to(device).requires_grad_())
        biases.append(bias.to(device).requires_grad_())
    return weights, biases


def _set_rate(optimizer: torch.optim.Optimizer, settings: NetworkSettings, step: int) -> None:
    """Warm up over a few steps, then a half cosine down to a twentieth."""
    warm = min(1.0, (step + 1) / 6)
    cosine = 0.525 + 0.475 * math.cos(math.pi * step / max(settings.steps, 1))
    for group in optimizer.param_groups:
        group["lr"] = settings.rate * warm * cosine


def _ridge(features: torch.Tensor, values: torch.Tensor, ridge: float) -> torch.Tensor:
    """argmin |features X - values|^2 + ridge * mean energy * |X|^2."""
    gram = features.T @ features
    right = features.T @ values
    if gram.device.type == "mps":  # Metal has no factorisations; the matrices are small
        return _solve(gram.cpu(), right.cpu(), ridge).to(features.device)
    return _solve(gram, right, ridge)


def _solve(gram: torch.Tensor, right: torch.Tensor, ridge: float) -> torch.Tensor:
    """(gram + ridge * mean diagonal)^-1 right, with more ridge where rounding made it indefinite."""
    level = gram.diagonal().mean()
    for attempt in range(6):
        lifted = gram.clone()
        lifted.diagonal().add_(ridge * 10**attempt * level)
        factor, failed = torch.linalg.cholesky_ex(lifted)
        if not failed:
            return torch.cholesky_solve(right, factor)
    return torch.linalg.lstsq(lifted, right).solution


def _compressed(values: torch.Tensor, keep: float = 1e-6) -> torch.Tensor:
    """``values`` [V, D] in fewer columns with the same error for any features: its left factor.

    Columns turned by an orthogonal matrix leave the least-squares error as it is, and columns
    without energy can go.
    """
    turn, energy, _ = torch.linalg.svd((values.T @ values).double().cpu())
    return values @ turn[:, energy > keep * energy[0].clamp_min(1e-30)].float().to(values.device)


def _to_numpy(tensors: list[torch.Tensor]) -> tuple[np.ndarray, np.ndarray]:
    first, second = (tensor.detach().cpu().numpy() for tensor in tensors)
    return first, second
