# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The picture of codes in the docs: ``python -m bench.detail.code_picture OUT.jpg``, a piece of an unseen forehead."""

import sys
from pathlib import Path

import numpy as np
from PIL import Image

from aim_blender_addon.backend.detail.code_edit import blend
from bench.common import OUT
from bench.detail import code_people
from bench.detail.codes import trained_model

PIECE = np.s_[60:260, 130:380]
#: Grey of a slope of one mm a pixel.
STEEP = 350.0


def main() -> None:
    """Draw it."""
    folder = OUT / "detail"
    model, one = trained_model(folder), code_people.person(folder, 40, "a", "production")
    angry, smiling = one.maps[1], one.maps[5]
    third, twelfth = (model.encode(angry, one.mask, code_people.TEXEL, s) for s in (1 / 3, 1 / 12))
    other = model.encode(smiling, one.mask, code_people.TEXEL)
    rows = [
        [angry, model.decode(third, grain=False), model.decode(third)],
        [
            model.decode(twelfth, grain=False),
            model.decode(twelfth),
            model.decode(blend(third, other, 0.5)),
        ],
    ]
    shown = np.vstack([np.hstack([_lit(height) for height in row]) for row in rows])
    Image.fromarray(shown).save(Path(sys.argv[1]), quality=88)


def _lit(height: np.ndarray) -> np.ndarray:
    """[h, w] a piece of a map in light from the upper left, with a border."""
    down, right = np.gradient(height[PIECE])
    grey = np.clip(128 - STEEP * (down + right), 0, 255).astype(np.uint8)
    return np.pad(grey, 2, constant_values=255)


if __name__ == "__main__":
    main()
