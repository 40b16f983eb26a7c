# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of meshes, markers, curves, performances and models: one module a format, one table a kind (numpy only)."""
