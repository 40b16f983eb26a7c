# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of detail: 16-bit PNG, EXR, folders of maps, the stored detail, and the commands."""

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from aim_blender_addon.backend.anatomy.head.frame import FaceFrame
from aim_blender_addon.backend.anatomy.survey import FaceSurvey
from aim_blender_addon.backend.cli.table import parser
from aim_blender_addon.backend.detail.compression import Response
from aim_blender_addon.backend.detail.detail_actor import DetailActor, read_detail_actor
from aim_blender_addon.backend.detail.detail_file import (
    Detail,
    detail_from_bytes,
    detail_to_bytes,
    skin_stamp,
)
from aim_blender_addon.backend.detail.extract import ExtractSettings
from aim_blender_addon.backend.detail.extract_steps import extract_folder
from aim_blender_addon.backend.detail.fit_steps import FitExtras, fit_folder
from aim_blender_addon.backend.detail.map_files import (
    HeightMaps,
    check_heights,
    read_map,
    read_maps,
    write_about,
    write_map,
)
from aim_blender_addon.backend.detail.prior import PriorSettings, filled, make_prior
from aim_blender_addon.backend.detail.rig_maps import RigMaps, RigSettings
from aim_blender_addon.backend.detail.uv import UvMap
from aim_blender_addon.backend.errors import AimError, ModelFileError, ScanError
from aim_blender_addon.backend.io.exr import parse_exr
from aim_blender_addon.backend.io.exr_write import write_exr
from aim_blender_addon.backend.io.obj import write_obj
from aim_blender_addon.backend.io.obj_uv import parse_obj_uv
from aim_blender_addon.backend.io.png16 import parse_png16, write_png16
from tests.shared_data import make_actor, requires_shared

from .detail_patches import patch, patch_pixels
from .test_detail_surface import scan_of

SIZE = 64


def heights(seed: int = 0) -> np.ndarray:
    return (0.05 * np.random.default_rng(seed).standard_normal((SIZE, SIZE))).astype(np.float32)


def on_skin(image: np.ndarray) -> np.ndarray:
    return np.where(patch_pixels(SIZE).mask, image, 0).astype(np.float32)


# ------------------------------------------------------------------------------------------------------------ PNG


@pytest.mark.parametrize("mode", ["grey", "noise", "ramp"])
def test_png_of_16_bits_agrees_with_pillow_both_ways(tmp_path: Path, mode: str) -> None:
    rng = np.random.default_rng(1)
    image = {
        "grey": np.full((17, 23), 32768, np.uint16),
        "noise": rng.integers(0, 65536, (17, 23)).astype(np.uint16),
        "ramp": (np.add.outer(np.arange(17) * 300, np.arange(23) * 1100) + 9).astype(np.uint16),
    }[mode]
    write_png16(tmp_path / "ours.png", image)
    with Image.open(tmp_path / "ours.png") as opened:
        assert np.array_equal(np.array(opened), image)
    stream = io.BytesIO()
    Image.fromarray(image).save(stream, "png", compress_level=9)
    assert np.array_equal(parse_png16(stream.getvalue())[:, :, 0], image)


