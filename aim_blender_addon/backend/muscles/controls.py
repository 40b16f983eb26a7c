# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controls of an actor's rig that correctives may follow: its expressions, and what the jaw does (numpy only)."""

import numpy as np

from ..geometry.skinning import skin_with_jaw
from ..model.aim import AimModel
from .distil import Control

#: Jaws go at least so far where the scans go less: radians, mm, mm, mm.
LEAST_REACH = np.array([np.radians(20.0), 3.0, 3.0, 1.5])
#: Beyond the widest scan, as the passive flesh is known there.
BEYOND = 1.1
#: Names of what the jaw does, by its parameters and their signs.
JAW_WAYS = {
    (0, 1): "jaw open",
    (1, 1): "jaw forward",
    (2, 1): "jaw left",
    (2, -1): "jaw right",
    (3, 1): "jaw shifted left",
    (3, -1): "jaw shifted right",
}
#: The jaw opens in two halves: what it does early is not what it does late.
LATE, LATE_NAME = 0.5, "jaw wide open"


def jaw_reach(model: AimModel) -> np.ndarray:
    """[4] how far the jaw goes by each of its parameters: as far as a scan shows it, within what a joint can do."""
    poses = [model.joint.parameters(pose) for pose in model.jaw_poses]
    seen = np.abs(np.array(poses, float).reshape(-1, 4)).max(axis=0, initial=0.0)
    seen[0] *= BEYOND
    return np.minimum(np.maximum(seen, LEAST_REACH), model.joint.limits.bounds()[1])


def rig_controls(model: AimModel) -> tuple[Control, ...]:
    """The expressions, then what the jaw does."""
    count = len(model.expression_names)
    found = [Control(name, number, 0.0, 1.0) for number, name in enumerate(model.expression_names)]
    reach = jaw_reach(model)
    for (axis, sign), name in JAW_WAYS.items():
        found.append(Control(name, count + axis, 0.0, float(sign * reach[axis])))
    found.append(Control(LATE_NAME, count, float(LATE * reach[0]), float(reach[0])))
    return tuple(found)


def scan_poses(model: AimModel) -> np.ndarray:
    """[E, E + 4] weights and jaw parameters of the scans."""
    jaw = np.array([model.joint.parameters(pose) for pose in model.jaw_poses], float)
    return np.hstack([np.eye(len(model.expression_names)), jaw])


def control_motions(model: AimModel, controls: tuple[Control, ...]) -> np.ndarray:
    """[U, V] mm, how far each control alone moves the skin at its end."""
    at, count = model.evaluate(), len(model.expression_names)
    found = []
    for control in controls:
        if control.channel < count:
            found.append(np.linalg.norm(at.displacements[control.channel], axis=1))
            continue
        jaw = np.zeros(4)
        jaw[control.channel - count] = control.end
        moved = skin_with_jaw(at.skin, model.joint.pose(jaw), at.jaw_weight)
        found.append(np.linalg.norm(moved - at.skin, axis=1))
    return np.array(found, float)
