# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Streams of a face as they come: gaps, two senders, floods, clocks that are set, and takes that are read back."""

import socket
import time
from pathlib import Path

import numpy as np
import pytest

from aim_blender_addon.backend.errors import LiveError
from aim_blender_addon.backend.io.curve_files import read_curves
from aim_blender_addon.backend.live.formats import LIVE_FORMATS
from aim_blender_addon.backend.live.packet import MOST_BYTES
from aim_blender_addon.backend.live.receiver import MOST_DATAGRAMS, Receiver, is_loopback
from aim_blender_addon.backend.live.recording import Recording, Take, write_take
from aim_blender_addon.backend.live.stream import SILENCE, Datagram, Frame, Stream
from tests.backend.live_packets import FACE_MOCAP, bundle, live_link, osc

LIVE_LINK, MOCAP, VMC = LIVE_FORMATS
HERE, THERE = ("127.0.0.1", 5000), ("127.0.0.1", 6000)


def came(*data: bytes, sender: tuple[str, int] = HERE) -> list[Datagram]:
    return [Datagram(one, sender) for one in data]


def test_frames_have_the_times_of_their_stamps_not_of_their_arrival() -> None:
    stream = Stream(LIVE_LINK)
    burst = stream.take(came(*(live_link(number=n) for n in (0, 1, 2, 5))), 10.0)
    late = stream.take(came(live_link(number=8)), 10.001)
    assert [f.time for f in burst + late] == pytest.approx([0, 1 / 60, 2 / 60, 5 / 60, 8 / 60])


def test_a_frame_that_comes_twice_or_late_is_left_out() -> None:
    stream = Stream(LIVE_LINK)
    frames = stream.take(came(*(live_link(number=n) for n in (3, 3, 2, 4))), 1.0)
    assert len(frames) == 2 and stream.late == 2


def test_midnight_and_a_clock_that_is_set_do_not_tear_the_take() -> None:
    stream, day = Stream(LIVE_LINK), 86400 * 60
    times = []
    for n, number in enumerate((day - 2, day - 1, 0, 1, 500_000, 500_001, 7, 8)):
        times += [f.time for f in stream.take(came(live_link(number=number)), n / 60)]
    assert np.diff(times) == pytest.approx(np.full(7, 1 / 60), abs=1e-3)
    assert stream.leaps == 2


def test_a_clock_that_stands_still_is_left_alone() -> None:
    stream = Stream(LIVE_LINK)
    frames = [f for n in range(60) for f in stream.take(came(live_link(number=7)), n / 30)]
    assert len(frames) == 54 and frames[-1].time == pytest.approx(59 / 30, abs=0.01)


def test_a_burst_without_stamps_makes_no_time() -> None:
    stream = Stream(MOCAP)
    stream.take(came(FACE_MOCAP), 1.0)
    burst = stream.take(came(*[FACE_MOCAP] * 10), 1.0 + 1 / 60)
    assert burst[-1].time == pytest.approx(1 / 60, abs=2e-3)


def test_frames_without_a_stamp_are_spread_over_what_passed() -> None:
    stream = Stream(MOCAP)
    first = stream.take(came(FACE_MOCAP), 1.0)
    more = stream.take(came(FACE_MOCAP, FACE_MOCAP), 1.0 + 2 / 60)
    assert [f.time for f in first + more] == pytest.approx([0, 1 / 60, 2 / 60], abs=2e-4)


def test_the_first_sender_is_kept_until_it_is_silent() -> None:
    stream = Stream(LIVE_LINK)
    assert stream.take(came(live_link(number=1, subject="Mia")), 0.0)
    assert not stream.take(came(live_link(number=2, subject="Tom"), sender=THERE), 0.1)
    assert stream.others == 1 and "'Tom' sends too" in stream.hindrance(0.1)
    assert stream.subject == "Mia"
    assert stream.take(came(live_link(number=9, subject="Tom"), sender=THERE), 0.2 + SILENCE)
    assert stream.subject == "Tom"


def test_two_programs_of_one_name_are_told_apart_and_new_ports_are_one_sender() -> None:
    stream = Stream(LIVE_LINK)
    taken = [
        len(stream.take(came(live_link(number=n), sender=HERE if n % 2 else THERE), n / 60))
        for n in range(1, 40)
    ]
    assert (
        sum(taken) == 21
    )  # the first program's, and one of the other's before both had sent twice
    stream = Stream(LIVE_LINK)
    for n in range(100):
        assert stream.take(came(live_link(number=n), sender=("127.0.0.1", 5000 + n)), n / 60)


def test_a_subject_can_be_named() -> None:
    stream = Stream(LIVE_LINK, wanted="Tom")
    assert not stream.take(came(live_link(subject="Mia")), 0.0)
    assert "only 'Tom' is taken" in stream.hindrance(0.0)
    assert stream.take(came(live_link(subject="Tom"), sender=THERE), 0.1)


def test_garbage_is_counted_and_said_and_hides_nothing() -> None:
    stream = Stream(LIVE_LINK)
    rubbish = [b"", b"\0" * 50, b"x" * (MOST_BYTES + 1), live_link()[:80]]
    frames = stream.take(came(*rubbish, live_link(number=1)), 0.0)
    assert len(frames) == 1 and stream.refused == 4
    assert stream.hindrance(0.0) and not stream.hindrance(10.0)


