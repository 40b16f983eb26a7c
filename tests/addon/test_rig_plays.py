# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A baked rig plays in a Blender that has neither the extension nor torch, and may run no scripts."""

import os
import subprocess
import sys

import bpy
import numpy as np
import pytest

from aim_blender_addon.bridge.rig import actions, bake
from tests.addon import stand_in, takes

PLAYER = """
import os, sys
import bpy
import numpy as np

bpy.ops.wm.open_mainfile(filepath=sys.argv[1], use_scripts=False)
assert not hasattr(bpy.types.Object, "aim")
assert not {"torch", "aim_blender_addon"} & set(sys.modules)
expected = np.load(sys.argv[2])
rig = bpy.data.objects["Head Rig"]
worst = 0.0
for frame, points in zip(expected["frames"], expected["points"]):
    bpy.context.scene.frame_set(int(frame))
    twin = rig.evaluated_get(bpy.context.evaluated_depsgraph_get())
    mesh = twin.to_mesh()
    shown = np.empty(3 * len(mesh.vertices), np.float32)
    mesh.vertices.foreach_get("co", shown)
    worst = max(worst, np.abs(shown.reshape(-1, 3) * 1000.0 - points).max())
print("largest difference", worst, flush=True)
os._exit(0 if worst <= expected["within"] else 1)
"""


def test_rig_plays_by_itself(tmp_path):
    model = stand_in.make_model(6)
    face = stand_in.add_neutral(model)
    bake.bake_rig(face, model, bpy.context, bake.BakeOptions(head_motion=True))
    frames = [actions.scan_frame(number) for number in range(6)]
    points = [
        stand_in.skin(model, weights, jaw, head)
        for weights, jaw, head in zip(np.eye(6), model.jaw_poses, model.head_poses, strict=True)
    ]
    play_elsewhere(tmp_path, frames, np.stack(points), 0.01)


@pytest.mark.parametrize("layered", [True, False])
def test_take_plays_by_itself(tmp_path, layered):
    """A take over an Action of the user's, on a track or alone."""
    face = takes.add_face()
    keys = face.aim.rig.data.shape_keys
    block = keys.key_blocks[1]
    for frame, value in ((1, 1.0), (20, 0.0)):
        block.value = value
        block.keyframe_insert("value", frame=frame)
    takes.write(face, layered)
    # The limits of the jaw bone take some hundredths of a millimetre.
    play_elsewhere(tmp_path, takes.FRAMES, takes.vertices(), 0.1)


def play_elsewhere(tmp_path, frames, points, within):
    """Compare the rig with ``points`` [T, V, 3] mm at ``frames``, in a Blender without the extension."""
    blend, expected = tmp_path / "face.blend", tmp_path / "expected.npz"
    bpy.ops.wm.save_as_mainfile(filepath=str(blend))
    np.savez(expected, frames=frames, points=points, within=within)
    player = tmp_path / "player.py"
    player.write_text(PLAYER)
    kept = {"PATH", "HOME", "LANG", "LD_LIBRARY_PATH", "SYSTEMROOT"}
    environment = {name: value for name, value in os.environ.items() if name in kept}
    environment["BLENDER_USER_RESOURCES"] = str(tmp_path)
    played = subprocess.run(
        [sys.executable, str(player), str(blend), str(expected)],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environment,
        timeout=120,
        check=False,
    )
    assert played.returncode == 0, played.stdout + played.stderr
    assert "largest difference" in played.stdout
