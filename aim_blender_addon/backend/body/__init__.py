# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A face on a body: bones known by their names, and how far the neck of the face follows the body (numpy only)."""
