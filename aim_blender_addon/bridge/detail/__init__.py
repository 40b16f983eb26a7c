# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wrinkles and pores of a rig: directed compression as nodes, maps as images, and heights in the user's materials."""
