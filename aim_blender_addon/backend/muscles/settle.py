# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Equilibrium as a function with slopes, by the implicit function theorem ([Bao2019], section 4).

In equilibrium the forces are zero, f(x, p) = 0, so that K dx/dp = -df/dp with K = df/dx. A loss L of the nodes then
needs one solve: K y = dL/dx, and dL/dp = -y^T df/dp. Every use of the simulation's slopes goes through here.
"""

from collections.abc import Callable

import numpy as np
import torch
from torch.autograd import forward_ad

from .drive import Drive
from .equilibrium import Equilibrium


class _Settle(torch.autograd.Function):
    """Pull [F, 3] to free nodes [F, 3]."""

    @staticmethod
    def forward(ctx, solver: Equilibrium, start: np.ndarray, pull: torch.Tensor) -> torch.Tensor:  # noqa: ANN001, D102
        solved = solver.newton(start, pull.detach().numpy())
        ctx.solver, ctx.free = solver, solved.free
        return torch.as_tensor(solved.free)

    @staticmethod
    def backward(ctx, slope: torch.Tensor) -> tuple[None, None, torch.Tensor]:  # noqa: ANN001, D102
        ctx.solver.take_apart_for_slopes(ctx.free)
        answer = ctx.solver.factor.solve(slope.contiguous().numpy().ravel())
        return None, None, torch.as_tensor(answer.reshape(-1, 3))


def settle(solver: Equilibrium, start: np.ndarray, pull: torch.Tensor) -> torch.Tensor:
    """Free nodes [F, 3] in equilibrium under a pull [F, 3]; mm and N.

    Args:
        solver: the flesh and its springs.
        start: [F, 3] where the search begins.
        pull: as ``Drive.pull`` gives it; slopes go back through it.
    """
    return _Settle.apply(solver, start, pull)


def simulated_skin(
    drive: Drive, solver: Equilibrium, start: np.ndarray, weights: torch.Tensor, jaw: torch.Tensor
) -> torch.Tensor:
    """Simulated skin [S, 3] mm under expression weights [E] and jaw parameters [4], with slopes to both."""
    free = settle(solver, start, drive.pull(weights, jaw))
    return drive.skin(free, weights, jaw)


def skin_jacobian(
    drive: Drive, solver: Equilibrium, free: np.ndarray, weights: np.ndarray, jaw: np.ndarray
) -> np.ndarray:
    """Slopes [S, 3, E + 4] of the simulated skin in equilibrium ``free`` [F, 3], by one solve of many right sides."""
    parameters = torch.as_tensor(np.concatenate([weights, jaw]))
    count = len(weights)

    def pull(values: torch.Tensor) -> torch.Tensor:
        return drive.pull(values[:count], values[count:])

    def skin(values: torch.Tensor) -> torch.Tensor:
        return drive.skin(torch.as_tensor(free), values[:count], values[count:])

    eye = torch.eye(len(parameters), dtype=parameters.dtype)
    pulls = torch.stack([_along(pull, parameters, way) for way in eye], dim=-1)
    direct = torch.stack([_along(skin, parameters, way) for way in eye], dim=-1)
    solver.take_apart_for_slopes(free)
    moved = solver.factor.solve(pulls.reshape(-1, len(parameters)).numpy())
    through = drive.flesh.skin_places @ moved.reshape(len(free), -1)
    return through.reshape(-1, 3, len(parameters)) + direct.numpy()


def _along(function: Callable, at: torch.Tensor, way: torch.Tensor) -> torch.Tensor:
    """Slope of a function along a way."""
    with forward_ad.dual_level():
        value = function(forward_ad.make_dual(at, way))
        slope = forward_ad.unpack_dual(value).tangent
    return torch.zeros_like(value) if slope is None else slope
