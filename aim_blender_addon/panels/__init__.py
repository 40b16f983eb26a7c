# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sidebar tab, one module per panel, in the order of the work. Panels only draw."""
