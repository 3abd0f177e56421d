"""Commands about the program cache: cache list, cache clean."""

from __future__ import annotations

import datetime

import click

from lateralnet.cli.shared.common import JSON, complain, print_json
from lateralnet.cli.shared.parameter_types import FiniteRange


@click.group()
def cache() -> None:
    """Show or remove built programs (in $LATERALNET_CACHE, else ~/.cache/lateralnet)."""


@cache.command("list")
@JSON
def list_programs(as_json: bool) -> None:
    """List the programs in the cache, the newest first, and whether each is as it was built."""
    from backends.cache import default_cache_dir
    from backends.cache.listing import entries

    found = entries(default_cache_dir())
    if as_json:
        print_json(
            [
                {"program": e.path.name, "device": e.device, "bytes": e.n_bytes,
                 "built_at": e.built_at, "state": e.state}
                for e in found
            ]
        )  # fmt: skip
        return
    for entry in found:
        built = datetime.datetime.fromtimestamp(entry.built_at).strftime("%Y-%m-%d %H:%M")
        size = f"{entry.n_bytes / 1e6:8.1f} MB"
        click.echo(f"{built}  {size}  {entry.state.ljust(10)}  {entry.path.name[:36]}")
    total = sum(entry.n_bytes for entry in found) / 1e6
    click.echo(f"{len(found)} programs, {total:.1f} MB in {default_cache_dir()}", err=True)


@cache.command()
@click.option(
    "--older-than", type=FiniteRange(0), default=0.0, show_default=True, metavar="DAYS",
    help="Remove only what was built longer ago.",
)  # fmt: skip
@click.pass_context
def clean(ctx: click.Context, older_than: float) -> None:
    """Remove programs; those in use stay. What is needed again is built again."""
    from backends.cache import default_cache_dir
    from backends.cache.listing import entries, remove

    removed, n_bytes, kept = 0, 0, 0
    for entry in entries(default_cache_dir()):
        if entry.age_days < older_than:
            continue
        why = remove(entry)
        if why:
            kept += 1
            complain(f"{entry.path.name} stays: {why}.")
        else:
            removed, n_bytes = removed + 1, n_bytes + entry.n_bytes
    click.echo(f"{removed} programs removed, {n_bytes / 1e6:.1f} MB freed; {kept} stay.")
    if kept:
        ctx.exit(1)
