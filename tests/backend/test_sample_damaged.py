# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A damaged installation of the package with the sample head ends in a sentence, not in a traceback."""

import gzip
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from aim_blender_addon.backend.errors import ScanError
from aim_blender_addon.backend.sample.head import (
    BASE_MESH,
    FACE_UNITS,
    MACRO_TARGETS,
    PERSON,
    find_package,
    load_sample_head,
)

INSTALLED = find_package()
pytestmark = pytest.mark.skipif(INSTALLED is None, reason="the package is not installed")
BASE, MACRO = BASE_MESH, f"{MACRO_TARGETS}/{next(iter(PERSON))}.target.gz"


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A copy of what is read of the package."""
    for name in (FACE_UNITS, MACRO_TARGETS):
        shutil.copytree(INSTALLED / name, tmp_path / name)
    (tmp_path / BASE_MESH).parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(INSTALLED / BASE_MESH, tmp_path / BASE_MESH)
    return tmp_path


def cut(data: bytes) -> bytes:
    return data[: len(data) // 3]


@pytest.mark.parametrize(("name", "change"), [
    (BASE, cut), (BASE, lambda _: b""), (BASE, lambda data: data.replace(b"g body", b"g other")),
    (BASE, lambda data: b"f 1/1 2/2 3/3 4/4\n" + data.replace(b"v ", b"v x ", 1)), (BASE, lambda _: b"\xff\xfe\x00"),
    (BASE, lambda data: data.replace(b"f 1/", b"f 99999999/", 1) + b"f 99999999/1 2/1 3/1 4/1\n"),
    (MACRO, cut), (MACRO, lambda _: b"no gzip"), (MACRO, lambda _: gzip.compress(b"1 2\n")),
    (MACRO, lambda _: gzip.compress(b"99999999 1 2 3\n")), (MACRO, lambda _: gzip.compress(b"1 nan 2 3\n")),
    (MACRO, lambda _: gzip.compress(b" " * (1 << 27))), ("unit", lambda _: b"1 2 3"), ("unit", lambda _: b"a b c d"),
    ("unit", lambda _: b"1 1e999 0 0"),
])  # fmt: skip
def test_a_damaged_package_is_said_to_be(
    package: Path, name: str, change: Callable[[bytes], bytes]
) -> None:
    path = min((package / FACE_UNITS).glob("*.target")) if name == "unit" else package / name
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(ScanError) as raised:
        load_sample_head(package)
    assert "it is damaged" in str(raised.value) and "install the environment again" in str(
        raised.value
    )
    assert "\n" not in str(raised.value)


def test_a_package_without_a_unit_or_a_target(package: Path) -> None:
    (package / MACRO).unlink()
    with pytest.raises(ScanError, match="install the environment again"):
        load_sample_head(package)
    min((package / FACE_UNITS).glob("*.target")).unlink()
    with pytest.raises(ScanError, match="51 face units of the 52|install"):
        load_sample_head(package)
