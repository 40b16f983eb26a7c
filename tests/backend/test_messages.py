# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages between Blender and the worker, and the arrays that go beside them."""

from pathlib import Path

import numpy as np
import pytest

from aim_blender_addon.backend.io.array_files import map_arrays, write_arrays
from aim_blender_addon.backend.worker.messages import (
    Cancel,
    Failed,
    Finished,
    Progressed,
    Ready,
    Submit,
    decode,
    encode,
)


@pytest.mark.parametrize(
    "message",
    [
        Ready("3.11.7"),
        Submit(3, "fit", {"name": "Ä\n", "landmarks": None}, {"a": "/tmp/a.npy"}, "/tmp"),
        Cancel(3),
        Progressed("Fitting", 0.25, {"skin_error_mm": 0.5}, 3),
        Finished({"report": {"max": 1.5}}, {"model": "/tmp/out0.npy"}, 3),
        Failed("ScanError", "Scan smile is open.", 3),
    ],
    ids=lambda message: type(message).__name__,
)
def test_a_message_is_one_line_and_comes_back(message: Submit) -> None:
    line = encode(message)
    assert line.count(b"\n") == 1 and line.endswith(b"\n")
    assert decode(line) == message


def test_numbers_and_arrays_of_numpy_become_plain() -> None:
    sent = Finished({"mean": np.float32(0.5), "point": np.arange(3), "ok": np.bool_(True)})
    assert decode(encode(sent)).result == {"mean": 0.5, "point": [0, 1, 2], "ok": True}


def test_anything_else_is_refused() -> None:
    with pytest.raises(TypeError, match="object cannot be sent"):
        encode(Finished({"value": object()}))


@pytest.mark.parametrize(
    "line",
    [b"", b"\xff\xfe", b"[1]", b"3", b'{"type": "Finished"}', b'{"type": "x"}', b'{"type": []}'],
)
def test_lines_that_are_no_messages_are_ignored(line: bytes) -> None:
    assert decode(line) is None


def test_arrays_come_back_as_they_were(tmp_path: Path) -> None:
    arrays = {
        "points": np.arange(12, dtype=np.float32).reshape(4, 3),
        "columns": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        "nothing": np.zeros((0, 3), np.int32),
        "scalar": np.float64(2),
        "../name": np.array([True]),
    }
    mapped = map_arrays(write_arrays(tmp_path / "job", arrays, "in"))
    for name, array in arrays.items():
        np.testing.assert_array_equal(mapped[name], array)
        assert mapped[name].dtype == array.dtype and mapped[name].shape == np.shape(array)
    assert sorted(path.name for path in tmp_path.rglob("*.npy")) == [f"in{n}.npy" for n in range(5)]


def test_writing_to_a_mapped_array_leaves_the_file_alone(tmp_path: Path) -> None:
    paths = write_arrays(tmp_path, {"a": np.zeros(4)}, "in")
    map_arrays(paths)["a"][:] = 1
    assert not map_arrays(paths)["a"].any()
