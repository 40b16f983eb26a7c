# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The generator of height maps: it learns on a processor at 32 pixels, and has the interface of the other codes."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy import ndimage

from aim_blender_addon.backend.cli.table import parser
from aim_blender_addon.backend.detail.code_edit import band_weight, blend
from aim_blender_addon.backend.detail.code_file import (
    code_from_bytes,
    code_to_bytes,
    model_from_bytes,
    model_to_bytes,
)
from aim_blender_addon.backend.detail.codes import WaveModel, project
from aim_blender_addon.backend.detail.generator import Critic, Generator, GeneratorShape
from aim_blender_addon.backend.detail.generator_model import GeneratorModel, ProjectSettings
from aim_blender_addon.backend.detail.generator_training import TrainSettings, train_generator
from aim_blender_addon.backend.detail.map_files import read_one_map, write_map
from aim_blender_addon.backend.detail.training_maps import shrunk, training_maps
from aim_blender_addon.backend.errors import AimError, ModelFileError, ScanError

SIZE = 32
CPU = torch.device("cpu")
#: As small and short as it goes.
TINY = TrainSettings(size=SIZE, steps=20, batch=4, rate=5e-3, latent=16, width=16, slope_every=8)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("maps")
    rng = np.random.default_rng(0)
    for k in range(4):
        noise = ndimage.gaussian_filter(rng.standard_normal((2 * SIZE, 2 * SIZE)), 5, mode="wrap")
        write_map(made / f"{k}.exr", (0.05 * noise / noise.std()).astype(np.float32))
    return made


@pytest.fixture(scope="module")
def trained(folder: Path) -> tuple[GeneratorModel, dict]:
    model, report = train_generator(training_maps(folder), TINY, CPU, 0.5)
    return replace(model, settings=ProjectSettings(steps=25, rate=0.15)), report


@pytest.mark.parametrize("size", [16, 64])
def test_a_generator_has_a_w_for_each_layer(size: int) -> None:
    shape = GeneratorShape(size, latent=8, width=8)
    generator = Generator(shape)
    assert shape.layers == 2 * np.log2(size) - 2
    w = generator.w(torch.randn(2, 8))[:, None].expand(-1, shape.layers, -1)
    image = generator(w, generator.noise(0))
    assert image.shape == (2, size, size)
    assert Critic(shape)(image).shape == (2,)


def test_coarse_layers_make_what_is_wide_and_fine_ones_what_is_narrow() -> None:
    torch.manual_seed(0)
    generator = Generator(GeneratorShape(64, latent=8, width=8))
    w = torch.randn(1, generator.shape.layers, 8)
    images = []
    for layer in (1, 9):
        other = w.clone()
        other[:, layer] = torch.randn(8)
        with torch.no_grad():
            images.append((generator(other) - generator(w))[0].numpy())
    rough = [np.square(np.diff(i, axis=0)).mean() / np.square(i).mean() for i in images]
    assert rough[1] > 2 * rough[0]


def test_the_loss_falls_and_training_maps_come_back(folder: Path, trained: tuple) -> None:
    model, report = trained
    assert report["given_back_last"] < 0.8 * report["given_back_first"]
    for height in list(training_maps(folder).heights(SIZE))[:2]:
        found = model.decode(model.encode(height), grain=False)
        left = np.sqrt(np.square(found - height).mean() / np.square(height).mean())
        assert left < 0.85  # after a second of learning
        assert np.corrcoef(found.ravel(), height.ravel())[0, 1] > 0.5


def test_the_same_seed_makes_the_same_generator(folder: Path) -> None:
    settings = replace(TINY, steps=2)
    maps = training_maps(folder)
    one, again, other = (
        train_generator(maps, s, CPU)[0].stamp
        for s in (settings, settings, replace(settings, seed=1))
    )
    assert one == again != other


