"""What to cite for what a run used: model, simulator, device, decoders, and this software."""
# ruff: noqa: E501 (a table of papers)

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import Any

from lateralnet.records.results import RunResult
from lateralnet.records.storage import read_json
from lateralnet.text_table import WIDTH
from lateralnet.version import __version__


@dataclass(frozen=True)
class Work:
    """A paper or program.

    Attributes
    ----------
    key, kind : str
        Of its BibTeX entry.
    why : str
        What in a run makes it worth citing.
    author, title, place, year, doi : str
        `place` is the journal with volume and pages, or the publisher; `doi` may be ``""``.
    """

    key: str
    kind: str
    why: str
    author: str
    title: str
    place: str
    year: str
    doi: str = ""


_SOFTWARE = Work("lateralnet", "software", "this software", "{The lateralnet developers}",
    f"lateralnet, version {__version__}", "", "2026")  # fmt: skip
_MODEL = Work("goulet2026", "software", "the model", "Goulet, J.", "LateralLine",
    "published program", "2026")  # fmt: skip
_FLOW = Work("goulet2008", "article", "the stimulus: a dipole along the lateral line",
    "Goulet, J. and Engelmann, J. and Chagnaud, B. P. and Franosch, J.-M. P. and Suttner, M. D. "
    "and van Hemmen, J. L.", "Object localization through the lateral line system of fish: theory "
    "and experiment", "J Comp Physiol A 194:1-17", "2008")  # fmt: skip
_BRIAN = Work("stimberg2019", "article", "the simulator", "Stimberg, M. and Brette, R. and Goodman, "
    "D. F. M.", "Brian 2, an intuitive and efficient neural simulator", "eLife 8:e47314", "2019",
    "10.7554/eLife.47314")  # fmt: skip
_BRIAN_GENN = Work("stimberg2020", "article", "device genn", "Stimberg, M. and Goodman, D. F. M. and "
    "Nowotny, T.", "Brian2GeNN: accelerating spiking neural network simulations with graphics "
    "hardware", "Sci Rep 10:410", "2020", "10.1038/s41598-019-54957-7")  # fmt: skip
_BRIAN_CUDA = Work("alevi2022", "article", "device cuda", "Alevi, D. and Stimberg, M. and Sprekeler, "
    "H. and Obermayer, K. and Augustin, M.", "Brian2CUDA: flexible and efficient simulation of "
    "spiking neural network models on GPUs", "Front Neuroinform 16:883700", "2022",
    "10.3389/fninf.2022.883700")  # fmt: skip
_ADDITIVE = Work("kempter1999", "article", "the offset of MON->TS plasticity", "Kempter, R. and "
    "Gerstner, W. and van Hemmen, J. L.", "Hebbian learning and spiking neurons",
    "Phys Rev E 59:4498-4514", "1999", "10.1103/PhysRevE.59.4498")  # fmt: skip
_WEIGHT_DEPENDENT = Work("guetig2003", "article", "weight-dependent MON->TS plasticity", "Gütig, R. "
    "and Aharonov, R. and Rotter, S. and Sompolinsky, H.", "Learning input correlations through "
    "nonlinear temporally asymmetric Hebbian plasticity", "J Neurosci 23:3697-3714", "2003",
    "10.1523/JNEUROSCI.23-09-03697.2003")  # fmt: skip
_BAYES = Work("zhang1998", "article", "the Bayesian decoder", "Zhang, K. and Ginzburg, I. and "
    "McNaughton, B. L. and Sejnowski, T. J.", "Interpreting neuronal population activity by "
    "reconstruction: unified framework with application to hippocampal place cells",
    "J Neurophysiol 79:1017-1044", "1998", "10.1152/jn.1998.79.2.1017")  # fmt: skip
_GAIN = Work("goris2014", "article", "the gain that the Bayesian decoder integrates out", "Goris, R. "
    "L. T. and Movshon, J. A. and Simoncelli, E. P.", "Partitioning neuronal variability",
    "Nat Neurosci 17:858-865", "2014", "10.1038/nn.3711")  # fmt: skip


def cited(result: RunResult | None = None) -> list[Work]:
    """Return what to cite for a run, or in general.

    Examples
    --------
    >>> [work.key for work in cited()]
    ['lateralnet', 'goulet2026', 'goulet2008', 'stimberg2019']
    """
    works = [_SOFTWARE, _MODEL, _FLOW, _BRIAN]
    if result is None:
        return works
    p, facts = result.params, result.seeds[0].facts
    if "stimulus" in read_json(result.folder / "params.json"):
        works.remove(_FLOW)  # a stimulus of one's own is no sphere
    by_device = {"genn": _BRIAN_GENN, "cuda": _BRIAN_CUDA}
    for used, work in (
        (p.mon_ts_stdp_offset > 0, _ADDITIVE),
        (p.mon_ts_stdp_mu > 0, _WEIGHT_DEPENDENT),
        (p.test_sweeps > 1, _BAYES),
        (p.test_sweeps > 1, _GAIN),
    ):
        if used:
            works.append(work)
    if facts.get("device") in by_device:
        works.append(by_device[str(facts["device"])])
    return works


def text(works: list[Work]) -> str:
    """Return the works as a list to read."""
    lines = []
    for work in works:
        author = work.author.strip("{}").replace(" and ", ", ")
        place = f" {work.place}." if work.place else ""
        doi = f" https://doi.org/{work.doi}" if work.doi else ""
        line = f"{author} ({work.year}). {work.title}.{place}{doi} [{work.why}]"
        lines.append(
            textwrap.fill(
                line, WIDTH, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
            )
        )
    return "\n".join(lines)


def bibtex(works: list[Work]) -> str:
    """Return the works as BibTeX."""
    return "\n\n".join(_entry(work) for work in works)


def _entry(work: Work) -> str:
    fields: dict[str, Any] = {"author": work.author, "title": f"{{{work.title}}}"}
    fields |= {
        "journal" if work.kind == "article" else "howpublished": work.place,
        "year": work.year,
        "doi": work.doi,
        "note": work.why,
    }
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    return "\n".join([f"@{work.kind}{{{work.key},", *lines, "}"])


__all__ = ["Work", "bibtex", "cited", "text"]
