# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Codes of height maps: projection, grain, edits, files, what a folder teaches, and identity with expression."""

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from scipy import ndimage

from aim_blender_addon.backend.cli.table import parser, spelled
from aim_blender_addon.backend.detail.bands import split
from aim_blender_addon.backend.detail.code_edit import at_places, band_weight, blend, scaled
from aim_blender_addon.backend.detail.code_file import (
    code_from_bytes,
    code_to_bytes,
    code_to_npz,
    model_from_bytes,
    model_to_bytes,
)
from aim_blender_addon.backend.detail.code_steps import Edit, edit_files, encode_map
from aim_blender_addon.backend.detail.code_training import train_waves
from aim_blender_addon.backend.detail.codes import BANDS, Code, WaveModel, bands_of, block_of
from aim_blender_addon.backend.detail.compression import Response
from aim_blender_addon.backend.detail.detail_actor import DetailActor
from aim_blender_addon.backend.detail.detail_file import (
    Detail,
    detail_from_bytes,
    detail_to_bytes,
    skin_stamp,
)
from aim_blender_addon.backend.detail.lapped import analyse, compose
from aim_blender_addon.backend.detail.map_files import check_way_up, read_one_map, write_map
from aim_blender_addon.backend.detail.synthesis import (
    blended_details,
    blended_skins,
    maps_of,
    skin_code,
    synthesise,
)
from aim_blender_addon.backend.detail.training_maps import shows, training_maps
from aim_blender_addon.backend.errors import AimError, ModelFileError, ScanError
from aim_blender_addon.backend.io.array_files import npz_bytes
from aim_blender_addon.backend.io.exr_write import write_exr
from aim_blender_addon.backend.io.model_checks import checksum
from aim_blender_addon.backend.io.png16 import write_png16
from aim_blender_addon.backend.io.safe_tensors import pack_tensors, unpack_tensors

from .detail_patches import patch_pixels
from .test_detail_files import read_actor, write_actor

SIZE, TEXEL = 128, 0.58


def skin(seed: int, size: int = SIZE) -> np.ndarray:
    """[size, size] mm: grooves in the upper half over pores everywhere."""
    rng = np.random.default_rng(seed)
    noise = ndimage.gaussian_filter(rng.standard_normal((size, size)), (1.5, 6))
    grooves = (
        -0.25 * np.maximum(noise / noise.std() - 0.3, 0) * (np.arange(size) < size / 2)[:, None]
    )
    pores = ndimage.gaussian_filter(rng.standard_normal((size, size)), 0.8)
    return (grooves + 0.02 * pores / pores.std()).astype(np.float32)


def some_mask(size: int = SIZE) -> np.ndarray:
    mask = np.zeros((size, size), bool)
    mask[:, : size - 20] = True
    return mask


def write_people(folder: Path, people: int = 2, maps: int = 2, about: bool = True) -> Path:
    for person in range(people):
        inner = folder / f"{person}" / "maps"
        inner.mkdir(parents=True)
        for k in range(maps):
            write_map(inner / f"{k}_smile.exr", skin(10 * person + k))
        if about:
            (folder / f"{person}" / "detail.json").write_text(json.dumps({"texel_mm": TEXEL}))
    return folder


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> WaveModel:
    return train_waves(training_maps(write_people(tmp_path_factory.mktemp("people"))))[0]


def rest(found: np.ndarray, own: np.ndarray) -> float:
    return float(np.sqrt(np.square(found - own).mean() / np.square(own).mean()))


def energies(height: np.ndarray) -> np.ndarray:
    whole = np.ones(height.shape, bool)
    return np.sqrt([np.square(band).mean() for band in split(height, whole, TEXEL)])


# ------------------------------------------------------------------------------------------------------- waves


