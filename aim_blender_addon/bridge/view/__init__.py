# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What 3D views show of a face: colours of attributes, bones under translucent skin."""
