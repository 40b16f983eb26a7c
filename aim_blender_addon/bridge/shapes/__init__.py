# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shape keys of a rig: picked, sculpted, mirrored, combined, and made of poses."""
