# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Editing a rig by handles and by sculpting: what it shows, and what is written back."""
