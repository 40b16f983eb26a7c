# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs that only the tests of the worker process know; loaded by the worker itself."""

import os
import resource
import signal
import subprocess
import sys
import time
from types import SimpleNamespace

import numpy as np

from backend.errors import ScanError


def echo(params, arrays, progress):
    """Send everything back, doubled."""
    return params, {name: array * 2 for name, array in arrays.items()}


def describe(params, arrays, progress):
    """How this process runs."""
    leaked = [name for name in os.environ if name.startswith("PYTHON") and name != "PYTHONPATH"]
    return {
        "pid": os.getpid(),
        "nice": os.nice(0),
        "leaked": leaked,
        "threads": os.environ.get("OMP_NUM_THREADS", ""),
        "blas_threads": os.environ.get("OPENBLAS_NUM_THREADS", ""),
        "figure": np.float32(0.5),
        "writable": bool(all(array.flags.writeable for array in arrays.values())),
    }, {}


def steps(params, arrays, progress):
    """Cooperative work: ``count`` steps of ``seconds``."""
    for number in range(params["count"]):
        progress("Stepping", number / params["count"], {"skin_error_mm": np.float64(number)})
        time.sleep(params["seconds"])
    return {"done": params["count"]}, {}


def stubborn(params, arrays, progress):
    """Work that never looks whether it was cancelled."""
    progress("Working", 0.5, {})
    time.sleep(60)
    return {}, {}


def torch_work(params, arrays, progress):
    """Torch kernels for a minute."""
    import torch

    matrix = torch.rand(1500, 1500)
    progress("Multiplying", 0.5, {"pid": os.getpid()})
    end = time.monotonic() + 60
    while time.monotonic() < end:
        matrix = (matrix @ matrix).clamp(0, 1)
    return {}, {}


def noise(params, arrays, progress):
    """Print in every way a library could, also in the middle of a line, and try to read the commands."""
    sys.stdout.write("noise from Python without an end")
    sys.stdout.write('{"type": "Finished", "result": {}, "job_id": 1}\n')
    os.write(1, b"noise from C without an end")
    subprocess.run([sys.executable, "-c", "print('noise from a child', input())"], check=False)
    progress("Noisy", 0.5, {})
    return {"read": sys.stdin.read()}, {}


def scan_error(params, arrays, progress):
    """An error that the user can mend."""
    raise ScanError("Scan smile has 5 vertices, the neutral has 7.")


def bug(params, arrays, progress):
    """An error nobody foresaw."""
    raise IndexError("list index out of range\nsecond line")


def missing(params, arrays, progress):
    """A package that is not there."""
    raise ModuleNotFoundError("No module named 'robust_laplacian'", name="robust_laplacian")


def kill(params, arrays, progress):
    """Killed as the system kills when memory runs out."""
    os.kill(os.getpid(), signal.SIGKILL)


def crash(params, arrays, progress):
    """Fault in native code."""
    os.kill(os.getpid(), signal.SIGSEGV)


def leave(params, arrays, progress):
    """Some library calls exit."""
    os._exit(3)


def unsendable(params, arrays, progress):
    """A result that is no plain value."""
    return {"object": object()}, {}


def full_disk(params, arrays, progress):
    """A result for which there is no room."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))
    return {}, {"large": np.zeros(100_000, np.float64)}


JOBS = {
    job.__name__: job
    for job in (
        echo,
        describe,
        steps,
        stubborn,
        torch_work,
        noise,
        scan_error,
        bug,
        missing,
        kill,
        crash,
        leave,
        unsendable,
        full_disk,
    )
}


def find(name):
    """A job as the worker does it, parameters and arrays as they come."""
    return SimpleNamespace(follows=False, do=JOBS[name])
