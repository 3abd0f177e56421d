"""The tables of docs/published.md: published studies run again at the small scale.

    for name in topography distance ...; do lateralnet reproduce $name; done
    python benchmarks/studies/tables.py docs/published.md Sweeps

copies `Sweeps/reproduce-<name>-small/reproduction.json` to `benchmarks/results/studies/` where
it is given, and renews what stands between the marks of the page.
"""

from __future__ import annotations

import math
import shutil
import sys
from pathlib import Path
from typing import Any

from lateralnet.measures.table import measure_of
from lateralnet.records.storage import read_json
from lateralnet.studies.recipes import recipes
from lateralnet.text_table import markdown

RESULTS = Path(__file__).parents[1] / "results" / "studies"
BEGIN, END = "<!-- studies: begin -->", "<!-- studies: end -->"
SHORT = {
    "ll_to_mon_topography_strength": "LL->MON topo", "mon_to_ts_topography_strength": "topography",
    "distance_cm": "D, cm", "decoding_window_ms": "T, ms", "test_ll_noise_hz": "noise, Hz",
    "training_distance_max_cm": "trained up to, cm", "n_mon": "MON", "mon_ts_gain_mV": "gain, mV",
    "training_noise_scale_early": "noise", "test.sphere_radius_cm": "radius, cm",
    "test.speed_cm_s": "speed, cm/s", "n_training_trials": "trials",
    "ll_lesion_after_trials": "lesion after", "test.ll_lesion_from_cm": "lesion from, cm",
}  # fmt: skip
SAID_ABOVE = ("extract:", "floor:", "frozen:")  # by the page, of all studies
HIDDEN = ("training_noise_scale_late", "training_distance_min_cm", "ll_lesion_from_cm",
          "ll_lesion_to_cm", "test.ll_lesion_to_cm")  # fmt: skip


def main() -> None:
    """Renew the tables of a page."""
    page = Path(sys.argv[1])
    if len(sys.argv) > 2:
        for name in recipes():
            made = Path(sys.argv[2]) / f"reproduce-{name}-small" / "reproduction.json"
            if made.is_file():
                shutil.copy(made, RESULTS / f"reproduction-{name}.json")
    text = page.read_text()
    before, rest = text.split(BEGIN)
    page.write_text(f"{before}{BEGIN}\n\n{tables()}\n{END}{rest.split(END)[1]}")


def tables() -> str:
    """Return a section for each study that has a result."""
    lines = []
    for name in recipes():
        path = RESULTS / f"reproduction-{name}.json"
        if path.is_file():
            lines += _section(read_json(path))
    return "\n".join(lines)


def _section(report: dict[str, Any]) -> list[str]:
    seeds = ", ".join(map(str, report["seeds"]))
    return [
        f"## {report['title']}", "",
        f"`lateralnet reproduce {report['name']}`: {report['source']}; seeds {seeds}.", "",
        *markdown(_rows(report)), "",
        " ".join(report["verdict"]), "",
        *(f"* {r}" for r in report["remarks"] if not r.startswith(SAID_ABOVE)), "",
    ]  # fmt: skip


def _rows(report: dict[str, Any]) -> list[list[str]]:
    """One row for each combination and condition; published, here and untrained side by side."""
    found = report["rows"]
    given: dict[str, set[Any]] = {}
    for row in found:
        for name, value in row["parameters"].items():
            given.setdefault(name, set()).add(value)
    names = [name for name, values in given.items() if len(values) > 1 and name not in HIDDEN]
    names = [n for n in names if n != "ll_to_mon_topography_strength"] or list(given)[-1:]
    measures = list(dict.fromkeys(row["measure"] for row in found))
    published = [m for m in measures if any(r["published"] for r in found if r["measure"] == m)]
    head = [SHORT.get(name, name) for name in names] + ["condition"]
    for measure in measures:
        title = measure_of(measure).title
        head += [f"{title}, published"] * (measure in published) + [f"{title}, here", "untrained"]
    rows: dict[tuple[Any, ...], list[str]] = {}
    for row in found:
        key = (*row["parameters"].values(), row["condition"])
        if key not in rows:
            cells = ["" if (v := row["parameters"][n]) is None else f"{v:g}" for n in names]
            rows[key] = [*cells, row["condition"].replace("published extract", "extract")]
        digits = measure_of(row["measure"]).digits
        shown = [row["published"]] * (row["measure"] in published)
        for value in [*shown, row["reproduced"], row["untrained"]]:
            rows[key].append(_cell(value, digits))
    return [head, *rows.values()]


def _cell(value: dict[str, Any] | None, digits: int) -> str:
    if not value or value["mean"] is None or not math.isfinite(value["mean"]):
        return "-"
    sd = value.get("sd")
    spread = f" ± {sd:.{digits}f}" if sd is not None and math.isfinite(sd) else ""
    return f"{value['mean']:.{digits}f}{spread}"


if __name__ == "__main__":
    main()
