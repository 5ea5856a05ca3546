"""Save results as they come in, without holding anything up: what is finished survives a kill a moment later."""

from __future__ import annotations

import asyncio

from copydesk.cache import ResultCache
from copydesk.report import StepResult

_GATHER_SECONDS = 0.05  # results that arrive together are one transaction


class Keeper:
    """Writes results to a cache in the background of an event loop."""

    def __init__(self, cache: ResultCache | None) -> None:
        self._cache = cache
        self._unsaved: list[tuple[str, str, StepResult]] = []
        self._saving: asyncio.Task[None] | None = None

    def keep(self, key: str, step: str, result: StepResult) -> None:
        """Save a result soon."""
        if self._cache is None:
            return
        self._unsaved.append((key, step, result))
        if self._saving is None or self._saving.done():
            self._saving = asyncio.ensure_future(self._save(_GATHER_SECONDS))

    async def settle(self) -> None:
        """Save what is not saved yet, now."""
        if self._saving is not None:
            self._saving.cancel()
            await asyncio.wait({self._saving})
        await self._save(0.0)

    async def _save(self, wait: float) -> None:
        assert self._cache is not None or not self._unsaved
        while self._unsaved:
            if wait:
                await asyncio.sleep(wait)
            batch, self._unsaved = self._unsaved, []
            # Shielded: a thread cannot be cancelled, and what it writes must not be written again.
            await asyncio.shield(asyncio.to_thread(self._cache.put_many, batch))  # type: ignore[union-attr]
