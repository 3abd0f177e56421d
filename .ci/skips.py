"""Fail when a test was skipped that had to run: ``skips.py REPORT.xml...``.

`allowed_skips.toml` says which skips are allowed, in which tests, at most how many, and why; and
which tests show that a lane ran, at least how many. Lanes that were left out by name
(``CI_WITHOUT``) may skip what belongs to them, and are named at the end.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import tomllib

Case = tuple[str, str | None]  # (report:test, reason of its skip or None when it ran)
Entry = dict[str, Any]


def cases_of(report: Path) -> list[Case]:
    """Return what pytest reports of each test."""
    found: list[Case] = []
    for case in ElementTree.parse(report).iter("testcase"):
        skipped = case.find("skipped")
        reason = None if skipped is None else skipped.get("message", "")
        name = f"{report.stem}:{case.get('classname')}::{case.get('name')}"
        found.append((name, reason))
    return found


def complaints(cases: list[Case], allowed: dict[str, list[Entry]], without: set[str]) -> list[str]:
    """Return what must not be: a skip that is not allowed, too many, a lane that did not run."""
    unknown = without - {lane["name"] for lane in allowed["lane"]}
    found = [f"CI_WITHOUT names no lane: {name}" for name in sorted(unknown)]
    used = [0] * len(allowed["skip"])
    for name, reason in cases:
        if reason is None:
            continue
        fitting = [k for k, e in enumerate(allowed["skip"]) if _allows(e, name, reason, without)]
        if fitting:
            used[fitting[0]] += 1
        else:
            found.append(f"skipped, and not allowed to be: {name}: {reason}")
    for entry, n in zip(allowed["skip"], used, strict=True):
        if n > entry.get("most", n):
            found.append(f"{n} tests skipped for {entry['reason']!r}, at most {entry['most']} may")
    for lane in allowed["lane"]:
        ran = sum(reason is None and bool(re.search(lane["ran"], name)) for name, reason in cases)
        if ran < lane.get("least", 1) and lane["name"] not in without:
            found.append(
                f"lane {lane['name']} did not run: {ran} tests ran that match {lane['ran']!r}, "
                f"not {lane.get('least', 1)}"
            )
    return found


def _allows(skip: Entry, name: str, reason: str, without: set[str]) -> bool:
    if "without" in skip and skip["without"] not in without:
        return False
    return bool(re.search(skip.get("test", ""), name) and re.search(skip["reason"], reason))


def main(reports: list[str]) -> int:
    """Print the complaints, and the reasons of what was skipped."""
    allowed = tomllib.loads(Path(__file__).with_name("allowed_skips.toml").read_text())
    cases = [case for report in reports for case in cases_of(Path(report))]
    without = set(os.environ.get("CI_WITHOUT", "").split())
    found = complaints(cases, allowed, without)
    skipped = sum(reason is not None for _, reason in cases)
    print(f"{len(cases)} tests in {len(reports)} reports, {skipped} skipped")
    if without:
        print(f"LEFT OUT by name: {', '.join(sorted(without))}")
    print("\n".join(found) or "every skip is allowed, every other lane ran")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
