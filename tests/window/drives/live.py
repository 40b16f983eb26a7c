# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A face stream onto a character: received, recorded, undone, hindered, and ended by Esc and by Stop."""

import socket
import struct

import bpy
import faces

#: Number of jawOpen among the values of Live Link Face.
JAW_OPEN = 17
PORT = 21111


def datagram(number: int, value: float) -> bytes:
    """A frame of Live Link Face in which the jaw alone is open."""
    values = [value * (n == JAW_OPEN) for n in range(61)]
    names = b"".join(struct.pack(">i", len(text)) + text for text in (b"drive", b"Mia"))
    return b"\6" + names + struct.pack(">ifiiB61f", number, 0.0, 60, 1, 61, *values)


def character() -> bpy.types.Object:
    bpy.ops.mesh.primitive_monkey_add()
    obj = bpy.context.object
    obj.name = "Hero"
    obj.shape_key_add(name="Basis", from_mix=False)
    key = obj.shape_key_add(name="jawOpen", from_mix=False)
    key.value = 0.0
    for point in key.data:
        point.co.z -= 0.4 * (point.co.z < -0.4)
    return obj


def opened() -> float:
    return bpy.data.objects["Hero"].data.shape_keys.key_blocks["jawOpen"].value


def stream(first: int, count: int):
    """Send frames at about 60 a second."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for n in range(count):
            sender.sendto(datagram(first + n, (n + 1) / count), ("127.0.0.1", PORT))
            yield 1 / 60


def drive(stage):
    stage.step("A character with jawOpen, and the Live panel")
    bpy.ops.wm.read_homefile(use_empty=True)
    yield 2.0
    bpy.context.preferences.system.use_online_access = True
    settings = faces.preferences()
    settings.live_format, settings.live_address = 'LIVE_LINK_FACE', "127.0.0.1"
    settings.live_port = PORT
    with stage.override():
        character()
        bpy.data.objects["Hero"].aim.animation.have = 'STREAM'
        bpy.ops.ed.undo_push(message="Character")
    yield from stage.open_tab()
    yield from stage.find("aim.receive_face_stream")
    stage.picture("settings")

    stage.step("Received: the jaw opens, and the panel tells port and subject")
    yield from stage.press("aim.receive_face_stream")
    yield 0.5
    stage.watch_gaps()
    yield from stream(0, 60)
    yield from stage.wait(lambda: opened() > 0.99, 5, "the jaw, open")
    stage.picture("received")
    stage.figures["longest gap while a stream is received"] = stage.gap()

    stage.step("Recorded, kept, and undone in one step")
    yield from stage.press("aim.record_face_stream")
    yield from stream(100, 60)
    yield from stage.press("aim.record_face_stream")
    yield from stage.wait(lambda: len(bpy.data.actions) > 0, 5, "the Action")
    stage.picture("recorded")
    yield from stage.away()
    yield from stage.key('Z', ctrl=True)
    yield from stage.wait(lambda: len(bpy.data.actions) == 0, 5, "the undone recording")
    yield from stream(200, 20)
    yield from stage.wait(lambda: opened() > 0.99, 5, "the jaw after undo")

    stage.step("Garbage and silence are said; the pose stays")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for n in range(300):
            sender.sendto(bytes([n % 256]) * 300, ("127.0.0.1", PORT))
    yield 3.0
    assert opened() > 0.99, opened()
    stage.picture("stopped")

    stage.step("Esc ends it, and the port is free")
    yield from stage.away()
    yield from stage.key('ESC')
    yield 0.5
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", PORT))
        stage.step("A port in use is one sentence, and nothing runs")
        yield from stage.press("aim.receive_face_stream")
        yield 0.5
        stage.picture("in-use")

    stage.step("Stop ends it, too, and one undo takes the pose back")
    yield from stage.press("aim.receive_face_stream")
    yield 0.5
    yield from stream(400, 10)
    yield from stage.press("aim.stop_face_stream")
    yield 0.5
    assert opened() > 0.99, opened()
    yield from stage.away()
    yield from stage.key('Z', ctrl=True)
    yield 0.5
    stage.picture("ended")

    stage.step("Another file ends it")
    yield from stage.press("aim.receive_face_stream")
    yield 0.5
    bpy.ops.wm.read_homefile(use_empty=True)
    yield 1.0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", PORT))
