# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Face streams over a real UDP port of this computer: onto rigs and characters, recorded, and hindered in all ways."""

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import bpy
import numpy as np
import pytest
from mathutils import Matrix, Vector

from aim_blender_addon.backend.errors import LiveError
from aim_blender_addon.backend.io.curve_files import read_curves
from aim_blender_addon.bridge.direct import target as targets
from aim_blender_addon.bridge.live import session as sessions
from aim_blender_addon.bridge.live.session import Session
from aim_blender_addon.bridge.live.take import RATE, TIMECODE
from aim_blender_addon.bridge.rig.objects import armature_of
from aim_blender_addon.jobs import environment
from aim_blender_addon.operators.live import receive
from tests.addon import characters, faces, models, stand_in
from tests.addon.named_head import hero, with_head_bone
from tests.addon.recorder import draw
from tests.backend.live_packets import FACE_MOCAP, live_link
from tools.send_face_stream import datagrams

HOST = "127.0.0.1"


@pytest.fixture(autouse=True)
def _settings(_empty_file: None) -> Iterator[None]:
    """Online, on a port that is free; nothing runs on into the next test."""
    bpy.context.preferences.system.use_online_access = True
    settings = environment.preferences()
    settings.live_format, settings.live_address = 'LIVE_LINK_FACE', HOST
    settings.live_sender = settings.live_subject = ""
    settings.live_port = free_port()
    yield
    sessions.end()


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


def opened(obj: bpy.types.Object) -> Session:
    """A session on an object, as the operator opens it."""
    faces.select([obj])
    session = receive._open(bpy.context)
    sessions.begin(session)
    return session


def send(session: Session, *data: bytes) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for one in data:
            sender.sendto(one, (session.receiver.address, session.receiver.port))
    time.sleep(0.02)


def value(obj: bpy.types.Object, name: str) -> float:
    return obj.data.shape_keys.key_blocks[name].value


def values(session: Session, at: float = 0.0, number: int = 1, **shapes: float) -> None:
    """Send one frame of Live Link Face, and take it in."""
    send(session, live_link({name[0].upper() + name[1:]: v for name, v in shapes.items()}, number))
    session.tick(at)


def test_a_stream_moves_the_shape_keys_of_a_character() -> None:
    obj = hero()
    session = opened(obj)
    values(session, jawOpen=0.5, eyeBlinkLeft=0.25)
    assert value(obj, "jawOpen") == pytest.approx(0.5)
    assert value(obj, "eyeBlinkLeft") == pytest.approx(0.25)
    assert value(obj, "eyeBlinkRight") == 0
    assert session.target.left_alone == ()


def test_keys_in_other_spellings_and_of_both_sides_are_found() -> None:
    obj = hero(("mouthSmile.L", "ARKit_JawOpen", "eyeBlink"))
    session = opened(obj)
    values(session, mouthSmileLeft=0.5, jawOpen=0.25, eyeBlinkLeft=1.0, eyeBlinkRight=0.5)
    assert value(obj, "mouthSmile.L") == pytest.approx(0.5)
    assert value(obj, "ARKit_JawOpen") == pytest.approx(0.25)
    assert value(obj, "eyeBlink") == pytest.approx(0.75)


def test_a_key_that_something_else_moves_is_left_alone_and_named() -> None:
    obj = hero()
    driver = obj.data.shape_keys.key_blocks["jawOpen"].driver_add("value").driver
    driver.expression = "0.3"
    obj.data.shape_keys.key_blocks["cheekPuff"].mute = True
    session = opened(obj)
    assert set(session.target.left_alone) == {"jawOpen", "cheekPuff"}
    values(session, jawOpen=1.0, mouthFunnel=0.5)
    assert value(obj, "mouthFunnel") == pytest.approx(0.5)


