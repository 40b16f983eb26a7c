# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Damaged JSON of face curves, in all layouts that are read."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np

from aim_blender_addon.backend.io.curve_files import read_curves
from aim_blender_addon.backend.shape_names import ARKIT

from .curves import used
from .mutations import mutated, odd_json, odd_value

_NAMES = list(ARKIT[:5])


def damaged(random: np.random.Generator, folder: Path) -> tuple[str, Callable[[], object]]:
    """Damaged JSON of curves, read and resampled."""
    data = _layouts()[int(random.integers(len(_layouts())))]
    said = []
    for _ in range(int(random.integers(1, 4))):
        if isinstance(data, dict) and random.random() < 0.3:
            keys = ("fps", "exportFps", "time", "times", "names", "frames", "weights")
            key = str(random.choice(keys))
            data = {**data, key: odd_value(random)}
            said.append(key)
        else:
            data = odd_json(random, data)
            said.append("value")
    text = json.dumps(data).encode()
    if random.random() < 0.3:
        done, text = mutated(random, text)
        said.append(done)
    path = folder / "take.json"
    path.write_bytes(text)
    return ", ".join(said), lambda: used(read_curves(path))


def _layouts() -> list:
    rows = np.round(np.random.default_rng(0).random((8, 5)), 3).tolist()
    named = [dict(zip(_NAMES, row, strict=True)) for row in rows]
    entries = [[{"categoryName": n, "score": v} for n, v in frame.items()] for frame in named]
    return [
        named[0],
        named,
        {"fps": 30, "frames": named},
        {"names": _NAMES, "frames": rows, "fps": 60},
        {"exportFps": 30.0, "numFrames": 8, "facsNames": _NAMES, "weightMat": rows},
        {"names": _NAMES, "frames": [{"weights": r, "time": n / 30} for n, r in enumerate(rows)]},
        {"frames": [{"time": n / 30, "blendshapes": e} for n, e in enumerate(entries)]},
        {
            "time": [n / 25 for n in range(8)],
            **{n: [r[k] for r in rows] for k, n in enumerate(_NAMES)},
        },
        {"FrameIndex": 0, "BlendShapes": np.zeros((4, 55)).tolist()},
    ]
