# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The worker's jobs from a shell: ``python -m aim_blender_addon.backend COMMAND ...``."""

import os
import sys

# Before numpy is imported: its matrices are small here, and two threads wait for each other (a frame of a solve takes
# 26 ms with one and 114 with two on two cores). torch keeps its threads.
if "OPENBLAS_NUM_THREADS" not in os.environ:
    os.environ["OPENBLAS_NUM_THREADS"] = "1"

from .known_core import name_core

name_core(os.environ)

from .cli.shared import check_outputs
from .cli.table import parser, spelled
from .errors import AimError


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0, or 2 after one sentence on standard error."""
    options = parser().parse_args(spelled(sys.argv[1:] if arguments is None else arguments))
    try:
        check_outputs(options)
        options.run(options)
    except AimError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
