# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that nobody ever sees half of."""

import ast
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from aim_blender_addon.backend.io.whole_file import whole_file, write_whole_bytes, write_whole_text
from aim_blender_addon.backend.solving.result_file import ResultHeader, ResultWriter, frames_kept
from tests.shared_data import ROOT


def test_a_reader_never_sees_half_a_file(tmp_path: Path) -> None:
    path, stop, sizes = tmp_path / "file", threading.Event(), set()
    write_whole_bytes(path, b"0" * 50_000)

    def read() -> None:
        while not stop.is_set():
            sizes.add(len(path.read_bytes()))

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(20):
        with whole_file(path) as stream:
            for _ in range(5):
                stream.write(b"1" * 10_000)
                stream.flush()
                time.sleep(0.001)
    stop.set()
    reader.join()
    assert sizes == {50_000}
    assert os.listdir(tmp_path) == ["file"]


def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_whole_text(path, "old\n")
    with pytest.raises(ZeroDivisionError), whole_file(path) as stream:
        stream.write(b"new")
        raise ZeroDivisionError
    assert path.read_text() == "old\n" and os.listdir(tmp_path) == ["file"]
    with pytest.raises(OSError, match="No such file"), whole_file(tmp_path / "no" / "file"):
        pass


def test_a_killed_process_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_whole_text(path, "old")
    code = (
        "import os, signal, sys\n"
        "from aim_blender_addon.backend.io.whole_file import whole_file\n"
        "with whole_file(sys.argv[1]) as stream:\n"
        "    stream.write(b'n')\n"
        "    stream.flush()\n"
        "    os._exit(9)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], cwd=ROOT, check=False)
    assert done.returncode == 9 and path.read_text() == "old"


def test_a_new_file_has_the_usual_permissions_and_a_link_stays_one(tmp_path: Path) -> None:
    plain, path, link = (tmp_path / name for name in ("plain", "file", "link"))
    plain.touch()
    link.symlink_to(path)
    write_whole_bytes(link, b"data")
    assert link.is_symlink() and path.read_bytes() == b"data"
    assert path.stat().st_mode == plain.stat().st_mode


def test_frames_kept_can_be_asked_at_any_moment(tmp_path: Path) -> None:
    """An EOFError once ended the operator that looked while the worker began."""
    output, stop, seen = tmp_path / "out.npz", threading.Event(), set()
    header = ResultHeader("model", "take", {}, 0, 3, {"V": 4, "E": 1, "K": 1})

    def look() -> None:
        while not stop.is_set():
            seen.add(frames_kept(output))

    looking = threading.Thread(target=look)
    looking.start()
    try:
        for _ in range(30):
            writer = ResultWriter(output, header)
            writer.write(0, vertices=np.zeros((4, 3)))
    finally:
        stop.set()
        looking.join()
    assert seen <= {(0, 0), (0, 3), (1, 3)}


def test_every_file_of_the_product_is_written_whole() -> None:
    """Arrays of a job are told of when they are there, rows of frames are flagged as they are done, and members of a
    zip lie in a whole file: those stay."""
    allowed = {
        "io/whole_file.py",
        "io/array_files.py",
        "io/frame_rows.py",
        "solving/result_file.py",
    }
    for path in (ROOT / "aim_blender_addon").rglob("*.py"):
        if any(str(path).endswith(end) for end in allowed):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            called = getattr(node.func, "attr", getattr(node.func, "id", ""))
            where = f"{path.relative_to(ROOT)}:{node.lineno}"
            assert called not in {"write_text", "write_bytes"}, where
            modes = [
                word.value
                for word in node.args
                if isinstance(word, ast.Constant) and isinstance(word.value, str)
            ]
            if called == "open":
                assert not any(mode in {"w", "wb", "xb", "w+b"} for mode in modes), where
