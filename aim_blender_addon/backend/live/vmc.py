# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Datagrams of the VMC protocol, by which VSeeFace, VMagicMirror, Waidayo and others send (standard library).

The protocol is its makers', see [VMC-Protocol]: messages of Open Sound Control. A frame's weights may come in several
datagrams, and ``/VMC/Ext/Blend/Apply`` ends it. Bones have Unity's axes: right, up, front, left-handed.
"""

import math

from ..errors import LiveError
from . import osc
from .packet import Names, Packet, Turns, seconds, turns, weight

PORT = 39539
_OURS = "/VMC/Ext/"
_BONES = ("Neck", "Head", "LeftEye", "RightEye")
_names = Names()

Quaternion = tuple[float, float, float, float]


def recognises(data: bytes) -> bool:
    """Whether a datagram begins as this format does."""
    return osc.recognises(data)


def read(data: bytes) -> Packet:
    """The datagram.

    Raises:
        LiveError: it is damaged, none of this protocol, or holds what cannot be.
    """
    values: dict[str, float] = {}
    bones: dict[str, Quaternion] = {}
    unknown: list[str] = []
    stamp, seen, ends, ours = None, True, False, 0
    for message in osc.read_messages(data):
        ours += message.address.startswith(_OURS)
        what, arguments = message.address.removeprefix(_OURS), message.arguments
        if what == "Blend/Val":
            name, value = _named(arguments, 1)
            shapes = _names.of(name)
            if not shapes and len(unknown) < 3:
                unknown.append(name[:40])
            for shape in shapes:
                values[shape] = weight(value[0])
        elif what == "Blend/Apply":
            ends = True
        elif what == "Bone/Pos":
            name, numbers = _named(arguments, 7)
            if name in _BONES:
                bones[name] = _quaternion(numbers[3:])
        elif what == "T" and arguments and isinstance(arguments[0], int | float):
            stamp = seconds(float(arguments[0]))
        elif what == "OK" and len(arguments) >= 4:
            seen = arguments[3] != 0
    if not ours:
        raise LiveError("A message of Open Sound Control is none of the VMC protocol")
    head, eyes = None, None
    if "Head" in bones:
        head = _turns(_product(bones.get("Neck", (0.0, 0.0, 0.0, 1.0)), bones["Head"]))
    if "LeftEye" in bones and "RightEye" in bones:
        eyes = (_turns(bones["LeftEye"]), _turns(bones["RightEye"]))
    return Packet(values, head, eyes, stamp=stamp, seen=seen, ends=ends, unknown=tuple(unknown))


def write(packet: Packet) -> bytes:
    """A datagram with a whole frame; for tests and tools."""
    messages = [
        osc.write_message("/VMC/Ext/Blend/Val", f"{name[0].upper()}{name[1:]}", float(value))
        for name, value in packet.values.items()
    ]
    if packet.stamp is not None:
        messages.insert(0, osc.write_message("/VMC/Ext/T", float(packet.stamp)))
    for bone, angles in (
        ("Head", packet.head),
        *zip(("LeftEye", "RightEye"), packet.eyes or (), strict=False),
    ):
        if angles is not None:
            turn = _from_turns(angles)
            messages.append(osc.write_message("/VMC/Ext/Bone/Pos", bone, 0.0, 0.0, 0.0, *turn))
    return osc.write_bundle(*messages, osc.write_message("/VMC/Ext/Blend/Apply"))


def _named(arguments: tuple, count: int) -> tuple[str, list[float]]:
    """The name and the ``count`` numbers that a message has."""
    name, numbers = (arguments[0] if arguments else None), arguments[1 : 1 + count]
    good = [n for n in numbers if isinstance(n, int | float) and not isinstance(n, bool)]
    if not isinstance(name, str) or len(good) < count:
        raise LiveError("A message of the VMC protocol lacks its name or its numbers")
    return name, [float(number) for number in good]


def _quaternion(numbers: list[float]) -> Quaternion:
    """A unit quaternion x, y, z, w."""
    length = math.hypot(*numbers) if all(abs(n) <= 2.0 for n in numbers) else 0.0
    if not length > 0.1:
        raise LiveError("A bone's rotation is none: the sender's quaternions have length 1")
    x, y, z, w = (number / length for number in numbers)
    return x, y, z, w


def _product(first: Quaternion, second: Quaternion) -> Quaternion:
    ax, ay, az, aw = first
    bx, by, bz, bw = second
    return (
        aw * bx + ax * bw + ay * bz - az * by,
        aw * by - ax * bz + ay * bw + az * bx,
        aw * bz + ax * by - ay * bx + az * bw,
        aw * bw - ax * bx - ay * by - az * bz,
    )


def _turns(turn: Quaternion) -> Turns:
    """Yaw to the right, pitch down and roll to the left of a rotation about Unity's axes, in this order of turning."""
    x, y, z, w = turn
    pitch = math.asin(max(-1.0, min(1.0, 2.0 * (w * x - y * z))))
    yaw = math.atan2(2.0 * (w * y + x * z), 1.0 - 2.0 * (x * x + y * y))
    roll = math.atan2(2.0 * (w * z + x * y), 1.0 - 2.0 * (x * x + z * z))
    return turns((yaw, pitch, roll))


def _from_turns(angles: Turns) -> Quaternion:
    yaw, pitch, roll = (0.5 * angle for angle in angles)
    about_y = (0.0, math.sin(yaw), 0.0, math.cos(yaw))
    about_x = (math.sin(pitch), 0.0, 0.0, math.cos(pitch))
    about_z = (0.0, 0.0, math.sin(roll), math.cos(roll))
    return _product(_product(about_y, about_x), about_z)
