# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Datagrams of face streams: what is documented is read, and whatever else comes ends in one sentence."""

import math
import struct

import numpy as np
import pytest

from aim_blender_addon.backend.errors import LiveError
from aim_blender_addon.backend.geometry.turns import turned
from aim_blender_addon.backend.live import face_mocap, live_link_face, vmc
from aim_blender_addon.backend.live.formats import LIVE_FORMATS, format_of, read_packet
from aim_blender_addon.backend.live.packet import Packet
from aim_blender_addon.backend.shape_names import ARKIT
from tests.backend.live_packets import FACE_MOCAP, FACE_MOTION, UNREAL, bundle, live_link, osc

LIVE_LINK, MOCAP, VMC = LIVE_FORMATS


def said(data: bytes, row=LIVE_LINK) -> str:  # noqa: ANN001
    with pytest.raises(LiveError) as caught:
        read_packet(data, row)
    text = str(caught.value)
    assert "\n" not in text and len(text) < 250
    return text


def test_the_52_shapes_of_live_link_face_are_read_in_its_order() -> None:
    assert [name.lower() for name in UNREAL[:52]] == [s.lower() for s in live_link_face.SHAPES]
    assert sorted(live_link_face.SHAPES) == sorted(ARKIT)
    values = {name: (n + 1) / 100 for n, name in enumerate(UNREAL[:52])}
    angles = {name: (n + 1) / 10 for n, name in enumerate(UNREAL[52:])}
    packet = read_packet(live_link({**values, **angles}), LIVE_LINK)
    for name, value in values.items():
        assert packet.values[name[0].lower() + name[1:]] == pytest.approx(value)
    assert packet.head == pytest.approx((0.1, 0.2, 0.3))
    assert packet.eyes[0] == pytest.approx((0.4, 0.5, 0.6))
    assert packet.eyes[1] == pytest.approx((0.7, 0.8, 0.9))
    assert packet.subject == "iPhone" and packet.rate == 60 and packet.seen
    assert packet.stamp == pytest.approx(100.25 / 60)


def test_a_datagram_without_a_face_is_no_damage() -> None:
    data = live_link(count=0)
    assert not read_packet(data, LIVE_LINK).seen
    assert not read_packet(data[:-1], LIVE_LINK).seen  # some versions leave the count out


def test_rates_with_and_without_a_denominator() -> None:
    assert read_packet(live_link(rate=(30000, 1001)), LIVE_LINK).rate == pytest.approx(
        29.97, abs=1e-3
    )
    assert read_packet(live_link(rate=(30, 0)), LIVE_LINK).rate == 30
    assert "rate" in said(live_link(rate=(0, 1)))
    assert "rate" in said(live_link(rate=(2**30, 1)))


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1e30])
def test_a_weight_that_is_no_number_is_refused(value: float) -> None:
    assert "weight" in said(live_link({"JawOpen": value}))
    assert "turn" in said(live_link({"HeadYaw": value}))


def test_bytes_in_the_wrong_order_are_named() -> None:
    assert "wrong order" in said(live_link(order="<"))


def test_every_cut_of_a_datagram_is_refused_or_says_no_face() -> None:
    data = live_link({"JawOpen": 0.5})
    for size in range(len(data)):
        try:
            packet = read_packet(data[:size], LIVE_LINK)
        except LiveError:
            continue
        assert not packet.seen and not packet.values
    assert "cuts it off" in said(data + b"\0")


def test_names_are_shown_in_one_printable_line() -> None:
    packet = read_packet(live_link(subject="Mia's\niPhone\x07 Äö"), LIVE_LINK)
    assert packet.subject == "Mia's iPhone? Äö"


def test_another_format_is_named() -> None:
    assert "iFacialMocap, not Live Link Face" in said(FACE_MOCAP)
    assert "VMC Protocol, not iFacialMocap" in said(bundle(osc("/VMC/Ext/T", "f", 1.0)), MOCAP)
    assert "not VMC" in said(live_link(), VMC)
    assert "look what else" in said(b"hello")
    assert "look what else" in said(b"")


def test_the_mode_for_metahuman_animator_is_named() -> None:
    data = struct.pack("<HH", 1, 6) + b"iPhone" + struct.pack("<ifii", 1, 0.0, 60, 1)
    assert "MetaHuman Animator" in said(data + struct.pack("<H", 251) + bytes(2 * 251 + 24))


def test_the_printed_frame_of_face_mocap() -> None:
    packet = read_packet(FACE_MOCAP, MOCAP)
    assert set(packet.values) == set(ARKIT)
    assert packet.values["mouthShrugUpper"] == pytest.approx(0.26)
    assert packet.values["eyeLookInRight"] == pytest.approx(0.06)
    # The eyes look down, and to the nose each: as eyeLookDown and eyeLookIn say.
    left, right = packet.eyes
    assert left[1] > 0 and right[1] > 0 and left[0] > 0 > right[0]
    assert packet.head[1] == pytest.approx(math.radians(-21.488958))
    assert packet.stamp is None