@pytest.mark.parametrize("block", [8, 16, 32])
def test_waves_come_back_and_keep_the_squares(block: int) -> None:
    maps = np.stack([skin(0), skin(1)])
    waves = analyse(maps, block)
    assert waves.shape == (2, SIZE // block, SIZE // block, block, block)
    assert np.abs(compose(waves, block) - maps).max() < 1e-5
    assert np.isclose(np.square(waves).sum(), np.square(maps).sum(), rtol=1e-5)


def test_a_wave_is_found_at_its_wavelength() -> None:
    columns = np.cos(2 * np.pi * np.arange(SIZE) / 6.4)  # five waves in two blocks of 16
    power = np.square(analyse(np.tile(columns, (SIZE, 1)), 16)).sum(axis=(0, 1))
    assert np.unravel_index(power.argmax(), power.shape)[1] in (4, 5)
    assert power[:, 3:7].sum() > 0.9 * power.sum()


# -------------------------------------------------------------------------------------------------- projection


def test_an_unseen_map_is_held_by_a_third_of_its_numbers(model: WaveModel) -> None:
    own, mask = skin(77), some_mask()
    code = model.encode(own, mask)
    assert code.count() <= mask.sum() / 3
    found = model.decode(code, grain=False)
    assert rest(found[mask], own[mask]) < 0.25
    fewer = model.decode(model.encode(own, mask, share=0.12), grain=False)
    assert rest(found[mask], own[mask]) < 0.7 * rest(fewer[mask], own[mask])


def test_with_all_numbers_a_map_comes_back_as_it_was(model: WaveModel) -> None:
    assert np.abs(model.decode(model.encode(skin(5), share=2)) - skin(5)).max() < 1e-5


def test_places_off_the_skin_take_no_numbers(model: WaveModel) -> None:
    mask = np.zeros((SIZE, SIZE), bool)
    mask[:64, :64] = True
    code = model.encode(skin(3) + 5.0 * ~mask, mask)
    assert code.places.sum() == 16
    assert rest(model.decode(code, grain=False)[mask], skin(3)[mask]) < 0.35


def test_grain_gives_back_the_strength_of_each_band(model: WaveModel) -> None:
    own = skin(42)
    code = model.encode(own, share=0.06)
    plain, grown = model.decode(code, grain=False), model.decode(code)
    assert (energies(plain) / energies(own)).min() < 0.8
    ratio = energies(grown) / energies(own)
    assert ratio.min() > 0.9
    assert ratio.max() < 1.1
    lower = np.s_[70:120]  # smooth skin has pores, too
    assert plain[lower].std() < 0.7 * own[lower].std()
    assert 0.8 < grown[lower].std() / own[lower].std() < 1.25


def test_grain_is_the_same_for_a_seed_alone(model: WaveModel) -> None:
    code = model.encode(skin(1), share=0.1)
    assert np.array_equal(model.decode(code, 4), model.decode(code, 4))
    assert not np.array_equal(model.decode(code, 4), model.decode(code, 5))


def test_places_and_bands_are_in_millimetres_whatever_the_pixels(model: WaveModel) -> None:
    assert [block_of(1024, t) for t in (1.16, 0.58, 0.29, 0.145)] == [16, 16, 32, 64]
    coarse, fine = bands_of(16, 0.58), bands_of(32, 0.29)
    assert np.array_equal(np.unique(coarse), [0, 1, 2, 3])
    assert (fine == 0).sum() > 3 * (coarse == 0).sum()
    assert abs((fine == 1).sum() - (coarse == 1).sum()) < 4
    own = model.shape_at(16, TEXEL)
    assert np.allclose(own, np.maximum(model.power, model.power.max() * 1e-8))
    assert np.allclose(model.shape_at(32, TEXEL / 2)[:16, :16], own)


@pytest.mark.parametrize(
    ("height", "mask", "texel", "said"),
    [
        (np.zeros((64, 32)), None, TEXEL, "give a square one"),
        (np.zeros((64, 64)), np.ones((32, 32), bool), TEXEL, "give them one size"),
        (np.full((64, 64), np.nan), None, TEXEL, "no heights"),
        (np.zeros((64, 64)), np.zeros((64, 64), bool), TEXEL, "shows no skin"),
        (np.zeros((64, 64)), None, -1.0, "A pixel of -1.0 mm"),
        (np.zeros((72, 72)), None, TEXEL, "give a multiple of 16 pixels"),
    ],
)
def test_what_is_no_map_is_not_encoded(model, height, mask, texel, said) -> None:
    with pytest.raises(ScanError, match=said):
        model.encode(height, mask, texel)


def test_too_few_numbers_are_refused(model: WaveModel) -> None:
    with pytest.raises(ScanError, match="too few for places of 16 pixels"):
        model.encode(skin(0), share=0.03)


def test_a_map_unlike_those_of_the_model_is_told(model: WaveModel) -> None:
    whole = np.ones((SIZE, SIZE), bool)
    assert model.notes(skin(50), whole) == []
    (note,) = model.notes(-skin(50), whole)
    assert "sign may be inverted" in note
    (note,) = model.notes(skin(50) * 50, whole)
    assert "scale may be wrong" in note


# ------------------------------------------------------------------------------------------------------- edits


def test_ends_of_a_blend_are_the_codes_and_halfway_fades_nothing(model: WaveModel) -> None:
    one, other = (model.encode(skin(k)) for k in (1, 2))
    assert np.allclose(blend(one, other, 0.0).numbers, one.numbers)
    assert np.allclose(blend(one, other, 1.0).grain, other.grain, atol=1e-4)
    half = blend(one, other, 0.5)
    ratio = energies(model.decode(half)) / ((energies(skin(1)) + energies(skin(2))) / 2)
    assert 0.8 < ratio.min() <= ratio.max() < 1.25
    mean = (model.decode(one, grain=False) + model.decode(other, grain=False)) / 2
    assert (energies(mean) / energies(skin(1)))[:3].max() < 0.8  # as a mean alone would be


def test_fine_bands_of_another_leave_the_wrinkles(model: WaveModel) -> None:
    one, other = (model.encode(skin(k)) for k in (1, 2))
    mixed = blend(one, other, band_weight(["fine_pores", "pores"]))
    band = bands_of(16, TEXEL)
    assert np.array_equal(mixed.numbers[..., band >= 2], one.numbers[..., band >= 2])
    assert np.array_equal(mixed.numbers[..., band < 2], other.numbers[..., band < 2])
    with pytest.raises(AimError, match="There is no band 'hair': give some of fine_pores"):
        band_weight(["hair"])


def test_a_region_of_another_leaves_the_rest(model: WaveModel) -> None:
    one, other = (model.encode(skin(k)) for k in (1, 2))
    whole = np.ones((SIZE, SIZE), bool)
    left = at_places((np.arange(SIZE) < 64)[None].repeat(SIZE, 0), whole, 16)
    found = model.decode(blend(one, other, left[:, :, None]))
    # places overlap by half of one, and the map's left edge with its right one
    assert np.allclose(found[:, 8:56], model.decode(other)[:, 8:56], atol=1e-5)
    assert np.allclose(found[:, 72:120], model.decode(one)[:, 72:120], atol=1e-5)


def test_a_code_is_made_stronger(model: WaveModel) -> None:
    code = model.encode(skin(1))
    assert np.allclose(model.decode(scaled(code, 1.5)), 1.5 * model.decode(code), atol=1e-5)


def test_codes_that_do_not_fit_each_other_are_not_mixed(model: WaveModel) -> None:
    one = model.encode(skin(1))
    with pytest.raises(AimError, match="of maps of 128 and 64 pixels"):
        blend(one, model.encode(skin(1, 64)), 0.5)
    with pytest.raises(AimError, match="of two meshes or UV maps"):
        blend(replace(one, skin="a"), replace(one, skin="b"), 0.5)


# ------------------------------------------------------------------------------------------------------- files


def test_models_and_codes_come_back_from_their_files(model: WaveModel) -> None:
    read = model_from_bytes(model_to_bytes(model), "'m'")
    code = replace(model.encode(skin(8), some_mask()), skin="stamp")
    again = code_from_bytes(code_to_bytes(code), "'c'")
    assert isinstance(read, WaveModel)
    assert isinstance(again, Code)
    assert again.skin == "stamp"
    assert np.array_equal(again.numbers, code.numbers)
    assert np.array_equal(read.decode(again, 3), model.decode(code, 3))
    assert len(code_to_bytes(code)) < 4 * code.count() + 1500  # as many numbers as it says


def test_codes_as_arrays_have_a_number_by_band_place_and_wave(model: WaveModel) -> None:
    code = replace(model.encode(skin(8), some_mask()), skin="stamp")
    arrays = code_to_npz(code)
    rows, columns, block = code.numbers.shape[:3]
    assert arrays["values"].shape == (4, rows * columns, block * block)
    again = code_from_bytes(npz_bytes(arrays), "'c'")
    assert isinstance(again, Code)
    assert again.skin == "stamp"
    assert np.array_equal(again.numbers, code.numbers)
    assert np.array_equal(model.decode(again, 3), model.decode(code, 3))
    coarse = {
        **arrays,
        "values": arrays["values"] * np.array([0, 0, 0, 1], np.float32)[:, None, None],
    }
    height = model.decode(code_from_bytes(npz_bytes(coarse), "'c'"), grain=False)
    bands = split(height, np.ones(height.shape, bool), TEXEL)
    assert bands[0].std() < 0.1 * bands[3].std()


@pytest.mark.parametrize(
    "change",
    [
        {"values": np.zeros((4, 3, 5))},
        {"values": np.array("text")},
        {"grid": np.array([8, 8, 1 << 40])},
        {"grid": np.array([8])},
        {"grain": np.full((64, 4), np.nan)},
        {"texel_mm": np.float64(0)},
    ],
)
def test_arrays_that_are_no_code_are_refused(model: WaveModel, change: dict) -> None:
    arrays = code_to_npz(model.encode(skin(8)))
    with pytest.raises(ModelFileError, match="holds no code"):
        code_from_bytes(npz_bytes({**arrays, **change}), "'c'")
    with pytest.raises(ModelFileError, match="holds no code"):
        code_from_bytes(npz_bytes(arrays)[:-9], "'c'")


def test_damaged_files_of_codes_are_refused(model: WaveModel) -> None:
    code = model_to_bytes(model), code_to_bytes(model.encode(skin(8)))
    for data, read, what in zip(
        code, (model_from_bytes, code_from_bytes), ("model", "code"), strict=True
    ):
        flipped = bytearray(data)
        flipped[-9] ^= 1
        with pytest.raises(ModelFileError, match="damaged"):
            read(bytes(flipped), "'a'")
        with pytest.raises(ModelFileError, match="cut off"):
            read(data[:-4], "'a'")
        with pytest.raises(ModelFileError, match="another version"):
            read(data.replace(b'"version":"1"', b'"version":"9"'), "'a'")
        with pytest.raises(ModelFileError, match=f"not a {what} of detail"):
            read(b"picture", "'a'")
    with pytest.raises(ModelFileError, match="is not a code of detail"):
        code_from_bytes(code[0], "'a'")


@pytest.mark.parametrize(
    ("about", "tensors"),
    [
        ({"texel_mm": 0}, {}),
        ({"texel_mm": None}, {}),
        ({"kind": "picture"}, {}),
        ({"shape": [1 << 40, 1 << 40, 16]}, {}),
        ({"shape": [8, 8, 1 << 30]}, {}),
        ({"shape": [8, 4, 16]}, {}),
        ({"shape": [8]}, {}),
        ({}, {"values": np.zeros(3, np.float32)}),
        ({}, {"kept": np.zeros(1, np.uint8)}),
        ({}, {"places": np.full(8, 0, np.uint8)}),
        ({}, {"grain": np.full((64, 4), np.nan, np.float32)}),
    ],
)
def test_codes_made_up_with_a_right_checksum_are_refused(model, about, tensors) -> None:
    metadata, own = unpack_tensors(code_to_bytes(model.encode(skin(8))), "'a'", "", "")
    text = json.dumps(json.loads(metadata["about"]) | about)
    own = own | tensors
    packed = pack_tensors(own, metadata | {"about": text, "sha256": checksum(text, own)})
    with pytest.raises(ModelFileError, match="'a' is damaged") as found:
        code_from_bytes(packed, "'a'")
    assert "\n" not in str(found.value)


@pytest.mark.parametrize(
    ("about", "tensors"),
    [
        ({"kind": "generator"}, {}),
        ({"kind": "picture"}, {}),
        ({"maps": "many"}, {}),
        ({}, {"power": np.full((16, 16), np.nan)}),
        ({}, {"power": -np.ones((16, 16))}),
        ({}, {"power": np.ones((16, 8))}),
        ({}, {"band_mm": np.ones(3)}),
    ],
)
def test_models_made_up_with_a_right_checksum_are_refused(model, about, tensors) -> None:
    metadata, own = unpack_tensors(model_to_bytes(model), "'a'", "", "")
    text = json.dumps(json.loads(metadata["about"]) | about)
    own = own | tensors
    packed = pack_tensors(own, metadata | {"about": text, "sha256": checksum(text, own)})
    with pytest.raises(ModelFileError, match="'a' is damaged"):
        model_from_bytes(packed, "'a'")


# ---------------------------------------------------------------------------------------------------- training


def test_a_folder_of_people_teaches_the_same_model_each_time(tmp_path: Path) -> None:
    folder = write_people(tmp_path)
    found, report = train_waves(training_maps(folder))
    again, _ = train_waves(training_maps(folder))
    assert model_to_bytes(found) == model_to_bytes(again)
    assert (found.maps, found.people, found.texel) == (4, 2, TEXEL)
    assert report["notes"] == []
    assert set(report["bands_mm"]) == set(BANDS)
    assert np.isclose(np.sqrt(np.sum(found.band_mm**2)), report["rms_mm"], rtol=0.15)


def test_pixels_of_an_unknown_size_are_told(tmp_path: Path) -> None:
    maps = training_maps(write_people(tmp_path, about=False))
    _, report = train_waves(maps)
    assert "2.3 mm of skin are assumed" in report["notes"][0]
    assert train_waves(maps, 0.5)[1]["notes"] == []


def test_folders_that_teach_nothing_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ScanError, match="is not a folder"):
        training_maps(tmp_path / "none")
    one = tmp_path / "one"
    one.mkdir()
    write_map(one / "smile.exr", skin(0))
    with pytest.raises(ScanError, match="'one' holds 1 height map: give two at least"):
        training_maps(one)
    write_map(one / "anger.exr", skin(0))
    with pytest.raises(ScanError, match="All height maps of 'one' are equal"):
        train_waves(training_maps(one), TEXEL)
    write_map(one / "anger.exr", skin(1, 64))
    with pytest.raises(ScanError, match="'smile.exr' has 128 pixels a side and 'anger.exr' 64"):
        train_waves(training_maps(one), TEXEL)


