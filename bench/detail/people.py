# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Skin of people whom nobody scanned, against their truth: ``python -m bench.detail.people``.

Each of some made people is left out once; their maps as a production gives them teach the rest.
"""

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from aim_blender_addon.backend.detail.bands import band_energies, split
from aim_blender_addon.backend.detail.compression import Response, channels
from aim_blender_addon.backend.detail.detail_actor import DetailActor, read_detail_actor
from aim_blender_addon.backend.detail.face_space_files import read_face_space
from aim_blender_addon.backend.detail.identity import Identity, fit_identity
from aim_blender_addon.backend.detail.makehuman_space import makehuman_space
from aim_blender_addon.backend.detail.prior import PriorSettings
from aim_blender_addon.backend.detail.rig_maps import RigMaps, fit_rig
from aim_blender_addon.backend.detail.style import learn_style, style_of, styled
from aim_blender_addon.backend.detail.unseen import foretell
from bench.common import OUT, machine
from bench.detail import cases, code_people

SEEDS = range(20, 26)
SIZE = 256
HEAD = (
    "| law, skin | error over zero's | corr. | bands over the truth's | region and band off by |\n"
    "|---|---|---|---|---|\n"
)


@dataclass(frozen=True)
class Person:
    """One of them, with what is learned from."""

    actor: DetailActor
    case: cases.Case
    identity: Identity
    style: np.ndarray

    @property
    def maps(self) -> dict[str, np.ndarray]:
        """As captured, by name."""
        return {("neutral" if k == 0 else str(k)): m for k, m in enumerate(self.case.maps)}


def main() -> None:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--laws", nargs="+", default=["a"], choices=("a", "b"))
    parser.add_argument("--people", type=int, default=len(SEEDS))
    parser.add_argument("--space", type=Path, help="a face model; MakeHuman's if not given")
    options = parser.parse_args()
    space = read_face_space(options.space) if options.space else makehuman_space()
    sys.stdout.write(f"Measured on {machine()}, {SIZE} px, {options.people} people.\n\n")
    for law in options.laws:
        people = [_person(seed, law, space) for seed in SEEDS[: options.people]]
        missed = [(p.identity.missed_mm, p.identity.mean_missed_mm) for p in people]
        sys.stdout.write(f"Faces missed by, fitted and mean, mm: {np.round(missed, 2).tolist()}\n")
        rows: dict[str, list[tuple]] = {}
        for k, own in enumerate(people):
            others = [p for p in people if p is not own]
            for name, heights in _ways(own, others, space.stamp):
                rows.setdefault(name, []).append(_score(own, heights))
            sys.stdout.write(f"  person {SEEDS[k]} done\n")
            sys.stdout.flush()
        sys.stdout.write(HEAD)
        for name, scores in rows.items():
            error, corr, bands, off = (np.mean([s[k] for s in scores], axis=0) for k in range(4))
            shown = " / ".join(f"{band:.2f}" for band in bands)
            sys.stdout.write(
                f"| {law}: {name} | {error:.3f} | {corr:.2f} | {shown} | {off:.2f} |\n"
            )
        sys.stdout.flush()


def _person(seed: int, law: str, space) -> Person:
    folder = OUT / "detail"
    code_people.folder(folder, seed, law, "production")
    place = folder / f"person{seed}"
    case = cases.load(place, folder, law, "production", SIZE, 1)
    actor = read_detail_actor(place, 1.0, None, (0, 0), False)
    rig = fit_rig(case.maps, case.strains, case.pixels).rig
    style = style_of(rig, case.pixels, actor.shares())
    return Person(actor, case, fit_identity(space, actor.survey), style)


def _ways(own: Person, others: list[Person], stamp: str):
    """Name and heights [E, S, S] of each way, the neutral left out."""
    case = own.case
    count = len(case.maps)
    texel = case.pixels.typical_texel
    yield "no detail", np.zeros_like(case.truth[1:])
    mean = np.mean([p.case.maps for p in others], axis=0)
    yield "others' mean", mean[1:]
    for name, still in (("", None), ("own neutral and ", case.maps[0])):
        told = foretell(lambda: (p.maps for p in others), case.pixels.mask, texel, still)
        maps = np.stack([told.maps[str(k)] for k in range(1, count)])
        yield f"**{name}others' mean, shrunk by band**", maps
    prior = own.actor.prior(case.pixels, PriorSettings())
    yield "generic skin of 40 years", _played(prior, case)
    identities = np.stack([p.identity.values for p in others]).astype(float)
    model = learn_style(identities, np.stack([p.style for p in others]), stamp)
    shares = own.actor.shares()
    for name, style in (
        ("mean style of the others", model.mean),
        ("**style foretold from the face**", model.foretold(own.identity.values)),
        ("own style, known (no guess can be better)", own.style),
    ):
        yield f"generic skin, {name}", _played(styled(prior, style, case.pixels, shares), case)
    made = styled(prior, model.foretold(own.identity.values), case.pixels, shares)
    moving = _played(made, case) - made.constant
    yield (
        "own neutral shrunk, and wrinkles of that style",
        maps - _others(told, mean, case) + moving,
    )


def _others(told, mean: np.ndarray, case: cases.Case) -> np.ndarray:
    """[E, S, S] the part of foretold maps that comes from other people."""
    pixel = np.full(case.pixels.mask.shape, case.pixels.typical_texel, np.float32)
    out = []
    for height in mean[1:]:
        bands = split(height, case.pixels.mask, pixel)
        out.append(sum(share * band for share, band in zip(told.shares[:, 1], bands, strict=True)))
    return np.stack(out) * case.pixels.mask


def _played(rig: RigMaps, case: cases.Case) -> np.ndarray:
    response = rig.response or Response()
    weights = [case.pixels.image(case.pixels.at(channels(s, response))) for s in case.strains[1:]]
    return np.stack([rig.height(w) for w in weights])


def _score(own: Person, heights: np.ndarray) -> tuple[float, float, np.ndarray, float]:
    """Error over zero's, correlation, bands over the truth's, and how far regions and bands are off in the mean."""
    case = own.case
    truth = case.truth[1:]
    on = case.scored
    left = np.square((heights - truth)[:, on]).mean() / np.square(truth[:, on]).mean()
    spread = heights[:, on].std()
    corr = np.corrcoef(heights[:, on].ravel(), truth[:, on].ravel())[0, 1] if spread > 0 else 0.0
    found, wanted = (
        np.mean(
            [
                np.square(band_energies(h, case.pixels.mask, case.pixels.texel, on))
                for h in some[::3]
            ],
            axis=0,
        )
        for some in (heights, truth)
    )
    regions = [_regions(own, some) for some in (heights, truth)]
    with np.errstate(divide="ignore"):
        ratio = np.abs(np.log(np.maximum(regions[0], 1e-3 * regions[1])) - np.log(regions[1]))
    return np.sqrt(left), corr, np.sqrt(found / wanted), float(np.exp(np.nanmedian(ratio)))


def _regions(own: Person, heights: np.ndarray) -> np.ndarray:
    """[R, B] root mean square mm of each region's bands over the expressions."""
    case = own.case
    shares = [
        case.pixels.image(case.pixels.at(s[:, None])[:, 0]) * case.scored
        for s in own.actor.shares().values()
    ]
    total = 0.0
    for height in heights[::3]:
        squares = np.square(np.stack(split(height, case.pixels.mask, case.pixels.texel)))
        total = total + np.einsum("rij,bij->rb", np.stack(shares), squares)
    weight = np.stack(shares).sum(axis=(1, 2))[:, None] * len(heights[::3])
    return np.where(weight > 30 * len(heights[::3]), np.sqrt(total / np.maximum(weight, 1)), np.nan)


if __name__ == "__main__":
    main()
