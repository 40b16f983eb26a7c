# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ours beside other ways, in one run: ``python -m bench.muscles.beside MODEL FLESH``.

Plain blendshapes; linear flesh (one factor at rest, no Newton); projected Newton as textbooks have it, with a singular
value decomposition and an eigenvalue clamp a tetrahedron and scipy's solver. Prints rows of a table.
"""

import argparse
import os
import sys
import time
from pathlib import Path

import numpy as np
import torch
from scipy.sparse.linalg import splu

from aim_blender_addon.backend.io.model_file import read_model
from aim_blender_addon.backend.model.aim import AimModel
from aim_blender_addon.backend.muscles.drive import Drive
from aim_blender_addon.backend.muscles.elastic import SLOPES, Strain
from aim_blender_addon.backend.muscles.equilibrium import Equilibrium
from aim_blender_addon.backend.muscles.flesh import Flesh
from aim_blender_addon.backend.muscles.flesh_file import flesh_from_bytes
from aim_blender_addon.backend.muscles.stiffness import packed_blocks, packed_stiffness
from bench.muscles.sums import SUMS, pose_of

POSES = ("smile + pucker", "half open + chin raiser", "grin + sadness")
#: All end where their next step moves no skin farther than this, mm.
CLOSE_MM = 0.03


class Textbook:
    """Projected Newton: each tetrahedron's matrix is made positive by its eigenvalues, after an SVD; SuperLU."""

    def __init__(self, flesh: Flesh) -> None:
        self.flesh = flesh
        self.solver = Equilibrium(flesh.elastic, flesh.blocks)

    def solve(self, start: np.ndarray, pull: np.ndarray) -> np.ndarray:
        """Free nodes [F, 3]."""
        solver, skin = self.solver, self.flesh.skin_places
        look = solver._looker(start, pull)
        here = look(start)
        for _ in range(60):
            assembly = solver.assembly
            values = assembly.values(packed_blocks(self._blocks(solver.strain(here.free))))
            values += solver._spring_values
            way = -splu(assembly.matrix(values)).solve(here.slope.ravel()).reshape(-1, 3)
            share = 1.0
            while share > 1e-6:
                there = look(here.free + share * way)
                if there.energy <= here.energy + 1e-4 * share * (way * here.slope).sum():
                    break
                share /= 2
            here = there
            if np.linalg.norm(skin @ way, axis=1).max() < CLOSE_MM:
                break
        return here.free

    def _blocks(self, strain: Strain) -> np.ndarray:
        """Blocks [C, 24, 24]."""
        elastic = self.flesh.elastic
        np.linalg.svd(strain.f)  # as textbooks project by it; the eigenvalues below say the same
        count = len(elastic.mu)
        weight = elastic.rest_volume / elastic.lattice.edge[:, None] ** 2
        pressure, steep = elastic.pressure(strain), elastic.steepness(strain)
        grows = np.ascontiguousarray(strain.cofactor).reshape(count, 5, 9)
        second = steep[..., None, None] * grows[..., :, None] * grows[..., None, :]
        second += elastic.mu[:, None, None, None] * np.eye(9)
        f = np.ascontiguousarray(strain.f)
        for i in range(3):
            for k in range(3):
                for j in range(3):
                    for n in range(3):
                        if i != k and j != n:
                            same = ((k - i) % 3 == 1) == ((n - j) % 3 == 1)
                            sign = 1 if same else -1
                            second[..., 3 * i + j, 3 * k + n] += (
                                sign * pressure * f[..., 3 - i - k, 3 - j - n]
                            )
        values, vectors = np.linalg.eigh(second)
        second = (vectors * np.maximum(values, 0)[..., None, :]) @ vectors.swapaxes(-1, -2)
        second *= weight[..., None, None]
        blocks = np.zeros((count, 24, 24))
        spare = elastic.bulk - 2 * elastic.mu
        for kind in (0, 1):
            rows = np.flatnonzero(elastic.lattice.odd == bool(kind))
            shared = np.zeros((len(rows), 24))
            for number in range(5):
                spread = np.zeros((9, 24))
                for i in range(3):
                    for j in range(3):
                        spread[3 * i + j, i::3] = SLOPES[kind][number][:, j]
                blocks[rows] += spread.T @ second[rows, number] @ spread
                volume = elastic.rest_volume[rows, number] / elastic.lattice.edge[rows]
                shared += volume[:, None] * (grows[rows, number] @ spread)
            shared *= np.sqrt(spare[rows] / elastic.lattice.edge[rows] ** 3)[:, None]
            blocks[rows] += shared[:, :, None] * shared[:, None, :]
        return blocks


