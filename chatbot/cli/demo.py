"""The sample shop: imported, indexed, given our base model and what it has learnt, so that one command shows the whole.

The vectors of its texts ship with it, so that a slow machine answers within seconds as well, and so does what an
afternoon of training leaves behind (``chatbot/learning/sample_shop.py``). ``python -m chatbot.cli.demo`` makes both
anew after a change. The vectors are a cache like any desk's: keyed by encoder and text, what is missing is computed.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from chatbot.cli.terminal import progress_bars
from chatbot.home import copy_privately
from chatbot.settings import Settings

if TYPE_CHECKING:
    from chatbot.learning.sample_shop import Laid

_MINUTES = 2.0
"""Time budget of tuning the encoder; the shop is small."""
_PAGES = {
    "replay": "What past questions would have got",
    "exam": "How it answers written questions",
}


async def prepare(settings: Settings) -> None:
    """Import and index the sample desk and let our base model serve; does nothing that is done already."""
    from chatbot.learning.indexing import build_index
    from chatbot.service.corpus import importing
    from chatbot.service.serving import model_versions
    from chatbot.storage.database import open_database
    from data.sample import ARTICLES, GENERATED, OWN_CONTACTS, TRANSCRIPTS, VECTORS

    home = settings.desk().create()
    if VECTORS.exists() and not home.embeddings.exists():
        copy_privately(VECTORS, home.embeddings)
    async with open_database(settings.database()) as database:
        with progress_bars() as report:
            typer.echo("Reading the sample shop's help articles and past transcripts …", err=True)
            summary = await importing.import_paths(
                database, [ARTICLES, TRANSCRIPTS, GENERATED], keep=OWN_CONTACTS, report=report
            )
            if summary.new or summary.changed or home.current().index is None:
                typer.echo("Indexing them …", err=True)
                await build_index(database, home, report=report)
    if home.current().model is None:
        model_versions.adopt_base(home)


def trained(settings: Settings) -> Laid:
    """Let what the shop has learnt serve, where it fits this home."""
    from chatbot.learning import sample_shop

    return sample_shop.lay(settings.desk())


def print_addresses(settings: Settings, laid: Laid) -> None:
    """Where to look, before the server's own log begins."""
    address = f"http://{settings.host}:{settings.port}"
    typer.echo(
        f"\n  The sample shop, with the chat     {address}/demo/"
        f"\n  API documentation                  {address}/docs"
        f"\n  Health                             {address}/health/ready"
    )
    if laid.note:
        typer.echo(f"\n  {laid.note}")
    if laid.reports:
        typer.echo(f"\n  It has learnt from its past. {_promise(settings)}\n")
        for name, page in laid.reports.items():
            typer.echo(f"  {_PAGES[name]:34} {page.absolute().as_uri()}")
    typer.echo("\n  Ctrl-C stops it; everything is kept.\n")


def _promise(settings: Settings) -> str:
    """What the contract promises that serves."""
    from chatbot.service.serving import contract_versions
    from chatbot.service.serving.promise import promise_of

    contract = contract_versions.serving(settings.desk())
    if contract is None:
        return "That bears no promise yet, so there is no contract."
    return contract.sentence(promise_of(settings))


async def _learnt(settings: Settings) -> Path:
    from chatbot.learning import sample_shop
    from chatbot.storage.database import open_database

    async with open_database(settings.database()) as database:
        with progress_bars() as report:
            return await sample_shop.learn(database, settings, minutes=_MINUTES, report=report)


def main() -> None:
    """Compute the vectors of the sample desk, let it learn, and put both where they ship; minutes, not hours."""
    import asyncio

    from chatbot.learning import sample_shop
    from data.sample import TRAINED, VECTORS

    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder))
        shutil.rmtree(VECTORS, ignore_errors=True)
        asyncio.run(prepare(settings))
        shutil.copytree(settings.desk().embeddings, VECTORS)
        replayed = asyncio.run(_learnt(settings))
        with progress_bars() as report:
            sample_shop.pack(settings, replayed, report=report)
        size = sum(path.stat().st_size for path in TRAINED.rglob("*") if path.is_file())
        typer.echo(f"{TRAINED}: {size:,} bytes. {_promise(settings)}")


if __name__ == "__main__":
    main()
