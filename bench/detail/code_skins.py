# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Detail from identity and expression: are its bands as strong as those of the scans, and what does the code cost?"""

from pathlib import Path

import numpy as np

from aim_blender_addon.backend.detail.bands import band_energies
from aim_blender_addon.backend.detail.codes import WaveModel
from aim_blender_addon.backend.detail.compression import channels
from aim_blender_addon.backend.detail.detail_file import Detail
from aim_blender_addon.backend.detail.rig_maps import fit_rig
from aim_blender_addon.backend.detail.synthesis import SkinCode, maps_of, skin_code
from bench.detail import cases, code_people


def table(folder: Path, model: WaveModel) -> str:
    """A row for the rig alone, and for its codes without and with grain."""
    out = "| height | bands over the scans' | error over zero's | numbers over the maps' pixels |\n"
    out += "|---|---|---|---|\n"
    for law in ("a", "b"):
        seed = code_people.UNSEEN[0]
        code_people.folder(folder, seed, law, "production")
        case = cases.load(folder / f"person{seed}", folder, law, "production", 512, 1)
        rig = fit_rig(case.maps, case.strains, case.pixels).rig
        weights = [
            case.pixels.image(case.pixels.at(channels(strain, rig.response)))
            for strain in case.strains
        ]
        played = np.stack([rig.height(w) for w in weights])
        detail = Detail(
            rig.constant, rig.compressed, rig.known, rig.response, np.zeros(3), (0, 0), "", "", {}
        )
        ways = {"the rig": (played, None)}
        for name, share in (("1/3", 1 / 3), ("1/15", 1 / 15)):
            code = skin_code(model, detail, case.pixels, case.maps - played, share)
            ways[f"code, {name}, no grain"] = _heights(model, code, weights, False), code
            ways[f"**code, {name}**"] = _heights(model, code, weights, True), code
        for name, (heights, code) in ways.items():
            out += f"| {law}: {name} | {_bands(case, heights)} | {_error(case, heights)} "
            out += f"| {_count(code, case):.3f} |\n" if code else "| 1 |\n"
    return out


def _heights(
    model: WaveModel, code: SkinCode, weights: list[np.ndarray], grain: bool
) -> np.ndarray:
    rest, moving = maps_of(model, code, grain=grain)
    return np.stack([rest + np.einsum("ijk,kij->ij", w, moving) for w in weights])


def _bands(case: cases.Case, heights: np.ndarray) -> str:
    texel = case.pixels.texel
    own, other = (
        np.mean(
            [np.square(band_energies(h, case.pixels.mask, texel, case.scored)) for h in some[::3]],
            axis=0,
        )
        for some in (case.maps, heights)
    )
    return " / ".join(f"{ratio:.2f}" for ratio in np.sqrt(other / own))


def _error(case: cases.Case, heights: np.ndarray) -> str:
    left = (heights - case.truth)[:, case.scored]
    return f"{np.sqrt(np.square(left).mean() / np.square(case.truth[:, case.scored]).mean()):.3f}"


def _count(code: SkinCode, case: cases.Case) -> float:
    return sum(own.count() for own in code.codes) / (5 * case.pixels.mask.sum())
