"""Fail when a test was skipped that had to run: ``skips.py REPORT.xml...``.

`allowed_skips.toml` says which skips are allowed and why, and which test shows that a lane ran.
Lanes that were left out by name (``CI_WITHOUT``) may skip what belongs to them.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from xml.etree import ElementTree

import tomllib

Case = tuple[str, str | None]  # (report:test, reason of its skip or None when it ran)


def cases_of(report: Path) -> list[Case]:
    """Return what pytest reports of each test."""
    found: list[Case] = []
    for case in ElementTree.parse(report).iter("testcase"):
        skipped = case.find("skipped")
        reason = None if skipped is None else skipped.get("message", "")
        name = f"{report.stem}:{case.get('classname')}::{case.get('name')}"
        found.append((name, reason))
    return found


def complaints(
    cases: list[Case], allowed: dict[str, list[dict[str, str]]], without: set[str]
) -> list[str]:
    """Return what must not be: a skip that is not allowed, a lane of which nothing ran."""
    unknown = without - {lane["name"] for lane in allowed["lane"]}
    found = [f"CI_WITHOUT names no lane: {name}" for name in sorted(unknown)]
    for name, reason in cases:
        if reason is not None and not any(
            _allows(skip, name, reason, without) for skip in allowed["skip"]
        ):
            found.append(f"skipped, and not allowed to be: {name}: {reason}")
    for lane in allowed["lane"]:
        ran = any(reason is None and re.search(lane["ran"], name) for name, reason in cases)
        if not ran and lane["name"] not in without:
            found.append(
                f"lane {lane['name']} did not run: no test ran that matches {lane['ran']!r}"
            )
    return found


def _allows(skip: dict[str, str], name: str, reason: str, without: set[str]) -> bool:
    if "without" in skip and skip["without"] not in without:
        return False
    return bool(re.search(skip.get("test", ""), name) and re.search(skip["reason"], reason))


def main(reports: list[str]) -> int:
    """Print the complaints, and the reasons of what was skipped."""
    allowed = tomllib.loads(Path(__file__).with_name("allowed_skips.toml").read_text())
    cases = [case for report in reports for case in cases_of(Path(report))]
    found = complaints(cases, allowed, set(os.environ.get("CI_WITHOUT", "").split()))
    skipped = sum(reason is not None for _, reason in cases)
    print(f"{len(cases)} tests in {len(reports)} reports, {skipped} skipped")
    print("\n".join(found) or "every skip is allowed, every lane ran")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
