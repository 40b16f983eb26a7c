# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wrinkles and pores against known truth: ``python -m bench.detail``. Needs the folder shared/ beside the repository.

Two laws, the generator's and ``other_law.py``; clean maps and maps as a production gives them. All rivals are
measured in the same run, on the same pixels. ``--frames`` and ``--size`` make a quick one.
"""

import argparse
import sys
from pathlib import Path

from bench.common import OUT, machine
from bench.detail import cases, rivals


def main() -> None:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=3, help="of the actor")
    parser.add_argument("--frames", type=int, default=12, help="unseen frames")
    parser.add_argument("--size", type=int, default=512, choices=(256, 512))
    parser.add_argument("--laws", nargs="*", default=["a", "b"], choices=("a", "b"))
    parser.add_argument("--captures", nargs="+", default=["clean", "production"])
    parser.add_argument(
        "--extract", type=int, default=0, metavar="SCANS", help="also extract so many"
    )
    options = parser.parse_args()
    folder = OUT / "detail"
    actor = cases.actor(folder, options.seed)
    sys.stdout.write(f"Measured on {machine()}, actor {options.seed}, {options.size} px.\n\n")
    if options.extract:
        sys.stdout.write(cases.extraction_table(actor, Path(folder), options.extract))
    head = "| method | frames: whole / moving / corr. | left-out scans: whole / moving / corr. |\n|---|---|---|\n"
    for law in options.laws:
        for capture in options.captures:
            case = cases.load(actor, folder, law, capture, options.size, options.frames)
            sys.stdout.write(f"Law {law}, {capture}\n\n{head}")
            for row in rivals.rows(case):
                sys.stdout.write(row + "\n")
                sys.stdout.flush()
            sys.stdout.write("\n")


if __name__ == "__main__":
    main()