@pytest.mark.parametrize("times", [100, 0.001])
def test_a_folder_with_a_wrong_scale_is_refused(tmp_path: Path, times: float) -> None:
    for k in range(2):
        write_exr(tmp_path / f"{k}.exr", skin(k) * times, half=False)
    with pytest.raises(ScanError, match="give their scale in mm"):
        train_waves(training_maps(tmp_path), TEXEL)


def test_pictures_that_are_no_heights_teach_nothing(tmp_path: Path) -> None:
    write_map(tmp_path / "a.exr", skin(0))
    broken = skin(1)
    broken[3, 3] = np.nan
    write_exr(tmp_path / "b.exr", broken)
    with pytest.raises(ScanError, match="'b.exr' holds numbers that are no heights"):
        train_waves(training_maps(tmp_path), TEXEL)
    (tmp_path / "b.exr").unlink()
    write_png16(tmp_path / "b.png", np.full((SIZE, SIZE), 48192, np.uint16))
    with pytest.raises(ScanError, match="have no scale"):
        training_maps(tmp_path)
    with pytest.raises(ScanError, match="'b.png' was saved with the sRGB curve"):
        train_waves(training_maps(tmp_path, 0.9), TEXEL)
    from PIL import Image

    Image.fromarray(np.full((SIZE, SIZE), 128, np.uint8)).save(tmp_path / "b.png")
    with pytest.raises(ScanError, match="'b.png' has 8 bits a channel"):
        train_waves(training_maps(tmp_path, 0.9), TEXEL)


