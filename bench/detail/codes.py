# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Codes of height maps of people that no model has seen: ``python -m bench.detail.codes``. Needs the folder shared/.

Models learn from eight people of the generator's law, captured as in production. Rivals have as many numbers: a
third of the pixels. ``--conv SECONDS`` says how long the convolutional coder trains.
"""

import argparse
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from aim_blender_addon.backend.detail.bands import split
from aim_blender_addon.backend.detail.code_edit import blend
from aim_blender_addon.backend.detail.code_training import train_waves
from aim_blender_addon.backend.detail.codes import WaveModel
from aim_blender_addon.backend.detail.lapped import analyse, compose
from aim_blender_addon.backend.detail.training_maps import TrainingMaps, training_maps
from bench.common import OUT, machine
from bench.detail import code_people as people
from bench.detail import code_skins

CASES = (("a", "clean"), ("a", "production"), ("a", "capture"), ("b", "clean"), ("b", "production"))
BLOCK = 16
NUMBERS = BLOCK**2 // 3

Coder = Callable[[np.ndarray, np.ndarray], np.ndarray]


def main() -> None:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--conv", type=float, default=300.0, metavar="SECONDS")
    options = parser.parse_args()
    folder = OUT / "detail"
    trained = [people.person(folder, seed, "a", "production") for seed in people.TRAINED]
    maps, mask = np.concatenate([one.maps for one in trained]), trained[0].mask
    model = trained_model(folder)
    unseen = {
        case: [people.person(folder, seed, *case) for seed in people.UNSEEN] for case in CASES
    }
    sys.stdout.write(f"Measured on {machine()}; {len(maps)} maps of {len(trained)} people.\n\n")
    sys.stdout.write("Rest of the RMS in the face, worst map in brackets:\n\n")
    sys.stdout.write(f"| code | numbers | {' | '.join(f'{a}, {b}' for a, b in CASES)} |\n")
    sys.stdout.write("|---|---|" + "---|" * len(CASES) + "\n")
    for name, numbers, coder in _coders(maps, mask, model, options.conv):
        cells = [_rest(unseen[case], coder) for case in CASES]
        sys.stdout.write(f"| {name} | {numbers} | {' | '.join(cells)} |\n")
        sys.stdout.flush()
    sys.stdout.write("\nBands over the maps' own, fine to coarse:\n\n")
    sys.stdout.write(f"| map | {' | '.join(f'{a}, {b}' for a, b in CASES)} |\n")
    sys.stdout.write("|---|" + "---|" * len(CASES) + "\n")
    for name, made in _made(model):
        cells = [_bands(unseen[case], made) for case in CASES]
        sys.stdout.write(f"| {name} | {' | '.join(cells)} |\n")
    sys.stdout.write("\nIdentity and expression, one person's scans:\n\n")
    sys.stdout.write(code_skins.table(folder, model))


def trained_model(folder: Path) -> WaveModel:
    """What the eight people teach."""
    found = [
        training_maps(people.folder(folder, seed, "a", "production")) for seed in people.TRAINED
    ]
    files = sum((own.files for own in found), ())
    maps = TrainingMaps(folder, files, len(found), found[0].texel)
    return train_waves(maps)[0]


def _coders(maps: np.ndarray, mask: np.ndarray, model: WaveModel, seconds: float):
    yield "none", "0", lambda own, _: np.zeros_like(own)
    yield f"PCA of the whole map, {len(maps) - 1}", len(maps) - 1, _global_pca(maps, mask)
    yield "PCA of patches of 16", "1/3", _patches(maps, mask)
    waves, power = _waves(maps, mask)
    kept = np.argsort(-power)[:NUMBERS]
    chosen = np.zeros(BLOCK**2, np.float32)
    chosen[kept] = 1
    yield "strongest waves of the model", "1/3", partial(_masked, chosen.reshape(BLOCK, BLOCK))
    turn = _turned(waves)
    overhead = (4 + BLOCK**2 / 32) / BLOCK**2
    largest = partial(_largest, mask=mask, share=1 / 3 - overhead)
    yield "largest waves, no mask", "1/3", partial(largest, turn=np.eye(BLOCK**2, dtype="f"))
    yield "the same, waves turned to be sparse", "1/3", partial(largest, turn=turn)
    if seconds > 0:
        from bench.detail.conv_codes import coded, train

        started = time.process_time()
        coder, steps = train(maps, kept, seconds)
        name = f"convolutional, {steps} steps, {time.process_time() - started:.0f} s of processor"
        yield name, "1/3", lambda own, _: coded(coder, own)
    for parts in (12, 6, 3):
        yield f"**as shipped**, 1/{parts}", f"1/{parts}", partial(_shipped, model, 1 / parts, False)
    yield "as shipped, with grain", "1/3", partial(_shipped, model, 1 / 3, True)


def _shipped(model: WaveModel, share: float, grain: bool, own: np.ndarray, mask: np.ndarray):
    codes = [model.encode(height, mask, people.TEXEL, share) for height in own]
    assert all(code.count() <= share * mask.sum() for code in codes)
    return np.stack([model.decode(code, grain=grain) for code in codes])


def _global_pca(maps: np.ndarray, mask: np.ndarray) -> Coder:
    on = maps[:, mask]
    mean = on.mean(axis=0)
    basis = np.linalg.svd(on - mean, full_matrices=False)[2][: len(maps) - 1]

    def code(own: np.ndarray, _: np.ndarray) -> np.ndarray:
        out = np.zeros_like(own)
        out[:, mask] = mean + (own[:, mask] - mean) @ basis.T @ basis
        return out

    return code


def _blocks(maps: np.ndarray) -> np.ndarray:
    count, size = maps.shape[:2]
    split_up = maps.reshape(count, size // BLOCK, BLOCK, size // BLOCK, BLOCK)
    return split_up.transpose(0, 1, 3, 2, 4).reshape(count, -1, BLOCK**2)


def _inner(mask: np.ndarray) -> np.ndarray:
    return _blocks(mask[None].astype(np.float32))[0].mean(axis=1) > 0.5  # noqa: PLR2004


def _patches(maps: np.ndarray, mask: np.ndarray) -> Coder:
    own = _blocks(maps)[:, _inner(mask)].reshape(-1, BLOCK**2)
    basis = np.linalg.eigh(own.T @ own)[1][:, -NUMBERS:]

    def code(other: np.ndarray, _: np.ndarray) -> np.ndarray:
        count, size = other.shape[:2]
        back = (_blocks(other) @ basis @ basis.T).reshape(
            count, size // BLOCK, size // BLOCK, BLOCK, BLOCK
        )
        return back.transpose(0, 1, 3, 2, 4).reshape(other.shape)

    return code


def _waves(maps: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Waves [n, 256] of the training maps' places, and their mean squares."""
    own = analyse(maps[::2], BLOCK).reshape(len(maps[::2]), -1, BLOCK**2)[:, _inner(mask)]
    own = own.reshape(-1, BLOCK**2)
    return own[np.random.default_rng(0).permutation(len(own))[:40_000]], np.mean(own**2, axis=0)


