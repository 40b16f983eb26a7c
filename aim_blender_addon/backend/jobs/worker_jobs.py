# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The jobs the worker process knows, by name. What they need is imported when they run."""

import importlib.metadata
import importlib.util
import platform
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ..progress import Progress
from .edit_jobs import EDIT_JOBS
from .retarget_jobs import find_correspondence, match_shapes, retarget

if TYPE_CHECKING:
    import numpy as np

    from ..geometry.mesh import Mesh

Params = dict[str, Any]
Arrays = Mapping[str, "np.ndarray"]
Job = Callable[[Params, Arrays, Progress], tuple[dict[str, Any], dict[str, "np.ndarray"]]]

#: What the worker's Python must hold, as (import name, distribution name).
REQUIRED_PACKAGES = (
    ("numpy", "numpy"),
    ("scipy", "scipy"),
    ("torch", "torch"),
    ("robust_laplacian", "robust-laplacian"),
    ("trimesh", "trimesh"),
    ("embreex", "embreex"),
    ("rtree", "rtree"),
)


def probe(params: Params, arrays: Arrays, progress: Progress) -> tuple[dict, dict]:
    """What this Python offers.

    Result:
        ``python``: version; ``packages``: distribution name to version, "" when missing; ``missing``: names;
        ``torch``: version or ""; ``device``: name that "auto" takes, or ""; ``devices``: see
        ``device.describe_devices``; ``problem``: why torch does not start although it is there, or "".
    """
    packages = {name: _version(module, name) for module, name in REQUIRED_PACKAGES}
    result = {
        "python": platform.python_version(),
        "packages": packages,
        "missing": [name for name, version in packages.items() if not version],
        "torch": packages["torch"],
        "device": "",
        "devices": [],
        "problem": "",
    }
    if packages["torch"]:
        progress("Starting torch", 0.3, {})
        try:
            from ..fitting.device import choose_device, describe_devices

            result["devices"] = describe_devices()
            result["device"] = choose_device("auto").type
        except (
            ImportError,
            OSError,
        ) as error:  # a missing library of the system, or a broken install
            result["problem"] = f"torch cannot be loaded: {str(error).strip().splitlines()[0]}"
    return result, {}


def fit(params: Params, arrays: Arrays, progress: Progress) -> tuple[dict, dict]:
    """Fit a face.

    Args:
        params: ``name``, ``expression_names`` [E], fields of ``fitting.fit.FitSettings``, and ``landmarks``
            for bones that are estimated, as for :func:`estimate_bones`; ``jaw_pins``: {scan name: pin} as
            for :func:`.anatomy.jaw_pins.read_pin`, mm, for poses of the jaw that are known.
        arrays: ``neutral_vertices`` [V, 3] mm in head space, ``neutral_face_vertices`` [L],
            ``neutral_face_sizes`` [F], ``expressions`` [E, V, 3]; optional ``skull_vertices``,
            ``skull_triangles``, ``jaw_vertices``, ``jaw_triangles``.
        progress: receives stages, and may raise ``JobCancelled``.

    Result:
        ``report``; array ``model``: [N] uint8, the model file's bytes.
    """
    progress("Starting torch", 0.0, {})
    import numpy as np

    from ..anatomy.jaw.pins import read_pin
    from ..fitting.actor import Actor
    from ..fitting.fit import FitSettings, fit_actor
    from ..io.model_file import model_to_bytes

    neutral = _neutral(params, arrays)
    actor = Actor(
        neutral,
        tuple(
            neutral.with_vertices(vertices, name)
            for name, vertices in zip(
                params["expression_names"], arrays["expressions"], strict=True
            )
        ),
        _bone("skull", arrays),
        _bone("jaw", arrays),
        {name: read_pin(name, pin) for name, pin in (params.get("jaw_pins") or {}).items()},
    )
    fields = FitSettings.__dataclass_fields__
    settings = FitSettings(**{name: value for name, value in params.items() if name in fields})
    fitted = fit_actor(actor, settings, progress, neutral.name, _landmarks(params))
    data = model_to_bytes(fitted.model)
    return {"report": fitted.report}, {"model": np.frombuffer(data, np.uint8)}


