# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Damaged files of every type, made by seed: one module a type, and the table of all.

A module has one function, ``damaged(random, folder)``. It writes one damaged file (or folder) into the empty
``folder``, drawing from a ``numpy.random.Generator`` alone. It returns what was done to the file, in words, and the
call that reads it as the program does. That call must return something usable or raise an ``AimError``.
"""

import importlib
import logging
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np

from aim_blender_addon.backend.errors import AimError

#: Module in this folder by type of file. A new type is one module and one row.
TYPES = {
    "models": "models",
    "takes": "takes",
    "results": "results",
    "handles": "handles",
    "maps": "maps",
    "pins": "pins",
    "folders": "folders",
    "meshes": "meshes",
    "messages": "messages",
    "curves": "curves",
    "curves-json": "curves_json",
    "markers": "markers",
    "markers-c3d": "markers_c3d",
    "shape-tables": "shape_tables",
    "live": "live",
    "pictures": "pictures",
}

OK, REFUSED, TRACEBACK = "ok", "refused", "traceback"
#: A sentence for people is not longer than this.
LONGEST_SENTENCE = 1000

Damaged = Callable[[np.random.Generator, Path], tuple[str, Callable[[], object]]]


def damaged_of(kind: str) -> Damaged:
    """The function of a type that damages a file."""
    return importlib.import_module(f"{__name__}.{TYPES[kind]}").damaged


def attempt(kind: str, number: int, seed: int = 0) -> tuple[str, str]:
    """One mutation, the same for the same seed and number: how it ended, and what was done and said."""
    random = np.random.default_rng([seed, number])
    with tempfile.TemporaryDirectory(prefix="aim_fuzz_") as folder, warnings.catch_warnings():
        warnings.simplefilter(
            "error", RuntimeWarning
        )  # a cast of 1e300 is a value that nobody checked
        logging.disable()  # what the worker logs of damaged lines is no find
        done, read = damaged_of(kind)(random, Path(folder))
        try:
            read()
        except AimError as error:
            text = str(error)
            if not text or len(text) > LONGEST_SENTENCE or "\n" in text:
                return TRACEBACK, f"{done}: no sentence: {text[:LONGEST_SENTENCE]!r}"
            return REFUSED, f"{done}: {text}"
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the find
            return TRACEBACK, f"{done}: {type(error).__name__}: {error}"
        finally:
            logging.disable(logging.NOTSET)
    return OK, done
