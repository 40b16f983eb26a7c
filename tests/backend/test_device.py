# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The processor that computes is the one asked for, or an error says what to do."""

import pytest
import torch

from aim_blender_addon.backend.errors import RuntimeUnavailableError
from aim_blender_addon.backend.fitting.device import choose_device, describe_devices


@pytest.fixture
def no_card(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without graphics cards."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)


def test_without_a_card_the_processor_computes(no_card: None) -> None:
    assert choose_device("auto").type == choose_device("cpu").type == "cpu"
    assert [device["name"] for device in describe_devices()] == ["cpu"]


@pytest.mark.parametrize("name", ["cuda", "mps"])
def test_a_missing_card_is_an_error_with_a_way_out(no_card: None, name: str) -> None:
    with pytest.raises(RuntimeUnavailableError, match="choose another device"):
        choose_device(name)


def test_a_card_goes_before_the_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert choose_device("auto").type == "cuda"


def test_unknown_devices_are_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="device must be one of"):
        choose_device("abacus")