def test_what_surrounds_the_skin_teaches_nothing(tmp_path: Path) -> None:
    """A fill value beyond the skin is seen as such, whatever it is, and the skin's figures stay."""
    mask = some_mask()
    for k in range(2):
        write_map(tmp_path / f"{k}.exr", np.where(mask, skin(k), 0.5))
    assert np.array_equal(shows(np.where(mask, skin(0), 0.5)), mask)
    found, report = train_waves(training_maps(tmp_path), TEXEL)
    assert np.isclose(report["rms_mm"], np.std([skin(k)[mask] for k in range(2)]), rtol=0.02)
    assert np.sqrt(np.sum(found.band_mm**2)) < 0.15


def test_maps_of_one_person_need_no_neutral_to_teach(tmp_path: Path) -> None:
    for k, name in enumerate(("anger", "smile")):
        write_map(tmp_path / f"{name}.exr", skin(k))
    assert train_waves(training_maps(tmp_path), TEXEL)[0].people == 1


def test_an_upside_down_map_is_refused() -> None:
    mask = np.zeros((SIZE, SIZE), bool)
    mask[:60] = True
    check_way_up(shows(np.where(mask, skin(0), 0)), mask)
    with pytest.raises(ScanError, match="upside down"):
        check_way_up(shows(np.where(mask[::-1], skin(0), 0)), mask)