def test_every_png_filter_is_undone() -> None:
    """A file whose rows use filters 0 to 4 in turn, made by the standard's formulas byte by byte."""
    import struct
    import zlib

    image = np.random.default_rng(2).integers(0, 65536, (10, 7, 3)).astype(np.uint16)
    raw = image.astype(">u2").view(np.uint8).reshape(10, 42).astype(int)
    rows = b""
    for y in range(10):
        kind = y % 5
        line = [kind]
        for x in range(42):
            a = raw[y, x - 6] if x >= 6 else 0
            b = raw[y - 1, x] if y else 0
            c = raw[y - 1, x - 6] if y and x >= 6 else 0
            p = a + b - c
            paeth = min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]
            line.append((raw[y, x] - [0, a, b, (a + b) // 2, paeth][kind]) % 256)
        rows += bytes(line)

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 7, 10, 16, 2, 0, 0, 0))
    data += chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    assert np.array_equal(parse_png16(data), image)


def test_png_that_cannot_be_heights_is_refused(tmp_path: Path) -> None:
    stream = io.BytesIO()
    Image.fromarray(np.full((8, 8), 128, np.uint8)).save(stream, "png")
    with pytest.raises(ValueError, match="has 8 bits a channel, and heights need 16"):
        parse_png16(stream.getvalue())
    write_png16(tmp_path / "a.png", np.zeros((8, 8), np.uint16))
    data = (tmp_path / "a.png").read_bytes()
    with pytest.raises(ValueError, match="cut off or damaged"):
        parse_png16(data[:-20])
    with pytest.raises(ValueError, match="not a PNG"):
        parse_png16(b"GIF89a")


# ------------------------------------------------------------------------------------------------------------ EXR


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_exr_comes_back_in_order(tmp_path: Path, channels: int) -> None:
    image = np.random.default_rng(0).standard_normal((9, 12, channels)).astype(np.float32)
    write_exr(tmp_path / "a.exr", image, half=False)
    assert np.array_equal(parse_exr(tmp_path / "a.exr"), image)
    write_exr(tmp_path / "a.exr", image)
    assert np.abs(parse_exr(tmp_path / "a.exr") - image).max() < 0.002


def test_damaged_exr_is_refused(tmp_path: Path) -> None:
    write_exr(tmp_path / "a.exr", heights())
    data = (tmp_path / "a.exr").read_bytes()
    (tmp_path / "cut.exr").write_bytes(data[:200])
    with pytest.raises(ScanError, match="'cut.exr' is damaged"):
        read_map(tmp_path / "cut.exr", 1.0)
    (tmp_path / "other.exr").write_bytes(b"no picture")
    with pytest.raises(ScanError, match="'other.exr' is not an EXR file"):
        read_map(tmp_path / "other.exr", 1.0)


# --------------------------------------------------------------------------------------------------- folder of maps


def folder(path: Path, suffix: str = ".exr", **maps: np.ndarray) -> Path:
    path.mkdir(exist_ok=True)
    for name, image in maps.items():
        write_map(path / f"{name}{suffix}", image)
    return path


@pytest.mark.parametrize("suffix", [".exr", ".png"])
def test_maps_come_back_with_the_neutral_first(tmp_path: Path, suffix: str) -> None:
    made = folder(tmp_path / "maps", suffix, anger=heights(1), neutral=heights(0), smile=heights(2))
    write_about(made, {})
    read = read_maps(made)
    assert read.names == ("neutral", "anger", "smile")
    assert np.abs(read.heights[1] - heights(1)).max() < 1e-4


def test_a_scale_in_millimetres_is_from_mid_grey_to_white(tmp_path: Path) -> None:
    made = tmp_path / "maps"
    made.mkdir()
    for name in ("neutral", "smile"):
        write_png16(made / f"{name}.png", np.full((8, 8), 32768 + 16384, np.uint16))
    assert np.allclose(read_maps(made, 0.914).heights, 0.457)


def test_png_maps_without_scale_are_refused(tmp_path: Path) -> None:
    made = folder(tmp_path / "maps", ".png", neutral=heights(), smile=heights(1))
    with pytest.raises(ScanError, match="The PNG maps of 'maps' have no scale"):
        read_maps(made)
    with pytest.raises(ScanError, match="The scale of the maps is -1"):
        read_maps(made, -1)
    (made / "detail.json").write_text("{}")
    with pytest.raises(ScanError, match="'detail.json' gives no scale"):
        read_maps(made)


def test_one_map_alone_or_no_neutral_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ScanError, match="is not a folder"):
        read_maps(tmp_path / "none")
    made = folder(tmp_path / "maps", anger=heights())
    with pytest.raises(ScanError, match="holds 1 height map: a detail rig needs the neutral"):
        read_maps(made)
    folder(made, smile=heights(1))
    with pytest.raises(ScanError, match="holds no map of the neutral"):
        read_maps(made)


def test_maps_of_other_sizes_are_refused(tmp_path: Path) -> None:
    made = folder(tmp_path / "maps", neutral=heights(), anger=heights()[:32, :32])
    with pytest.raises(ScanError, match="'anger.exr' has another size than the neutral's"):
        read_maps(made)
    folder(made, anger=heights()[:32])
    with pytest.raises(ScanError, match="'anger.exr' is 64 x 32 pixels: save it square"):
        read_maps(made)


def test_fill_values_in_exr_are_refused(tmp_path: Path) -> None:
    broken = heights()
    for value in (np.nan, 65000.0):
        broken[0, 0] = value
        write_exr(tmp_path / "smile.exr", broken)
        with pytest.raises(ScanError, match="NaN or fill values"):
            read_map(tmp_path / "smile.exr", 1.0)


def test_png_saved_with_the_srgb_curve_is_refused(tmp_path: Path) -> None:
    write_png16(tmp_path / "smile.png", np.full((8, 8), 48192, np.uint16))
    with pytest.raises(ScanError, match="saved with the sRGB curve"):
        read_map(tmp_path / "smile.png", 1e-4)


