# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Blender's data as plain arrays and back: meshes, attributes, groups, shape keys, stored models."""
