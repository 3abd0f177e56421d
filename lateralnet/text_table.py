"""Aligned columns of text, for the terminal and for Markdown."""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Sequence

WIDTH = 80  # of a terminal
_SHORTEST = 6  # to which a column of words may shrink


def aligned(
    rows: Sequence[Sequence[str]],
    *,
    heads: int = 1,
    words: Collection[int] | None = None,
    width: int | None = None,
) -> str:
    """Return rows as columns of equal width, with a rule under the heads.

    Parameters
    ----------
    rows : sequence of sequence of str
        All of one length.
    heads : int
        How many rows stand above the rule; none, and no rule, when 0.
    words : collection of int, optional
        Columns that begin at the left; the others end at the right. All by default.
    width : int, optional
        Where the table would be wider, columns stand one space apart instead of two, and then
        the widest column of words is cut.

    Examples
    --------
    >>> print(aligned([["cell", "Hz"], ["TS", "5.0"]], words=(0,)))
    cell   Hz
    ---------
    TS    5.0
    """
    columns = range(len(rows[0]))
    left = set(columns) if words is None else set(words)
    widths = [max(len(row[k]) for row in rows) for k in columns]
    gap = 2
    if width is not None and _total(widths, gap) > width:
        gap = 1
        widest = max(left, key=lambda k: widths[k], default=None)
        if widest is not None:
            excess = max(0, _total(widths, gap) - width)
            widths[widest] = max(widths[widest] - excess, min(widths[widest], _SHORTEST))
    lines = []
    for row in rows:
        cells = [
            cell.ljust(widths[k]) if k in left else cell.rjust(widths[k])
            for k, cell in enumerate(_cut(row, widths))
        ]
        lines.append((" " * gap).join(cells).rstrip())
    if heads:
        lines.insert(heads, "-" * max(map(len, lines)))
    return "\n".join(lines)


def grouped(
    heads: Sequence[Sequence[str]],
    rows: Sequence[tuple[str, Sequence[str]]],
    *,
    words: Collection[int] = (0,),
    width: int = WIDTH,
) -> str:
    """Return `aligned` rows, indented under the text of their group where that changes.

    Parameters
    ----------
    heads : sequence of sequence of str
        Rows above the rule.
    rows : sequence of (str, sequence of str)
        Text of the group, which may be long, and cells.
    words, width
        As in `aligned`.

    Examples
    --------
    >>> print(grouped([["", "Hz"]], [("after 5 trials", ["TS", "5.0"])]))
           Hz
    ---------
    after 5 trials
      TS  5.0
    """
    cells = [[f"  {first}", *rest] for _, (first, *rest) in rows]
    lines = aligned([*heads, *cells], heads=len(heads), words=words, width=width).splitlines()
    shown, before = lines[: len(heads) + 1], None
    for (group, _), line in zip(rows, lines[len(shown) :], strict=True):
        if group != before:
            shown.append(wrapped(group, width))
        shown.append(line)
        before = group
    return "\n".join(shown)


def wrapped(text: str, width: int = WIDTH) -> str:
    """Return a text in lines of at most `width`, the second and later ones indented."""
    return textwrap.fill(text, width, subsequent_indent="  ", break_on_hyphens=False)


def markdown(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the lines of a Markdown table, its head first."""
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in rows
    ]
    return [lines[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *lines[1:]]


def _total(widths: Sequence[int], gap: int) -> int:
    return sum(widths) + gap * (len(widths) - 1)


def _cut(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    return [
        cell if len(cell) <= width else f"{cell[: width - 1]}…"
        for cell, width in zip(row, widths, strict=True)
    ]