def test_maps_with_a_wrong_scale_are_refused(tmp_path: Path) -> None:
    maps = folder(tmp_path / "maps", neutral=on_skin(heights()), smile=on_skin(heights(1)))
    read = read_maps(maps)
    mask = patch_pixels(SIZE).mask
    assert check_heights(read, mask) == []
    for times in (100, 0.001):
        with pytest.raises(ScanError, match="give their scale in mm"):
            check_heights(type(read)(read.names, read.heights * times), mask)


def test_maps_that_are_all_equal_are_refused() -> None:
    mask = patch_pixels(SIZE).mask
    equal = HeightMaps(("neutral", "smile"), np.stack([heights(), heights()]))
    with pytest.raises(ScanError, match="All height maps are equal"):
        check_heights(equal, mask)


def test_maps_upside_down_are_refused() -> None:
    mask = np.zeros((SIZE, SIZE), bool)
    mask[4:30] = True
    maps = np.stack([np.where(mask[::-1], heights(k), 0) for k in range(3)])
    maps[:, mask] += 0.01 * np.arange(mask.sum()) / mask.sum()
    maps[:, mask & ~mask[::-1]] = np.where(maps[:, mask & ~mask[::-1]] == 0, 0, 0)
    maps += np.where(np.arange(SIZE)[:, None] == 20, heights(4), 0)
    with pytest.raises(ScanError, match="upside down"):
        check_heights(HeightMaps(("neutral", "a", "b"), maps.astype(np.float32)), mask)


def test_an_inverted_sign_is_told() -> None:
    mask = patch_pixels(SIZE).mask
    furrow = np.zeros((SIZE, SIZE), np.float32)
    furrow[::4] = -0.4
    maps = np.stack([on_skin(heights()), on_skin(heights() + furrow)])
    assert check_heights(HeightMaps(("neutral", "smile"), maps), mask) == []
    (note,) = check_heights(HeightMaps(("neutral", "smile"), -maps), mask)
    assert "sign may be inverted" in note


# ---------------------------------------------------------------------------------------------------- stored detail


def stored() -> Detail:
    mesh, corner_uv = patch()
    return Detail(
        heights(),
        np.stack([heights(k) for k in range(4)]),
        np.full((4, SIZE, SIZE), 0.5, np.float32),
        Response(np.linspace(0, 0.06, 81, dtype=np.float32), 0.1),
        np.array([1.0, 0, 0]),
        (0, 0),
        "patch",
        skin_stamp(mesh, UvMap.of(mesh, corner_uv)),
        {"maps": 3},
    )


def test_detail_comes_back_as_it_was() -> None:
    detail = stored()
    read = detail_from_bytes(detail_to_bytes(detail), "'a'", detail.stamp)
    assert np.array_equal(read.compressed, detail.compressed)
    assert np.array_equal(read.response.start, detail.response.start)
    assert np.abs(read.known - detail.known).max() < 0.003
    assert (read.response.width, read.tile, read.about) == (0.1, (0, 0), {"maps": 3})


def test_detail_of_another_mesh_damaged_or_newer_is_refused() -> None:
    data = detail_to_bytes(stored())
    with pytest.raises(ModelFileError, match="another mesh or UV map"):
        detail_from_bytes(data, "'a'", "0" * 16)
    flipped = bytearray(data)
    flipped[-9] ^= 1
    with pytest.raises(ModelFileError, match="damaged"):
        detail_from_bytes(bytes(flipped), "'a'")
    with pytest.raises(ModelFileError, match="cut off"):
        detail_from_bytes(data[:-4], "'a'")
    with pytest.raises(ModelFileError, match="another version"):
        detail_from_bytes(data.replace(b'"version":"1"', b'"version":"9"'), "'a'")


# -------------------------------------------------------------------------------------------------------- OBJ's UV


def test_uv_of_an_obj_is_read_by_corner() -> None:
    text = b"v 0 0 0\nvt 0 0\nvt 1 0 0\nvt 1 1\nf 1/1 2/2/7 3/-1\nf 1/3 2/1 3/2\n"
    assert parse_obj_uv(text).tolist() == [[0, 0], [1, 0], [1, 1], [1, 1], [0, 0], [1, 0]]
    assert parse_obj_uv(b"v 0 0 0\nf 1 2 3\n") is None
    assert parse_obj_uv(b"vt 0 0\nf 1//1 2//1 3//2\n") is None
    with pytest.raises(ValueError, match="2 corners have no UV"):
        parse_obj_uv(b"vt 0 0\nf 1/1 2 3\n")
    with pytest.raises(ValueError, match="UV that is not there"):
        parse_obj_uv(b"vt 0 0\nf 1/1 2/1 3/2\n")


