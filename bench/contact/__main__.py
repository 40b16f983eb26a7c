# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How deep edited and baked skins lie in bone and teeth: ``python -m bench.contact FACE ...``, seeds or ``sample``.

Every edge and face is looked at, each half millimetre, by the bones' own triangles. What the neutral itself shows is
counted from.
"""

import argparse
import sys
from collections.abc import Iterator

import numpy as np

from aim_blender_addon.backend.editing.editable_face import EditableFace
from bench.contact import cases
from bench.contact.depth import Referee
from bench.contact.faces import model_of

HEAD = "| face | skins | number | deepest vertex, mm | edge | face | skins over 0.3 mm | p95 |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("faces", nargs="+", help="seeds of actors, or sample")
    parser.add_argument("--edits", type=int, default=100)
    parser.add_argument("--pairs", type=int, default=200)
    parser.add_argument("--every", type=int, default=2, help="frames of the performance")
    parser.add_argument("--only", nargs="*", default=None)
    options = parser.parse_args()
    sys.stdout.write(f"{HEAD}\n|{'---|' * (HEAD.count('|') - 1)}\n")
    for name in options.faces:
        face = EditableFace(model_of(name))
        source = 3 if name != "3" else 0
        makes = {
            "scans": lambda face=face: cases.scans(face),
            "drags": lambda face=face: cases.drags(face, options.edits),
            "sculpts": lambda face=face: cases.sculpts(face, options.edits // 2),
            "retargeted": lambda face=face, s=source: cases.retargeted(face, s, options.every),
            "controls": lambda face=face: cases.at_limits(face, options.pairs),
        }
        referee = Referee(face.bones, face.rest, face.model.neutral.triangles)
        for kind, make in makes.items():
            if options.only is None or kind in options.only:
                sys.stdout.write(_row(name, kind, make(), referee))
                sys.stdout.flush()


def _row(name: str, kind: str, skins: Iterator[cases.Posed], referee: Referee) -> str:
    found = [referee.depth(*posed) for posed in skins]
    worst = np.array([depth.worst for depth in found])
    cells = [
        name,
        kind,
        len(found),
        *(f"{max(getattr(depth, at) for depth in found):.2f}" for at in ("vertex", "edge", "face")),
        int((worst > 0.3).sum()),
        f"{np.quantile(worst, 0.95):.2f}",
    ]
    return f"| {' | '.join(map(str, cells))} |\n"


if __name__ == "__main__":
    main()
