# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which processor computes. Torch is imported only when a function here is called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import RuntimeUnavailableError

if TYPE_CHECKING:
    import torch

#: Names of devices that can be chosen.
DEVICES = ("auto", "cpu", "cuda", "mps")


def choose_device(name: str) -> torch.device:
    """The torch device called ``name``.

    Args:
        name: one of :data:`DEVICES`. ``auto`` takes a CUDA (or ROCm) card, else Apple's graphics
            (Metal), else the processor.

    Raises:
        RuntimeUnavailableError: this machine, or this build of torch, has no such device.
        ValueError: ``name`` is none of :data:`DEVICES`.
    """
    import torch

    if name not in DEVICES:
        raise ValueError(f"device must be one of {DEVICES}, not {name!r}")
    if name == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    if name == "cuda" and not torch.cuda.is_available():
        raise RuntimeUnavailableError(
            "The Python environment finds no CUDA or ROCm graphics card: "
            "choose another device in the preferences or install a build of torch for your card."
        )
    if name == "mps" and not torch.backends.mps.is_available():
        raise RuntimeUnavailableError(
            "The Python environment cannot use Metal on this machine: choose another device in the preferences."
        )
    return torch.device(name)


def describe_devices() -> list[dict[str, str]]:
    """What this machine offers: ``{"name": one of DEVICES, "label": words for the user}`` each."""
    import torch

    devices = [{"name": "cpu", "label": f"CPU, {torch.get_num_threads()} threads"}]
    for number in range(torch.cuda.device_count() if torch.cuda.is_available() else 0):
        card = torch.cuda.get_device_properties(number)
        devices.append(
            {"name": "cuda", "label": f"{card.name}, {card.total_memory / 2**30:.0f} GB"}
        )
    if torch.backends.mps.is_available():
        devices.append({"name": "mps", "label": "Apple graphics (Metal)"})
    return devices
