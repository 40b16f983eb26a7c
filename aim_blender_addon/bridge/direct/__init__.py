# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Curves straight onto a rig: what they move by their names, and takes of them. Streams and files share it."""