def _masked(chosen: np.ndarray, own: np.ndarray, _: np.ndarray) -> np.ndarray:
    return compose(analyse(own, BLOCK) * chosen, BLOCK)


def _turned(waves: np.ndarray, rounds: int = 30) -> np.ndarray:
    """[256, 256] the turn of a place's waves of which the largest third holds most: a dictionary without overlap."""
    turn = np.eye(BLOCK**2, dtype=np.float32)
    least = np.quantile(np.abs(waves), 2 / 3)
    for _ in range(rounds):
        sparse = waves @ turn
        sparse[np.abs(sparse) < least] = 0
        left, _, right = np.linalg.svd(waves.T @ sparse)
        turn = left @ right
    return turn


def _largest(
    own: np.ndarray, _: np.ndarray, mask: np.ndarray, share: float, turn: np.ndarray
) -> np.ndarray:
    size = own.shape[1] // BLOCK
    out = []
    for height in own:
        waves = analyse(height, BLOCK).reshape(size * size, -1) @ turn
        waves *= _inner(mask)[:, None]
        least = np.sort(np.abs(waves).ravel())[-int(share * mask.sum())]
        waves[np.abs(waves) < least] = 0
        out.append(compose((waves @ turn.T).reshape(size, size, BLOCK, BLOCK), BLOCK))
    return np.stack(out)


def _rest(persons: list[people.Person], coder: Coder) -> str:
    """What is left of the maps as captured, in the face."""
    error, own = [], []
    for one in persons:
        back = coder(one.maps, one.mask)
        error.append(np.square(back - one.maps)[:, one.scored].mean(axis=1))
        own.append(np.square(one.maps)[:, one.scored].mean(axis=1))
    each = np.concatenate(error) / np.concatenate(own)
    rest = np.sqrt(np.sum(error) / np.sum(own))
    return f"{rest:.3f} ({np.sqrt(each.max()):.2f})"


def _made(model: WaveModel):
    def codes(one: people.Person) -> list:
        return [model.encode(height, one.mask, people.TEXEL) for height in one.maps[::3]]

    def halfway(one: people.Person, grain: bool) -> list[np.ndarray]:
        own = codes(one)
        pairs = zip(own, own[1:] + own[:1], strict=True)
        return [model.decode(blend(a, b, 0.5), grain=grain) for a, b in pairs]

    yield (
        "back from its code, no grain",
        lambda one: [model.decode(code, grain=False) for code in codes(one)],
    )
    yield "**back from its code**", lambda one: [model.decode(code) for code in codes(one)]
    yield "half way to the next expression, no grain", partial(halfway, grain=False)
    yield "**half way to the next expression**", partial(halfway, grain=True)


def _bands(persons: list[people.Person], made: Callable) -> str:
    own, other = np.zeros(4), np.zeros(4)
    for one in persons:
        for total, heights in ((own, one.maps[::3]), (other, made(one))):
            for height in heights:
                parts = split(height, one.mask, people.TEXEL)
                total += [float(np.mean(np.square(part[one.scored]))) for part in parts]
    return " / ".join(f"{ratio:.2f}" for ratio in np.sqrt(other / own))


if __name__ == "__main__":
    main()