def test_a_map_that_is_missing_or_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ScanError, match="is no height map"):
        read_one_map(tmp_path / "none.exr")
    (tmp_path / "a.jpg").write_bytes(b"")
    with pytest.raises(ScanError, match="is no height map"):
        read_one_map(tmp_path / "a.jpg")


# ------------------------------------------------------------------------------------- identity and expression

PIXELS = 64


def detail(seed: int) -> Detail:
    mask = patch_pixels(PIXELS).mask
    maps = [np.where(mask, skin(seed + k, PIXELS), 0).astype(np.float32) for k in range(5)]
    return Detail(
        maps[0],
        np.stack(maps[1:]),
        np.ones((4, PIXELS, PIXELS), np.float32),
        Response(0.03, 0.1),
        np.array([1.0, 0, 0]),
        (0, 0),
        "patch",
        "stamp",
        {},
    )


def test_an_identity_expresses_what_its_rig_does(model: WaveModel) -> None:
    pixels, own = patch_pixels(PIXELS), detail(1)
    identity = skin_code(model, own, pixels)
    weights = np.random.default_rng(0).uniform(0.5, 1, (PIXELS, PIXELS, 1)) * [1, 0.2, 0, 0]
    wanted = own.constant + np.einsum("ijk,kij->ij", weights, own.compressed)
    found = synthesise(model, identity, weights, grain=False)
    on = pixels.mask
    assert rest(found[on], wanted[on]) < 0.35
    assert rest(synthesise(model, identity, 0 * weights, grain=False)[on], wanted[on]) > 0.5
    with pytest.raises(AimError, match="give one size"):
        synthesise(model, identity, weights[:32])


