# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that were damaged, made up or meant ill, one test a case: each is used rightly or refused in a sentence."""

import io
import json
import os
import struct
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from aim_blender_addon.backend.__main__ import main
from aim_blender_addon.backend.anatomy.jaw.pins import JawPin, pinned_poses, read_pin
from aim_blender_addon.backend.editing.handle_files import read_handles
from aim_blender_addon.backend.errors import (
    AimError,
    EditError,
    FitError,
    ModelFileError,
    ScanError,
    SolveError,
)
from aim_blender_addon.backend.io.actor_folder import PINS_FILE, read_actor
from aim_blender_addon.backend.io.json_text import DEEPEST, parse_json
from aim_blender_addon.backend.io.mesh_files import read_mesh
from aim_blender_addon.backend.io.model_file import (
    describe_model,
    model_from_bytes,
    model_to_bytes,
    write_model,
)
from aim_blender_addon.backend.io.npz import NpzRows
from aim_blender_addon.backend.io.regular_file import read_regular
from aim_blender_addon.backend.io.takes import VIEWS, Take, read_take
from aim_blender_addon.backend.retargeting.checker import checker
from aim_blender_addon.backend.scans.checks import check_scans
from aim_blender_addon.backend.worker.__main__ import Worker
from aim_blender_addon.backend.worker.messages import Submit, decode, encode
from tests.shared_data import SHARED
from tools.fuzzing.archives import archive, npy
from tools.fuzzing.folders import write_actor
from tools.fuzzing.meshes import mesh_bytes
from tools.fuzzing.small_face import JOINT, small_mesh, small_model

requires_pipes = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no pipes")


def refused(read: Callable[[], object], kind: type[AimError], said: str) -> None:
    """It is refused as ``kind``, in one line that says so."""
    with pytest.raises(kind, match=said) as found:
        read()
    assert "\n" not in str(found.value)


# ---------------------------------------------------------------------------------------- models


def changed(said: dict | None = None, **metadata: object) -> bytes:
    """A model's bytes with other metadata; ``said`` replaces what it says of the model."""
    data = model_to_bytes(small_model())
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    given = header["__metadata__"]
    if said is not None:
        del given["sha256"]
        metadata["about"] = json.dumps(json.loads(given["about"]) | said)
    given.update(metadata)
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + data[8 + length :]


def with_array(name: str, change: Callable[[np.ndarray], object], checked: bool = False) -> bytes:
    """A model's bytes, one of its arrays changed; without a checksum unless ``checked``."""
    data = model_to_bytes(small_model())
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    if not checked:
        del header["__metadata__"]["sha256"]
    start, end = header[name]["data_offsets"]
    kind = {"F32": "<f4", "F64": "<f8", "I32": "<i4"}[header[name]["dtype"]]
    body = bytearray(data[8 + length :])
    array = np.frombuffer(body[start:end], kind).reshape(header[name]["shape"]).copy()
    change(array)
    body[start:end] = array.tobytes()
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + bytes(body)


def setting(place: tuple, value: float) -> Callable[[np.ndarray], None]:
    return lambda array: array.__setitem__(place, value)


JOINTS = {name: getattr(JOINT, name).tolist() for name in ("hinge_left", "hinge_right", "incisor")}
LIMITS = vars(JOINT.limits)


