"""Counting requests in Valkey (or Redis from 7.0): one atomic script for all that ask at once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import valkey.asyncio as driver

from ab_gateway.domain.rates import Allowance, Count, Wish, granted, refused

# Bounds how long one script holds up everybody else: some hundred microseconds.
MOST_AT_ONCE = 64
# Apart from whatever else a shared cache holds.
PREFIX = "ab:gateway:rate:"

# Arguments: for each request how many policies it has, then quota and window (ms) of each. A
# request is counted against all of its policies or, where one has no room, against none: who is
# refused anyway spends nothing. Answers: for each request whether it was counted, then for each
# policy the requests in this window and in the one before, and how far (ms) this one has come.
TAKE = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local answer, argument, key = {}, 1, 1
while argument <= #ARGV do
  local policies, room, seen = tonumber(ARGV[argument]), 1, {}
  argument = argument + 1
  for i = 1, policies do
    local quota, window = tonumber(ARGV[argument]), tonumber(ARGV[argument + 1])
    local index, passed = math.floor(now / window), now % window
    local current, before = 0, 0
    local held = redis.call('GET', KEYS[key])
    if held then
      local at, count, last = string.match(held, '^(%d+):(%d+):(%d+)$')
      if tonumber(at) == index then current, before = tonumber(count), tonumber(last)
      elseif tonumber(at) == index - 1 then before = tonumber(count) end
    end
    if before * (1 - passed / window) + current + 1 > quota then room = 0 end
    seen[i] = {KEYS[key], index, current, before, passed, window}
    argument, key = argument + 2, key + 1
  end
  answer[#answer + 1] = room
  for i = 1, policies do
    local place, index, current, before, passed, window = unpack(seen[i])
    if room == 1 then
      current = current + 1
      local held = string.format('%.0f:%.0f:%.0f', index, current, before)
      redis.call('SET', place, held, 'PX', string.format('%.0f', 2 * window))
    end
    answer[#answer + 1], answer[#answer + 2] = current, before
    answer[#answer + 1] = passed
  end
end
return answer
"""


@dataclass(frozen=True, slots=True)
class _Asked:
    wishes: Sequence[Wish]
    answer: asyncio.Future[list[Allowance]]


class SharedLimiter:
    """Implements ``RateLimiter``.

    One round trip at a time: what comes while it is under way goes into the next one, so that a
    crowd costs hardly more of the driver's time than one does. Raises what the driver raises.
    """

    def __init__(self, client: driver.Valkey) -> None:
        self._script = client.register_script(TAKE)
        self._waiting: list[_Asked] = []
        self._sending: asyncio.Task[None] | None = None

    async def take(self, wishes: Sequence[Wish]) -> list[Allowance]:
        """As the port says."""
        asked = _Asked(wishes, asyncio.get_running_loop().create_future())
        self._waiting.append(asked)
        if self._sending is None or self._sending.done():
            self._sending = asyncio.create_task(self._send())
        return await asked.answer

    async def _send(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:MOST_AT_ONCE], self._waiting[MOST_AT_ONCE:]
            try:
                numbers = iter(await self._script(keys=_keys(batch), args=_arguments(batch)))
            except Exception as error:  # whoever asked decides what it means
                # Who waits behind it would only wait for the same failure, a timeout each turn.
                lost, self._waiting = [*batch, *self._waiting], []
                for asked in lost:
                    if not asked.answer.done():
                        asked.answer.set_exception(error)
                return
            for asked in batch:
                found = _allowances(asked.wishes, numbers)
                if not asked.answer.done():
                    asked.answer.set_result(found)


def _keys(batch: Sequence[_Asked]) -> list[str]:
    return [f"{PREFIX}{wish.policy.name}:{wish.subject}" for one in batch for wish in one.wishes]


def _arguments(batch: Sequence[_Asked]) -> list[int]:
    found: list[int] = []
    for asked in batch:
        found.append(len(asked.wishes))
        for wish in asked.wishes:
            found += (wish.policy.quota, wish.policy.window_seconds * 1000)
    return found


def _allowances(wishes: Sequence[Wish], numbers: Iterator[int]) -> list[Allowance]:
    counted = next(numbers) == 1
    counts = [Count(*islice(numbers, 3)) for _ in wishes]
    return [
        (granted if counted or count.has_room(wish.policy) else refused)(wish.policy, count)
        for wish, count in zip(wishes, counts, strict=True)
    ]
