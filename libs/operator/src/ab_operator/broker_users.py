"""A second user of the broker with the rights of a first one, by the broker's management API."""

from __future__ import annotations

from urllib.parse import quote

import httpx
from ab_shared.errors import Conflict, DependencyUnavailable, NotFound, ValidationFailed

HTTP_SECONDS = 10.0


class BrokerUsers:
    """Signed in as an administrator of the broker; every request is made once."""

    def __init__(self, url: str, user: str, password: str) -> None:
        self._client = httpx.AsyncClient(
            base_url=url.rstrip("/"), auth=(user, password), timeout=HTTP_SECONDS
        )

    async def close(self) -> None:
        """Closes the connection."""
        await self._client.aclose()

    async def copy(self, user: str, to: str, password: str) -> int:
        """Makes ``to`` with this password and each right of ``user``; how many those are.

        Done again it sets the password and the rights again. Whoever is signed in stays.

        Raises:
            NotFound: there is no ``user``.
            DependencyUnavailable: the broker does not answer, or not us.
        """
        found = await self._ask("GET", f"/api/users/{quote(user, safe='')}")
        rights = await self._list(f"/api/users/{quote(user, safe='')}/permissions")
        topics = await self._list(f"/api/users/{quote(user, safe='')}/topic-permissions")
        name = quote(to, safe="")
        # As the broker gives them: a list from 3.9 on, text before.
        tags = found.json().get("tags", "")
        tags = ",".join(tags) if isinstance(tags, list) else tags
        await self._ask("PUT", f"/api/users/{name}", {"password": password, "tags": tags})
        for kind, given in (("permissions", rights), ("topic-permissions", topics)):
            for right in given:
                body = {key: value for key, value in right.items() if key not in {"user", "vhost"}}
                await self._ask("PUT", f"/api/{kind}/{quote(right['vhost'], safe='')}/{name}", body)
        return len(rights) + len(topics)

    async def retire(self, user: str) -> None:
        """Deletes a user whom nobody uses any more.

        Raises:
            Conflict: somebody is signed in: deleting would cut them off in the middle of work.
            NotFound: there is no such user.
        """
        name = quote(user, safe="")
        # Kept as links come and go; ``/api/connections`` is statistics, seconds old.
        busy = len(await self._list(f"/api/connections/username/{name}"))
        if busy:
            raise Conflict(f"{busy} links of {user} are open: roll their services first")
        await self._ask("DELETE", f"/api/users/{name}")

    async def _list(self, path: str) -> list[dict[str, str]]:
        found: list[dict[str, str]] = (await self._ask("GET", path)).json()
        return found

    async def _ask(
        self, method: str, path: str, body: dict[str, str] | None = None
    ) -> httpx.Response:
        try:
            answer = await self._client.request(method, path, json=body)
        except httpx.HTTPError as error:
            raise DependencyUnavailable(
                f"The broker's management does not answer: {type(error).__name__}"
            ) from None
        if answer.status_code == httpx.codes.NOT_FOUND:
            raise NotFound("The broker knows no such user")
        if answer.status_code in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
            raise ValidationFailed("The broker does not take this administrator")
        if answer.is_error:
            raise DependencyUnavailable(f"The broker answers {answer.status_code}")
        return answer