@pytest.mark.parametrize(
    ("about", "said"),
    [
        ({"joint": JOINTS | {"limits": LIMITS | {"open_degrees": float("nan")}}}, "open_degrees"),
        ({"joint": JOINTS | {"limits": LIMITS | {"forward_mm": -1}}}, "forward_mm"),
        ({"joint": JOINTS | {"limits": LIMITS | {"other": 1}}}, "not known"),
        ({"joint": JOINTS | {"limits": LIMITS, "incisor": [0, 1e300, 0]}}, "incisor"),
        ({"joint": dict.fromkeys(JOINTS, [1, 2, 3]) | {"limits": LIMITS}}, "one place"),
        ({"joint": JOINTS | {"limits": LIMITS, "hinge_left": [[1], 2, 3]}}, "hinge_left"),
        ({"report": ["no table"]}, "report"),
        ({"report": {"skin_error_mm": [1]}}, "skin_error_mm"),
        ({"report": {"per_expression": {"smile": 3}}}, "smile"),
        ({"report": {"seconds": "long"}}, "seconds"),
        ({"mesh_names": ["neutral", "skull", "jaw"]}, "mesh_names"),
        ({"mesh_names": {"neutral": "n", "skull": "s", "jaw": 3}}, "jaw is no text"),
        ({"expression_names": ["a", "b", 3]}, "is no text"),
        ({"expression_names": ["a", "a", "c"]}, "one name"),
        ({"expression_names": ["a\0b", "b", "c"]}, "zero character"),
        ({"expression_names": []}, "no expressions"),
        ({"name": {}}, "name is no text"),
        ({"report": {"device": ["cpu"]}}, "device is no text"),
        ({"bones_estimated": "yes"}, "bones_estimated"),
    ],
)
def test_a_model_that_says_what_cannot_be_is_refused(about: dict, said: str) -> None:
    refused(lambda: model_from_bytes(changed(about), "x"), ModelFileError, f"damaged.*{said}")


@pytest.mark.parametrize(
    ("name", "place", "value", "said"),
    [
        ("neutral_face_vertices", (0,), -1023410003, "point past"),
        ("neutral_face_vertices", (0,), 2**31 - 1, "point past"),
        ("neutral_face_sizes", (0,), 2, "three corners"),
        ("neutral_face_sizes", (0,), 4, "do not add up"),
        ("skull_vertices", (0, 0), np.nan, "skull.*|bone.*not finite"),
        ("jaw_vertices", (3, 1), 1e30, "too large"),
        ("heads", (0, 0), np.inf, "heads are not finite"),
        ("weight_1", (0, 0), np.nan, "weight_1 are not finite"),
        ("coordinates", (0, 0), 1e30, "too large"),
        ("bone_below", (0,), -1.0, "less than zero"),
        ("bone_below", (0,), 7.0, "too large"),
        ("jaw_poses", (1, 3, 3), 5.0, "no rigid motions"),
        ("head_poses", (1, 0, 0), np.nan, "not finite"),
    ],
)
def test_a_model_whose_arrays_cannot_be_is_refused(
    name: str, place: tuple, value: float, said: str
) -> None:
    data = with_array(name, setting(place, value))
    refused(lambda: model_from_bytes(data, "x"), ModelFileError, f"damaged.*({said})")


def test_a_flipped_bit_in_a_model_is_found_by_its_checksum() -> None:
    data = with_array("heads", setting((0, 0), 0.125), checked=True)
    refused(lambda: model_from_bytes(data, "x"), ModelFileError, "not what was written")
    model_from_bytes(with_array("heads", setting((0, 0), 0.125)), "x")  # an older file has none


@pytest.mark.parametrize("version", ["²", "9" * 5000, "a\nb", "", 2, None, ["1"], True])
def test_a_model_of_an_odd_version_is_refused(version: object) -> None:
    refused(
        lambda: model_from_bytes(changed(version=version), "x"), ModelFileError, "damaged|newer"
    )


def test_json_a_thousand_levels_deep_is_refused() -> None:
    deep = "[" * 1000 + "]" * 1000
    refused(
        lambda: model_from_bytes(changed(**{"about": deep}), "x"), ModelFileError, "nested deeper"
    )
    for text in (deep, "[" * (DEEPEST + 1) + "]" * (DEEPEST + 1), "[" * 200_000, '{"a":' * 5000):
        with pytest.raises(ValueError):
            parse_json(text)
    assert parse_json("[" * DEEPEST + "]" * DEEPEST) and parse_json('["' + "[" * 1000 + '"]')
    assert parse_json(b'\xef\xbb\xbf{"a": ["\\"[[", 1]}') == {"a": ['"[[', 1]}


