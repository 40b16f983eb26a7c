# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One job at a time on one output, by a lock file beside it (standard library).

The file is locked by the operating system, which lets go when a process dies, however it dies. What it says of the
holder (process, host, start) is for the message. Disks that know no locks, as some shared ones do, are asked by that
text instead.
"""

import errno
import json
import os
import socket
import stat
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..errors import AimError
from .disk import why
from .whole_file import leftovers, remove_leftovers

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None
    import msvcrt

#: What a system says where somebody else has the lock.
_TAKEN = {errno.EACCES, errno.EAGAIN, errno.EDEADLK}
#: On Windows a locked byte cannot be read, so the lock is on one far behind the text.
_FAR = 1 << 20
_LONGEST_TEXT = 4096
#: What the text of a lock begins with.
_BEGINS = b'{"process"'
#: A link is not followed, and a pipe is not waited for: neither is a lock of ours.
_OPEN = os.O_RDWR | os.O_CREAT
for _flag in ("O_BINARY", "O_NOFOLLOW", "O_NONBLOCK"):
    _OPEN |= getattr(os, _flag, 0)
#: Outputs that threads of this process hold.
_held: set[tuple[int, str]] = set()


@contextmanager
def locked_output(path: str | os.PathLike, kind: type[AimError]) -> Iterator[None]:
    """Nobody else writes ``path`` while the block runs; a block inside one for the same path is let in.

    What a killed process has left half written beside ``path`` is removed first.

    Args:
        path: the output.
        kind: of the error.

    Raises:
        AimError: of ``kind``, when another job has the output, its folder cannot be written to, or the user has a file
            of the lock's name there.
    """
    path = Path(os.path.realpath(path))
    key = (threading.get_ident(), str(path))
    if key in _held:
        yield
        return
    lock = path.with_name(f"{path.name}.lock")
    try:
        file = _taken(lock)
    except FileExistsError as error:
        raise kind(
            f"'{lock}' is not a lock of ours, and stays as it is: move it, or choose another output"
        ) from error
    except OSError as error:
        raise kind(
            f"'{path}' cannot be written ({why(error)}): free some space or choose another output"
        ) from error
    if file is None:
        raise kind(_refusal(path, lock))
    _held.add(key)
    try:
        remove_leftovers(path)
        yield
    finally:
        _held.discard(key)
        _let_go(lock, file)


def clear_up(path: str | os.PathLike) -> None:
    """Remove what a process ended by force has left half written of ``path``, unless somebody writes it now."""
    if leftovers(path):
        with suppress(AimError), locked_output(path, AimError):
            pass


def _taken(lock: Path) -> int | None:
    """The descriptor of the lock, held; None where somebody else has it."""
    for _ in range(100):
        file = os.open(lock, _OPEN, 0o666)
        if not _is_ours(file):
            os.close(file)
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(lock))
        try:
            has_locks = _try_lock(file)
            if has_locks is None or (not has_locks and _is_alive(_holder(lock))):
                os.close(file)
                return None
            # The holder before may have removed the file between opening and locking it.
            if os.fstat(file).st_ino != os.stat(lock).st_ino:
                os.close(file)
                continue
            os.ftruncate(file, 0)
            os.lseek(file, 0, os.SEEK_SET)
            os.write(file, json.dumps(_about_us()).encode())
            return file
        except FileNotFoundError:
            os.close(file)
        except OSError:
            _let_go(lock, file)
            raise
    return None


def _is_ours(file: int) -> bool:
    """Whether an open file is a lock: new, or with the text of one. A user's own file of that name stays as it is."""
    about = os.fstat(file)
    if not stat.S_ISREG(about.st_mode):
        return False
    start = os.read(file, len(_BEGINS))
    return not start.strip(b"\0") or start == _BEGINS


def _try_lock(file: int) -> bool | None:
    """True when the lock is ours now, None when somebody has it, False where the disk knows no locks."""
    try:
        if fcntl is not None:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        else:
            os.lseek(file, _FAR, os.SEEK_SET)
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
    except OSError as error:
        return None if error.errno in _TAKEN else False
    return True


def _let_go(lock: Path, file: int) -> None:
    """Remove the lock's file while it is ours, then let go of it; on Windows the other way round."""
    if fcntl is not None:
        with suppress(OSError):
            lock.unlink()
    os.close(file)
    if fcntl is None:
        with suppress(OSError):  # the next one has it open already
            lock.unlink()


def _about_us() -> dict:
    return {
        "process": os.getpid(),
        "host": socket.gethostname(),
        "start": time.strftime("%Y-%m-%d %H:%M:%S"),
        "ticks": _start_of(os.getpid()),
    }


def _holder(lock: Path) -> dict:
    """What a lock says of its holder; empty where it says nothing."""
    try:
        with lock.open("rb") as file:
            said = json.loads(file.read(_LONGEST_TEXT))
    except (OSError, ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _is_alive(holder: dict) -> bool:
    """Whether a lock's holder may still run; on another host that cannot be seen, so it may."""
    if not isinstance(holder.get("process"), int):
        return False
    if holder.get("host") != socket.gethostname():
        return True
    now = _start_of(holder["process"])
    return now is not None and now == holder.get("ticks", now)


def _start_of(process: int) -> str | None:
    """When a process of this host started, in the system's own count; "" where it does not tell, None if it is gone."""
    try:
        about = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
        return about.rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        pass
    if fcntl is None:
        return ""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return None
    except OSError:
        pass
    return ""


def _refusal(path: Path, lock: Path) -> str:
    holder = _holder(lock)
    who = "another job"
    if isinstance(holder.get("process"), int):
        who = f"process {holder['process']} on {holder.get('host')} since {holder.get('start')}"
    return f"'{path}' is being written by {who}: wait for it, or choose another output"
