# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Long work: the worker process and its Python, and the two ways to drive a job (blocking and modal)."""