def test_what_the_rig_missed_becomes_grain(model: WaveModel) -> None:
    pixels, own = patch_pixels(PIXELS), detail(1)
    missed = 0.05 * np.random.default_rng(0).standard_normal((3, PIXELS, PIXELS))
    still = np.zeros((PIXELS, PIXELS, 4))
    on = pixels.mask
    plain = synthesise(model, skin_code(model, own, pixels), still)
    rough = synthesise(model, skin_code(model, own, pixels, missed), still)
    assert np.isclose(rough[on].var() - plain[on].var(), 0.05**2, rtol=0.35)


def test_identities_are_mixed(model: WaveModel) -> None:
    pixels = patch_pixels(PIXELS)
    here, there = (skin_code(model, detail(k), pixels) for k in (1, 20))
    assert blended_skins(here, there, 0.5).rest.norms().shape == here.rest.norms().shape
    one, half = (maps_of(model, k, grain=False)[0] for k in (here, blended_skins(here, there, 0.5)))
    assert 0.3 < np.corrcoef(one[pixels.mask], half[pixels.mask])[0, 1] < 0.99


def test_details_are_mixed_without_loss() -> None:
    pixels = patch_pixels(PIXELS)
    one, other = detail(1), detail(20)
    same = blended_details(one, other, 0.0, pixels)
    assert np.abs(same.constant - one.constant).max() < 1e-4
    mixed = blended_details(one, other, band_weight(["fine_pores"]), pixels)
    assert not np.allclose(mixed.compressed, one.compressed, atol=1e-3)
    assert np.corrcoef(mixed.compressed.ravel(), one.compressed.ravel())[0, 1] > 0.8
    with pytest.raises(AimError, match="of two meshes, UV maps or sizes"):
        blended_details(one, replace(other, stamp="b"), 0.5, pixels)


