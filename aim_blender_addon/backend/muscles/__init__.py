# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Flesh between bone and skin, the facial muscles in it, and how both come to rest under a pose ([Bao2019])."""
