# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ``tools/soak.py`` does: the jobs it asks for, and what it measures of the processes (Linux)."""