def estimate_bones(params: Params, arrays: Arrays, progress: Progress) -> tuple[dict, dict]:
    """Estimate skull and jaw from the skin.

    Args:
        params: ``landmarks``: {name: [x, y, z] mm} or None to find them.
        arrays: ``neutral_*`` as for :func:`fit`; optional bones of somebody else to be brought under the skin:
            ``template_skull_vertices``, ``template_skull_triangles``, ``template_jaw_vertices``,
            ``template_jaw_triangles``, in any units and axes.
        progress: receives stages, and may raise ``JobCancelled``.

    Result:
        ``landmarks``, ``expected_error_mm``; arrays ``skull_vertices``, ``skull_triangles``,
        ``jaw_vertices``, ``jaw_triangles``, and ``skull_spread`` [V], ``jaw_spread`` [V]: the standard deviation
        in mm that has to be expected of each vertex.
    """
    neutral, landmarks = _neutral(params, arrays), _landmarks(params)
    skull, jaw = _bone("template_skull", arrays), _bone("template_jaw", arrays)
    if skull is None or jaw is None:
        from ..anatomy.bones.estimate import estimate_bones as estimate

        bones = estimate(neutral, landmarks, progress)
    else:
        from ..anatomy.bones.template import fit_template

        bones = fit_template(neutral, skull, jaw, landmarks, progress)
    return (
        {"landmarks": dict(bones.landmarks), "expected_error_mm": float(bones.expected_error_mm)},
        {
            "skull_vertices": bones.skull.vertices,
            "skull_triangles": bones.skull.triangles,
            "jaw_vertices": bones.jaw.vertices,
            "jaw_triangles": bones.jaw.triangles,
            "skull_spread": bones.skull_spread,
            "jaw_spread": bones.jaw_spread,
        },
    )


def find_landmarks(params: Params, arrays: Arrays, progress: Progress) -> tuple[dict, dict]:
    """Find the landmarks of the skin.

    Args:
        params: ``name`` of the neutral.
        arrays: ``neutral_*`` as for :func:`fit`.
        progress: receives stages, and may raise ``JobCancelled``.

    Result:
        ``landmarks``: {name: [x, y, z] mm in head space}.
    """
    progress("Finding landmarks", 0.0, {})
    from ..anatomy.head.landmarks import find_landmarks as find

    return {"landmarks": dict(find(_neutral(params, arrays)))}, {}


def solve(params: Params, arrays: Arrays, progress: Progress) -> tuple[dict, dict]:
    """Solve a performance onto a model.

    The frames come as mapped arrays, and the solved ones go to files as they are done, so that neither
    side holds the take in memory. When the job is cancelled its frames stay in ``output`` + ".part".

    Args:
        params: ``name`` of the take; ``kind``: "vertices", "positions" or "image_points", or ``path`` of a
            take on disk (``io.takes.read_take``) instead of arrays; ``mm_per_unit`` of meshes and points
            (one if left out); ``output``: the ``.npz`` file to write; ``resume``; fields of
            ``solving.solve.SolveSettings``; and, for shape keys, ``tolerance_mm`` with the ``measure``
            ("mean", "p99", "max") it is for.
        arrays: ``model``: [N] uint8, the model file's bytes; ``frames`` as the kind has them; optional
            ``vertex_indices``, ``corners``, ``barycentric``, ``offsets``, ``weights``, ``cameras``: see
            ``io.takes.Take``.
        progress: receives stages, and may raise ``JobCancelled``.

    Result:
        ``report``, and with ``tolerance_mm`` also ``baked`` (errors, whether the tolerance was reached);
        then arrays ``curves`` [T, E], ``corrective_shapes`` [C, V, 3], ``corrective_curves`` [T, C].
    """
    progress("Starting", 0.0, {})
    from dataclasses import replace
    from pathlib import Path

    from ..io.model_file import model_from_bytes
    from ..io.takes import Take, checked, read_take
    from ..progress import section
    from ..solving.bake import bake_result
    from ..solving.solve import SolveSettings, solve_take

    model = model_from_bytes(arrays["model"].tobytes(), params["name"])
    unit = params.get("mm_per_unit", 1.0)
    if params.get("path"):
        take = replace(read_take(params["path"], model.neutral, unit), name=params["name"])
    else:
        given = ("vertex_indices", "corners", "barycentric", "offsets", "weights", "cameras")
        optional = {name: arrays[name] for name in given if name in arrays}
        take = Take(params["name"], params["kind"], arrays["frames"], mm_per_unit=unit, **optional)
        take = checked(take, model.neutral)
    fields = SolveSettings.__dataclass_fields__
    settings = SolveSettings(**{name: value for name, value in params.items() if name in fields})
    output, tolerance = Path(params["output"]), params.get("tolerance_mm")
    end = 1.0 if tolerance is None else 0.8
    report = solve_take(
        model, take, output, settings, section(progress, 0.0, end), params.get("resume", False)
    )
    if tolerance is None:
        return {"report": report}, {}
    baked = bake_result(
        model, output, tolerance, params.get("measure", "p99"), section(progress, end, 1.0)
    )
    return (
        {"report": report, "baked": {"error_mm": baked.error_mm, "reached": baked.reached}},
        {
            "curves": baked.weights,
            "corrective_shapes": baked.shapes,
            "corrective_curves": baked.curves,
        },
    )


