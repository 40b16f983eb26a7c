# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of Blender's command line that pytest-blender uses, over Blender's Python module.

Known: ``--version``, ``-b``, ``--python FILE``, ``--python-expr CODE`` and ``--``, after which
everything is the script's.
"""

import os
import runpy
import sys

import bpy


def main(argv: list[str]) -> int:
    """Do what ``argv`` asks; the exit status."""
    arguments = argv[: argv.index("--")] if "--" in argv else list(argv)
    sys.argv = ["blender", *argv]
    while arguments:
        argument = arguments.pop(0)
        if argument == "--version":
            sys.stdout.write(f"Blender {bpy.app.version_string}\n")
        elif argument == "--python":
            status = _run_script(arguments.pop(0))
            if status:
                return status
        elif argument == "--python-expr":
            exec(arguments.pop(0), {"__name__": "__main__"})
    return 0


def _run_script(path: str) -> int:
    try:
        runpy.run_path(path, run_name="__main__")
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    return 0


if __name__ == "__main__":
    status = main(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)  # Blender 4.5 hangs in its own tidying when a class is left registered