def test_header_sizes_that_cannot_be_are_refused() -> None:
    data = model_to_bytes(small_model())
    for length in (0, 1, 2**31, 2**64 - 1):
        damaged = length.to_bytes(8, "little") + data[8:]
        refused(lambda d=damaged: model_from_bytes(d, "x"), ModelFileError, "x is ")


def test_an_accepted_model_can_be_described() -> None:
    about = describe_model(model_from_bytes(changed({"report": {}}), "x"))
    assert json.dumps(about) and about["expressions"]


# ----------------------------------------------------------------------------------------- takes


def take_file(folder: Path, packed: bool = False, **changes: object) -> Path:
    """A take of marked points, some of its arrays changed (None: left out, bytes: a whole member)."""
    chosen = np.arange(9) * 3
    arrays = {
        "positions": small_mesh().vertices[chosen] + np.arange(4.0)[:, None, None],
        "vertex_indices": chosen,
    } | changes
    path = folder / "take.npz"
    path.write_bytes(archive({k: v for k, v in arrays.items() if v is not None}, packed))
    return path


BOUND = {
    "vertex_indices": None,
    "corners": np.tile([0, 1, 2], (9, 1)),
    "barycentric": np.tile([0.5, 0.25, 0.25], (9, 1)),
}
VIEWED = {
    "positions": None,
    "image_points": np.ones((4, 1, 9, 2)),
    "cameras": np.array([[[900, 0, 320, 1], [0, 900, 240, 2], [0, 0, 1, 600.0]]]),
}


def camera(value: object) -> dict:
    cameras = VIEWED["cameras"].copy()
    cameras[0, 0, 0] = value
    return VIEWED | {"cameras": cameras}


@pytest.mark.parametrize(
    "changes",
    [
        {"positions": np.full((4, 9, 3), "x")},
        {"positions": np.ones((4, 9, 3), complex)},
        {"positions": np.ones((4, 9))},
        {"positions": np.ones((0, 9, 3))},
        {"vertex_indices": np.array(3)},
        {"vertex_indices": np.ones((9, 2), int)},
        {"vertex_indices": np.zeros(0, int)},
        {"vertex_indices": np.arange(9) - 1},
        {"vertex_indices": np.arange(9.0)},
        {"weights": np.ones((4, 8))},
        {"weights": np.full((4, 9), "x")},
        BOUND | {"barycentric": np.full((9, 3), np.nan)},
        BOUND | {"barycentric": np.ones((9, 2))},
        BOUND | {"barycentric": np.ones((9, 3))},
        BOUND | {"barycentric": np.full((9, 3), "x")},
        BOUND | {"corners": np.tile([0, 1], (9, 1))},
        BOUND | {"corners": np.tile([0, 1, -2], (9, 1))},
        BOUND | {"offsets": np.ones((9, 2))},
        BOUND | {"offsets": np.full((9, 3), np.inf)},
        BOUND | {"offsets": np.full((9, 3), 1e300)},
        VIEWED | {"cameras": np.full((1, 3, 4), "x")},
        camera(np.nan),
        camera(1e300),
    ],
)
def test_points_that_cannot_be_bound_are_refused(tmp_path: Path, changes: dict) -> None:
    path = take_file(tmp_path, **changes)
    refused(lambda: read_take(path, small_mesh()), SolveError, "take")


def test_weights_of_infinity_count_as_one(tmp_path: Path) -> None:
    weights = np.ones((4, 9))
    weights[0, :4] = np.inf, -np.inf, np.nan, 1e300
    take = read_take(take_file(tmp_path, weights=weights), small_mesh())
    seen = take.seen(0)
    np.testing.assert_array_equal(seen.confidence[:5], [1, 0, 0, 1, 1])
    np.testing.assert_array_equal(np.isnan(seen.places[:5, 0]), [False, True, True, False, False])


