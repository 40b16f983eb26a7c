# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Detail played without scipy: heights of frames, sequences on disk, normal maps, and maps for game engines."""

import errno
import functools
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from aim_blender_addon.backend.cli.table import parser, spelled
from aim_blender_addon.backend.detail import detail_actor
from aim_blender_addon.backend.detail import sequence as sequences
from aim_blender_addon.backend.detail.compression import Response, SkinStrain
from aim_blender_addon.backend.detail.detail_file import Detail, detail_to_bytes, skin_stamp
from aim_blender_addon.backend.detail.map_files import PNG_STEP, read_map
from aim_blender_addon.backend.detail.normal_map import DIRECTX, encoded
from aim_blender_addon.backend.detail.plain_skin import PlainSkin
from aim_blender_addon.backend.detail.play_steps import WeightFrames, synthesise
from aim_blender_addon.backend.detail.played_actor import PlayedActor
from aim_blender_addon.backend.detail.player import DetailPlayer
from aim_blender_addon.backend.detail.sequence import MapSequence, frames_of_range, made_of
from aim_blender_addon.backend.detail.shape_maps import LIST, arkit_first, write_shape_maps
from aim_blender_addon.backend.detail.uv import Chart, UvMap
from aim_blender_addon.backend.errors import AimError, JobCancelled, ScanError
from aim_blender_addon.backend.io.png16 import parse_png16
from aim_blender_addon.backend.shape_names import ARKIT

from .detail_patches import furrows, patch, patch_pixels
from .test_detail_files import read_actor, write_actor

SIZE = 64


@functools.cache
def actor(uv_scale: tuple[float, float] = (1.0, 1.0)) -> PlayedActor:
    """The patch with furrows that open where it is pressed together across x."""
    mesh, corner_uv = patch()
    uv = UvMap.of(mesh, 0.5 + (corner_uv - 0.5) * uv_scale)
    skin = PlainSkin.of(mesh, Chart.of(mesh, uv), SIZE)
    lines = skin.image(furrows(skin.mixed(skin.smooth(mesh.vertices)[skin.triangles])))
    rest = np.full((SIZE, SIZE), 0.01, np.float32)
    strain, response = SkinStrain.of(mesh), Response()
    return PlayedActor(
        mesh,
        uv,
        DetailPlayer(rest, np.stack([lines] * 4), skin),
        lambda vertices: strain.channels(vertices, response),
    )


def pressed() -> np.ndarray:
    return actor().neutral.vertices * np.array([0.85, 1, 1], np.float32)


# ------------------------------------------------------------------------------------------------------------ skin


def test_skin_without_scipy_is_the_same() -> None:
    mesh, skin, other = actor().neutral, actor().player.skin, patch_pixels(SIZE)
    assert np.array_equal(skin.rows, other.rows)
    values = np.random.default_rng(0).random((len(mesh.vertices), 4))
    assert np.allclose(skin.at(values), other.at(values), atol=1e-6)
    points, normals = other.base(mesh.vertices)
    smooth = skin.smooth(mesh.vertices)
    assert np.allclose(skin.mixed(smooth[skin.triangles]), points, atol=1e-9)
    assert np.allclose(skin.normals(smooth), normals, atol=1e-6)


