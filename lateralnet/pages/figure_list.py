"""The figures of a folder in a page: each once, what matters first, within a size."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from lateralnet.figures.captions import caption_of, title_of
from lateralnet.pages.html_parts import figure, small_png

LARGEST_PAGE = 1_450_000  # bytes: a page that an e-mail takes
FIRST = "decoded_position"
NO_CAPTIONS: Mapping[str, str] = {}


def without_copies(paths: Sequence[Path]) -> list[Path]:
    """Return each picture once: a run of several seeds has the first seed's under two names."""
    by_content: dict[bytes, Path] = {}
    for path in sorted(paths, key=lambda path: len(path.name)):  # the name with the seed wins
        if not path.name.startswith("LL_THESIS_BASELINE"):
            by_content[path.read_bytes()] = path
    return sorted(by_content.values())


def shown_figure(path: Path, own: Mapping[str, str] = NO_CAPTIONS) -> str:
    """Return one figure with the words of the guide, or those of one's `own` figures."""
    kind, text = caption_of(path.stem)
    name = re.sub(r"^own_|_seed_\d+$", "", path.stem)
    if path.stem.startswith("own_") and name in own:
        kind, text = name, own[name]
    seed = re.search(r"_seed_(\d+)$", path.stem)
    title = title_of(kind) + (f", seed {seed[1]}" if seed else "")
    first_sentence = re.split(r"(?<=[.]) ", text, maxsplit=1)[0]
    return figure(small_png(path), f"{title}. {first_sentence}", f"{title}: {text}".rstrip(": "))


def figures_within(paths: Sequence[Path], used: int, own: Mapping[str, str] = NO_CAPTIONS) -> str:
    """Return the figures that fit beside `used` bytes, and the names of those that do not."""
    parts, left_out = [], []
    for path in paths:
        part = shown_figure(path, own)
        if used + len(part) > LARGEST_PAGE:
            left_out.append(path.name)
            continue
        used += len(part)
        parts.append(part)
    if left_out:
        names = "".join(f"<li>{html.escape(name)}</li>" for name in left_out)
        parts.append(f"<p>Left out, to keep this page small, are in figures/:</p><ul>{names}</ul>")
    return "\n".join(parts) or "<p>none drawn</p>"
