"""Counting requests in Valkey (or Redis from 7.0): one atomic script for all that ask at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

import valkey.asyncio as driver
from ab_shared.runtime.gathering import Gathered

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


class SharedLimiter:
    """Implements ``RateLimiter``. Raises what the driver raises."""

    def __init__(self, client: driver.Valkey) -> None:
        self._script = client.register_script(TAKE)
        self._gathered: Gathered[Sequence[Wish], list[Allowance]] = Gathered(
            self._count, most=MOST_AT_ONCE
        )

    async def take(self, wishes: Sequence[Wish]) -> list[Allowance]:
        """As the port says."""
        return await self._gathered(wishes)

    async def _count(self, batch: Sequence[Sequence[Wish]]) -> list[list[Allowance]]:
        numbers = iter(await self._script(keys=_keys(batch), args=_arguments(batch)))
        return [_allowances(wishes, numbers) for wishes in batch]


def _keys(batch: Sequence[Sequence[Wish]]) -> list[str]:
    return [f"{PREFIX}{wish.policy.name}:{wish.subject}" for wishes in batch for wish in wishes]


def _arguments(batch: Sequence[Sequence[Wish]]) -> list[int]:
    found: list[int] = []
    for wishes in batch:
        found.append(len(wishes))
        for wish in wishes:
            found += (wish.policy.quota, wish.policy.window_seconds * 1000)
    return found


def _allowances(wishes: Sequence[Wish], numbers: Iterator[int]) -> list[Allowance]:
    counted = next(numbers) == 1
    counts = [Count(*islice(numbers, 3)) for _ in wishes]
    return [
        (granted if counted or count.has_room(wish.policy) else refused)(wish.policy, count)
        for wish, count in zip(wishes, counts, strict=True)
    ]