def test_a_frame_of_vmc_in_several_datagrams_is_one() -> None:
    stream = Stream(VMC)
    parts = [
        osc("/VMC/Ext/T", "f", 3.0),
        bundle(osc("/VMC/Ext/Blend/Val", "sf", "jawOpen", 0.4)),
        osc("/VMC/Ext/Blend/Val", "sf", "mouthFunnel", 0.2),
        osc("/VMC/Ext/Blend/Apply", ""),
    ]
    (frame,) = stream.take(came(*parts), 1.0)
    assert frame.values == pytest.approx({"jawOpen": 0.4, "mouthFunnel": 0.2})
    assert frame.stamp == 3.0
    # A sender that never says where a frame ends: a name that comes again begins the next.
    value = [osc("/VMC/Ext/Blend/Val", "sf", "jawOpen", n / 10) for n in range(4)]
    assert len(stream.take(came(*value), 1.1)) == 3


def test_a_sender_without_arkits_names_is_said() -> None:
    stream = Stream(VMC)
    stream.take(came(osc("/VMC/Ext/Blend/Val", "sf", "Joy", 1.0)), 0.0)
    assert "Perfect Sync" in stream.hindrance(0.0)


def test_values_are_kept_between_0_and_1() -> None:
    (frame,) = Stream(LIVE_LINK).take(came(live_link({"JawOpen": 1.4, "CheekPuff": -0.3})), 0.0)
    assert frame.values["jawOpen"] == 1.0 and frame.values["cheekPuff"] == 0.0


def test_a_lost_face_makes_no_frame() -> None:
    stream = Stream(LIVE_LINK)
    assert not stream.take(came(live_link(count=0)), 0.0)
    assert not stream.seen and stream.silence(0.5) == 0.5


def recorded(times: list[float], rate: float | None = 60.0, stamp: float | None = 47584.5) -> Take:
    recording = Recording(3600.0)
    for time_ in times:
        at = None if stamp is None else stamp + time_
        values = {"jawOpen": 0.5 + 0.4 * np.sin(time_), "eyeBlinkLeft": 0.1}
        recording.add(Frame(time_, values, (0.1, 0.2, 0.3), None, at, rate))
    return recording.take()


def test_a_take_is_read_back_from_its_file_with_times_and_gaps(tmp_path: Path) -> None:
    times = [2.0 + n / 60 for n in [*range(30), *range(90, 130)]]
    take = recorded(times)
    assert take.timecode == "13:13:06:30.000"
    assert take.gaps == pytest.approx(np.array([[29 / 60, 1.5]]))
    assert take.curves.notes == ("a gap of 1.0 s has no keys",)
    write_take(tmp_path / "take.csv", take)
    curves = read_curves(tmp_path / "take.csv")
    np.testing.assert_allclose(curves.times, take.curves.times, atol=2e-3)
    column = curves.names.index("jawOpen")
    jaw = take.curves.values[:, take.curves.names.index("jawOpen")]
    np.testing.assert_allclose(curves.values[:, column], jaw, atol=1e-5)
    np.testing.assert_allclose(curves.head, take.curves.head, atol=1e-5)
    assert curves.fps == 60


@pytest.mark.parametrize("rate", [24.0, 30000 / 1001, 30.0, 60.0, 120.0])
def test_takes_of_any_rate_are_read_back(tmp_path: Path, rate: float) -> None:
    take = recorded([n / rate for n in range(200)], rate)
    write_take(tmp_path / "take.csv", take)
    curves = read_curves(tmp_path / "take.csv")
    np.testing.assert_allclose(curves.times, take.curves.times, atol=2e-3)


def test_a_take_without_a_clock_begins_at_the_time_of_day() -> None:
    assert recorded([0.0, 0.033, 0.066], None, None).timecode.startswith("01:00:00:00")


def test_an_empty_take_is_refused() -> None:
    with pytest.raises(LiveError, match="No frame came"):
        Recording(0.0).take()


@pytest.fixture
def receiver() -> Receiver:
    opened = Receiver("127.0.0.1", 0)
    yield opened
    opened.close()


def sent(receiver: Receiver, *data: bytes) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for one in data:
            sender.sendto(one, ("127.0.0.1", receiver.port))
    time.sleep(0.05)


def test_a_port_is_read_without_waiting_and_in_bounds(receiver: Receiver) -> None:
    assert receiver.read() == [] and not receiver.flooded
    sent(receiver, *[b"flood"] * (2 * MOST_DATAGRAMS))
    first = receiver.read()
    assert 0 < len(first) <= MOST_DATAGRAMS and receiver.flooded


def test_a_datagram_that_is_too_long_is_cut_and_refused(receiver: Receiver) -> None:
    sent(receiver, b"x" * 60_000)
    (datagram,) = receiver.read()
    assert len(datagram.data) == MOST_BYTES + 1
    stream = Stream(LIVE_LINK)
    assert not stream.take([datagram], 0.0) and "8,192 bytes" in stream.hindrance(0.0)


def test_a_port_in_use_is_said_with_the_way_out(receiver: Receiver) -> None:
    with pytest.raises(LiveError, match="in use by another program: close that, or choose another"):
        Receiver("127.0.0.1", receiver.port)
    receiver.close()
    Receiver("127.0.0.1", receiver.port).close()


@pytest.mark.parametrize(
    ("address", "said"),
    [("phone.local", "no address"), ("", "no address"), ("203.0.113.9", "has no address")],
)
def test_an_address_that_cannot_be_is_said(address: str, said: str) -> None:
    with pytest.raises(LiveError, match=said):
        Receiver(address, 0)


def test_a_port_that_is_not_for_this_is_said() -> None:
    with pytest.raises(LiveError, match="choose one from 1024"):
        Receiver("localhost", 80)


def test_only_this_computer_reaches_a_loopback_address() -> None:
    assert is_loopback("localhost") and is_loopback("::1") and not is_loopback("0.0.0.0")