def test_it_comes_back_from_its_file_with_its_codes(folder: Path, trained: tuple) -> None:
    model, _ = trained
    read = model_from_bytes(model_to_bytes(model), "'m'", "cpu")
    assert isinstance(read, GeneratorModel)
    assert (read.stamp, read.texel, read.maps) == (model.stamp, 1.0, 4)
    code = model.encode(read_one_map(folder / "0.exr"))  # larger maps are averaged down
    again = code_from_bytes(code_to_bytes(code), "'c'")
    assert again.count() == code.count() == 8 * 16
    assert np.array_equal(read.decode(again, 3), model.decode(code, 3))
    damaged = bytearray(model_to_bytes(model))
    damaged[-5] ^= 1
    with pytest.raises(ModelFileError, match="damaged"):
        model_from_bytes(bytes(damaged), "'m'")


def test_codes_mix_by_bands_and_not_by_places(folder: Path, trained: tuple) -> None:
    model = trained[0]
    one, other = (model.encode(read_one_map(folder / f"{k}.exr")) for k in (0, 1))
    assert np.allclose(blend(one, other, 0.5).numbers, (one.numbers + other.numbers) / 2)
    bands = one.bands()
    assert bands[0] == 3
    assert (np.diff(bands) <= 0).all()
    assert bands[-1] < 3
    mixed = blend(one, other, band_weight(["wrinkles"]))
    assert np.array_equal(mixed.numbers[bands == 3], other.numbers[bands == 3])
    assert np.array_equal(mixed.numbers[bands < 3], one.numbers[bands < 3])
    with pytest.raises(AimError, match="has no places"):
        blend(one, other, np.zeros((2, 2, 4)))
    with pytest.raises(AimError, match="of two generators"):
        blend(one, replace(other, stamp="x"), 0.5)
    waves = project(np.ones((SIZE, SIZE)), np.ones((SIZE, SIZE), bool), 1.0, 0.5)
    with pytest.raises(AimError, match="models of two kinds"):
        blend(waves, one, 0.5)


def test_codes_and_maps_of_others_are_refused(folder: Path, trained: tuple) -> None:
    model = trained[0]
    with pytest.raises(ScanError, match="has 16 pixels a side and the generator 32"):
        model.encode(np.zeros((16, 16)))
    code = model.encode(read_one_map(folder / "0.exr"))
    with pytest.raises(AimError, match="made with another model"):
        model.decode(replace(code, stamp="x"))
    with pytest.raises(AimError, match="decode it with the generator"):
        WaveModel(np.ones((16, 16)), 1.0, np.ones(4), 0.0, 2, 1).decode(code)
    (note,) = model.notes(np.random.default_rng(0).standard_normal((8, 8)), np.ones((8, 8), bool))
    assert "scale may be wrong" in note


def test_the_same_commands_train_and_use_it(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(*words: object) -> None:
        options = parser().parse_args([str(word) for word in words])
        options.run(options)

    monkeypatch.setattr(ProjectSettings, "__init__", lambda self: vars(self).update(STEPS))
    out, code = tmp_path / "m.safetensors", tmp_path / "c.safetensors"
    kind = ("--generator", "--size", 16, "--device", "cpu")
    run("detail-train", folder, "-o", out, *kind, "--steps", 1, "--texel-mm", 0.5)
    assert "learnt from 4 maps of 1 people" in capsys.readouterr().out
    run("detail-encode", out, folder / "0.exr", "-o", code)
    run("detail-decode", out, code, "-o", tmp_path / "map.exr")
    assert read_one_map(tmp_path / "map.exr").shape == (16, 16)
    for words, said in (
        (("--generator", "--size", 24), "A generator of 24 pixels"),
        (("--generator", "--device", "abacus"), "--device is abacus: give one of auto"),
    ):
        with pytest.raises(AimError, match=said):
            run("detail-train", folder, "-o", out, *words)


STEPS = {"steps": 2, "rate": 0.05, "usual": 1e-4}


def test_maps_that_do_not_fit_the_generator_are_refused() -> None:
    with pytest.raises(ScanError, match="cannot be averaged to 32"):
        shrunk(np.zeros((48, 48), np.float32), 32)
