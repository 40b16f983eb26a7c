# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A generic head with ARKit's 52 shapes: MakeHuman's face units, which are in the public domain (CC0 1.0).

``tools/make_arkit_head.py`` made the file.
"""

from functools import cache
from pathlib import Path

import numpy as np

from ..anatomy.head.rims import find_rims
from ..anatomy.jaw.joint import JawJoint
from ..anatomy.survey import FaceSurvey
from ..geometry.mesh import Mesh
from .retarget_face import RetargetFace

#: The head's arrays, in the extension.
FILE = Path(__file__).with_name("arkit_head.npz")


@cache
def arkit_head() -> RetargetFace:
    """The head, its 52 expressions under ARKit's exact names, mm."""
    with np.load(FILE) as file:
        data = {name: file[name] for name in file.files}
    skin = Mesh(
        data["vertices"],
        data["face_vertices"].astype(np.int32),
        data["face_sizes"].astype(np.int32),
        "ARKit head",
    )
    landmarks = dict(
        zip(map(str, data["landmark_names"]), data["landmarks"].astype(float), strict=True)
    )
    survey = FaceSurvey(skin, landmarks)
    joint = JawJoint(*data["joint"])
    return RetargetFace(
        mesh=skin,
        rows=np.arange(len(skin.vertices)),
        skin=skin,
        scale=1.0,
        thickness=data["thickness"].astype(float),
        jaw_weight=data["jaw_weight"].astype(float),
        joint=joint,
        landmarks=landmarks,
        left_up_front=survey.frame.left_up_front,
        rims=find_rims(survey.view, landmarks),
        part_jaw=np.zeros(len(skin.vertices)),
        expression_names=tuple(map(str, data["shape_names"])),
        displacements=data["displacements"].astype(np.float32),
        jaw_poses=np.stack([joint.pose(numbers) for numbers in data["jaw_parameters"]]),
    )
