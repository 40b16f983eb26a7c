# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a rig shows of a take, in the scene as Blender evaluates it, beside what was made."""
