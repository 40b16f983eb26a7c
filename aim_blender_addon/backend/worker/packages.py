# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The packages that the worker's Python must hold (standard library alone)."""

#: As (import name, distribution name).
REQUIRED_PACKAGES = (
    ("numpy", "numpy"),
    ("scipy", "scipy"),
    ("torch", "torch"),
    ("robust_laplacian", "robust-laplacian"),
    ("trimesh", "trimesh"),
    ("embreex", "embreex"),
    ("rtree", "rtree"),
)
#: Without these the worker does the same, more slowly.
QUICKER_PACKAGES = (("cvxopt", "cvxopt"),)


def missing_package(error: ModuleNotFoundError) -> str:
    """The distribution to install for ``error``, or "" when the missing module is our own."""
    module = (error.name or "").partition(".")[0]
    if module in ("", "backend"):
        return ""
    return dict(REQUIRED_PACKAGES).get(module, module)
