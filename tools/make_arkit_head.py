# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the head that ARKit shapes are carried from: ``python -m tools.make_arkit_head``.

MakeHuman's CC0 face units on the sample head, as ``backend/retargeting/arkit_head.npz``: skin, tissue, joint and
landmarks as ``face_of_neutral`` finds them, and for each of the 52 shapes the jaw's pose and what is left when it is
undone.
"""

import sys

import numpy as np

from aim_blender_addon.backend.geometry.skinning import undo_jaw
from aim_blender_addon.backend.retargeting.arkit_head import FILE
from aim_blender_addon.backend.retargeting.retarget_face import face_of_neutral
from aim_blender_addon.backend.sample.head import find_package, load_sample_head, rigid_motion


def main() -> int:
    """Write the file; the exit status."""
    package = find_package()
    if package is None:
        sys.stderr.write("The sample head's package is missing: run make env\n")
        return 2
    head = load_sample_head(package)
    face = face_of_neutral(head.skin)
    # Small motions of the teeth are noise of the units, and no jaw.
    poses = [
        rigid_motion(head.lower_teeth, head.lower_teeth + move) for move in head.lower_teeth_units
    ]
    parameters = np.stack([face.joint.parameters(pose) for pose in poses])
    moved = np.abs(head.lower_teeth_units).max(axis=(1, 2)) > 0.5
    parameters[~moved] = 0.0
    rest = head.skin.vertices.astype(np.float64)
    soft = np.stack(
        [
            undo_jaw(rest + unit, face.joint.pose(numbers), face.jaw_weight) - rest
            for unit, numbers in zip(head.units.astype(np.float64), parameters, strict=True)
        ]
    )
    names = sorted(face.landmarks)
    np.savez_compressed(
        FILE,
        vertices=head.skin.vertices.astype(np.float32),
        face_vertices=head.skin.face_vertices.astype(np.int16),
        face_sizes=head.skin.face_sizes.astype(np.int8),
        shape_names=np.array(head.unit_names),
        displacements=soft.astype(np.float16),
        jaw_parameters=parameters.astype(np.float32),
        thickness=face.thickness.astype(np.float32),
        jaw_weight=face.jaw_weight.astype(np.float32),
        joint=np.array([face.joint.hinge_left, face.joint.hinge_right, face.joint.incisor]),
        landmark_names=np.array(names),
        landmarks=np.array([face.landmarks[name] for name in names], np.float32),
    )
    sys.stdout.write(f"{FILE}: {FILE.stat().st_size / 1e3:.0f} kB\n")
    for name, numbers in zip(head.unit_names, parameters, strict=True):
        if numbers.any():
            sys.stdout.write(f"  {name}: jaw {np.round(numbers, 3)}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
