"""Parts of an HTML page: frame, tables, pictures with captions."""

from __future__ import annotations

import base64
import html
import io
import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from lateralnet.version import __version__

CSS = """
:root { color-scheme: light; }
body { font: 16px/1.5 system-ui, sans-serif; color: #222; background: #fff; margin: 1.5rem auto;
       max-width: 70rem; padding: 0 1.2rem; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; margin-bottom: .2rem; } h2 { font-size: 1.25rem; margin-top: 2.2rem;
     border-bottom: 1px solid #ddd; } p.lead { color: #555; margin-top: 0; }
p.verdict { font-size: 1.15rem; border-left: 5px solid #D55E00; padding-left: .8rem; }
div.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .85rem; margin: .6rem 0; }
caption { text-align: left; color: #555; padding-bottom: .3rem; }
th, td { padding: .18rem .6rem; border-bottom: 1px solid #e4e4e4; text-align: left; }
table { overflow-wrap: normal; } td { white-space: nowrap; }
table:has(th:nth-child(8)) { font-size: .78rem; }
table:has(th:nth-child(8)) thead th { overflow-wrap: anywhere; min-width: 4.2rem; }
td.n { text-align: right; font-variant-numeric: tabular-nums; }
thead th { background: #f5f5f5; } tbody th { font-weight: normal; }
tr.changed td, tr.changed th { background: #fff6e6; } td.wide { white-space: normal; }
figure { margin: 1.2rem 0; } figcaption { color: #444; font-size: .9rem; max-width: 48rem; }
img { max-width: 100%; height: auto; border: 1px solid #eee; }
details { margin: .8rem 0; } summary { cursor: pointer; font-weight: 600; padding: .3rem 0; }
@media (max-width: 36rem) { body { padding: 0 .8rem; } table { font-size: .8rem; }
  th, td { padding: .15rem .3rem; } tbody th { min-width: 6.5rem; } }
@media print { body { max-width: none; } figure, table { break-inside: avoid; } }
"""


def page(title: str, lead: str, parts: Iterable[str]) -> str:
    """Return a whole document."""
    body = "\n".join(parts)
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.escape(title)}</title>\n<style>{CSS}</style>\n</head>\n<body>\n<main>\n"
        f'<h1>{html.escape(title)}</h1>\n<p class="lead">{html.escape(lead)}</p>\n{body}\n'
        f"<h2>Made by</h2>\n<p>lateralnet {html.escape(__version__)}</p>\n"
        "</main>\n</body>\n</html>\n"
    )


def table(rows: Sequence[Sequence[Any]], caption: str, changed: Sequence[int] = ()) -> str:
    """Return a table with its first row as the head; `changed` rows are marked."""
    head = "".join(f'<th scope="col">{html.escape(str(cell))}</th>' for cell in rows[0])
    lines = []
    for number, row in enumerate(rows[1:]):
        first = f'<th scope="row">{html.escape(str(row[0]))}</th>'
        cells = first + "".join(_cell(value) for value in row[1:])
        mark = ' class="changed"' if number in changed else ""
        lines.append(f"<tr{mark}>{cells}</tr>")
    return (
        f'<div class="scroll" tabindex="0"><table>\n<caption>{html.escape(caption)}</caption>\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n" + "\n".join(lines) + "\n</tbody></table></div>"
    )


def _cell(value: Any) -> str:
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return '<td class="n">–</td>'
    if isinstance(value, bool):
        return f"<td>{'on' if value else 'off'}</td>"
    if isinstance(value, int):
        return f'<td class="n">{value}</td>'
    if isinstance(value, float):
        return f'<td class="n">{value:.4g}</td>'
    text = html.escape(str(value))
    if len(text) > 40:
        return f'<td class="wide">{text}</td>'
    is_number = text.lstrip("+-−")[:1].isdigit() or text in "–-"
    return f'<td class="n">{text}</td>' if is_number else f"<td>{text}</td>"


def details(summary: str, content: str) -> str:
    """Return a part that is folded until it is asked for."""
    return f"<details><summary>{html.escape(summary)}</summary>\n{content}\n</details>"


def figure(png: bytes, alt: str, caption: str) -> str:
    """Return a picture with its caption."""
    data = base64.b64encode(png).decode()
    return (
        f'<figure><img alt="{html.escape(alt, quote=True)}" src="data:image/png;base64,{data}">'
        f"<figcaption>{html.escape(caption)}</figcaption></figure>"
    )


def small_png(path: Path) -> bytes:
    """Return a picture in 128 colours, a third of its size; as it is where that is no gain."""
    from PIL import Image

    original = path.read_bytes()
    try:
        picture = Image.open(io.BytesIO(original)).convert("RGB")
    except OSError:
        return original
    stream = io.BytesIO()
    picture.quantize(128).save(stream, "PNG", optimize=True)
    return min(original, stream.getvalue(), key=len)