class Linear:
    """Flesh that is linear about its rest; one factor serves all poses."""

    def __init__(self, flesh: Flesh) -> None:
        self.flesh = flesh
        self.solver = Equilibrium(flesh.elastic, flesh.blocks)
        self.solver.take_apart(flesh.rest)

    def solve(self, pull: np.ndarray) -> np.ndarray:
        """Free nodes [F, 3]."""
        slope = self.solver.forces(self.flesh.rest, pull)
        return self.flesh.rest - self.solver.factor.solve(slope.ravel()).reshape(-1, 3)


def agree(flesh: Flesh) -> float:
    """How far the textbook's stiffness is from ours, at rest where neither is projected: a share of the largest."""
    strain = flesh.elastic.strain(flesh.lattice.nodes)
    ours = packed_stiffness(flesh.elastic, strain, 0.0)
    theirs = packed_blocks(Textbook(flesh)._blocks(strain))
    return float(np.abs(ours - theirs).max() / np.abs(ours).max())


def rows(flesh: Flesh, model: AimModel) -> list[str]:
    """The table."""
    drive, skin = Drive(flesh), flesh.skin_places
    ours = Equilibrium(flesh.elastic, flesh.blocks, shown=skin)
    linear, textbook = Linear(flesh), Textbook(flesh)
    found = ["| pose | way | seconds | beside ours | skin off the exact answer, mm | inside out |"]
    found.append("|---|---|---|---|---|---|")
    for name in POSES:
        weights, jaw = pose_of(model, SUMS[name])
        start = drive.passive(torch.as_tensor(jaw)).numpy()
        pull = drive.pull_of(weights, jaw)
        exact = ours.newton(start, pull, 1e-5).free
        base = None
        for way in ("ours", "textbook", "linear", "blendshapes"):
            began = time.process_time()
            if way == "ours":
                free = ours.newton(start, pull, CLOSE_MM).free
            elif way == "textbook":
                free = textbook.solve(start, pull)
            elif way == "linear":
                free = linear.solve(pull)
            else:
                pose = model.joint.pose(jaw)
                shown = model.skin(weights.astype(np.float32), pose)[flesh.skin]
            seconds = time.process_time() - began
            base = base or seconds
            if way != "blendshapes":
                inside = str(int((ours.strain(free).volume <= 0).sum()))
                off = np.linalg.norm(skin @ (free - exact), axis=1).max()
            else:
                solved = drive.skin(
                    torch.as_tensor(exact), torch.as_tensor(weights), torch.as_tensor(jaw)
                ).numpy()
                off, inside = np.linalg.norm(shown - solved, axis=1).max(), "-"
            found.append(
                f"| {name} | {way} | {seconds:.3f} | {seconds / base:.3f} | {off:.2f} | {inside} |"
            )
    return found


def main() -> None:
    """Read, solve and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("flesh", type=Path)
    options = parser.parse_args()
    model = read_model(options.model)
    flesh = flesh_from_bytes(options.flesh.read_bytes(), options.flesh.name, model)
    lines = [
        f"the stiffness of both is alike within {agree(flesh):.0e} in rest",
        *rows(flesh, model),
    ]
    lines.append(f"load {os.getloadavg()[0]:.1f}")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
