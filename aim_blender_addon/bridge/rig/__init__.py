# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rig that is baked from a model: skin, armature, jaw controls, Actions and attached parts."""