def test_places_that_can_be_none_are_unseen(tmp_path: Path) -> None:
    places = small_mesh().vertices[np.arange(9) * 3] + np.zeros((4, 1, 1))
    places[1, 2], places[2, 3], places[3, 4, 0] = 1e300, 1e6, np.inf
    take = read_take(take_file(tmp_path, positions=places), small_mesh())
    unseen = [
        np.flatnonzero(np.isnan(take.seen(number).places[:, 0])).tolist() for number in range(4)
    ]
    assert unseen == [[], [2], [3], [4]]


def member(text: str, version: int = 1, length: int | None = None) -> bytes:
    size = len(text) if length is None else length
    return (
        b"\x93NUMPY"
        + bytes([version, 0])
        + size.to_bytes(2 if version == 1 else 4, "little")
        + text.encode()
    )


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    "about",
    [
        "{'descr': '<f8', 'fortran_order': False, 'shape': (1099511627776, 9, 3), }",
        "{'descr': '<f8', 'fortran_order': True, 'shape': (1099511627776, 9, 3), }",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (-4, 9, 3), }",
        "{'descr': '|O', 'fortran_order': False, 'shape': (4, 9, 3), }",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (4, 9, 3), ",
        "__import__('os')",
        "(" * 5000,
    ],
)
def test_shapes_that_a_file_cannot_hold_are_refused_before_memory_is_taken(
    tmp_path: Path, about: str, packed: bool
) -> None:
    for name in ("positions", "vertex_indices"):
        path = take_file(tmp_path, packed, **{name: member(about + "\n") + b"\0" * 864})
        tracemalloc.start()
        refused(lambda p=path: read_take(p, small_mesh()), SolveError, "take.npz")
        assert tracemalloc.get_traced_memory()[1] < 10e6
        tracemalloc.stop()


def test_a_zip_bomb_beside_the_frames_is_not_unpacked(tmp_path: Path) -> None:
    about = "{'descr': '<f8', 'fortran_order': False, 'shape': (5000000, 3, 4), }\n"
    path = take_file(tmp_path, True, **VIEWED, vertex_indices=np.arange(9))
    bomb = member(about) + bytes(5_000_000 * 96)
    stream = io.BytesIO(path.read_bytes())
    with zipfile.ZipFile(stream, "a", zipfile.ZIP_DEFLATED) as file:
        file.writestr("offsets.npy", bomb)
    del bomb
    path.write_bytes(stream.getvalue())
    tracemalloc.start()
    refused(lambda: read_take(path, small_mesh()), SolveError, "offsets has the shape")
    assert tracemalloc.get_traced_memory()[1] < 10e6
    tracemalloc.stop()


@pytest.mark.parametrize("packed", [False, True])
def test_a_flipped_byte_in_a_take_is_found_by_its_checksum(tmp_path: Path, packed: bool) -> None:
    frames = np.random.default_rng(0).normal(size=(4, 9, 3))
    path = take_file(tmp_path, packed, positions=frames)
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as file:
        at = file.getinfo("positions.npy").header_offset + 400
    data[at] ^= 16
    path.write_bytes(data)

    def read() -> None:
        take = read_take(path, small_mesh())
        for number in range(len(take)):
            take.seen(number)

    refused(read, SolveError, "take.npz' cannot be read")


def test_members_that_say_they_are_larger_than_the_file_are_refused(tmp_path: Path) -> None:
    path = take_file(tmp_path)
    path.write_bytes(
        path.read_bytes().replace((864 + 128).to_bytes(4, "little"), b"\xff\xff\xff\x7f")
    )
    refused(lambda: read_take(path, small_mesh()), SolveError, "take.npz")


def test_a_take_in_fortran_order_is_read(tmp_path: Path) -> None:
    frames = small_mesh().vertices[None] + np.arange(3.0)[:, None, None]
    path = tmp_path / "take.npz"
    path.write_bytes(archive({"vertices": np.asfortranarray(frames)}, True))
    take = read_take(path, small_mesh())
    np.testing.assert_array_equal(take.seen(2).places, frames[2])
    np.testing.assert_array_equal(NpzRows(path, "vertices").whole(), frames)