def test_version_2_of_face_mocap_has_signs() -> None:
    packet = read_packet(FACE_MOTION, MOCAP)
    assert packet.values["mouthSmileLeft"] == pytest.approx(-0.02)
    assert packet.unknown == ("FM_SAD",)
    assert "version 3" in said(b"FMV3" + bytes(36), MOCAP)


@pytest.mark.parametrize(
    "text", [b"jawOpen-nan|a-1|", b"jawOpen-1e9|x-1|", b"jawOpen|x-1|", b"jawOpen-1|=head#1,2|"]
)
def test_damaged_text_of_face_mocap_is_refused(text: bytes) -> None:
    assert said(text, MOCAP)


def test_a_frame_of_vmc() -> None:
    s = math.sin(0.1)
    data = bundle(
        osc("/VMC/Ext/OK", "i", 1),
        osc("/VMC/Ext/T", "f", 12.5),
        osc("/VMC/Ext/Bone/Pos", "sfffffff", "Head", 0, 0, 0, 0, s, 0, math.cos(0.1)),
        osc("/VMC/Ext/Bone/Pos", "sfffffff", "Hips", 0, 1, 0, 0, 0, 0, 1),
        osc("/VMC/Ext/Blend/Val", "sf", "JawOpen", 0.5),
        osc("/VMC/Ext/Blend/Val", "sf", "Blink_L", 1.0),
        osc("/VMC/Ext/Blend/Val", "sf", "Joy", 0.2),
        osc("/VMC/Ext/Blend/Apply", ""),
    )
    packet = read_packet(data, VMC)
    assert packet.values == pytest.approx({"jawOpen": 0.5, "eyeBlinkLeft": 1.0})
    assert packet.ends and packet.stamp == 12.5 and packet.unknown == ("Joy",)
    assert packet.head == pytest.approx((0.2, 0.0, 0.0))  # Unity's Y turns to the right
    assert not read_packet(osc("/VMC/Ext/Blend/Val", "sf", "jawOpen", 0.1), VMC).ends


@pytest.mark.parametrize(
    "data",
    [
        osc("/other", "f", 1.0),
        osc("/VMC/Ext/Blend/Val", "sf", "JawOpen", math.nan),
        osc("/VMC/Ext/Blend/Val", "s", "JawOpen"),
        osc("/VMC/Ext/Bone/Pos", "sfffffff", "Head", 0, 0, 0, 0, 0, 0, 0),
        b"#bundle\0" + bytes(8) + struct.pack(">i", 2**30),
        b"#bundle\0",
        b"/VMC/Ext/T\0\0,f\0\0",
    ],
)
def test_damaged_messages_of_vmc_are_refused(data: bytes) -> None:
    assert said(data, VMC)


def test_bundles_in_bundles_end() -> None:
    data = osc("/VMC/Ext/Blend/Apply", "")
    for _ in range(50):
        data = bundle(data)
    assert "more messages" in said(data, VMC)


@pytest.mark.parametrize("row", LIVE_FORMATS, ids=lambda row: row.identifier)
def test_what_the_sender_for_tests_writes_is_read(row) -> None:  # noqa: ANN001
    packet = Packet(
        {name: round(n / 60, 2) for n, name in enumerate(ARKIT)},
        (0.3, -0.2, 0.1),
        ((0.1, 0.05, 0.0), (0.12, 0.06, 0.0)),
        "Mia",
        2.0,
    )
    module = {"LIVE_LINK_FACE": live_link_face, "FACE_MOCAP": face_mocap, "VMC": vmc}
    write = module[row.identifier].write
    data = write(packet, 120) if row is LIVE_LINK else write(packet)
    read = format_of(row.identifier).read(data)
    assert read.values == pytest.approx(packet.values, abs=1e-6)
    assert read.head == pytest.approx(packet.head, abs=1e-6)
    assert read.eyes[1] == pytest.approx(packet.eyes[1], abs=1e-6)


def test_angles_turn_a_face_as_live_link_face_means_them() -> None:
    axes = np.eye(3)  # left, up, front
    nose = np.array([0.0, 0.0, 1.0])
    assert (turned(axes, np.array([0.3, 0, 0])) @ nose)[0] < 0  # to the right
    assert (turned(axes, np.array([0, 0.3, 0])) @ nose)[1] < 0  # down
    left_ear = np.array([1.0, 0.0, 0.0])
    assert (turned(axes, np.array([0, 0, 0.3])) @ left_ear)[1] < 0  # to the left shoulder
