# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which builds of torch there are for a system, where each comes from, how large it is, and what is known of its files.

The packages beside torch always come from pip's default index, by ``lock/runtime-common.txt``. torch comes from one
index alone: PyTorch's own, the default one, or one that the user gives. A lock with hashes lets pip take only the
files that are known. A lock without says so, and what is installed by it never counts as checked.
"""

import platform
import re
import sys
from dataclasses import dataclass
from pathlib import Path

#: PyTorch's own index; each build has a folder there.
TORCH_INDEX = "https://download.pytorch.org/whl"
COMMON = "runtime-common.txt"
#: torch of whatever index the user gives, and of ROCm.
OTHER = "runtime-other.txt"
_CREDENTIALS = re.compile(r"(://)[^/\s@]+@")
_MACHINES = {"amd64": "x86_64", "aarch64": "arm64"}


@dataclass(frozen=True)
class TorchBuild:
    """A build of torch.

    Attributes:
        lock: stem of its lock in the folder ``lock``.
        index: address of the index it comes from; "" for pip's default one.
        download_gb, disk_gb: with the packages beside it, about; 0 where it is not known.
        needs_address: the user has to give the index.
    """

    lock: str
    index: str = ""
    download_gb: float = 0.0
    disk_gb: float = 0.0
    needs_address: bool = False


#: By device (a choice of the preferences) and ``sys.platform``. Sizes are those of Python 3.11.
_BUILDS = {
    ("CPU", "linux"): TorchBuild("runtime-cpu", f"{TORCH_INDEX}/cpu", 0.3, 1.2),
    ("CPU", "win32"): TorchBuild("runtime-cpu", f"{TORCH_INDEX}/cpu", 0.2, 1.0),
    ("CPU", "darwin"): TorchBuild("runtime-mps", "", 0.2, 0.8),
    ("CUDA", "linux"): TorchBuild("runtime-cuda", "", 2.9, 7.0),
    ("CUDA", "win32"): TorchBuild("runtime-cuda-windows", f"{TORCH_INDEX}/cu130"),
    ("ROCM", "linux"): TorchBuild("runtime-other", needs_address=True),
    ("MPS", "darwin"): TorchBuild("runtime-mps", "", 0.2, 0.8),
}
DEVICES = ("CPU", "CUDA", "ROCM", "MPS")


def torch_build(device: str, address: str = "", system: str = sys.platform) -> TorchBuild | None:
    """The build for ``device``, from the index at ``address`` where the user gave one; None where there is none."""
    build = _BUILDS.get((device, system))
    if build is None or not address:
        return build
    return TorchBuild("runtime-other", address)


def lock_of(build: TorchBuild, folder: Path, python: tuple[int, int]) -> Path:
    """The lock of a build in ``folder``: that of this system and Python, where one is known, or that of all."""
    known = folder / f"{build.lock}.{_system()}-{python[0]}.{python[1]}.txt"
    return known if known.is_file() else folder / f"{build.lock}.txt"


def has_hashes(lock: Path) -> bool:
    """Whether every requirement of a lock has one."""
    text = lock.read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line.strip() for line in text.splitlines()]
    pins = [line for line in lines if line and not line.startswith("#")]
    return bool(pins) and all("--hash=" in pin for pin in pins)


def without_login(text: str) -> str:
    """Text with addresses that name no user and no password any more."""
    return _CREDENTIALS.sub(r"\1", text)


def split_login(address: str) -> tuple[str, str]:
    """An address without its user and password, and these, such as ``name:secret``; "" for none."""
    address = address.strip()
    found = _CREDENTIALS.search(address)
    if not found:
        return address, ""
    return without_login(address), found[0].removeprefix("://").removesuffix("@")


def with_login(address: str, login: str) -> str:
    """An address of :func:`split_login` as pip is given it."""
    return address.replace("://", f"://{login}@", 1) if login else address


def _system() -> str:
    """This system as the names of locks have it."""
    names = {"win32": "windows", "darwin": "macos"}
    machine = platform.machine().lower()
    machine = (
        "amd64"
        if sys.platform == "win32" and machine == "amd64"
        else _MACHINES.get(machine, machine)
    )
    return f"{names.get(sys.platform, sys.platform)}-{machine}"