def test_pickles_are_never_run(tmp_path: Path) -> None:
    class Witness:
        def __reduce__(self) -> tuple:
            return os.mkdir, (str(tmp_path / "run"),)

    pickled = npy(np.array([Witness()], object))
    for name in ("positions", "vertex_indices"):
        path = take_file(tmp_path, **{name: pickled})
        refused(lambda p=path: read_take(p, small_mesh()), SolveError, "numbers")
        refused(lambda p=path: read_handles(p, small_model()), EditError, "numbers")
    refused(lambda: checker(archive({"source_rows": pickled}, False), "map"), AimError, "map")
    assert not (tmp_path / "run").exists()


def test_an_image_whose_points_lie_in_one_pixel_is_unseen() -> None:
    images = np.random.default_rng(0).uniform(0, 500, size=(2, 2, 9, 2))
    images[1, 0] = 0
    take = Take("take", VIEWS, images, np.arange(9), cameras=np.ones((2, 3, 4)))
    assert np.isfinite(take.seen(0).places).all()
    assert np.isnan(take.seen(1).places[0]).all() and np.isfinite(take.seen(1).places[1]).all()


# ------------------------------------------------------------------------------- handles and maps


@pytest.mark.parametrize(
    "changes",
    [
        {"positions": np.full((2, 3), "x")},
        {"positions": np.ones((2, 3), complex)},
        {"positions": np.full((2, 3), 1e300)},
        {"normals": np.full((2, 3), "x")},
        {"normals": np.full((2, 3), 1e300)},
        {"kinds": np.array(["a", "b"])},
        {"vertex_indices": np.arange(2.0)},
        {"vertex_indices": np.array([0, -1])},
        {"weights": np.full(3, np.nan)},
        {"weights": np.full(3, 1e300)},
    ],
)
def test_handles_that_cannot_be_are_refused(tmp_path: Path, changes: dict) -> None:
    arrays = {"vertex_indices": np.array([3, 9]), "positions": small_mesh().vertices[[3, 9]]}
    path = tmp_path / "handles.npz"
    path.write_bytes(archive(arrays | changes, False))
    refused(lambda: read_handles(path, small_model()), EditError, "handle|kinds|positions|normals")
    path.write_bytes(npy(np.ones(3)))
    refused(lambda: read_handles(path, small_model()), EditError, "handles.npz")


def test_a_map_with_vertices_beyond_all_memory_is_refused() -> None:
    arrays = {
        "source_rows": np.array([2**40, 1, 2]),
        "source_points": np.eye(3),
        "source_axes": np.eye(3),
        "map_rows": np.arange(3),
        "map_corners": np.full((3, 3), 2**40),
        "map_weights": np.tile([1.0, 0, 0], (3, 1)),
        "map_trust": np.ones(3),
    }
    refused(lambda: checker(archive(arrays, False), "map"), AimError, "map")


# --------------------------------------------------------------------------- folders, pins, meshes


@requires_pipes
@pytest.mark.timeout(20)
@pytest.mark.parametrize("kind", ["pipe", "zeros", "loop"])
def test_pipes_devices_and_loops_are_refused_and_not_waited_for(tmp_path: Path, kind: str) -> None:
    def put(path: Path) -> None:
        path.unlink(missing_ok=True)
        if kind == "pipe":
            os.mkfifo(path)
        else:
            path.symlink_to("/dev/zero" if kind == "zeros" else path.name)

    write_actor(tmp_path)
    put(tmp_path / "expressions" / "x.obj")
    refused(lambda: read_actor(tmp_path), ScanError, "x.obj' cannot be read")
    frames = tmp_path / "frames"
    frames.mkdir()
    put(frames / "frame1.obj")
    take = read_take(frames, small_mesh())
    refused(lambda: take.seen(0), ScanError, "frame1.obj' cannot be read")
    put(tmp_path / "expressions" / "x.obj")
    (tmp_path / "expressions" / "x.obj").unlink()
    put(tmp_path / PINS_FILE)
    refused(lambda: read_actor(tmp_path), ScanError, "jaw_pins.json' cannot be read")
    put(tmp_path / "take.npz")
    refused(lambda: read_take(tmp_path / "take.npz", small_mesh()), SolveError, "take.npz")
    refused(lambda: read_handles(tmp_path / "take.npz", small_model()), EditError, "take.npz")
    with pytest.raises(OSError):
        read_regular(tmp_path / "take.npz")
    for command in (
        ["info", tmp_path / "take.npz"],
        ["estimate-bones", frames / "frame1.obj", "-o", tmp_path / "bones"],
    ):
        assert main([str(word) for word in command]) == 2


