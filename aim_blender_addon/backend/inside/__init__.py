# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mouths and eyes for heads that have none: teeth, gums, tongue and lining of the free head, eyes and lashes."""