# ---------------------------------------------------------------------------------------------- on an actor's skin


@pytest.fixture
def actor(tmp_path: Path) -> DetailActor:
    """The patch, which says where its forehead and its lips would be."""
    write_actor(tmp_path / "actor")
    found = read_actor(tmp_path / "actor")
    marks = {"supraglabella": np.array([12.0, 24, 3]), "upper_lip": np.array([12.0, 0, 3])}
    return replace(
        found, survey=SimpleNamespace(landmarks=marks, frame=replace(found.survey.frame, scale=0.5))
    )


def test_an_actor_says_where_skin_is_and_whose(model: WaveModel, actor: DetailActor) -> None:
    mask = patch_pixels(PIXELS).mask
    lower = np.where(mask & (np.arange(PIXELS)[:, None] > 20), skin(1, PIXELS), 0)
    code, report = encode_map(model, lower.astype(np.float32), actor)
    assert isinstance(code, Code)
    assert report["pixels"] == mask.sum() > 3 * report["numbers"]
    assert code.texel == patch_pixels(PIXELS).typical_texel
    assert code.skin == skin_stamp(actor.neutral, actor.uv)
    own = replace(actor, uv=replace(actor.uv, points=actor.uv.points * [1, 0.6]))
    with pytest.raises(ScanError, match="upside down"):
        encode_map(model, np.where(own.pixels(PIXELS).mask[::-1], skin(1, PIXELS), 0), own)
    with pytest.raises(ScanError, match="Maps of 96 pixels are none"):
        encode_map(model, np.zeros((96, 96)), actor)


def test_regions_of_codes_and_details_are_the_actor_s(model: WaveModel, actor: DetailActor) -> None:
    files = []
    for k in (1, 20):
        height = np.where(patch_pixels(PIXELS).mask, skin(k, PIXELS), 0)
        files.append((code_to_bytes(encode_map(model, height, actor)[0]), f"'{k}'"))
    mixed = code_from_bytes(edit_files(*files, Edit(regions=["forehead"]), actor), "'m'")
    ends = [code_from_bytes(*file) for file in files]
    top, bottom = (
        [np.abs(mixed.numbers[r] - end.numbers[r]).mean() for end in ends] for r in (0, -1)
    )
    assert top[1] < 0.2 * top[0]
    assert bottom[0] < 0.2 * bottom[1]
    with pytest.raises(AimError, match="There is no region 'ears': give some of forehead"):
        edit_files(*files, Edit(regions=["ears"]), actor)
    other = replace(actor, uv=replace(actor.uv, points=actor.uv.points * 0.9))
    with pytest.raises(AimError, match="'1' is the code of another mesh or UV map"):
        edit_files(*files, Edit(regions=["forehead"]), other)


def test_details_mix_as_files_and_stay_the_actor_s(actor: DetailActor) -> None:
    stamp = skin_stamp(actor.neutral, actor.uv)
    one, other = (replace(detail(k), stamp=stamp) for k in (1, 20))
    files = [(detail_to_bytes(own), "'d'") for own in (one, other)]
    made = edit_files(*files, Edit(1.0, None, ["lips"]), actor)
    found = detail_from_bytes(made, "'f'", stamp)
    assert np.allclose(found.constant[8:16], one.constant[8:16], atol=0.03)
    assert np.allclose(found.constant[50:56], other.constant[50:56], atol=0.03)


# ---------------------------------------------------------------------------------------------------- commands


def run(*words: object) -> None:
    options = parser().parse_args(spelled([str(word) for word in words]))
    options.run(options)


def alike(found: np.ndarray, one: np.ndarray, other: np.ndarray, band: int) -> list[float]:
    """Correlations of a band with that of two maps."""
    whole = np.ones(found.shape, bool)
    bands = [split(height, whole, TEXEL)[band].ravel() for height in (found, one, other)]
    return np.corrcoef(bands)[0, 1:].tolist()


