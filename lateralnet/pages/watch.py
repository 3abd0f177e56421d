"""A page in which the sphere passes the fish: self-contained, playable, without a network."""

from __future__ import annotations

import base64
import html
import json
from pathlib import Path
from typing import Any

import numpy as np

from lateralnet.pages.film import Film, film_of
from lateralnet.records.results import load
from lateralnet.records.storage import write_bytes

_PART = Path(__file__).with_name("watch.html")
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>body {{ font: 15px/1.5 system-ui, sans-serif; color: #222; background: #fff;
max-width: 60rem; margin: 1rem auto; padding: 0 1rem; }} h1 {{ font-size: 1.3rem; }}</style>
</head>
<body>
<main>
<h1>{title}</h1>
{part}
</main>
</body>
</html>
"""


def write_watch(folder: Path, output: Path, *, seed: int | None = None) -> None:
    """Write the moving picture of a run as one HTML file.

    Parameters
    ----------
    folder : Path
        A finished run.
    output : Path
        File to write.
    seed : int, optional
        Which seed; the first by default.

    Raises
    ------
    InputError
        When the folder is no finished run, or has no such seed.
    StorageError
        When a record is damaged, or the file cannot be written.
    """
    film = film_of(load(folder), seed)
    page = _PAGE.format(title=html.escape(film.title), part=watch_part(film))
    write_bytes(output, page.encode())


def watch_part(film: Film) -> str:
    """Return the moving picture as a part of a page: controls, pictures, numbers, script."""
    data = json.dumps(film_data(film), separators=(",", ":")).replace("<", "\\u003c")
    return _PART.read_text().replace("/*DATA*/", data).replace("<!--TABLE-->", _table(film))


def film_data(film: Film) -> dict[str, Any]:
    """Return what the script draws: numbers as lists, rates along the body as bytes."""
    top_hz = {
        layer: max(
            1.0, max(float(np.percentile(p.rates_hz[layer], 99.5)) for p in film.passes.values())
        )
        for layer in ("ll", "mon", "ts")
    }
    return {
        "body_cm": film.body_cm,
        "radius_cm": film.radius_cm,
        "direction": film.direction,
        "t_s": _plain(film.t_s, 4),
        "x_cm": _plain(film.x_cm, 4),
        "y_cm": _plain(film.y_cm, 4),
        "arrows": _plain(np.hstack([film.arrows_cm, film.flow]), 4),
        "top_hz": {layer: round(top, 1) for layer, top in top_hz.items()},
        "passes": {
            name: {
                "decoded_cm": _plain(one.decoded_cm, 4),
                "mean_hz": {layer: _plain(mean, 2) for layer, mean in one.mean_hz.items()},
                "rates": {
                    layer: {"n": rates.shape[1], "bytes": _bytes(rates / top_hz[layer])}
                    for layer, rates in one.rates_hz.items()
                },
            }
            for name, one in film.passes.items()
        },
    }


def _plain(values: np.ndarray, digits: int) -> Any:
    """Return nested lists; NaN, which JSON has not, becomes null."""
    rounded = np.round(values, digits).astype(object)
    rounded[~np.isfinite(values)] = None
    return rounded.tolist()


def _bytes(shares: np.ndarray) -> str:
    """Return shares of the largest rate as bytes, 0 only for silence."""
    levels = np.ceil(255 * np.clip(shares, 0.0, 1.0)).astype(np.uint8)
    return base64.b64encode(levels.tobytes()).decode()


def _table(film: Film) -> str:
    """Return the decoded positions as a table, for readers who do not see the picture."""
    names = list(film.passes)
    heads = "".join(f'<th scope="col">{name} (cm)</th>' for name in names)
    rows = []
    beside = np.flatnonzero((film.x_cm >= 0) & (film.x_cm <= film.body_cm))
    for frame in beside[np.unique(np.linspace(0, beside.size - 1, 11).round().astype(int))]:
        cells = "".join(f"<td>{_number(film.passes[n].decoded_cm[frame])}</td>" for n in names)
        rows.append(f'<tr><th scope="row">{_number(film.x_cm[frame])}</th>{cells}</tr>')
    return (
        "<table><caption>Decoded position at eleven places along the body</caption>"
        f'<thead><tr><th scope="col">true (cm)</th>{heads}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table>"
    )


def _number(value: float) -> str:
    return f"{value:.2f}" if np.isfinite(value) else "none"
