"""The sample shop: imported, indexed and given our base model, so that one command shows the whole.

The vectors of its texts ship with it (``python -m chatbot.cli.demo`` makes them anew after a change), so that a slow
machine answers within seconds as well. They are a cache like any desk's: keyed by encoder and text, what is missing is
computed.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import typer

from chatbot.cli.terminal import progress_bars
from chatbot.home import copy_privately
from chatbot.settings import Settings


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


def print_addresses(settings: Settings) -> None:
    """Where to look, before the server's own log begins."""
    address = f"http://{settings.host}:{settings.port}"
    typer.echo(
        f"\n  The sample shop, with the chat     {address}/demo/"
        f"\n  API documentation                  {address}/docs"
        f"\n  Health                             {address}/health/ready"
        "\n\n  Ctrl-C stops it; everything is kept.\n"
    )


def main() -> None:
    """Compute the vectors of the sample desk and put them where they ship."""
    import asyncio

    from data.sample import VECTORS

    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder))
        shutil.rmtree(VECTORS, ignore_errors=True)
        asyncio.run(prepare(settings))
        shutil.copytree(settings.desk().embeddings, VECTORS)


if __name__ == "__main__":
    main()