def test_the_commands_train_encode_edit_and_decode(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    people = write_people(tmp_path / "people")
    at = {name: tmp_path / f"{name}.safetensors" for name in ("model", "a", "b", "mix")}
    run("detail-train", people, "-o", at["model"], "--json", tmp_path / "f.json")
    assert "learnt from 4 maps of 2 people" in capsys.readouterr().out
    assert json.loads((tmp_path / "f.json").read_text())["texel_mm"] == TEXEL
    for k, name in enumerate("ab"):
        write_map(tmp_path / f"{name}.exr", skin(30 + k))
        run("detail-encode", at["model"], tmp_path / f"{name}.exr", "-o", at[name])
    assert "5,461 numbers for 16,384 pixels" in capsys.readouterr().out
    run("detail-edit", at["a"], at["b"], "-o", at["mix"], "--bands", "wrinkles", "fine_lines")
    run("detail-decode", at["model"], at["mix"], "-o", tmp_path / "mix.exr", "--seed", 3)
    found = read_one_map(tmp_path / "mix.exr")
    coarse, fine = alike(found, skin(30), skin(31), 2), alike(found, skin(30), skin(31), 0)
    assert coarse[1] > 0.7 > 0.35 > abs(coarse[0])  # both have grooves above, none below
    assert fine[0] > 0.6 > 0.2 > abs(fine[1])
    with pytest.raises(AimError, match="name a map .exr or .png"):
        run("detail-decode", at["model"], at["mix"], "-o", tmp_path / "mix.jpg")
    with pytest.raises(AimError, match="--steps is a generator's"):
        run("detail-train", people, "-o", at["model"], "--steps", 3)
    with pytest.raises(AimError, match="The amount is 2"):
        run("detail-edit", at["a"], at["b"], "-o", at["mix"], "--amount", 2)
    with pytest.raises(AimError, match="give the actor's folder with --actor"):
        run("detail-edit", at["a"], at["b"], "-o", at["mix"], "--regions", "forehead")


def test_a_detail_of_the_actor_codes_maps_as_a_model_does(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    write_actor(tmp_path / "actor")
    own = read_actor(tmp_path / "actor")
    made = replace(detail(1), stamp=skin_stamp(own.neutral, own.uv), skin=(own.neutral, own.uv))
    (tmp_path / "d.safetensors").write_bytes(detail_to_bytes(made))
    wanted = np.where(patch_pixels(PIXELS).mask, skin(40, PIXELS), 0).astype(np.float32)
    write_map(tmp_path / "a.exr", wanted)
    words = ["detail", "encode", tmp_path / "d.safetensors", tmp_path / "a.exr"]
    run(*words, "-o", tmp_path / "a.npz", "--actor", tmp_path / "actor")
    assert "of the heights are left out" in capsys.readouterr().out
    run(
        "detail",
        "decode",
        tmp_path / "d.safetensors",
        tmp_path / "a.npz",
        "-o",
        tmp_path / "b.exr",
        "--no-grain",
    )
    found = read_one_map(tmp_path / "b.exr")
    assert rest(found[patch_pixels(PIXELS).mask], wanted[patch_pixels(PIXELS).mask]) < 0.5
    (tmp_path / "d.safetensors").write_bytes(detail_to_bytes(replace(made, skin=None)))
    with pytest.raises(AimError, match="holds no skin: give the actor's folder"):
        run(*words, "-o", tmp_path / "a.npz")


def test_several_folders_teach_together(tmp_path: Path) -> None:
    people = write_people(tmp_path / "people")
    both = sorted(path for path in people.iterdir() if path.is_dir())
    assert len(both) == 2
    apart, whole = training_maps(both), training_maps(people)
    assert (apart.people, len(apart)) == (whole.people, len(whole)) == (2, 4)
    assert len(training_maps([people, both[0]])) == 4
    with pytest.raises(ScanError, match="'.*gone' is not a folder"):
        training_maps([people, tmp_path / "gone"])


def test_a_code_and_a_detail_are_not_mixed(model: WaveModel) -> None:
    code = code_to_bytes(model.encode(skin(1))), "'c'"
    own = detail_to_bytes(detail(0)), "'d'"
    with pytest.raises(AimError, match="One file is a code and the other a detail"):
        edit_files(code, own, Edit(), None)
    with pytest.raises(AimError, match="give the actor's folder"):
        edit_files(own, own, Edit(), None)
