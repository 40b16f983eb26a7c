# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Random walks through the operators with undo and redo; ``tools/undo_walk.py`` runs them by hand."""
