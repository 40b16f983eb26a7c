# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A UDP port that is read without ever waiting (standard library)."""

import errno
import ipaddress
import socket
import time

from ..errors import LiveError
from .packet import MOST_BYTES
from .stream import Datagram

#: Datagrams that one call reads, and how long it may take, seconds: the rest waits, or is dropped by the system.
MOST_DATAGRAMS = 256
MOST_SECONDS = 0.004
#: Ports that every user may open.
PORTS = (1024, 65535)
_IN_USE = {errno.EADDRINUSE, 10048, 10013}
_NO_ADDRESS = {errno.EADDRNOTAVAIL, 10049}
_TOO_LONG = {getattr(errno, "EMSGSIZE", 0), 10040}


def numeric_address(text: str) -> str:
    """An address of this computer, written in numbers; nothing is looked up.

    Raises:
        LiveError: it is none.
    """
    text = text.strip()
    if text.casefold() == "localhost":
        return "127.0.0.1"
    try:
        return str(ipaddress.ip_address(text))
    except ValueError as error:
        raise LiveError(
            f"'{text[:60]}' is no address: give one of this computer in numbers, such as 192.168.1.20, or 127.0.0.1 "
            "for programs on this computer alone"
        ) from error


def is_loopback(address: str) -> bool:
    """Whether only programs on this computer can reach an address."""
    return ipaddress.ip_address(numeric_address(address)).is_loopback


class Receiver:
    """An open port.

    Attributes:
        address: in numbers.
        port: its number.
        flooded: whether the last call left something unread.
    """

    def __init__(self, address: str, port: int) -> None:
        """Open the port.

        Raises:
            LiveError: it cannot be opened.
        """
        self.address = numeric_address(address)
        self.flooded = False
        is_v6 = ipaddress.ip_address(self.address).version == 6
        if port and not PORTS[0] <= port <= PORTS[1]:
            raise LiveError(
                f"Port {port} is not for this: choose one from {PORTS[0]} to {PORTS[1]}"
            )
        self._socket: socket.socket | None = socket.socket(
            socket.AF_INET6 if is_v6 else socket.AF_INET, socket.SOCK_DGRAM
        )
        self._buffer = bytearray(MOST_BYTES + 1)
        try:
            self._socket.setblocking(False)
            exclusive = getattr(socket, "SO_EXCLUSIVEADDRUSE", None)
            if exclusive is not None:  # Windows would let two programs share the port
                self._socket.setsockopt(socket.SOL_SOCKET, exclusive, 1)
            self._socket.bind((self.address, port))
            self.port: int = self._socket.getsockname()[1]
        except OSError as error:
            self.close()
            raise _refusal(error, self.address, port) from error

    def read(self) -> list[Datagram]:
        """What has come since the last call, within ``MOST_DATAGRAMS`` and ``MOST_SECONDS``.

        Raises:
            LiveError: the port is gone.
        """
        found: list[Datagram] = []
        end = time.perf_counter() + MOST_SECONDS
        self.flooded = False
        if self._socket is None:
            return found
        for _ in range(MOST_DATAGRAMS):
            try:
                size, sender = self._socket.recvfrom_into(self._buffer)
            except (BlockingIOError, InterruptedError):
                return found
            except ConnectionError:  # a sender that was asked is not there
                continue
            except OSError as error:
                if error.errno not in _TOO_LONG:
                    raise LiveError(
                        f"Port {self.port} was closed by the system ({error.strerror}): start receiving again"
                    ) from error
                size, sender = len(self._buffer), ("", 0)
            found.append(Datagram(bytes(self._buffer[:size]), sender[:2]))
            if time.perf_counter() > end:
                break
        self.flooded = True
        return found

    def ask(self, data: bytes, address: str, port: int) -> None:
        """Send something to a sender that waits to be asked.

        Raises:
            LiveError: there is no way to it.
        """
        if self._socket is None:
            return
        try:
            self._socket.sendto(data, (numeric_address(address), port))
        except (BlockingIOError, InterruptedError, ConnectionError):
            pass
        except OSError as error:
            raise LiveError(
                f"Nothing can be sent to {address} ({error.strerror}): choose as Address the one this computer has "
                "in the phone's network, and look whether the phone's is right"
            ) from error

    def close(self) -> None:
        """Close the port; harmless when it is closed."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def _refusal(error: OSError, address: str, port: int) -> LiveError:
    if error.errno in _IN_USE:
        return LiveError(
            f"Port {port} is in use by another program: close that, or choose another port here and in the sender"
        )
    if error.errno in _NO_ADDRESS:
        return LiveError(
            f"This computer has no address {address}: give one that its network settings show, or 127.0.0.1"
        )
    return LiveError(
        f"Port {port} at {address} cannot be opened ({error.strerror}): choose another port or address"
    )
