# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Height, normal and mask maps of an actor's shapes for game engines, which have no channels of compression.

An engine mixes ``height = D0 + sum_s value_s mask_s (H_s - D0)``, or normal maps in the same way. At one shape alone
that is the rig. Between, the rig opens lines as compression grows, not as the value does. What that misses is measured.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import AimError
from ..io.disk import why
from ..io.png16 import write_png16
from ..io.whole_file import write_whole_text
from ..progress import Progress, silent
from ..shape_names import ARKIT
from .map_files import PNG_STEP, PNG_ZERO, write_map
from .normal_map import CONVENTIONS, OPENGL, encoded
from .played_actor import PlayedActor

#: The list of what stands where.
LIST = "maps.json"
#: Masks in a picture.
PACKED = 4
#: Lines that are open this far have the whole mask.
OPEN = 0.1
#: Shapes that move heights by less, mm root mean square, have no maps.
STILL_MM = 5e-4
LOST = (
    "glTF and FBX carry no attribute of compression: lines follow the shapes' values, not the skin.",
    "Lines open in step with a value, and in the rig sooner or later: see half_weight_mm of each shape.",
    "Shapes that compress the same skin add up; the rig takes their common compression.",
    "Poses of the jaw, sculpts and correctives that are in none of these shapes open no lines.",
)


def write_shape_maps(
    actor: PlayedActor,
    shapes: Mapping[str, np.ndarray],
    folder: Path,
    convention: str = OPENGL,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Write the maps of shapes and ``maps.json``, and give what that says.

    Args:
        actor: whose maps.
        shapes: [V, 3] mm of each at its full value, by name; the neutral is not among them.
        folder: made when it is missing.
        convention: of normal maps.

    Raises:
        AimError: a file cannot be written; pictures that were written stay.
    """
    if convention not in CONVENTIONS:
        raise AimError(f"'{convention}' is no convention: choose {' or '.join(CONVENTIONS)}")
    if not shapes:
        raise AimError(
            f"{actor.neutral.name} has no shapes to make maps of: make its ARKit shapes first"
        )
    writer = _Writer(actor, folder, convention)
    writer.begin()
    for number, (name, vertices) in enumerate(shapes.items()):
        progress(f"Maps of {name}", number / len(shapes), {})
        writer.add(name, vertices)
    return writer.finish()


def arkit_first(shapes: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Those of the shapes that are ARKit's, in Apple's order and spelling; all where none is."""
    plain = {name.casefold(): name for name in shapes}
    found = {name: shapes[plain[name.casefold()]] for name in ARKIT if name.casefold() in plain}
    return found or dict(shapes)


class _Writer:
    """Writes one shape after the other, four masks a picture."""

    def __init__(self, actor: PlayedActor, folder: Path, convention: str) -> None:
        self._actor, self._folder, self._convention = actor, folder, convention
        self._rest = actor.height(actor.neutral.vertices)
        self._rows: dict[str, Any] = {}
        self._masks: list[np.ndarray] = []
        self._still: list[str] = []
        self._packs = 0

    def begin(self) -> None:
        """Make the folder, and the neutral's maps."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _cannot(self._folder, error) from error
        self._pictures("neutral", self._actor.neutral.vertices, self._rest)

    def add(self, name: str, vertices: np.ndarray) -> None:
        """Write the maps of a shape."""
        actor, skin = self._actor, self._actor.player.skin
        height = actor.height(vertices)
        moved = height - self._rest
        if _rms(moved, skin.mask) < STILL_MM:
            self._still.append(name)
            return
        mask = _smooth(np.clip(actor.amount(vertices) / OPEN, 0, 1))
        half = actor.height((actor.neutral.vertices + vertices) / 2)
        files = self._pictures(_file_name(name), vertices, height)
        self._rows[name] = {
            **files,
            "mask": f"masks_{self._packs + 1:02d}.png",
            "channel": "RGBA"[len(self._masks)],
            "moved_mm": _rms(moved, skin.mask),
            "full_weight_mm": _rms((1 - mask) * moved, skin.mask),
            "half_weight_mm": _rms(half - self._rest - 0.5 * mask * moved, skin.mask),
        }
        self._masks.append(mask)
        if len(self._masks) == PACKED:
            self._pack()

    def finish(self) -> dict[str, Any]:
        """Write the last masks and the list."""
        if self._masks:
            self._pack()
        about = {
            "neutral": {"height": "neutral_height.png", "normal": "neutral_normal.png"},
            "shapes": self._rows,
            "still": self._still,
            "size": self._actor.player.skin.size,
            "height": {"zero": PNG_ZERO, "mm_per_step": PNG_STEP, "sign": "positive outwards"},
            "normal": {
                "convention": self._convention,
                "engines": list(CONVENTIONS[self._convention]),
                "tangents": "MikkTSpace",
            },
            "mix": "D0 + sum over shapes of value * mask * (height - D0)",
            "colour_space": "Non-Color",
            "lost": list(LOST),
        }
        try:
            write_whole_text(self._folder / LIST, json.dumps(about, indent=1) + "\n")
        except OSError as error:
            raise _cannot(self._folder / LIST, error) from error
        return about

    def _pictures(self, stem: str, vertices: np.ndarray, height: np.ndarray) -> dict[str, str]:
        files = {kind: f"{stem}_{kind}.png" for kind in ("height", "normal")}
        write_map(self._folder / files["height"], height)
        normals = self._actor.normals(vertices, height, self._convention)
        self._png(files["normal"], encoded(normals))
        return files

    def _pack(self) -> None:
        empty = np.zeros_like(self._masks[0])
        four = [*self._masks, *[empty] * (PACKED - len(self._masks))]
        self._packs += 1
        values = np.round(np.stack(four, axis=2) * 65535).astype(np.uint16)
        self._png(f"masks_{self._packs:02d}.png", values)
        self._masks = []

    def _png(self, name: str, pixels: np.ndarray) -> None:
        try:
            write_png16(self._folder / name, pixels)
        except OSError as error:
            raise _cannot(self._folder / name, error) from error


def _cannot(path: Path, error: OSError) -> AimError:
    return AimError(
        f"'{path}' cannot be written ({why(error)}): free some space or choose another place"
    )


def _file_name(name: str) -> str:
    """A shape's name as part of a file's, on any system."""
    return "".join(c if c.isalnum() or c in "-_" else "_" for c in name)


def _smooth(share: np.ndarray) -> np.ndarray:
    return share * share * (3 - 2 * share)


def _rms(values: np.ndarray, mask: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(values[mask], dtype=np.float64))))