def test_frames_with_digits_of_other_kinds_in_their_names_are_sorted(tmp_path: Path) -> None:
    for name in ("1²3", "2", "10", "٣"):
        (tmp_path / f"{name}.obj").write_bytes(mesh_bytes("obj"))
    assert len(read_take(tmp_path, small_mesh())) == 4


def test_two_folders_of_expressions_are_named(tmp_path: Path) -> None:
    write_actor(tmp_path)
    (tmp_path / "Expressions").mkdir(exist_ok=True)
    if len(list(tmp_path.iterdir())) == 2:
        pytest.skip("this file system does not tell them apart")
    refused(lambda: read_actor(tmp_path), ScanError, "both 'Expressions' and 'expressions'")


def test_a_line_end_in_the_name_of_a_scan_is_refused(tmp_path: Path) -> None:
    write_actor(tmp_path)
    try:
        (tmp_path / "expressions" / "a\nb.obj").write_bytes(mesh_bytes("obj"))
    except OSError:
        pytest.skip("this file system has no such names")
    refused(lambda: read_actor(tmp_path), ScanError, "line end in its name")


def test_a_line_end_in_the_name_of_a_shape_is_refused_before_the_fit() -> None:
    """Row 18: it was baked, and then every command that lists the shapes said that the rig is older."""
    neutral = small_mesh()
    scan = neutral.with_vertices(neutral.vertices + 1, "a\nb")
    refused(lambda: check_scans(neutral, [scan]), ScanError, "'a b' has a line end in it")


@pytest.mark.parametrize(
    ("matrix", "said"),
    [
        (np.vstack([np.eye(4)[:3], [5, 5, 5, 5]]), "no rigid motion"),
        (np.eye(4) + 1e9 * np.eye(4, k=3), "finite"),
        (np.eye(3), "4 rows"),
        (np.full((4, 4), np.nan), "finite"),
    ],
)
def test_a_pinned_matrix_is_looked_at_whole(matrix: np.ndarray, said: str) -> None:
    refused(lambda: read_pin("smile", {"matrix": matrix.tolist()}), FitError, said)


def test_a_pinned_jaw_a_metre_away_is_refused() -> None:
    far = np.eye(4)
    far[:3, 3] = 1000
    pins = {"smile": JawPin(far)}
    refused(
        lambda: pinned_poses(pins, "neutral", ["smile"], JOINT, np.eye(4)[None]),
        FitError,
        "no jaw does",
    )


def test_a_matrix_pinned_to_the_neutral_is_said() -> None:
    pins = {"neutral": JawPin(JOINT.pose([0.2, 0, 0, 0]))}
    refused(
        lambda: pinned_poses(pins, "neutral", ["smile"], JOINT, np.eye(4)[None]),
        FitError,
        "that is the neutral",
    )
    assert not pinned_poses(
        {"neutral": JawPin(np.eye(4))}, "neutral", ["smile"], JOINT, np.eye(4)[None]
    )


@pytest.mark.parametrize(
    "text",
    ["[" * 1000 + "]" * 1000, "[1]", "{", "\0", '{"smile": 3}', '{"smile": {"matrix": "x"}}'],
)
def test_pins_that_are_none_are_refused(tmp_path: Path, text: str) -> None:
    write_actor(tmp_path)
    (tmp_path / PINS_FILE).write_text(text, encoding="utf-8")
    refused(lambda: read_actor(tmp_path), AimError, "pin")


