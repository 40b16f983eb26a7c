# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The actor's face: its scans, bones, landmarks, jaw pins and anatomy, and what its model says."""
