"""``ab me for-you``: the shelf of this hour."""

from __future__ import annotations

import asyncio
import os
from typing import Annotated

import httpx
import typer
from ab_shared.contracts.http_curation import CardOut
from rich.markup import escape
from rich.table import Table

from ab_client.api import ApiClient
from ab_client.errors import ClientError
from ab_client.listening import Listening
from ab_client.places import console, gateway_url

TOKEN = "AB_TOKEN"


def for_you_command(
    url: Annotated[str | None, typer.Option(help="The gateway; default: the local stack")] = None,
    zone: Annotated[
        str | None, typer.Option(help="IANA zone, such as Asia/Tokyo; default: the profile's")
    ] = None,
) -> None:
    """Shows what is on your shelf now, and why."""
    token = os.environ.get(TOKEN)
    if not token:
        console.print(f"Put an access token into [bold]{TOKEN}[/bold] first.")
        raise typer.Exit(2)
    try:
        cards = asyncio.run(shelf(gateway_url(url), token, zone))
    except (ClientError, httpx.InvalidURL) as error:
        console.print(f"[red]No shelf:[/red] {escape(str(error) or type(error).__name__)}")
        raise typer.Exit(1) from None
    console.print(table_of(cards))


async def shelf(base_url: str, token: str, zone: str | None = None) -> dict[str, CardOut]:
    """The cards by slot.

    Raises:
        ClientError: the API refuses, or cannot be reached.
    """
    async with ApiClient(base_url, token=token) as client:
        return await Listening(client).for_you(zone)


def table_of(cards: dict[str, CardOut]) -> Table:
    """A row a card."""
    table = Table(title="For you")
    for name in ("slot", "title", "minutes", "voice", "sound", "why"):
        table.add_column(name)
    for slot, card in cards.items():
        sound = f"{card.brain_layer_preset} {card.brain_layer_type}, {card.background_id}"
        minutes, why = f"{card.duration // 60}", card.why_text or ""
        table.add_row(slot, *map(escape, (card.title, minutes, card.voice_id, sound, why)))
    return table
