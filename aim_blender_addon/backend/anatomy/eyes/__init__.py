# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Eyes: balls fitted to eyeballs or guessed from the lids, directions of the look, and lids that follow it."""
