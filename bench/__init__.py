# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measurements. They run as the product's own processes do: OpenBLAS is told its core before numpy is imported."""

import os

from aim_blender_addon.backend.known_core import name_core

name_core(os.environ)
