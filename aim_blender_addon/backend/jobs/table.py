# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The jobs that the worker process knows."""

import importlib

from .wire import WireJob

#: Each is a module of this folder; see :mod:`.wire`.
NAMES = (
    "probe",
    "fit",
    "bones",
    "landmarks",
    "eyes",
    "inside",
    "inside_character",
    "controls",
    "solve",
    "arkit",
    "correspondence",
    "match_shapes",
    "retarget",
    "flesh",
    "simulate",
    "simulate_range",
    "tissue",
    "activations",
    "distil",
    "match",
    "pose_from_points",
    "settle_shape",
    "edit_prepare",
    "edit_grab",
    "edit_solve",
    "edit_constrain",
    "detail_extract",
    "detail_fit",
    "detail_prior",
)


def find(name: str) -> WireJob:
    """The job of that name; its module is imported only now.

    Raises:
        KeyError: there is none.
    """
    if name not in NAMES:
        raise KeyError(name)
    return WireJob(importlib.import_module(f".{name}", __package__))
