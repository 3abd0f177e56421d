"""What the site makes from the code is complete, and its pages are reachable."""

import importlib
import pkgutil
import re
import sys
from pathlib import Path

import click
import pytest

import lateralnet
from lateralnet.parameters import PRESETS, parameter_names, spec_of

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def generate():
    sys.path.insert(0, str(DOCS))
    try:
        yield importlib.import_module("generate")
    finally:
        sys.path.remove(str(DOCS))


def test_every_flag_and_preset_is_in_the_table(generate):
    page = generate.flags_page()
    for name in parameter_names():
        assert f"| `{spec_of(name).flag}` | {spec_of(name).text} |" in page
    assert all(mode in page for mode in PRESETS)
    assert re.search(r"`--n-mon`.*\| 3200 \| 800 \(ll_fast\) \|\n", page)
    assert re.search(r"`--n-ll`.*\| 100 \| 200 \(ll_both, ll_vibration\) \|\n", page)


def test_every_command_has_a_section(generate):
    page = generate.commands_page()
    for name in ("run", "sweep", "devices", "report", "sorn simulate"):
        assert f"\n## {name}\n" in page
    assert "--resume-from" in page
    assert "--mon-ts-apre" not in page  # the flags of parameters have a page of their own


def test_every_room_with_public_names_is_in_the_reference(generate):
    rooms = [
        f"lateralnet.{module.name}"
        for module in pkgutil.iter_modules(lateralnet.__path__)
        if module.ispkg and hasattr(importlib.import_module(f"lateralnet.{module.name}"), "__all__")
    ]
    assert set(rooms) <= set(generate.PACKAGES)
    index = (DOCS / "reference" / "index.md").read_text()
    for name in (*generate.PACKAGES, "flags", "commands", "measures"):
        assert f"generated/{name}\n" in index


def test_every_public_name_is_on_a_page(generate):
    for package in generate.PACKAGES:
        page = generate.package_page(package)
        for name in getattr(importlib.import_module(package), "__all__", ()):
            assert re.search(rf"^{name}\n-+$", page, re.M), f"{package}.{name}"


def test_a_page_that_is_made_no_longer_goes(generate, tmp_path):
    (tmp_path / "old.rst").write_text("old")
    generate.write_pages(tmp_path)
    assert not (tmp_path / "old.rst").exists()
    assert (tmp_path / "flags.md").is_file()


def test_no_reference_holds_an_address_in_memory(generate):
    for package in generate.PACKAGES:
        assert " at 0x" not in generate.package_page(package), package


def test_every_page_is_reachable():
    listed = " ".join(
        (DOCS / page).read_text() for page in ("index.md", "guide.md", "reference/index.md")
    )
    for page in DOCS.glob("*.md"):
        assert page.stem == "index" or re.search(rf"^{page.stem}$", listed, re.M), page


def test_links_between_pages_exist():
    for page in DOCS.glob("*.md"):
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text()):
            if not target.startswith(("gallery/", "reference/generated/")):
                assert (DOCS / target).exists(), f"{page.name}: {target}"


def test_files_that_pages_name_exist():
    pages = [*DOCS.glob("*.md"), *(DOCS.parent / name for name in ("README.md", "CONTRIBUTING.md"))]
    for page in pages:
        for name in re.findall(r"\b(?:backends|benchmarks|tests)/[\w/]+\.\w+", page.read_text()):
            assert (DOCS.parent / name).exists(), f"{page.name}: {name}"


def test_every_public_function_is_in_an_example():
    import sorn

    shown = "\n".join(path.read_text() for path in (DOCS / "tutorials").glob("*.py"))
    shown += "\n".join(path.read_text() for path in DOCS.glob("sorn*.md"))
    for package in (lateralnet, sorn):
        for name in package.__all__:
            value = getattr(package, name)
            error = isinstance(value, type) and issubclass(value, Exception)
            if callable(value) and not error:
                assert re.search(rf"\b{name}\b", shown), f"{package.__name__}.{name}"


def test_the_citation_metadata_is_there():
    root = DOCS.parent
    for name in ("CITATION.cff", "codemeta.json", "CODE_OF_CONDUCT.md", "conda/meta.yaml"):
        assert (root / name).is_file()
    from lateralnet.version import __version__

    assert f'version = "{__version__}"' in (root / "conda" / "meta.yaml").read_text()


def _commands():
    """Yield (page, words) of every command line of lateralnet in README and pages."""
    pages = [*DOCS.glob("*.md"), DOCS.parent / "README.md", *(DOCS / "tutorials").glob("*.py")]
    for page in pages:
        text = page.read_text().replace("\\\n", " ")
        shown = re.findall(r"`(lateralnet [^`\n]+)`", text)
        shown += re.findall(r"^[ $#]*((?:\w+=\S+ )*lateralnet [a-z-].*)$", text, re.M)
        for line in shown:
            words = re.split(r"\s#|[;|&>]|\s\.\.\.", line)[0].partition("lateralnet ")[2].split()
            yield page.name, words


def test_every_command_that_a_page_shows_exists_with_its_options():
    from lateralnet.cli.program import cli

    shown = list(_commands())
    assert len(shown) > 60
    for page, words in shown:
        command, rest = cli, list(words)
        while isinstance(command, click.Group) and rest:
            assert rest[0] in command.list_commands(click.Context(command)), (page, words)
            command = command.get_command(click.Context(command), rest.pop(0))
        parameters = command.get_params(click.Context(command))
        known = {name for p in parameters for name in (*p.opts, *p.secondary_opts)}
        for word in rest:
            if word.startswith("--"):
                assert word.partition("=")[0].rstrip(",.)") in known, (page, words)
