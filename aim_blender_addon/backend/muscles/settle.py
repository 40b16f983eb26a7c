# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Equilibrium as a function with slopes, by the implicit function theorem ([Bao2019], section 4).

In equilibrium the forces are zero, f(x, p) = 0, so that K dx/dp = -df/dp with K = df/dx. A loss L of the nodes then
needs one solve: K y = dL/dx, and dL/dp = -y^T df/dp. Every use of the simulation's slopes goes through here.
Weights, jaw and bones act by the pull of springs. Activations and stiffness act on the flesh itself.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch

from .drive import Drive, along, jaw_pose
from .equilibrium import Equilibrium
from .fibres import Fibres
from .touch_slopes import ShownSlopes, TouchSlopes, shown_skin
from .touching import Touching


@dataclass(frozen=True)
class Inner:
    """What acts on the flesh itself; what is None stays as the solver has it.

    Attributes:
        activations: [M] from 0 to 1, of the solver's fibres.
        mu, bulk: [C] N/mm^2, stiffness of each cube's flesh.
    """

    activations: torch.Tensor | None = None
    mu: torch.Tensor | None = None
    bulk: torch.Tensor | None = None


@dataclass(frozen=True)
class Beside:
    """What the skin touches.

    Attributes:
        touching: of the flesh.
        offset: [T, 3] mm, as ``Touching.offset`` gives it.
        jaw: [4, 4] pose of the jaw.
    """

    touching: Touching
    offset: torch.Tensor
    jaw: torch.Tensor


def fibres_of(solver: Equilibrium) -> Fibres | None:
    """The fibres among what acts on the flesh."""
    return next((extra for extra in solver.extras if isinstance(extra, Fibres)), None)


def activate(solver: Equilibrium, activations: np.ndarray) -> None:
    """Let the solver's muscles contract by activations [M]; raises ValueError where it has no fibres."""
    fibres = fibres_of(solver)
    if fibres is None:
        raise ValueError("the flesh has no fibres to contract")
    again = fibres.activated(activations)
    solver.extras = tuple(again if extra is fibres else extra for extra in solver.extras)


class _Settle(torch.autograd.Function):
    """Pull [F, 3] and what acts inside to free nodes [F, 3]."""

    @staticmethod
    def forward(  # noqa: D102, PLR0913
        ctx,  # noqa: ANN001
        solver: Equilibrium,
        start: np.ndarray,
        pull: torch.Tensor,
        activations: torch.Tensor | None,
        mu: torch.Tensor | None,
        bulk: torch.Tensor | None,
        touching: Touching | None,
        offset: torch.Tensor | None,
        jaw: torch.Tensor | None,
    ) -> torch.Tensor:
        if activations is not None:
            activate(solver, activations.detach().numpy())
        for name, values in (("mu", mu), ("bulk", bulk)):
            if values is not None:
                solver.elastic = replace(solver.elastic, **{name: values.detach().numpy()})
        if touching is None:
            solver.touch = None
        else:
            given = offset.detach().numpy(), jaw.detach().numpy()
            solver.touch = touching.posed(*given, solver.touch)
        solved = solver.newton(start, pull.detach().numpy())
        ctx.solver, ctx.free = solver, solved.free
        ctx.state = solver.elastic, solver.extras, solver.touch
        return torch.as_tensor(solved.free)

    @staticmethod
    def backward(ctx, slope: torch.Tensor) -> tuple:  # noqa: ANN001, D102
        solver = ctx.solver
        solver.elastic, solver.extras, solver.touch = ctx.state
        solver.take_apart_for_slopes(ctx.free)
        answer = solver.answer(slope.contiguous().numpy().ravel()).reshape(-1, 3)
        by_activations, by_mu, by_bulk = ctx.needs_input_grad[3:6]
        slopes = [None, None, None]
        if by_activations:
            slopes[0] = fibres_of(solver).activation_slopes(solver.strain(ctx.free), answer)
        if by_mu or by_bulk:
            nodes = solver.lattice.carry @ answer
            slopes[1:] = solver.elastic.material_slopes(solver.strain(ctx.free), nodes)
        inner = [None if s is None else torch.as_tensor(s) for s in slopes]
        return None, None, torch.as_tensor(answer), *inner, None, *_touch_slopes(ctx, answer)


def _touch_slopes(ctx, answer: np.ndarray) -> tuple:  # noqa: ANN001
    """Slopes by the offset and the jaw of what the skin touches."""
    touch = ctx.state[2]
    if touch is None:
        return None, None
    slopes = TouchSlopes.of_forces(touch, touch.skin(ctx.free))
    return tuple(torch.as_tensor(-part) for part in slopes.back(touch.touching.carry @ answer))


def settle(
    solver: Equilibrium,
    start: np.ndarray,
    pull: torch.Tensor,
    inner: Inner | None = None,
    beside: Beside | None = None,
) -> torch.Tensor:
    """Free nodes [F, 3] in equilibrium under a pull [F, 3]; mm and N.

    Args:
        solver: the flesh and its springs; it keeps the activations and the stiffness of the last call.
        start: [F, 3] where the search begins.
        pull: as ``Drive.pull`` gives it; slopes go back through it.
        inner: activations and stiffness, with slopes to them.
        beside: what the skin touches; the solver needs the couples of its ``touching``, and keeps its ``touch``.
    """
    inner = inner or Inner()
    others = (beside.touching, beside.offset, beside.jaw) if beside else (None, None, None)
    return _Settle.apply(solver, start, pull, inner.activations, inner.mu, inner.bulk, *others)


