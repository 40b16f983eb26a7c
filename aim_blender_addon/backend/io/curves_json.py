# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Face curves in JSON files (numpy only).

Weights of one frame ``{"jawOpen": 0.3, ...}``, a list of those (by itself or under "frames"), or
``{"names": [...], "frames": [[...], ...]}``.
"""

import json
from pathlib import Path

import numpy as np

from ..errors import RetargetError
from .curves import USUAL_FPS, Curves


def parse_curves_json(path: Path, text: str, fps: float | None) -> Curves:
    """The curves in a JSON file.

    Args:
        path: the file, to be named in errors.
        text: what it holds.
        fps: frames a second where the file does not say; None for 30.

    Raises:
        RetargetError: it holds no weights.
    """
    fps = fps or USUAL_FPS
    wrong = RetargetError(
        f"'{path.name}' holds no weights: write {{\"jawOpen\": 0.3, ...}}, or a list of those under \"frames\""
    )
    try:
        data = json.loads(text)
    except ValueError as error:
        raise wrong from error
    names = None
    if isinstance(data, dict) and "frames" in data:
        names, fps, data = data.get("names"), float(data.get("fps", fps)), data["frames"]
    frames = data if isinstance(data, list) else [data]
    try:
        if names is None:
            names = list(dict.fromkeys(name for frame in frames for name in frame))
            frames = [[frame.get(name, 0.0) for name in names] for frame in frames]
        values = np.array(frames, float).reshape(len(frames), len(names))
    except (AttributeError, TypeError, ValueError) as error:
        raise wrong from error
    if not values.size or not np.isfinite(values).all() or not (np.isfinite(fps) and fps > 0):
        raise wrong
    times = np.arange(len(values)) / fps
    return Curves(tuple(map(str, names)), values, times, np.zeros((len(values), 3)), fps)
