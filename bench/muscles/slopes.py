# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Slopes of an actor's simulated skin beside central differences: ``python -m bench.muscles.slopes MODEL FLESH``.

A random pose of all expressions, the jaw half open, some muscles half active. Prints the largest relative error of
each kind of parameter, and processor seconds of a Newton step, of a backward pass and of the whole Jacobian.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from aim_blender_addon.backend.io.model_file import read_model
from aim_blender_addon.backend.model.aim import AimModel
from aim_blender_addon.backend.muscles.drive import Drive
from aim_blender_addon.backend.muscles.equilibrium import Equilibrium
from aim_blender_addon.backend.muscles.fibres import make_fibres
from aim_blender_addon.backend.muscles.flesh import Flesh
from aim_blender_addon.backend.muscles.flesh_file import flesh_from_bytes
from aim_blender_addon.backend.muscles.layers import Layers
from aim_blender_addon.backend.muscles.settle import (
    Inner,
    activation_jacobian,
    settle,
    skin_jacobian,
)

#: Muscles that are active, of all that there are; and how far a step of the differences goes.
ACTIVE, STEP = 3, 5e-4
#: So many parameters of each kind are looked at.
EACH = 4


class Slopes:
    """One loss of a flesh: all that it depends on, in one row of numbers."""

    def __init__(self, flesh: Flesh, model: AimModel) -> None:
        random = np.random.default_rng(0)
        self.flesh, self.drive = flesh, Drive(flesh)
        fibres = make_fibres(flesh, passive=False)
        self.solver = Equilibrium(flesh.elastic, flesh.blocks, extras=(fibres,))
        kinds = Layers.find(flesh, model).kinds
        spare = (1 - kinds.sum(axis=1, keepdims=True)) / 3
        self.kinds = torch.as_tensor(np.asarray(kinds + spare, float))
        self.active = torch.as_tensor(random.choice(len(fibres.names), ACTIVE, replace=False))
        self.muscles = len(fibres.names)
        bones = [np.roll(np.sin(flesh.rest / 40), k, axis=1) for k in range(3)]
        self.bones = torch.as_tensor(np.stack(bones))
        self.way = torch.as_tensor(random.normal(size=(len(flesh.skin), 3)))
        count = len(flesh.expression_names)
        self.parts = {"weights": count, "jaw": 4, "activations": ACTIVE, "stiffness": 3, "bones": 3}
        widest = float(flesh.tracks.openings[-1]) / 2
        row = [random.uniform(0, 0.3, count), [widest, 1.0, 0.5, 0.2], np.full(ACTIVE, 0.3)]
        self.values = torch.tensor(np.concatenate([*row, [1.0, 0.8, 1.2], [0.5, -0.3, 0.2]]))
        self.start = self.drive.passive(self.values[count : count + 4]).numpy()

    def nodes(self, values: torch.Tensor) -> torch.Tensor:
        """[F, 3] at rest, from where the search starts."""
        weights, jaw, active, kinds, bones = torch.split(values, list(self.parts.values()))
        activations = torch.zeros(self.muscles, dtype=values.dtype)
        material = self.flesh.material
        scale = self.kinds @ kinds
        pull = self.drive.pull(weights, jaw, torch.tensordot(bones, self.bones, 1))
        active = activations.index_put((self.active,), active)
        inner = Inner(active, material.mu * scale, material.bulk * scale)
        return settle(self.solver, self.start, pull, inner)

    def loss(self, values: torch.Tensor) -> torch.Tensor:
        """A sum of the skin."""
        nodes = self.nodes(values)
        weights, jaw = torch.split(values, list(self.parts.values()))[:2]
        return (self.drive.skin(nodes, weights, jaw) * self.way).sum()

    def central(self, number: int) -> float:
        """Slope by one parameter, by differences of fourth order."""
        step = torch.zeros_like(self.values)
        step[number] = STEP
        with torch.no_grad():
            near = [float(self.loss(self.values + k * step)) for k in (1, -1, 2, -2)]
        return (8 * (near[0] - near[1]) - (near[2] - near[3])) / (12 * STEP)


def timed(function: Callable) -> tuple[object, float]:
    """What a function gives, and processor seconds."""
    begun = time.process_time()
    return function(), time.process_time() - begun


def main() -> None:
    """Print both tables."""
    model = read_model(sys.argv[1])
    flesh = flesh_from_bytes(Path(sys.argv[2]).read_bytes(), sys.argv[2], model)
    slopes = Slopes(flesh, model)
    # Flesh that folds may rest in more than one way: differences begin where it rests.
    slopes.start = slopes.nodes(slopes.values).numpy()
    values = slopes.values.clone().requires_grad_()
    loss = slopes.loss(values)
    _, backward = timed(loss.backward)
    sys.stdout.write(f"{5 * len(flesh.lattice.cubes)} tetrahedra, {slopes.solver.solver}\n")
    sys.stdout.write(
        "| by | parameters | largest error, relative to the largest slope | of each, median |\n"
    )
    sys.stdout.write("|---|---|---|---|\n")
    first = 0
    for part, count in slopes.parts.items():
        looked = np.arange(count)[:: max(count // EACH, 1)][:EACH]
        found = values.grad[first + looked].numpy()
        central = np.array([slopes.central(first + k) for k in looked])
        error = np.abs(found - central)
        each = np.median(error / np.maximum(np.abs(central), 1e-9))
        sys.stdout.write(
            f"| {part} | {len(looked)} of {count} | {error.max() / np.abs(central).max():.1e} | {each:.1e} |\n"
        )
        first += count
    weights, jaw = (p.numpy() for p in torch.split(slopes.values, [*slopes.parts.values()])[:2])
    free, solver = slopes.start, slopes.solver
    _, step = timed(lambda: (solver.take_apart(free), solver.factor.solve(free.ravel())))
    _, whole = timed(lambda: skin_jacobian(slopes.drive, solver, free, weights, jaw))
    _, again = timed(lambda: skin_jacobian(slopes.drive, solver, free, weights, jaw))
    _, active = timed(lambda: activation_jacobian(slopes.drive, solver, free))
    sys.stdout.write(
        f"\nNewton step {step:.2f} s, backward {backward:.2f}, all of weights and jaw {again:.2f} "
        f"(the first time {whole:.2f}), all of {slopes.muscles} activations {active:.2f}\n"
    )


if __name__ == "__main__":
    main()