def test_a_key_that_a_property_drives_is_moved_by_it() -> None:
    obj = hero(("jawOpen", "eyeBlinkLeft"))
    obj["open"] = 0.0
    driver = obj.data.shape_keys.key_blocks["jawOpen"].driver_add("value").driver
    driver.type = 'AVERAGE'
    variable = driver.variables.new()
    variable.targets[0].id, variable.targets[0].data_path = obj, '["open"]'
    session = opened(obj)
    values(session, jawOpen=0.5)
    bpy.context.view_layer.update()
    assert obj["open"] == pytest.approx(0.5)
    assert value(obj, "jawOpen") == pytest.approx(0.5)


def test_brows_of_their_own_move_along() -> None:
    obj, brows = hero(), hero(("browDownLeft", "jawOpen"), "Brows")
    brows.parent = obj
    session = opened(obj)
    values(session, browDownLeft=0.5)
    assert value(brows, "browDownLeft") == pytest.approx(0.5)


def test_a_rig_of_ours_moves_with_its_head_and_sliders() -> None:
    model = stand_in.make_model(3)
    face = stand_in.add_neutral(model)
    names = ("jawOpen", "eyeBlinkLeft", "mouthSmileLeft")
    named = models.make_model(names, model.neutral)
    from aim_blender_addon.backend.io.model_file import model_to_bytes
    from aim_blender_addon.bridge.data import storage
    from aim_blender_addon.bridge.rig import bake

    storage.store_model(face, model_to_bytes(named))
    baked = bake.bake_rig(face, named, bpy.context, bake.BakeOptions(head_motion=True))
    session = opened(face)
    assert session.target.mesh.find() == baked.mesh and session.target.head is not None
    send(session, live_link({"MouthSmileLeft": 0.5, "HeadYaw": 0.3, "HeadPitch": 0.2}))
    session.tick(0.0)
    bpy.context.view_layer.update()
    assert value(baked.mesh, "mouthSmileLeft") == pytest.approx(0.5)
    skull = armature_of(face).pose.bones["skull"]
    front = armature_of(face).data.bones["skull"].matrix_local.to_3x3() @ Matrix.Identity(3).col[2]
    now = skull.matrix.to_3x3() @ Matrix.Identity(3).col[2]
    assert now.x < front.x - 0.2  # the person's right
    assert now.z < front.z - 0.1  # down


@pytest.mark.parametrize("turn", [Matrix(), Matrix.Rotation(1.1, 4, 'Z')])
def test_head_and_eyes_of_a_character_turn_the_way_its_face_looks(turn: Matrix) -> None:
    obj = hero()
    armature = with_head_bone(obj)
    obj.matrix_world = turn @ obj.matrix_world
    session = opened(obj)
    rest = {b.name: b.matrix_local.to_3x3() for b in armature.data.bones}
    send(session, live_link({"HeadYaw": 0.3, "LeftEyePitch": 0.2, "RightEyePitch": 0.2}))
    session.tick(0.0)
    bpy.context.view_layer.update()
    front = turn.to_3x3() @ Vector((0, -1, 0))
    left = turn.to_3x3() @ Vector((1, 0, 0))
    head = armature.pose.bones["head"].matrix.to_3x3() @ rest["head"].inverted()
    assert (head @ front).dot(left) == pytest.approx(-np.sin(0.3), abs=0.05)
    eye = armature.pose.bones["eye.L"].matrix.to_3x3() @ rest["eye.L"].inverted()
    assert (eye @ front).z == pytest.approx(-np.sin(0.2), abs=0.05)