# ------------------------------------------------------------------------------------------------- from a folder


def write_actor(path: Path, uv: bool = True) -> None:
    """The patch as an actor's folder, with an expression that presses it together."""
    mesh, corner_uv = patch()
    (path / "expressions").mkdir(parents=True)
    faces = np.arange(len(mesh.face_vertices)).reshape(-1, 4)

    def text(vertices: np.ndarray) -> str:
        lines = ["v {:.5f} {:.5f} {:.5f}".format(*v) for v in vertices]
        lines += ["vt {:.5f} {:.5f}".format(*t) for t in corner_uv] if uv else []
        for face in faces:
            numbers = mesh.face_vertices[face] + 1
            corners = [f"{v}/{c + 1}" if uv else f"{v}" for v, c in zip(numbers, face, strict=True)]
            lines.append("f " + " ".join(corners))
        return "\n".join(lines) + "\n"

    (path / "neutral.obj").write_text(text(mesh.vertices))
    (path / "expressions" / "smile.obj").write_text(text(mesh.vertices * [0.85, 1, 1]))


QUICK = RigSettings(sample=200, start_sample=1000, starts=(0.03,), widths=(0.12,), align_rounds=1)


def read_actor(path: Path) -> DetailActor:
    """The patch's actor; a patch is no face, so its frame is given."""
    actor = read_detail_actor(path)
    x, y, z = np.eye(3)
    frame = FaceFrame(x, y, z, np.array([12.0, 12, 3]), 1.0, 1.0)
    return replace(actor, survey=FaceSurvey(actor.neutral, {}, frame))


def test_a_folder_whose_neutral_has_no_uv_is_refused(tmp_path: Path) -> None:
    write_actor(tmp_path / "actor", uv=False)
    with pytest.raises(ScanError, match="'neutral' has no UV map"):
        read_detail_actor(tmp_path / "actor")
    with pytest.raises(ScanError, match="has no neutral.obj"):
        read_detail_actor(tmp_path)


def test_a_folder_of_scans_becomes_maps_and_maps_become_detail(tmp_path: Path) -> None:
    scans, maps = tmp_path / "scans", tmp_path / "maps"
    write_actor(tmp_path / "actor")
    scans.mkdir()
    mesh, _ = patch()
    for name, scale in (("neutral", 1.0), ("smile", 0.85)):
        posed = mesh.with_vertices(mesh.vertices * np.float32([scale, 1, 1]))
        write_obj(scans / f"{name}.obj", scan_of(posed, 3))
    actor = read_actor(tmp_path / "actor")
    coarse = ExtractSettings(finest=128)
    extracted = extract_folder(actor, scans, maps, 64, settings=coarse)
    assert extracted["maps"]["smile"]["misses"] < 0.01
    assert 0.02 < extracted["maps"]["smile"]["rms_mm"] < 0.08
    detail, report = fit_folder(actor, maps, settings=QUICK)
    assert detail.constant.shape == (64, 64)
    assert detail.process is None
    assert detail.pores is None
    assert report["maps"] == 2
    extras = FitExtras(process=True, pores=True)
    richer, figures = fit_folder(actor, maps, settings=QUICK, extras=extras)
    assert np.allclose(richer.constant - richer.pores, detail.constant, atol=1e-6)
    assert richer.process.pulls.shape == (2, 64, 64)
    assert all(ratio < 1.25 for ratio in figures["bands"]["with"])
    assert detail.stamp == skin_stamp(actor.neutral, actor.uv)
    (scans / "other.obj").write_bytes((scans / "smile.obj").read_bytes())
    with pytest.raises(ScanError, match=r"'other.obj' has no registered mesh"):
        extract_folder(actor, scans, maps, 64, settings=coarse)
    (scans / "other.obj").unlink()
    (maps / "smile.exr").rename(maps / "grin.exr")
    with pytest.raises(ScanError, match="The map 'grin' has no registered mesh"):
        fit_folder(actor, maps)
    (tmp_path / "file").write_text("")
    with pytest.raises(AimError, match="'.*file' cannot be made"):
        extract_folder(actor, scans, tmp_path / "file", 64, settings=coarse)
    with pytest.raises(ScanError, match="Maps of 100 pixels are none"):
        extract_folder(actor, scans, maps, 100)