def test_a_map_goes_on_beyond_the_skin() -> None:
    skin = actor().player.skin
    picture = skin.image(np.full(len(skin.rows), 0.5), -1.0)
    edge = np.flatnonzero(skin.mask[SIZE // 2])[0]
    assert picture[SIZE // 2, edge - 1] == 0.5
    assert picture[0, 0] == -1.0


def test_heights_are_those_of_the_formula() -> None:
    own = actor()
    height, skin = own.height(pressed()), own.player.skin
    weights = skin.at(own.channels(pressed()))
    expected = own.player.constant + skin.image(weights.sum(axis=1)) * own.player.compressed[0]
    assert np.allclose(height[skin.mask], expected[skin.mask], atol=1e-6)
    assert np.ptp(height[skin.mask]) > 0.05


def test_maps_of_another_size_than_the_skin_are_refused() -> None:
    own = actor().player
    with pytest.raises(ScanError, match="make the detail again"):
        DetailPlayer(own.constant[:32, :32], own.compressed, own.skin)


# ----------------------------------------------------------------------------------------------------- normal maps


def world_normals(own: PlayedActor, vertices: np.ndarray) -> np.ndarray:
    """[N, 3] normals of the skin with a slope of 0.2 along x and 0.1 along y."""
    skin = own.player.skin
    smooth = skin.smooth(vertices)
    points = skin.mixed(smooth[skin.triangles])
    return own.normals(vertices, skin.image(0.2 * points[:, 0] + 0.1 * points[:, 1]))


@pytest.mark.parametrize("scale", [(1.0, 1.0), (1.0, 0.5), (-1.0, 1.0), (0.6, -0.9)])
def test_slopes_stand_in_the_tangents_of_any_uv(scale: tuple[float, float]) -> None:
    """Rises to +x and +y: red and green fall where u and v grow that way, whatever a pixel's size is."""
    own = actor(scale)
    skin, normals = own.player.skin, world_normals(own, own.neutral.vertices)
    middle = normals[skin.mask]
    middle = middle[len(middle) // 3 : -len(middle) // 3].mean(axis=0)
    expected = np.array([-0.2 * np.sign(scale[0]), -0.1 * np.sign(scale[1]), 1])
    assert np.allclose(middle, expected / np.linalg.norm(expected), atol=0.01)


def test_directx_turns_green_over_and_flat_skin_is_blue() -> None:
    own = actor()
    height = own.height(pressed())
    gl, dx = (own.normals(pressed(), height, convention) for convention in ("opengl", DIRECTX))
    assert np.allclose(gl * [1, -1, 1], dx)
    assert np.abs(gl[..., 1]).max() > 0.005
    assert np.array_equal(encoded(gl)[0, 0], [32768, 32768, 65535])


def test_a_pixel_of_half_the_skin_has_twice_the_slope() -> None:
    """The base's own pixel size counts: the same heights on skin that is half as wide."""
    own = actor()
    height = own.height(pressed())
    whole = own.normals(own.neutral.vertices, height)
    half = own.normals(own.neutral.vertices * np.array([0.5, 1, 1], np.float32), height)
    mask = own.player.skin.mask
    slopes = [-(n[..., 0] / n[..., 2])[mask] for n in (whole, half)]
    gain = (slopes[0] @ slopes[1]) / (slopes[0] @ slopes[0])
    assert 1.7 < gain < 2.1


# -------------------------------------------------------------------------------------------------------- sequence


def frames(count: int = 4) -> WeightFrames:
    shapes = {"neutral": actor().neutral.vertices, "Press": pressed()}
    return WeightFrames(shapes, ["press", "other"], np.column_stack([np.linspace(0, 1, count)] * 2))


def test_a_sequence_is_written_in_ranges_and_gone_on_with(tmp_path: Path) -> None:
    first = MapSequence(tmp_path / "s", "take", ".png", "a")
    report = synthesise(actor(), frames(), first, 1, 2)
    assert report["frames"] == 2
    names = sorted(path.name for path in (tmp_path / "s").glob("*.png"))
    assert names == ["take.0001.png", "take.0002.png"]
    before = (tmp_path / "s" / names[0]).stat().st_mtime_ns
    second = synthesise(actor(), frames(), MapSequence(tmp_path / "s", "take", ".png", "a", True))
    assert (second["frames"], second["kept"]) == (2, 2)
    assert (tmp_path / "s" / names[0]).stat().st_mtime_ns == before
    height = read_map(tmp_path / "s" / "take.0003.png", PNG_STEP)
    assert np.allclose(height, actor().height(pressed()), atol=PNG_STEP)


def test_exr_of_a_frame_is_its_heights(tmp_path: Path) -> None:
    synthesise(actor(), frames(), MapSequence(tmp_path, "t", ".exr", "a"), 3)
    assert np.allclose(read_map(tmp_path / "t.0003.exr", 1.0), actor().height(pressed()), atol=1e-4)


def test_a_folder_with_another_sequence_is_refused(tmp_path: Path) -> None:
    MapSequence(tmp_path, "t", ".exr", "a")
    with pytest.raises(AimError, match="choose an empty folder"):
        MapSequence(tmp_path, "t", ".exr", "b")
    (tmp_path / "detail.json").write_text("[")
    with pytest.raises(AimError, match="is damaged"):
        MapSequence(tmp_path, "t", ".exr", "a")


def test_a_full_disk_leaves_what_is_written_and_nothing_half(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = MapSequence(tmp_path, "t", ".png", "a")
    real, written = sequences.write_map, []

    def fill(path: Path, height: np.ndarray) -> None:
        if len(written) == 2:
            monkeypatch.setattr(
                "aim_blender_addon.backend.io.whole_file.os.fsync",
                lambda _stream: (_ for _ in ()).throw(OSError(errno.ENOSPC, "full")),
            )
        written.append(path)
        real(path, height)

    monkeypatch.setattr(sequences, "write_map", fill)
    with pytest.raises(AimError, match="the disk is full.*2 frames stand"):
        synthesise(actor(), frames(), target)
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "detail.json",
        "t.0000.png",
        "t.0001.png",
    ]


def test_cancel_keeps_what_is_written(tmp_path: Path) -> None:
    def stop(_stage: str, fraction: float, _figures: dict) -> None:
        if fraction >= 0.5:
            raise JobCancelled

    with pytest.raises(JobCancelled):
        synthesise(actor(), frames(), MapSequence(tmp_path, "t", ".png", "a"), progress=stop)
    assert len(list(tmp_path.glob("*.png"))) == 2


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(AimError, match="cannot be made"):
        MapSequence(tmp_path / "file" / "s", "t", ".png", "a")
    with pytest.raises(AimError, match="no format"):
        MapSequence(tmp_path, "t", ".jpg", "a")


@pytest.mark.parametrize(("start", "count"), [(4, None), (-1, 2), (0, 0), (2, -1)])
def test_ranges_without_a_frame_are_refused(start: int, count: int | None) -> None:
    with pytest.raises(AimError, match="hold none"):
        frames_of_range(4, start, count)


def test_weights_of_another_actor_are_refused() -> None:
    with pytest.raises(AimError, match="no shape of these weights"):
        WeightFrames({"neutral": pressed()}, ["smile"], np.ones((1, 1)))


def test_a_frame_without_numbers_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ScanError, match="Frame 0 of the take"):
        synthesise(actor(), [pressed() * np.nan], MapSequence(tmp_path, "t", ".png", "a"))


def test_what_a_sequence_is_made_of_tells_arrays_and_settings_apart() -> None:
    one = np.zeros(4)
    assert made_of(one, 1.0) == made_of(one.copy(), 1.0)
    assert len({made_of(one, 1.0), made_of(one + 1, 1.0), made_of(one, 2.0), made_of(one[:2])}) == 4


# -------------------------------------------------------------------------------------------------------- shape maps


def test_shapes_have_heights_normals_and_packed_masks(tmp_path: Path) -> None:
    still, ways = actor().neutral.vertices, {}
    for number, name in enumerate(
        ("jawOpen", "browDownLeft", "cheekPuff", "mouthLeft", "tongueOut")
    ):
        ways[name] = still + (pressed() - still) * (0.6 + 0.1 * number)
    report = write_shape_maps(actor(), ways | {"eyeWideLeft": still + 1}, tmp_path, DIRECTX)
    assert json.loads((tmp_path / LIST).read_text()) == report
    assert report["still"] == ["eyeWideLeft"]
    assert report["shapes"]["tongueOut"]["mask"] == "masks_02.png"
    assert report["shapes"]["mouthLeft"]["channel"] == "A"
    row = report["shapes"]["tongueOut"]
    height = read_map(tmp_path / row["height"], PNG_STEP)
    assert np.allclose(height, actor().height(ways["tongueOut"]), atol=PNG_STEP)
    masks = parse_png16((tmp_path / row["mask"]).read_bytes())
    assert masks.shape == (SIZE, SIZE, 4)
    assert masks[SIZE // 2, SIZE // 2, 0] == 65535
    assert not masks[..., 1:].any()
    assert row["full_weight_mm"] < 0.02 * row["moved_mm"]
    assert 0 < row["half_weight_mm"] < row["moved_mm"]
    assert report["normal"]["engines"][0] == "Unreal Engine"
    assert len(report["lost"]) == 4


def test_arkit_shapes_come_in_their_order() -> None:
    found = arkit_first({"TONGUEOUT": 1, "other": 2, "eyeblinkleft": 3})
    assert found == {"eyeBlinkLeft": 3, "tongueOut": 1}
    assert arkit_first({"grin": 1}) == {"grin": 1}
    assert len(ARKIT) == 52


def test_no_shapes_and_no_convention_are_refused(tmp_path: Path) -> None:
    with pytest.raises(AimError, match="no shapes"):
        write_shape_maps(actor(), {}, tmp_path)
    with pytest.raises(AimError, match="no convention"):
        write_shape_maps(actor(), {"a": pressed()}, tmp_path, "up")
    (tmp_path / "file").write_text("")
    with pytest.raises(AimError, match="cannot be written"):
        write_shape_maps(actor(), {"a": pressed()}, tmp_path / "file")


# ---------------------------------------------------------------------------------------------------------- commands


def test_the_commands_write_a_sequence_and_maps(
    tmp_path: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(detail_actor, "read_detail_actor", lambda path, *_rest: read_actor(path))
    folder = tmp_path / "actor"
    write_actor(folder)
    own = read_actor(folder)
    maps = 0.05 * np.random.default_rng(0).standard_normal((5, SIZE, SIZE)).astype(np.float32)
    stamp = skin_stamp(own.neutral, own.uv)
    detail = Detail(maps[0], maps[1:], 0 * maps[1:], Response(), own.axis, (0, 0), "a", stamp, {})
    (tmp_path / "d.safetensors").write_bytes(detail_to_bytes(detail))
    np.savez(tmp_path / "take.npz", vertices=np.stack([own.shapes["smile"]] * 2))
    np.savez(tmp_path / "other.npz", vertices=np.zeros((2, 5, 3)))

    def run(command: str, *words: str) -> str:
        first = [command, str(tmp_path / "d.safetensors"), str(folder)]
        options = parser().parse_args([*first, *words])
        options.run(options)
        return capsys.readouterr().out

    synthesise_to = ["-o", str(tmp_path / "s"), "--png", "--strength", "0.5"]
    said = run("detail-synthesise", "--weight", "Smile", "1", *synthesise_to)
    assert "1 maps of 64 pixels written" in said
    both = read_map(tmp_path / "s" / "detail.0000.png", PNG_STEP)
    run("detail-synthesise", str(tmp_path / "take.npz"), "--exr", "-o", str(tmp_path / "t"))
    taken = read_map(tmp_path / "t" / "take.0001.exr", 1.0)
    assert np.allclose(2 * both, taken, atol=2e-3)
    alone = replace(detail, skin=(own.neutral, own.uv))
    (tmp_path / "e.safetensors").write_bytes(detail_to_bytes(alone))
    words = ["detail", "synthesise", str(tmp_path / "e.safetensors"), str(tmp_path / "take.npz")]
    options = parser().parse_args(spelled([*words, "-o", str(tmp_path / "n")]))
    options.run(options)
    plain = np.load(tmp_path / "n" / "0001.npy")
    assert plain.dtype == np.float32 and np.allclose(plain, taken, atol=1e-3)
    with pytest.raises(ScanError, match="5 vertices"):
        run("detail-synthesise", str(tmp_path / "other.npz"), "-o", str(tmp_path / "u"))
    with pytest.raises(AimError, match="Give a take"):
        run("detail-synthesise", "-o", str(tmp_path / "u"))
    with pytest.raises(AimError, match="no region 'ear'"):
        run("detail-maps", "-o", str(tmp_path / "m"), "--region", "ear", "1")
    with pytest.raises(AimError, match="out of range"):
        run("detail-maps", "-o", str(tmp_path / "m"), "--strength", "nan")
    assert "maps of 1 shapes" in run("detail-maps", "-o", str(tmp_path / "m"))