PLY_HEAD = (
    "ply\nformat ascii 1.0\nelement vertex 3\nproperty float x\nproperty float y\nproperty float z\n"
    "element face 1\nproperty list uchar int vertex_indices\nend_header\n"
)


def ply(folder: Path, text: str) -> Path:
    path = folder / "scan.ply"
    path.write_text(text, encoding="ascii")
    return path


def test_ply_rows_with_more_values_than_the_header_names(tmp_path: Path) -> None:
    """ply_ascii_extra_values: colours whose properties a converter dropped."""
    rows = "0 0 1 128 128 128 255\n1 0 0 128 128 128 255\n0 1 0 128 128 128 255\n"
    mesh = read_mesh(ply(tmp_path, PLY_HEAD + rows + "3 0 1 2\n"))
    np.testing.assert_array_equal(mesh.vertices, [[0, 0, 1], [1, 0, 0], [0, 1, 0]])


def test_ply_faces_with_a_list_that_the_header_does_not_name(tmp_path: Path) -> None:
    """ply_ascii_face_extra: texture coordinates after the corners."""
    mesh = read_mesh(ply(tmp_path, PLY_HEAD + "0 0 1\n1 0 0\n0 1 0\n3 0 1 2 6 0 0 1 0 1 1\n"))
    assert mesh.face_vertices.tolist() == [0, 1, 2] and mesh.face_sizes.tolist() == [3]


def test_ply_values_that_are_not_in_rows(tmp_path: Path) -> None:
    mesh = read_mesh(ply(tmp_path, PLY_HEAD + "0 0 1 1 0 0 0\n1 0 3 0\n1 2\n"))
    np.testing.assert_array_equal(mesh.vertices, [[0, 0, 1], [1, 0, 0], [0, 1, 0]])
    assert mesh.face_vertices.tolist() == [0, 1, 2]


@pytest.mark.parametrize("kind", ["ascii", "binary_little_endian"])
def test_ply_headers_of_old_macs(tmp_path: Path, kind: str) -> None:
    head = PLY_HEAD.replace("ascii", kind).replace("\n", "\r").encode()
    if kind == "ascii":
        body = b"0 0 10\r1 0 0\r0 1 0\r3 0 1 2\r"
    else:  # a line feed among its bytes
        body = struct.pack("<9fB3i", 0, 0, 10, 1, 0, 0, 0, 1, 0, 3, 0, 1, 2)
    (tmp_path / "x.ply").write_bytes(head + body)
    mesh = read_mesh(tmp_path / "x.ply")
    assert mesh.vertices.tolist() == [[0, 0, 10], [1, 0, 0], [0, 1, 0]]


def test_a_ply_with_more_values_that_is_cut_short_is_not_read_otherwise(tmp_path: Path) -> None:
    rows = "0 0 1 3 0 1 2\n1 0 0 3 0 1 2\n0 1 0 3 0 1 2\n"
    refused(
        lambda: read_mesh(ply(tmp_path, PLY_HEAD + rows)), ScanError, "more values than its header"
    )


@pytest.mark.parametrize("counter", ["float", "double"])
@pytest.mark.parametrize("form", ["ascii", "binary_little_endian", "binary_big_endian"])
def test_ply_lists_counted_in_numbers_with_fractions_are_refused(
    tmp_path: Path, counter: str, form: str
) -> None:
    path = tmp_path / "scan.ply"
    path.write_bytes(mesh_bytes(form).replace(b"list uchar", f"list {counter}".encode()))
    refused(lambda: read_mesh(path), ScanError, "header line that is not understood")