def test_a_shape_without_strain_or_of_another_topology_is_refused(tmp_path: Path) -> None:
    write_actor(tmp_path / "actor")
    shapes = tmp_path / "actor" / "expressions"
    (shapes / "still.obj").write_bytes((tmp_path / "actor" / "neutral.obj").read_bytes())
    maps = folder(tmp_path / "maps", neutral=on_skin(heights()), still=on_skin(heights(1)))
    with pytest.raises(ScanError, match="The mesh of 'still' is the neutral's"):
        fit_folder(read_actor(tmp_path / "actor"), maps)
    (shapes / "still.obj").write_text("v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n")
    with pytest.raises(ScanError, match="'still' has another topology than the neutral"):
        read_detail_actor(tmp_path / "actor")


def test_a_seam_on_the_face_is_told(tmp_path: Path) -> None:
    write_actor(tmp_path / "actor")
    actor = read_actor(tmp_path / "actor")
    assert actor.notes() == []
    cut = patch()[1].reshape(-1, 4, 2) * [0.5, 1]
    cut[
        actor.neutral.vertices[actor.neutral.face_vertices].reshape(-1, 4, 3)[:, :, 0].mean(axis=1)
        > 12
    ] += [0.3, 0]
    (note,) = replace(actor, uv=UvMap.of(actor.neutral, cut.reshape(-1, 2))).notes()
    assert "A UV seam of 24 mm runs through the face" in note


# ------------------------------------------------------------------------------------------------- generic skin

LANDMARKS = {
    "supraglabella": np.array([12.0, 24, 3]),
    "upper_lip": np.array([12.0, 0, 3]),
}


def generic(**settings: object) -> RigMaps:
    left = np.array([1.0, 0, 0])
    return make_prior(patch_pixels(128), LANDMARKS, left, 0.5, PriorSettings(**settings))


def test_generic_skin_follows_age_strength_and_seed() -> None:
    usual, old, child = generic(), generic(age=75), generic(age=8)
    assert np.array_equal(usual.compressed, generic().compressed)
    assert not np.array_equal(usual.compressed, generic(seed=1).compressed)
    assert old.compressed.std() > 1.3 * usual.compressed.std() > 2 * child.compressed.std()
    assert old.constant.std() > usual.constant.std()
    assert generic(strengths={"lips": 0.0}).compressed.std() < usual.compressed.std()
    assert (usual.known == 0).all()


def test_generic_lines_lie_across_their_direction_and_wider_on_the_forehead() -> None:
    rig = generic(uneven=0.0)
    top, bottom = np.s_[12:50, 12:116], np.s_[78:116, 12:116]
    for image, along, across in ((rig.compressed[0], 0, 1), (rig.compressed[2], 1, 0)):
        steps = [np.square(np.diff(image[bottom], axis=axis)).mean() for axis in (across, along)]
        assert steps[0] > 4 * steps[1]  # lines of 0 degrees run up and down
    fineness = [
        np.square(np.diff(image, axis=0)).mean() / image.var()
        for image in (rig.compressed[2][top], rig.compressed[2][bottom])
    ]
    assert fineness[1] > 2 * fineness[0]


def test_generic_lines_stand_in_where_scans_settle_nothing() -> None:
    prior = generic()
    known = np.zeros_like(prior.known)
    known[:, :, 64:] = 1
    rig = replace(prior, known=known, compressed=np.zeros_like(prior.compressed))
    both = filled(rig, prior).compressed
    assert np.array_equal(both[:, :, :64], prior.compressed[:, :, :64])
    assert (both[:, :, 64:] == 0).all()


def test_settings_that_no_skin_has_are_refused() -> None:
    with pytest.raises(AimError, match="There is no region 'ears'"):
        generic(strengths={"ears": 1.0})
    with pytest.raises(AimError, match="An age of 200 is none"):
        generic(age=200)
    with pytest.raises(AimError, match="The spacing 0 of lips is out of range"):
        generic(spacings={"lips": 0.0})
    with pytest.raises(ScanError, match="No landmark of the face is known"):
        make_prior(patch_pixels(64), {}, np.array([1.0, 0, 0]))


@requires_shared
def test_the_command_gives_any_head_with_uv_a_skin(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    out = tmp_path / "d.safetensors"
    options = parser().parse_args(
        [
            *("detail-prior", str(make_actor(3, 8, "--uv")), "-o", str(out), "--size", "128"),
            *("--age", "60", "--region", "forehead", "1.5", "1.2"),
        ]
    )
    options.run(options)
    assert "generic skin of 60 years, 128 pixels" in capsys.readouterr().out
    detail = detail_from_bytes(out.read_bytes(), "'d'")
    assert 0.01 < detail.compressed.std() < 0.5