def play(session: Session, count: int, gap: int = 0, first: int = 600) -> None:
    """A blink and an open mouth over ``count`` frames at 60 a second, with a gap of so many in the middle."""
    for n in range(count):
        number = first + n + (gap if n >= count // 2 else 0)
        values(session, number / 60, number, jawOpen=n / (count - 1), eyeBlinkLeft=0.5)


def curve(owner: bpy.types.ID, path: str) -> bpy.types.FCurve:
    from aim_blender_addon import compat

    tracks = [s.action for t in owner.animation_data.nla_tracks for s in t.strips]
    found = [c for action in tracks for c in compat.all_curves(action) if c.data_path == path]
    return found[-1]


def test_a_recording_is_an_action_at_the_times_of_its_stamps(tmp_path: Path) -> None:
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    obj, scene = hero(), bpy.context.scene
    scene.render.fps = 24
    session = opened(obj)
    scene.frame_set(11)
    assert bpy.ops.aim.record_face_stream() == {'FINISHED'}
    play(session, 20, gap=60)
    assert bpy.ops.aim.record_face_stream() == {'FINISHED'}
    keys = obj.data.shape_keys
    points = curve(keys, 'key_blocks["jawOpen"].value').keyframe_points
    frames = np.array([point.co.x for point in points])
    wanted = 11 + 24 / 60 * np.array([*range(10), *range(70, 80)])
    np.testing.assert_allclose(frames, wanted, atol=1e-3)
    action = keys.animation_data.nla_tracks[-1].strips[0].action
    assert action[TIMECODE] == "00:00:10:00.250" and action[RATE] == 60
    assert action.use_fake_user
    # It plays without us.
    scene.frame_set(11 + 31)
    bpy.context.view_layer.update()
    assert value(obj, "jawOpen") == pytest.approx(
        float(np.interp(42, wanted, np.arange(20) / 19)), abs=1e-3
    )
    # Retarget takes it as any file of curves.
    state = obj.aim.retarget
    assert state.source_kind == 'CURVES' and state.curves_path.endswith(".csv")
    curves = read_curves(bpy.path.abspath(state.curves_path))
    assert len(curves.times) == 20 and curves.times[-1] == pytest.approx(79 / 60, abs=1e-3)


def test_an_action_of_ones_own_and_an_earlier_recording_stay() -> None:
    obj = hero()
    keys = obj.data.shape_keys
    keys.key_blocks["jawOpen"].keyframe_insert("value", frame=1)
    own = keys.animation_data.action
    session = opened(obj)
    made = []
    for first in (600, 900):
        bpy.ops.aim.record_face_stream()
        play(session, 6, first=first)
        bpy.ops.aim.record_face_stream()
        made.append(keys.animation_data.nla_tracks[-1].strips[0].action.name)
    assert len(set(made)) == 2 and set(made) <= {a.name for a in bpy.data.actions}
    assert own.name in {a.name for a in bpy.data.actions} and own.users
    bpy.context.scene.frame_set(1)
    assert value(obj, "eyeBlinkLeft") == pytest.approx(0.5)


def test_head_and_eyes_are_recorded() -> None:
    obj = hero()
    armature = with_head_bone(obj)
    session = opened(obj)
    bpy.ops.aim.record_face_stream()
    for n in range(4):
        send(session, live_link({"HeadYaw": 0.1 * n, "LeftEyeYaw": 0.05 * n}, 100 + n))
        session.tick(n / 60)
    live = {name: armature.pose.bones[name].matrix.copy() for name in ("head", "eye.L")}
    bpy.context.view_layer.update()
    live = {name: armature.pose.bones[name].matrix.copy() for name in live}
    bpy.ops.aim.record_face_stream()
    last = bpy.context.scene.frame_current + 3 / 60 * bpy.context.scene.render.fps
    bpy.context.scene.frame_set(int(last), subframe=last % 1)
    for name, matrix in live.items():
        played = armature.pose.bones[name].matrix
        assert np.allclose(np.array(played), np.array(matrix), atol=1e-3), name


def test_a_recording_is_one_step_to_undo() -> None:
    obj = hero()
    bpy.ops.ed.undo_push(message="before")
    session = opened(obj)
    bpy.ops.aim.record_face_stream('EXEC_DEFAULT', True)  # with its undo step, as a button
    play(session, 6)
    bpy.ops.aim.record_face_stream('EXEC_DEFAULT', True)
    assert len(bpy.data.actions) > 0
    bpy.ops.ed.undo()
    assert len(bpy.data.actions) == 0
    assert value(bpy.data.objects["Hero"], "jawOpen") == 0
    # What is undone does not stop the stream, and nothing dangles.
    values(session, 50.0, 5000, jawOpen=0.5)
    assert value(bpy.data.objects["Hero"], "jawOpen") == pytest.approx(0.5)


def test_an_empty_recording_is_said() -> None:
    opened(hero())
    bpy.ops.aim.record_face_stream()
    with pytest.raises(RuntimeError, match="No frame came"):
        bpy.ops.aim.record_face_stream()


def test_stop_keeps_what_is_being_recorded() -> None:
    obj = hero()
    session = opened(obj)
    bpy.ops.aim.record_face_stream()
    play(session, 6)
    assert bpy.ops.aim.stop_face_stream() == {'FINISHED'}
    assert sessions.current() is None and len(bpy.data.actions) > 0


def test_a_script_receives_for_a_while(tmp_path: Path) -> None:
    obj = hero()
    curves = read_curves(characters.write_curves(tmp_path / "take.csv", frames=30))
    port, stop = environment.preferences().live_port, threading.Event()

    def sending() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            start = 36000.0
            while not stop.is_set():
                for _at, data in datagrams(curves, 'LIVE_LINK_FACE', start=start):
                    sender.sendto(data, (HOST, port))
                    time.sleep(0.005)
                start += 1.0

    thread = threading.Thread(target=sending)
    thread.start()
    try:
        done = bpy.ops.aim.receive_face_stream(seconds=1.0, record=True)
    finally:
        stop.set()
        thread.join()
    assert done == {'FINISHED'} and sessions.current() is None
    points = curve(obj.data.shape_keys, 'key_blocks["jawOpen"].value').keyframe_points
    assert len(points) > 2
    with pytest.raises(RuntimeError, match="give the seconds"):
        bpy.ops.aim.receive_face_stream()


def test_the_modal_operator_ends_with_escape_with_stop_and_with_a_lost_rig() -> None:
    obj = hero()
    timer = SimpleNamespace(type='TIMER', value='NOTHING')
    escape = SimpleNamespace(type='ESC', value='PRESS')
    other = SimpleNamespace(type='G', value='PRESS')

    def running() -> SimpleNamespace:
        said: list[str] = []
        cls = receive.AIM_OT_receive_face_stream
        made = SimpleNamespace(
            _session=opened(obj),
            _timer=None,
            _shown_at=-1e9,
            report=lambda _kind, text: said.append(text),
        )
        made.said = said
        for name in ("modal", "_tick", "_stop", "_end"):
            setattr(made, name, getattr(cls, name).__get__(made))
        return made

    operator = running()
    assert operator.modal(bpy.context, timer) == {'PASS_THROUGH'}
    assert operator.modal(bpy.context, other) == {'PASS_THROUGH'}
    assert operator.modal(bpy.context, escape) == {'FINISHED'}
    assert sessions.current() is None
    operator = running()
    bpy.ops.aim.stop_face_stream()
    assert operator.modal(bpy.context, timer) == {'CANCELLED'}
    operator = running()
    send(operator._session, live_link())
    bpy.data.objects.remove(obj)
    assert operator.modal(bpy.context, timer) == {'FINISHED'}
    assert operator.said == ["Hero was removed, so nothing is received any more"]
    assert sessions.current() is None


def test_a_port_in_use_is_one_sentence() -> None:
    hero()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind((HOST, environment.preferences().live_port))
        with pytest.raises(RuntimeError, match="in use by another program"):
            bpy.ops.aim.receive_face_stream(seconds=0.1)
    assert sessions.current() is None


def test_nothing_listens_without_leave_without_a_rig_or_twice() -> None:
    poll = bpy.ops.aim.receive_face_stream.poll
    assert not poll()
    obj = hero()
    assert poll()
    bpy.context.preferences.system.use_online_access = False
    assert not poll() and "Allow Online Access" in receive.offline(bpy.context)
    bpy.context.preferences.system.use_online_access = True
    opened(obj)
    assert not poll()
    plain = faces.new_object(faces.neutral(), "Plain")
    faces.select([plain])
    assert "no shape keys" in targets.reason(bpy.context)


def test_a_character_without_arkits_names_is_refused() -> None:
    faces.select([hero(("happy", "sad"))])
    with pytest.raises(LiveError, match="named like ARKit's"):
        targets.find_target(bpy.context)


def test_garbage_floods_and_other_formats_leave_the_pose_and_are_said() -> None:
    obj = hero()
    session = opened(obj)
    values(session, 0.0, 1, jawOpen=0.5)
    for n in range(20):
        send(session, *[bytes([n]) * 300] * 30, b"x" * 20_000, FACE_MOCAP)
        session.tick(n / 60)
    assert value(obj, "jawOpen") == pytest.approx(0.5)
    assert session.stream.refused > 100 and session.stream.hindrance(20 / 60)
    values(session, 1.0, 30, jawOpen=0.25)
    while session.receiver.flooded:
        session.tick(1.0)
    assert value(obj, "jawOpen") == pytest.approx(0.25)


def test_a_stream_that_stops_is_said_and_the_pose_stays() -> None:
    obj = hero()
    session = opened(obj)
    assert "Nothing has come yet" in " ".join(draw(bpy.types.AIM_PT_live).texts)
    now = time.monotonic()
    values(session, now - 5.0, 1, jawOpen=0.5)
    assert "the last pose stays" in " ".join(draw(bpy.types.AIM_PT_live).texts)
    assert value(obj, "jawOpen") == pytest.approx(0.5)


def test_edit_mode_is_left_in_peace() -> None:
    obj = hero()
    obj.active_shape_key_index = 0
    session = opened(obj)
    bpy.ops.object.mode_set(mode='EDIT')
    values(session, jawOpen=0.5)
    assert value(obj, "jawOpen") == 0
    bpy.ops.object.mode_set(mode='OBJECT')
    values(session, 0.1, 2, jawOpen=0.5)
    assert value(obj, "jawOpen") == pytest.approx(0.5)


def test_a_phone_that_waits_is_asked() -> None:
    settings = environment.preferences()
    settings.live_format = 'FACE_MOCAP'
    assert settings.live_port == 49983
    settings.live_port = free_port()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
        try:
            phone.bind((HOST, 49983))
        except OSError:
            pytest.skip("the phone's port is taken on this machine")
        phone.settimeout(5)
        settings.live_sender = HOST
        session = opened(hero())
        session.tick(0.0)
        asked, back = phone.recvfrom(200)
        assert asked.startswith(b"iFacialMocap_") and back[1] == session.receiver.port
        phone.sendto(FACE_MOCAP, back)
        time.sleep(0.02)
        session.tick(0.1)
    assert value(bpy.data.objects["Hero"], "mouthShrugUpper") == pytest.approx(0.26)


def test_no_handler_and_no_port_is_left() -> None:
    before = {
        name: len(getattr(bpy.app.handlers, name))
        for name in dir(bpy.app.handlers)
        if name[0] != "_" and isinstance(getattr(bpy.app.handlers, name), list)
    }
    session = opened(hero())
    values(session, jawOpen=0.5)
    port = session.receiver.port
    after = {name: len(getattr(bpy.app.handlers, name)) for name in before}
    assert after == before
    sessions.end()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((HOST, port))


def test_the_panel_draws_in_every_state() -> None:
    draw(bpy.types.AIM_PT_live)
    obj = hero()
    assert "aim.receive_face_stream" in draw(bpy.types.AIM_PT_live).operators
    environment.preferences().live_address = "my phone"
    assert "is no address" in " ".join(draw(bpy.types.AIM_PT_live).texts)
    environment.preferences().live_address = HOST
    session = opened(obj)
    values(session, time.monotonic(), jawOpen=0.5)
    bpy.ops.aim.record_face_stream()
    drawn = draw(bpy.types.AIM_PT_live)
    assert {"aim.record_face_stream", "aim.stop_face_stream"} <= set(drawn.operators)
    assert f"{session.receiver.port} at {HOST}" in drawn.texts