def test_ply_corners_that_are_no_whole_numbers_are_refused(tmp_path: Path) -> None:
    text = PLY_HEAD.replace("uchar int", "uchar float") + "0 0 1\n1 0 0\n0 1 0\n3 0 {} 2\n"
    for corner in ("nan", "0.5", "1e300"):
        refused(
            lambda c=corner: read_mesh(ply(tmp_path, text.format(c))),
            ScanError,
            "name no vertices|does not hold",
        )


def test_coordinates_too_large_for_single_precision_are_infinite_without_a_warning(
    tmp_path: Path,
) -> None:
    with np.errstate(all="raise"):
        mesh = read_mesh(ply(tmp_path, PLY_HEAD + "0 0 1e300\n1 0 0\n0 1 0\n3 0 1 2\n"))
    assert np.isinf(mesh.vertices[0, 2])


@pytest.mark.skipif(
    SHARED is None, reason="the folder shared/ is not beside the repository (or set AIM_SHARED)"
)
@pytest.mark.parametrize(
    "case", ["ply_ascii_extra_values", "ply_ascii_face_extra", "ply_cr_header"]
)
def test_ply_files_of_other_programs(case: str) -> None:
    path = SHARED / "cases" / case / "neutral.ply"
    if not path.is_file():
        pytest.skip(f"there is no case {case} in shared/")
    mesh = read_mesh(path)
    assert (len(mesh.vertices), len(mesh.face_sizes)) == (86, 96)


# --------------------------------------------------------------------------------- worker, options


class Ears(Worker):
    """A worker that says so instead of ending its process."""

    left = False

    def _leave(self) -> None:
        self.left = True


@pytest.mark.parametrize(
    "line",
    [
        b"[" * 200_000,
        b'{"type": "Cancel", "job_id": [1]}',
        b'{"type": "Cancel", "job_id": {"a": 1}}',
        b'{"type": "Submit", "job_id": "x", "job": [1], "params": 3, "arrays": [], "folder": null}',
        b'{"type": "Submit", "job_id": true, "job": "fit", "params": {}, "arrays": {}, "folder": ""}',
        b'{"type": "Submit", "job_id": 1, "job": "fit", "params": {}, "arrays": {"a": 1}, "folder": ""}',
        b"\xff" * 100,
        b"9" * 10_000,
    ],
    ids=lambda line: line[:40].decode("latin-1"),
)
def test_no_line_stops_the_worker_from_listening(line: bytes) -> None:
    job = Submit(3, "fit", {}, {}, "/tmp")
    worker = Ears(lambda name: None, io.BytesIO(), "")
    worker.listen(io.BytesIO(line + b"\n" + encode(job)))
    assert decode(line) is None
    assert worker._waiting.get_nowait() == job and worker._waiting.empty()
    assert worker.left


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["solve", "M", "T", "-o", "O", "--prior", "0"], "The prior of a solve is 0"),
        (["solve", "M", "T", "-o", "O", "--prior", "nan"], "The prior of a solve is nan"),
        (["solve", "M", "T", "-o", "O", "--smoothness", "nan"], "The smoothness of a solve is nan"),
        (["solve", "M", "T", "-o", "O", "--smoothness", "-1"], "The smoothness of a solve is -1"),
        (["solve", "M", "T", "-o", "O", "--detail", "inf"], "The detail of a solve is inf"),
        (["edit", "M", "T", "-o", "O", "--falloff", "nan"], "--falloff is nan"),
        (["retarget", "M", "M", "T", "-o", "O", "--gain", "nan"], "--gain is nan"),
        (["retarget", "M", "M", "T", "-o", "O", "--fps", "0"], "--fps is 0"),
        (["retarget", "M", "M", "T", "-o", "O", "--tolerance", "inf"], "--tolerance is inf"),
    ],
)
def test_numbers_that_are_none_are_refused_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture, command: list[str], said: str
) -> None:
    write_model(tmp_path / "model.safetensors", small_model())
    places = {
        "M": tmp_path / "model.safetensors",
        "T": take_file(tmp_path),
        "O": tmp_path / "out.npz",
    }
    assert main([str(places.get(word, word)) for word in command]) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out.npz").exists()
