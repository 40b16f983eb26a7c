# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The anatomical face model: geometry, anatomy, fitting. Never imports Blender.

Units are millimetres, the frame is head space (the skull does not move). What Blender's own
process needs (``errors``, ``geometry.mesh``, ``scans.checks``, ``model``, ``io``) uses numpy
alone; everything that needs torch or scipy runs in the worker process.
"""
