"""What a user tells of themselves, and the programs they follow: typed, one method a route."""

from __future__ import annotations

from urllib.parse import quote

from ab_shared.contracts import http_programs as programs
from ab_shared.contracts import http_selves as wire
from ab_shared.contracts.programs import EnrolmentWish

from ab_client.api import ApiClient


class Selves:
    """The user of a client, as they describe themselves."""

    def __init__(self, client: ApiClient) -> None:
        self._client = client

    async def values(self) -> list[wire.ValueOut]:
        """What they hold dear, ranked ones first."""
        return (await self._client.call("GET", "/v1/me/values", wire.ValuesOut)).values

    async def save_values(self, values: list[wire.ValueIn]) -> int:
        """Replaces all values; how many are kept."""
        body = wire.ValuesIn(values=values)
        kept = await self._client.call("POST", "/v1/me/values", wire.ValuesSavedOut, body)
        return kept.count

    async def struggle(self) -> str | None:
        """What stands in their way."""
        return (await self._client.call("GET", "/v1/me/struggle", wire.StruggleOut)).struggle

    async def save_struggle(self, struggle: str | None) -> str | None:
        """Keeps it, as it is kept."""
        body = wire.StruggleIn(struggle=struggle)
        kept = await self._client.call("PUT", "/v1/me/struggle", wire.StruggleSavedOut, body)
        return kept.struggle

    async def preferences(self) -> wire.PreferencesV3:
        """How they like to listen."""
        return await self._client.call("GET", "/v1/me/preferences", wire.PreferencesV3)

    async def save_preferences(self, wanted: wire.PreferencesIn) -> wire.PreferencesV3:
        """Keeps them; what is left out becomes the default."""
        return await self._client.call("PUT", "/v1/me/preferences", wire.PreferencesV3, wanted)

    async def curation_preferences(self) -> wire.CurationPreferencesOut | None:
        """What they want to be shown."""
        path = "/v1/me/curation/preferences"
        return (await self._client.call("GET", path, wire.KeptCurationPreferencesOut)).preferences

    async def save_curation_preferences(self, wanted: wire.CurationPreferencesIn) -> None:
        """Keeps it."""
        await self._client.call("POST", "/v1/me/curation/preferences", wire.SavedOut, wanted)


class Programs:
    """Courses and paths, and the user's way through them."""

    def __init__(self, client: ApiClient) -> None:
        self._client = client

    async def list(self) -> list[programs.ProgramRow]:
        """Those one can begin."""
        return (await self._client.call("GET", "/v1/programs", programs.ProgramListOut)).programs

    async def read(self, program_id: str) -> programs.ProgramOut:
        """One of them, word for word."""
        return await self._client.call(
            "GET", f"/v1/programs/{quote(program_id)}", programs.ProgramOut
        )

    async def enrol(self, program_id: str, *, restart: bool = False) -> programs.MyProgramOut:
        """Begins it, or goes on with it."""
        path = f"/v1/programs/{quote(program_id)}/enroll"
        body = programs.EnrolIn(restart=restart)
        return await self._client.call("POST", path, programs.MyProgramOut, body)

    async def mine(self) -> programs.MyProgramsOut:
        """All of the user's, and their streak."""
        return await self._client.call("GET", "/v1/me/programs", programs.MyProgramsOut)

    async def one_of_mine(self, program_id: str) -> programs.MyProgramOut:
        """How far they are in one."""
        return await self._client.call("GET", _mine(program_id), programs.MyProgramOut)

    async def complete(
        self, program_id: str, day: int, body: programs.CompleteDayIn | None = None
    ) -> programs.MyProgramOut:
        """Completes a day; again it changes nothing."""
        path = f"{_mine(program_id)}/days/{day}/complete"
        return await self._client.call("POST", path, programs.MyProgramOut, body)

    async def note(self, program_id: str, day: int, body: programs.DayIn) -> programs.MyProgramOut:
        """Notes the small action of a day, or how it felt."""
        path = f"{_mine(program_id)}/days/{day}"
        return await self._client.call("PUT", path, programs.MyProgramOut, body)

    async def change(self, program_id: str, wish: EnrolmentWish) -> programs.MyProgramOut:
        """Pauses, resumes or leaves."""
        path = f"{_mine(program_id)}/{wish}"
        return await self._client.call("POST", path, programs.MyProgramOut)


def _mine(program_id: str) -> str:
    return f"/v1/me/programs/{quote(program_id)}"
