"""`copydesk check --watch`: keep everything loaded and answer for each post the moment it is saved."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import click

from copydesk.batch import Stopped
from copydesk.cli.material import QUOTING, material_for
from copydesk.cli.reporting import publish
from copydesk.direct import review_directly
from copydesk.errors import CopydeskError
from copydesk.outcome import SIGNAL_CODES
from copydesk.plan import Plan
from copydesk.session import Session, open_session
from copydesk.signals import on_signal
from copydesk.visible import visible
from copydesk.watching import Watch


async def watch_posts(
    load: Callable[[], Plan], paths: Sequence[str], *, cache: bool, format_: str, output: Path | None, quiet: bool
) -> int:
    """Review the posts, then each that is saved, until Ctrl-C or SIGTERM; answers their exit code.

    A post is judged with the files around it as they are then. What its change means for links in other posts shows
    when these are saved or checked.
    """
    watcher = _Watcher(cache=cache, format_=format_, output=output)
    with on_signal(watcher.end), contextlib.suppress(Stopped):
        await watcher.run(load, paths, quiet=quiet)
    return SIGNAL_CODES[watcher.signal]


class _Watcher:
    def __init__(self, *, cache: bool, format_: str, output: Path | None) -> None:
        self.signal = ""
        self._cache, self._format, self._output = cache, format_, output
        self._ended = asyncio.Event()
        self._session: Session | None = None

    def end(self, name: str) -> None:
        self.signal = self.signal or name
        self._ended.set()
        if self._session is not None:
            self._session.cancel(f"stopped by {name}")

    async def run(self, load: Callable[[], Plan], paths: Sequence[str], *, quiet: bool) -> None:
        plan = load()
        while True:
            watch = Watch(paths, plan)
            await self._review(plan, watch.files, watch.root)
            if not quiet:
                click.echo(f"Watching {len(watch.files)} posts; Ctrl-C ends.", err=True)
            plan = await self._until_workflow_changes(load, watch)

    async def _until_workflow_changes(self, load: Callable[[], Plan], watch: Watch) -> Plan:
        told = ""
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ended.wait(), watch.pause)
            if self._ended.is_set():
                raise Stopped(f"stopped by {self.signal}")
            if changed := watch.changed():
                await self._review(watch.plan, changed, watch.root)
            if watch.workflow_changed():
                try:
                    return load()
                except CopydeskError as error:  # the old rules hold until the file can be read again
                    if str(error) != told:
                        click.echo(f"copydesk: {visible(str(error))}", err=True)
                    told = str(error)

    async def _review(self, plan: Plan, files: Sequence[str], root: Path) -> None:
        with open_session(use_cache=self._cache, monitored=False, keep_sources=self._format in QUOTING) as session:
            session.posts_root = root
            self._session = session
            try:
                report = await review_directly(session, plan, files)
            except Stopped as error:
                if self._ended.is_set():
                    raise
                click.echo(f"copydesk: {error}", err=True)  # its time was up; the next save has its own
                return
            finally:
                self._session = None
        material = material_for(plan, report, self._format, sources=session.sources)
        publish(report, self._format, self._output, material)
        sys.stdout.flush()  # an editor may read it through a pipe
