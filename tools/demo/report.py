# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo's report: one HTML file with its figures and pictures inside."""

import base64
import io
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

from PIL import Image

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8881; }
body { font: 16px/1.55 system-ui, sans-serif; max-width: 1120px; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.7rem; margin-bottom: 0; } h2 { font-size: 1.2rem; margin-top: 2.4rem; }
img { width: 100%; height: auto; border-radius: 6px; display: block; }
figure { margin: 1rem 0; } figcaption { font-size: .9rem; opacity: .8; margin-top: .4rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .92rem; }
th, td { padding: .28rem .8rem; border-bottom: 1px solid var(--line); text-align: right; }
th:first-child, td:first-child { text-align: left; } tbody tr:nth-child(odd) { background: var(--soft); }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(160px, 1fr)); gap: .8rem; margin: 1.2rem 0; }
.card { border: 1px solid var(--line); border-radius: 8px; padding: .7rem .9rem; }
.card b { display: block; font-size: 1.45rem; } .card span { font-size: .85rem; opacity: .8; }
.scroll { overflow-x: auto; }
"""


def write_report(
    path: Path, figures: Mapping, pictures: Sequence[tuple[Image.Image, str, str]]
) -> None:
    """Write the report.

    Args:
        path: of the HTML file.
        figures: as in demo.json.
        pictures: image, heading and caption of each.
    """
    names = ("fit", "skin_error_mm", "jaw", "baked", "muscles")
    fit, skin, jaw, baked, flesh = (figures[name] for name in names)
    cards = (
        (f"{fit['seconds']:.0f} s", f"fit of {figures['scans']} scans, {figures['points']} points"),
        (f"{fit['peak_memory_mb']:.0f} MB", "memory of the fitting process"),
        (f"{skin['all']['mean']:.3f} mm", "mean skin error"),
        (f"{skin['all']['max']:.2f} mm", "largest skin error"),
        (f"{jaw['widest_degrees']:.1f}&deg;", "widest jaw opening"),
        (f"{jaw['mean_mm']:.2f} mm", "mean jaw error at the lower incisors"),
        (f"{max(baked.values()):.4f} mm", "rig against model, evaluated by Blender"),
        (
            f"{flesh['tetrahedra']:,}",
            f"tetrahedra of flesh, built in {flesh['build_seconds']:.0f} s",
        ),
    )
    body = [
        "<h1>AIM Faces: demo</h1>",
        f"<p>MakeHuman's CC0 head, {figures['scans']} expression scans. Made with Blender "
        f"{escape(figures['blender'])} on {figures['cpu_cores']} processor cores ({escape(fit['device'])}).</p>",
        '<div class="cards">',
        *(f'<div class="card"><b>{value}</b><span>{text}</span></div>' for value, text in cards),
        "</div>",
    ]
    for image, heading, caption in pictures:
        body.append(f"<h2>{escape(heading)}</h2><figure>{_embedded(image, heading)}")
        body.append(f"<figcaption>{escape(caption)}</figcaption></figure>")
    body += ["<h2>Every scan</h2>", _scan_table(figures), "<h2>Where the time went</h2>"]
    body.append(_time_table(figures["steps_seconds"]))
    path.write_text(
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>AIM Faces: demo</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style>'
        f"</head><body>\n{chr(10).join(body)}\n</body></html>\n",
        encoding="utf-8",
    )


def _scan_table(figures: Mapping) -> str:
    head = (
        "<tr><th>scan</th><th>motion, max</th><th>skin error, mean</th><th>p95</th><th>p99</th><th>max</th>"
        "<th>jaw turn</th><th>its truth</th><th>incisor way</th><th>incisor error</th></tr>"
    )
    rows = []
    for name, skin in figures["skin_error_mm"]["per_expression"].items():
        jaw = figures["jaw"]["per_expression"][name]
        cells = [f"{skin['motion_max']:.1f}"] + [
            f"{skin[key]:.3f}" for key in ("mean", "p95", "p99", "max")
        ]
        cells += [f"{jaw['degrees']:.1f}&deg;", f"{jaw['truth_degrees']:.1f}&deg;"]
        cells += [f"{jaw['truth_mm']:.1f}", f"{jaw['error_mm']:.2f}"]
        rows.append(_row([escape(name.replace("_", " ")), *cells]))
    whole, jaw = figures["skin_error_mm"]["all"], figures["jaw"]
    rows.append(
        _row(
            [
                "<b>all</b>",
                "",
                *(f"<b>{whole[key]:.3f}</b>" for key in ("mean", "p95", "p99", "max")),
            ]
            + ["", "", "", f"<b>{jaw['mean_mm']:.2f}, max {jaw['max_mm']:.2f}</b>"]
        )
    )
    note = (
        "<p>Millimetres. The truth about the jaw is how MakeHuman's lower teeth move; the fit saw neither "
        "teeth nor bones, only skin.</p>"
    )
    return f'<div class="scroll"><table><thead>{head}</thead><tbody>{"".join(rows)}</tbody></table></div>{note}'


def _time_table(steps: Mapping[str, float]) -> str:
    rows = [_row([escape(name), f"{seconds:.1f} s"]) for name, seconds in steps.items()]
    rows.append(_row(["<b>all</b>", f"<b>{sum(steps.values()):.1f} s</b>"]))
    return f"<table><tbody>{''.join(rows)}</tbody></table>"


def _row(cells: Sequence[str]) -> str:
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _embedded(image: Image.Image, name: str) -> str:
    data = io.BytesIO()
    image.save(data, "JPEG", quality=88, optimize=True)
    text = base64.b64encode(data.getvalue()).decode()
    return f'<img alt="{escape(name)}" src="data:image/jpeg;base64,{text}">'
