# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""OpenBLAS is told its core, on processors that it may not know."""

import pytest

from aim_blender_addon.backend import known_core
from aim_blender_addon.jobs.process import clean_environment

NEW = "flags\t\t: fpu sse2 fma avx2 avx512f avx512cd avx512bw avx512dq avx512vl avx512_fp16\n"


@pytest.mark.parametrize(
    ("machine", "cpuinfo", "core"),
    [
        ("x86_64", NEW, "SkylakeX"),
        ("AMD64", NEW, "SkylakeX"),
        ("x86_64", NEW.replace("avx512vl", ""), "Haswell"),
        ("x86_64", "model name : old\nflags : fpu sse2 avx\n", None),
        ("x86_64", "", None),
        ("aarch64", NEW, None),
    ],
)
def test_the_core_is_what_its_instructions_allow(machine, cpuinfo, core) -> None:
    assert known_core.known_core(machine, cpuinfo) == core


def test_what_a_user_has_set_stays(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(known_core, "_FLAGS", tmp_path / "cpuinfo")
    monkeypatch.setattr(known_core.platform, "machine", lambda: "x86_64")
    environment = {}
    known_core.name_core(environment)
    assert not environment  # no such file: not Linux
    (tmp_path / "cpuinfo").write_text(NEW)
    known_core.name_core(environment)
    assert environment == {known_core.VARIABLE: "SkylakeX"}
    mine = {known_core.VARIABLE: "Zen"}
    known_core.name_core(mine)
    assert mine == {known_core.VARIABLE: "Zen"}


def test_the_worker_starts_with_it(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(known_core, "_FLAGS", tmp_path / "cpuinfo")
    monkeypatch.setattr(known_core.platform, "machine", lambda: "x86_64")
    monkeypatch.delenv(known_core.VARIABLE, raising=False)
    (tmp_path / "cpuinfo").write_text(NEW)
    assert clean_environment("python")[known_core.VARIABLE] == "SkylakeX"
