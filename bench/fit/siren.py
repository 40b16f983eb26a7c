# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Baseline of the paper's kind: a SIREN on the position alone, trained by Adam ([AIM], [SIREN])."""

import math
import time
from dataclasses import dataclass

import numpy as np
import torch


@dataclass(frozen=True)
class Siren:
    """What the baseline reached: error [E, V] mm, steps, size."""

    error: np.ndarray
    steps: int
    megabytes: float


def fit(
    points: np.ndarray, targets: np.ndarray, seconds: float, width: int = 256, omega: float = 30.0
) -> Siren:
    """Train displacements [E, V, 3] on positions [V, 3] for so many seconds, 4,096 points a step."""
    torch.manual_seed(0)
    x = torch.tensor(
        (points - points.mean(0)) / np.abs(points - points.mean(0)).max(), dtype=torch.float32
    )
    y = torch.tensor(targets.transpose(1, 0, 2).reshape(len(points), -1))
    layers = [
        torch.nn.Linear(a, b)
        for a, b in ((3, width), (width, width), (width, width), (width, y.shape[1]))
    ]
    with torch.no_grad():
        for index, layer in enumerate(layers):
            bound = 1 / 3 if index == 0 else math.sqrt(6 / width) / omega
            layer.weight.uniform_(-bound, bound)
        layers[-1].weight.zero_()

    def forward(batch: torch.Tensor) -> torch.Tensor:
        for layer in layers[:-1]:
            batch = torch.sin(omega * layer(batch))
        return layers[-1](batch)

    optimizer = torch.optim.Adam([p for layer in layers for p in layer.parameters()], lr=1e-4)
    steps, started = 0, time.perf_counter()
    while (spent := time.perf_counter() - started) < seconds:
        for group in optimizer.param_groups:
            group["lr"] = 1e-3 * (0.52 + 0.48 * math.cos(math.pi * spent / seconds))
        pick = torch.randint(len(x), (4096,))
        loss = (forward(x[pick]) - y[pick]).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        steps += 1
    with torch.no_grad():
        error = (forward(x) - y).reshape(len(x), -1, 3).norm(dim=2).T.numpy()
    return Siren(
        error, steps, sum(p.numel() for layer in layers for p in layer.parameters()) * 4 / 2**20
    )


def figures(error: np.ndarray) -> dict[str, float]:
    """Mean, p99 and max."""
    return {
        "mean": float(error.mean()),
        "p99": float(np.percentile(error, 99)),
        "max": float(error.max()),
    }
