"""What each figure shows, in the words of ``guide.md``, which is also a page of the site."""

from __future__ import annotations

import functools
import re
from pathlib import Path

_GUIDE = Path(__file__).with_name("guide.md")


@functools.cache
def captions() -> dict[str, str]:
    """Return kind of figure -> how to read it, in plain text."""
    found: dict[str, str] = {}
    for block in re.split(r"\n\s*\n", _GUIDE.read_text(encoding="utf-8")):
        head, colon, text = block.partition(": ")
        kinds = re.findall(r"\*\*`([\w<>]+)`\*\*", head)
        if colon and kinds:
            plain = re.sub(r"[*`]", "", " ".join(text.split()))
            found |= dict.fromkeys(kinds, plain)
    return found


def caption_of(name: str) -> tuple[str, str]:
    """Return the kind of a figure, by its file name, and how to read it; ``""`` if unknown."""
    stem = name.removeprefix("brian2_")
    known = {re.sub(r"_?n?<.*", "", kind): text for kind, text in captions().items()}
    if stem == name and f"sweep_{stem}" in known:
        return stem, known[f"sweep_{stem}"]
    for kind in sorted(known, key=len, reverse=True):
        if stem.startswith(kind):
            return (kind if stem != name else stem), known[kind]
    return stem, ""


def title_of(kind: str) -> str:
    """Return the kind of a figure as words."""
    words = kind.replace("_", " ").strip()
    for layer in ("ll", "mon", "ts"):
        words = re.sub(rf"\b{layer}\b", layer.upper(), words)
    return words[:1].upper() + words[1:]