def arkit_shapes(params: Params, arrays: Arrays, progress: Progress) -> tuple[dict, dict]:
    """ARKit's 52 shapes of an actor.

    Args:
        params: ``name`` of the face; ``use_scans``: learn from the actor's scans (default), else a generic head's
            shapes alone are carried over.
        arrays: ``model``: [N] uint8, the model file's bytes.
        progress: receives stages, and may raise ``JobCancelled``.

    Result:
        ``names`` [52], ``origins`` [52]; array ``skins`` [52, V, 3] mm, the jaw's motion in them.
    """
    progress("Starting", 0.0, {})
    from ..io.model_file import model_from_bytes
    from ..retargeting.arkit_shapes import make_arkit_shapes

    model = model_from_bytes(arrays["model"].tobytes(), params["name"])
    made = make_arkit_shapes(model, progress, params.get("use_scans", True))
    return {"names": list(made.names), "origins": list(made.origins)}, {"skins": made.skins}


JOBS: dict[str, Job] = {
    job.__name__: job
    for job in (
        probe,
        fit,
        estimate_bones,
        find_landmarks,
        solve,
        arkit_shapes,
        find_correspondence,
        match_shapes,
        retarget,
        *EDIT_JOBS,
    )
}


def missing_package(error: ModuleNotFoundError) -> str:
    """The distribution to install for ``error``, or "" when the missing module is our own."""
    module = (error.name or "").partition(".")[0]
    if module in ("", "backend"):
        return ""
    return dict(REQUIRED_PACKAGES).get(module, module)


def _version(module: str, distribution: str) -> str:
    """Version of an importable package, "" when it is missing."""
    if importlib.util.find_spec(module) is None:
        return ""
    try:
        return importlib.metadata.version(distribution)
    except (
        importlib.metadata.PackageNotFoundError
    ):  # importable, but not installed by a package manager
        return "unknown"


def _neutral(params: Params, arrays: Arrays) -> "Mesh":
    from ..geometry.mesh import Mesh

    names = ("vertices", "face_vertices", "face_sizes")
    return Mesh(*(arrays[f"neutral_{name}"] for name in names), params.get("name", "neutral"))


def _landmarks(params: Params) -> "dict[str, np.ndarray] | None":
    import numpy as np

    given = params.get("landmarks")
    return {name: np.asarray(point, float) for name, point in given.items()} if given else None


def _landmarks(params: Params) -> "dict[str, np.ndarray] | None":
    import numpy as np

    given = params.get("landmarks")
    return {name: np.asarray(point, float) for name, point in given.items()} if given else None


def _bone(name: str, arrays: Arrays) -> "Mesh | None":
    from ..geometry.mesh import Mesh

    if f"{name}_vertices" not in arrays:
        return None
    return Mesh.from_triangles(arrays[f"{name}_vertices"], arrays[f"{name}_triangles"], name)
