# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables of docs/development/bench.md: ``make bench``. Needs the folder shared/ beside the repository.

Every figure is measured in this run, beside its baselines. Nothing here is a test.
"""

import argparse
import json
import sys

from bench import actors, jaw
from bench.common import OUT, fit, machine
from bench.fit.tables import baseline_table, fit_table
from bench.rig.table import bake_table


def main() -> None:
    """Measure, print, and leave ``out/bench/bench.md`` and ``bench.json``."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 3, 11], help="actors to fit")
    parser.add_argument(
        "--siren-seconds", type=float, default=120.0, help="time given to the baseline"
    )
    parser.add_argument("--skip-bake", action="store_true", help="leave out what needs Blender")
    options = parser.parse_args()
    OUT.mkdir(parents=True, exist_ok=True)
    folders = {f"seed {seed}, 19 scans": actors.standard(OUT, seed) for seed in options.seeds}
    folders["generic head, 53 scans"] = actors.all_units(OUT)
    fits = {name: fit(folder) for name, folder in folders.items()}
    sections = [fit_table(fits), jaw.table(options.seeds, OUT)]
    first = next(iter(folders))
    sections.append(baseline_table(folders[first], fits[first], options.siren_seconds))
    if not options.skip_bake:
        sections.append(bake_table(folders, fits))
    text = "\n\n".join([f"Measured on {machine()}.", *sections]) + "\n"
    (OUT / "bench.md").write_text(text, encoding="utf-8")
    (OUT / "bench.json").write_text(json.dumps(fits, indent=1), encoding="utf-8")
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
