# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Damaged pins of the jaw."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np

from aim_blender_addon.backend.anatomy.jaw.pins import pinned_poses
from aim_blender_addon.backend.io.actor_folder import PINS_FILE, read_actor

from .folders import write_actor
from .mutations import mutated, odd_json
from .small_face import JOINT


def damaged(random: np.random.Generator, folder: Path) -> tuple[str, Callable[[], object]]:
    """Damaged pins in a sound actor's folder; read and used."""
    write_actor(folder)
    pins = {
        "smile": {"matrix": JOINT.pose([0.2, 1, 0, 0]).tolist()},
        "open": {"lower_incisor": [0.2, -61.0, 92.5], "upper_incisor": [0.1, -55.2, 94.0]},
        "neutral": {"lower_incisor": [0.2, -56.0, 92.5], "upper_incisor": [0.1, -55.2, 94.0]},
    }
    if random.random() < 0.4:
        said, data = mutated(random, json.dumps(pins).encode())
    else:
        said, data = "value", json.dumps(odd_json(random, pins)).encode()
    (folder / PINS_FILE).write_bytes(data)
    return said, lambda: _used(folder)


def _used(folder: Path) -> None:
    actor = read_actor(folder)
    names = [scan.name for scan in actor.expressions]
    heads = np.tile(np.eye(4), (len(names), 1, 1))
    found = pinned_poses(actor.jaw_pins, actor.neutral.name, names, JOINT, heads)
    for pose in found.values():
        assert np.isfinite(pose).all(), "a pose is not finite"
        assert np.linalg.norm(JOINT.incisor_motion(pose)) < 200, "a jaw is far away"
