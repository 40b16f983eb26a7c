# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An open mouth that activations draw: how round it is, whether its flesh stays whole, and what is read back from it.

The plain pose is the jaw alone, as the model has learned it. Rims are looked at as ``lips`` does. Below the jaw alone
stand muscles that contract at random on an open jaw, and the same ones read back from the skin that they make.
Beside ours stand bones alone, as flesh hung before.

    python -m bench.muscles.open_activations MODEL.safetensors FLESH.safetensors [RANDOM]
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from aim_blender_addon.backend.anatomy.survey import FaceSurvey
from aim_blender_addon.backend.io.model_file import read_whole, stored_model
from aim_blender_addon.backend.model.aim import AimModel
from aim_blender_addon.backend.muscles.contract import Contraction, without_tracks
from aim_blender_addon.backend.muscles.drive import Drive
from aim_blender_addon.backend.muscles.equilibrium import Equilibrium, Solved
from aim_blender_addon.backend.muscles.flesh import Flesh
from aim_blender_addon.backend.muscles.flesh_file import flesh_from_bytes
from aim_blender_addon.backend.muscles.read_back import ActivationReader, ReadBackSettings
from aim_blender_addon.backend.muscles.settle import activate

from .lips import LipFigures

#: A pose is at rest where nothing is farther from the answer than this, mm.
CLOSE_MM = 0.01
#: Of the widest scan's opening.
SHARES = (0.25, 0.5, 0.75, 1.0)
#: So many muscles contract at random in one drive.
MUSCLES = 4


class Mouth:
    """The mouth of an actor whose flesh is drawn by activations."""

    def __init__(self, flesh: Flesh, model: AimModel) -> None:
        self.flesh, self.model = flesh, model
        self.made, bare = Contraction(flesh, model), without_tracks(flesh)
        self.bones = Drive(bare)
        self.before = Equilibrium(flesh.elastic, bare.blocks, extras=self.made.solver.extras)
        self.lips = LipFigures.of(model.neutral, FaceSurvey(model.neutral), flesh)
        self.widest = max(model.joint.parameters(pose)[0] for pose in model.jaw_poses)
        self.none = np.zeros(len(model.expression_names))

    def plain(self, jaw: np.ndarray) -> np.ndarray:
        """[V, 3] mm, the jaw alone."""
        return self.model.skin(self.none.astype(np.float32), self.model.joint.pose(jaw))

    def bones_alone(self, values: np.ndarray, jaw: np.ndarray) -> tuple[np.ndarray, Solved]:
        """The skin [V, 3] as flesh under bones alone carries it."""
        activate(self.before, values)
        solved = self.before.newton(
            self.made.base.at(jaw), self.bones.pull_of(self.none, jaw), CLOSE_MM
        )
        skin = self.plain(jaw)
        skin[self.flesh.skin] = self.flesh.skin_places @ solved.free
        return skin, solved

    def ours(self, values: np.ndarray, jaw: np.ndarray) -> tuple[np.ndarray, Solved]:
        """The skin [V, 3] as it is shown."""
        activate(self.made.solver, values)
        solved = self.made.solver.newton(self.made.base.at(jaw), self.made.pull(jaw), CLOSE_MM)
        skin = self.plain(jaw)
        skin[self.flesh.skin] = self.made.skin(solved.free, jaw)
        return skin, solved

    def row(self, name: str, values: np.ndarray, jaw: np.ndarray) -> str:
        """A row of the table."""
        plain, cells = self.plain(jaw), []
        for skin, solved in (self.bones_alone(values, jaw), self.ours(values, jaw)):
            volume = self.made.solver.strain(solved.free).volume
            cells.append(
                f"{self.lips.held(skin, plain):.2f} | {self.lips.creased(skin, plain):.1f} "
                f"| {volume.min():.2f} | {(volume <= 0).sum()} | {solved.steps}{'' if solved.converged else ' late'}"
            )
        return f"| {name} | {' | '.join(cells)} |"


def rows(mouth: Mouth, random: int) -> Iterator[str]:
    """The table, row by row."""
    one = "rims off, mm | creased, degrees | least volume | inverted | factors"
    yield f"| pose | before: {one} | now: {one} |"
    yield "|---" * 11 + "|"
    count = len(mouth.made.names)
    for share in SHARES:
        jaw = np.array([share * mouth.widest, 0, 0, 0])
        yield mouth.row(f"jaw alone, {share:g}", np.zeros(count), jaw)
    yield mouth.row(
        "jaw alone, to a side", np.zeros(count), np.array([mouth.widest / 2, 3.0, 5.0, 0])
    )
    dice = np.random.default_rng(0)
    reader = ActivationReader(
        mouth.flesh, mouth.model, ReadBackSettings(smooth_mm=0.0, small_mm=1e-3, steps=10)
    )
    for number in range(random):
        values = np.zeros(count)
        values[dice.choice(count, MUSCLES, replace=False)] = dice.uniform(0, 1, MUSCLES)
        jaw = np.array([dice.uniform(0.2, 1) * mouth.widest, 0, 0, 0])
        yield mouth.row(f"random {number}", values, jaw)
        reader._last = None
        read = reader.frame(mouth.ours(values, jaw)[0][mouth.flesh.skin].astype(float), jaw)
        off = np.abs(read.activations - values).max()
        yield f"| read back | off by {off:.4f}, skin by {read.left_mm:.4f} mm |"


def main() -> None:
    """Print the table."""
    model = stored_model(Path(sys.argv[1])).read()
    flesh = flesh_from_bytes(read_whole(Path(sys.argv[2])), sys.argv[2], model)
    random = int(sys.argv[3]) if len(sys.argv) > 3 else 0  # noqa: PLR2004
    for row in rows(Mouth(flesh, model), random):
        sys.stdout.write(row + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
