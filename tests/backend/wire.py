# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A job done as the worker does it, without a process."""

from typing import Any

from aim_blender_addon.backend.jobs.table import find
from aim_blender_addon.backend.jobs.wire import Request
from aim_blender_addon.backend.progress import silent
from aim_blender_addon.backend.worker.messages import Finished, Submit, decode, encode


def over_the_wire(request: Request) -> Any:
    """The result of a request, both sent as text and arrays."""
    name, params, arrays = request.message()
    asked = decode(encode(Submit(1, name, params, {}, "")))
    result, made = find(asked.job).do(asked.params, arrays, silent)
    return request.result(decode(encode(Finished(result))).result, made)
