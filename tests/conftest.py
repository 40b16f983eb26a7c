# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shared by all tiers."""

from tests import shared_data


def pytest_report_header() -> str:
    """Say where the test actors come from, as tests that need them are skipped without."""
    return f"test actors from: {shared_data.SHARED or 'nowhere, tests that need them are skipped'}"
