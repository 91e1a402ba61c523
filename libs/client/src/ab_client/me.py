"""``ab me``: what concerns the signed-in user."""

from __future__ import annotations

import asyncio
import hashlib
import os
from pathlib import Path
from typing import Annotated
from uuid import UUID

import httpx
import typer
from ab_shared.contracts.http_exporting import ExportOut
from rich.markup import escape

from ab_client.api import ApiClient
from ab_client.downloads import Download, fetch_all
from ab_client.errors import ClientError, DownloadFailed
from ab_client.jobs import wait_for
from ab_client.places import console, gateway_url

TOKEN = "AB_TOKEN"
app = typer.Typer(no_args_is_help=True, help=__doc__)


@app.callback()
def main() -> None:
    """What concerns the signed-in user; AB_TOKEN holds the access token."""


@app.command("export")
def export_command(
    out: Annotated[Path, typer.Option(help="Where the archive goes")] = Path("my-data.zip"),
    url: Annotated[str | None, typer.Option(help="The gateway; default: the local stack")] = None,
    *,
    fresh: Annotated[bool, typer.Option(help="Have a new one made, once a day at most")] = False,
) -> None:
    """Fetches everything that is held of you: JSON and audio in one ZIP."""
    # In the environment, because a command line can be read by everybody on the machine.
    token = os.environ.get(TOKEN)
    if not token:
        console.print(f"Put an access token into [bold]{TOKEN}[/bold] first.")
        raise typer.Exit(2)
    try:
        made = asyncio.run(export(gateway_url(url), token, out, fresh=fresh))
    except (ClientError, OSError, httpx.InvalidURL) as error:
        console.print(f"[red]No archive:[/red] {escape(str(error) or type(error).__name__)}")
        raise typer.Exit(1) from None
    console.print(f"[bold]{out}[/bold]: {made.bytes} bytes")


async def export(base_url: str, token: str, out: Path, *, fresh: bool = False) -> ExportOut:
    """Waits until the archive is ready, fetches it and compares its hash.

    Raises:
        ClientError: the API refuses, the job fails, or what came is not what was promised.
    """
    async with ApiClient(base_url, token=token) as client:
        made = await client.export(fresh=fresh)
        if made.url is None:
            await wait_for(client, made.job_id)
            made = await client.export()
    if made.url is None:
        raise DownloadFailed("the archive is being made once more, ask again in a while")
    await fetch_all([Download(made.url, out)])
    with out.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != made.sha256:
            raise DownloadFailed(f"{out.name} is not what was promised")
    return made


@app.command("erase")
def erase_command(
    url: Annotated[str | None, typer.Option(help="The gateway; default: the local stack")] = None,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask whether you are sure")] = False,
) -> None:
    """Erases everything that is held of you, for good, and waits until it is done."""
    token = os.environ.get(TOKEN)
    if not token:
        console.print(f"Put an access token into [bold]{TOKEN}[/bold] first.")
        raise typer.Exit(2)
    if not yes:
        typer.confirm("Everything goes, and nobody can bring it back. Erase it?", abort=True)
    try:
        job_id = asyncio.run(erase(gateway_url(url), token))
    except (ClientError, httpx.InvalidURL) as error:
        console.print(f"[red]Not erased:[/red] {escape(str(error) or type(error).__name__)}")
        raise typer.Exit(1) from None
    console.print(f"Erased. The job's id: {job_id}")


async def erase(base_url: str, token: str) -> UUID:
    """Erases the caller and waits; the id of the job.

    Raises:
        ClientError: the API refuses, or cannot be reached.
    """
    async with ApiClient(base_url, token=token) as client:
        job_id = (await client.erase_me()).job_id
    async with ApiClient(base_url) as nobody:
        await wait_for(nobody, job_id)
    return job_id
