# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Curves as animators keep them: few keys with clean tangents (numpy only)."""