def simulated_skin(  # noqa: PLR0913
    drive: Drive,
    solver: Equilibrium,
    start: np.ndarray,
    weights: torch.Tensor,
    jaw: torch.Tensor,
    *,
    bones: torch.Tensor | None = None,
    inner: Inner | None = None,
    touching: Touching | None = None,
) -> torch.Tensor:
    """Simulated skin [S, 3] mm with slopes to all that it is made from.

    Args:
        drive: of the flesh.
        solver: its equilibrium.
        start: [F, 3] mm, where the search begins.
        weights: [E] of the expressions.
        jaw: [4] jaw parameters.
        bones: see ``Drive.pull``.
        inner: see :func:`settle`.
        touching: what the skin touches; None: nothing.
    """
    pull = drive.pull(weights, jaw, bones)
    if touching is None:
        return drive.skin(settle(solver, start, pull, inner), weights, jaw)
    offset, pose = touching.offset(weights, jaw), jaw_pose(drive.flesh.joint, jaw)
    free = settle(solver, start, pull, inner, Beside(touching, offset, pose))
    return shown_skin(solver.touch, free, offset, pose)


@dataclass(frozen=True)
class PoseSlopes:
    """What flesh and skin do in equilibrium as the pose changes; P = E weights and four jaw parameters.

    Attributes:
        nodes: [F, 3, P] the free nodes.
        skin: [S, 3, P] the simulated skin.
    """

    nodes: np.ndarray
    skin: np.ndarray


def pose_slopes(  # noqa: PLR0913
    drive: Drive,
    solver: Equilibrium,
    free: np.ndarray,
    weights: np.ndarray,
    jaw: np.ndarray,
    show: Callable[[ShownSlopes, np.ndarray], np.ndarray] = ShownSlopes.skin,
) -> PoseSlopes:
    """Slopes by weights [E] and jaw [4] in equilibrium ``free`` [F, 3], by one solve of many right sides.

    What the skin touches is that of the solver. With it, ``show`` gives the skin's slopes [S, 3, P] from those of the
    nodes [F, 3 P].
    """
    at = torch.as_tensor(np.asarray(weights, float)), torch.as_tensor(np.asarray(jaw, float))
    by_weights, skin_by_weights = drive.weight_slopes(at[1])
    by_jaw, skin_by_jaw = drive.jaw_slopes(free, *at)
    pulls = np.stack([*by_weights, *by_jaw])
    if solver.touch is not None:
        shown = shown_slopes(drive, solver, free, at)
        through = nodes_by(solver, free, pulls + shown.pulls)
        return PoseSlopes(through.reshape(len(free), 3, -1), show(shown, through))
    through = nodes_by(solver, free, pulls)
    direct = np.stack([*skin_by_weights, *skin_by_jaw], axis=-1)
    return PoseSlopes(through.reshape(len(free), 3, -1), _on_skin(drive, through) + direct)


def skin_jacobian(
    drive: Drive, solver: Equilibrium, free: np.ndarray, weights: np.ndarray, jaw: np.ndarray
) -> np.ndarray:
    """Slopes [S, 3, E + 4] of the simulated skin in equilibrium ``free`` [F, 3]; see :func:`pose_slopes`."""
    return pose_slopes(drive, solver, free, weights, jaw).skin


def shown_slopes(
    drive: Drive, solver: Equilibrium, free: np.ndarray, at: tuple[torch.Tensor, torch.Tensor]
) -> ShownSlopes:
    """Slopes of what the skin touches, by weights and jaw."""
    touching, count = solver.touch.touching, len(at[0])
    both = torch.cat(at)
    offsets, jaws = [], []
    for way in torch.eye(count + 4, dtype=torch.float64):
        offsets.append(along(lambda p: touching.offset(p[:count], p[count:]), both, way))
        jaws.append(along(lambda p: jaw_pose(drive.flesh.joint, p[count:]), both, way))
    return ShownSlopes(solver.touch, free, np.stack(offsets), np.stack(jaws))


def activation_jacobian(drive: Drive, solver: Equilibrium, free: np.ndarray) -> np.ndarray:
    """Slopes [S, 3, M] of the simulated skin in equilibrium ``free`` [F, 3] by the activations of M muscles."""
    forces = fibres_of(solver).unit_forces(solver.strain(free))
    return _on_skin(drive, nodes_by(solver, free, -forces))


def nodes_by(solver: Equilibrium, free: np.ndarray, pulls: np.ndarray) -> np.ndarray:
    """Slopes [F, 3 P] of the nodes in equilibrium, coordinate by coordinate, by what changes pulls as [P, F, 3]."""
    solver.take_apart_for_slopes(free)
    moved = solver.answer(pulls.reshape(len(pulls), -1).T)
    return moved.reshape(len(free), -1)


def _on_skin(drive: Drive, nodes: np.ndarray) -> np.ndarray:
    """Slopes [S, 3, P] of the skin that the flesh carries, from those of the nodes [F, 3 P]."""
    skin = drive.flesh.skin_places @ nodes
    return skin.reshape(len(skin), 3, -1)
