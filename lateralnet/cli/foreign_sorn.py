"""Another distribution that brings a package `sorn`: the two overwrite each other's files."""

from __future__ import annotations


def foreign_sorn() -> str:
    """Say what to do where the package `sorn` of PyPI is installed here too; ``""`` where not."""
    from importlib import metadata  # takes a sixth of `lateralnet --help`

    try:
        version = metadata.version("sorn")
    except metadata.PackageNotFoundError:
        return ""
    return (
        f"the distribution sorn {version} (PyPI) is installed in this environment too, and both "
        "bring a package `sorn`, whose files they overwrite: give each an environment of its own, "
        "or run `pip uninstall sorn` and then `pip install --force-reinstall --no-deps lateralnet`."
    )
