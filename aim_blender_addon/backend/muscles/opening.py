# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The flesh under the jaw's opening alone: the base on which expressions are added.

Bones alone would hold the lips: near the corners they stay closed, the mouth becomes a square and the upper lip a
straight line. The model has learned from the jaw's scans how skin follows the jaw. So flesh first comes to rest with
its skin pinned to that. Then the skin is let go and drawn back softly, so that flesh regains its volume. What the
skin moves meanwhile is added to the model's skin: what is finer than the flesh mesh stays as it was.
"""

from dataclasses import dataclass

import numpy as np

from ..geometry.laplacian import SurfaceOperator
from ..geometry.mesh import vertex_areas
from ..geometry.skinning import skin_with_jaw
from ..model.aim import AimModel
from ..progress import Progress, silent
from .equilibrium import Equilibrium
from .flesh import Flesh
from .pinning import pinned_to_skin, skin_pull
from .springs import spring_blocks

#: Between the openings at which the flesh is solved, degrees; and how far beyond the widest scan.
STEP_DEGREES, BEYOND_DEGREES = 6.0, 6.0
#: Springs that draw the skin back to the model's, N/mm^3.
DRAWN = 0.15
#: What the skin moves as flesh regains its volume is smoothed over so many mm, about the width of a cube.
SMOOTH_MM = 8.0
#: What is left of a search, mm: what the simulated skin lacks is measured afterwards.
CLOSE_MM = 0.01


@dataclass(frozen=True)
class Opened:
    """The flesh under the jaw alone.

    Attributes:
        openings: [A] radians.
        flesh: [A, F, 3] mm, free nodes.
        skin: [A, S, 3] mm, the skin that the flesh is to show.
    """

    openings: np.ndarray
    flesh: np.ndarray
    skin: np.ndarray


def open_jaw(flesh: Flesh, model: AimModel, progress: Progress = silent) -> Opened:
    """The flesh of an actor at openings of the jaw from rest to beyond the widest scan."""
    joint = flesh.joint
    widest = max((joint.parameters(pose)[0] for pose in model.jaw_poses), default=0.0)
    step = np.radians(STEP_DEGREES)
    openings = np.arange(0.0, max(widest, step) + np.radians(BEYOND_DEGREES) + step / 2, step)
    # A jaw that closes farther than at rest goes on as the first piece does.
    pinned, places = pinned_to_skin(flesh), flesh.skin_places
    firm = DRAWN * vertex_areas(model.neutral)[flesh.skin]
    pins = spring_blocks(len(flesh.lattice.cubes), flesh.skin_cube, flesh.skin_shares, firm)
    bones = flesh.holds["skull"] + flesh.holds["jaw"] + flesh.holds["border"]
    drawn = Equilibrium(flesh.elastic, pins + bones)
    border = flesh.hold_matrices["border"]
    still = np.zeros(len(model.expression_names), np.float32)
    found, skins, below = [flesh.rest], [model.skin(still, np.eye(4))], flesh.rest
    moved = [np.zeros(skins[0].shape)]
    for number, opening in enumerate(openings[1:], 1):
        progress("opening the jaw", number / len(openings), {})
        pose = joint.pose([opening, 0.0, 0.0, 0.0])
        skins.append(model.skin(still, pose).astype(float))
        below = pinned.newton(below, skin_pull(flesh, skins[-1], pose), CLOSE_MM).free
        wanted = places @ below
        pull = flesh.bone_pull(pose) + places.T @ (firm[:, None] * wanted)
        pull = pull + border @ skin_with_jaw(flesh.rest, pose, flesh.jaw_share)
        found.append(drawn.newton(below, pull, CLOSE_MM).free)
        moved.append(np.zeros(skins[0].shape))
        moved[-1][flesh.skin] = places @ found[-1] - wanted
    smooth = SurfaceOperator.of(model.neutral.vertices, model.neutral.triangles)
    ways = smooth.smoothed(np.concatenate(moved, axis=1), SMOOTH_MM)
    shown = np.stack(skins) + ways.reshape(len(ways), -1, 3).swapaxes(0, 1)
    return Opened(openings, np.stack(found), shown[:, flesh.skin])
