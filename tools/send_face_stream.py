# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plays a file of face curves as a live stream, as the apps would send it.

    python tools/send_face_stream.py take.csv [--format LIVE_LINK_FACE] [--host 127.0.0.1] [--port 11111]
        [--subject Mia] [--loop] [--lose 0.02] [--garbage 0.1] [--seed 0]

``--lose`` is the share of datagrams that never arrive, ``--garbage`` the share of random ones put between them. Ctrl-C
ends it.
"""

import argparse
import contextlib
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from aim_blender_addon.backend.errors import AimError  # noqa: E402 - found by the line above
from aim_blender_addon.backend.io.curve_files import read_curves  # noqa: E402
from aim_blender_addon.backend.io.curves import Curves  # noqa: E402
from aim_blender_addon.backend.live import face_mocap, live_link_face, vmc  # noqa: E402
from aim_blender_addon.backend.live.formats import LIVE_FORMATS, format_of  # noqa: E402
from aim_blender_addon.backend.live.packet import Packet  # noqa: E402


def main() -> int:
    """Send until the end of the file; 2 when it cannot be read."""
    options = _options()
    try:
        curves = read_curves(options.file)
    except AimError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    port = options.port or format_of(options.format).port
    random = np.random.default_rng(options.seed)
    with (
        contextlib.suppress(KeyboardInterrupt),
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender,
    ):
        while True:
            begun = time.monotonic()
            for at, data in datagrams(curves, options.format, options.subject):
                time.sleep(max(0.0, at - (time.monotonic() - begun)))
                if random.random() < options.garbage:
                    sender.sendto(random.bytes(200), (options.host, port))
                if random.random() >= options.lose:
                    sender.sendto(data, (options.host, port))
            if not options.loop:
                return 0
    return 0


def datagrams(
    curves: Curves, identifier: str, subject: str = "Mia", start: float = 36000.0
) -> Iterator[tuple[float, bytes]]:
    """Seconds from the first frame, and the datagram, of every frame.

    Args:
        curves: what is played.
        identifier: of a format in ``LIVE_FORMATS``.
        subject: its name.
        start: time stamp of the first frame, seconds.
    """
    rate = max(1, round(curves.fps))
    for at, values, head in zip(curves.times, curves.values, curves.head, strict=True):
        packet = Packet(
            dict(zip(curves.names, map(float, values), strict=True)),
            tuple(map(float, head)),
            subject=subject,
            stamp=start + float(at),
        )
        if identifier == "LIVE_LINK_FACE":
            number = round((start + float(at)) * rate)
            yield float(at), live_link_face.write(packet, number, rate=(rate, 1))
        elif identifier == "FACE_MOCAP":
            yield float(at), face_mocap.write(packet)
        else:
            yield float(at), vmc.write(packet)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path, help="face curves: CSV, TXT or JSON")
    names = [row.identifier for row in LIVE_FORMATS]
    parser.add_argument("--format", choices=names, default=names[0])
    parser.add_argument("--host", default="127.0.0.1", help="address that listens")
    parser.add_argument("--port", type=int, default=0, help="its port; 0 for the format's own")
    parser.add_argument("--subject", default="Mia", help="name of the stream")
    parser.add_argument("--loop", action="store_true", help="begin anew at the end")
    parser.add_argument("--lose", type=float, default=0.0, help="share that is lost")
    parser.add_argument("--garbage", type=float, default=0.0, help="share of random datagrams")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
