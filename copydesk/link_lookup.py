"""Ask the network whether an external link works: carefully, patiently, and never inside our own network.

Only http and https on their own ports. A name is resolved here, every address of it has to be public, and the
connection goes to the address that was looked at, so that a name cannot change it in between. Redirects are followed by
hand, each like a new link. No body is ever read, no cookie or password sent, no proxy of the environment used.
"""

from __future__ import annotations

import asyncio
import functools
import re
import socket
import ssl
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from copydesk.public_address import Resolver, is_public, is_reserved_name, system_resolver

if TYPE_CHECKING:
    import httpx

LINK_SECONDS = 10.0
"""Of one link, all its redirects together; waiting for a turn is not counted."""

PER_HOST = 2
AT_ONCE = 16
MAX_REDIRECTS = 5
_MAX_LOCATION = 2_000

_HEADERS = {
    "User-Agent": "copydesk (checks the links of blog posts)",
    "Accept": "text/html,*/*;q=0.8",
    "Accept-Encoding": "identity",
    "Connection": "close",
}
# What a certificate is wrong with for every reader; OpenSSL's numbers. An incomplete chain is not among them: browsers
# complete it.
_BAD_CERTIFICATE = {10: "has expired", 18: "is signed by itself", 62: "is for another host"}
_HOST = re.compile(r"[A-Za-z0-9._:-]{1,253}")
_NO_SUCH_NAME = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}


class Outcome(StrEnum):
    """What is known of a link."""

    WORKS = "works"
    GONE = "gone"  # 404 or 410
    NO_HOST = "no_host"  # the name does not exist
    BAD_CERTIFICATE = "bad_certificate"
    REFUSED = "refused"  # it leads to an address that is not public: not looked up
    CANNOT_TELL = "cannot_tell"  # 403, 429, a wall against robots, a port that we do not call ...
    NO_ANSWER = "no_answer"  # a timeout, a broken connection, an error of the server: may be better next time


@dataclass(frozen=True, slots=True)
class Answer:
    """What looking up a link said."""

    outcome: Outcome
    reason: str = ""  # for people
    moved_to: str = ""  # where every permanent redirect led, when it works
    heard: bool = field(default=False, compare=False)  # a server answered: there is a network


@dataclass(kw_only=True)
class Lookup:
    """Looks links up, a few at once. One for a run: it remembers which hosts want patience. For one event loop."""

    resolver: Resolver = system_resolver
    allowed: Callable[[str], bool] = is_public
    ports: Mapping[int, int] = field(default_factory=lambda: {80: 80, 443: 443})  # called for -> connected to
    link_seconds: float = LINK_SECONDS
    per_host: int = PER_HOST
    verify: ssl.SSLContext | None = None  # None: the certificates that browsers trust
    _turns: dict[str, asyncio.Semaphore] = field(default_factory=dict)
    _tired: set[str] = field(default_factory=set)  # hosts that said 429

    def __post_init__(self) -> None:
        self._turns = defaultdict(lambda: asyncio.Semaphore(self.per_host))
        self._at_once = asyncio.Semaphore(AT_ONCE)

    async def look_up_all(self, urls: Iterable[str], seconds: float, keep: Callable[[str, Answer], None]) -> None:
        """Look up each of `urls`; `keep` is called the moment an answer is there. Ends after `seconds` at most."""

        async def one(url: str) -> None:
            keep(url, await self.look_up(url))

        waiting = iter(urls)

        async def worker() -> None:
            for url in waiting:
                await one(url)

        # More workers than connections: those that wait for the turn of a host hold no other host up.
        try:
            async with asyncio.timeout(seconds), asyncio.TaskGroup() as group:
                for _ in range(AT_ONCE * 4):
                    group.create_task(worker())
        except TimeoutError:
            pass

    async def look_up(self, url: str) -> Answer:
        """What is known of a link; never raises for any text."""
        import httpx

        left = self.link_seconds
        moved = permanent = True
        current = url
        for hop in range(MAX_REDIRECTS + 1):
            try:
                parsed = httpx.URL(current)
                host = parsed.raw_host.decode("ascii")
            except (httpx.InvalidURL, UnicodeError, ValueError, TypeError):
                return Answer(Outcome.CANNOT_TELL, "it is no address")
            port = parsed.port or {"http": 80, "https": 443}.get(parsed.scheme, 0)
            if not _HOST.fullmatch(host) or port not in self.ports or parsed.userinfo or is_reserved_name(host):
                return Answer(Outcome.CANNOT_TELL, "addresses of this kind are not looked up")
            answer = None
            for method in ("HEAD", "GET"):
                if host in self._tired:
                    return Answer(Outcome.CANNOT_TELL, "the server asked for patience")
                async with self._turns[host], self._at_once:
                    started = time.monotonic()
                    answer = await self._ask(method, parsed, host, port, left, hop)
                    left -= time.monotonic() - started
                if isinstance(answer, str) or (method == "HEAD" and answer.outcome is Outcome.WORKS):
                    break
                if answer.outcome in (Outcome.REFUSED, Outcome.NO_HOST, Outcome.BAD_CERTIFICATE):
                    return answer
                if left <= 0 or (answer.outcome is Outcome.NO_ANSWER and not answer.heard):
                    return Answer(Outcome.NO_ANSWER, answer.reason)
            if isinstance(answer, Answer):
                if answer.outcome is not Outcome.WORKS or not hop:
                    return answer
                moved = permanent and current.partition("#")[0] != url.partition("#")[0]
                return Answer(Outcome.WORKS, moved_to=current if moved else "", heard=True)
            assert answer is not None
            kind, _, location = answer.partition(" ")
            permanent &= kind == "permanent"
            try:
                current = str(parsed.join(location))
            except (httpx.InvalidURL, UnicodeError, ValueError, TypeError):
                return Answer(Outcome.CANNOT_TELL, "it is sent on to what is no address", heard=True)
        return Answer(Outcome.CANNOT_TELL, f"it is sent on more than {MAX_REDIRECTS} times", heard=True)

    async def _ask(self, method: str, url: httpx.URL, host: str, port: int, seconds: float, hop: int) -> Answer | str:
        """One request: an answer, or where the link is sent on (`permanent URL` or `for now URL`)."""
        import httpx

        answer = Answer(Outcome.NO_ANSWER, "there was no answer in time")
        try:
            async with asyncio.timeout(max(0.0, seconds)):
                try:
                    addresses = await self.resolver(host, port)
                except socket.gaierror as error:
                    if error.errno in _NO_SUCH_NAME:
                        return Answer(Outcome.NO_HOST, f"there is no host {host}")
                    return Answer(Outcome.NO_ANSWER, f"the name {host} could not be looked up")
                except (OSError, UnicodeError):
                    return Answer(Outcome.CANNOT_TELL, f"{host} is no name of a host")
                if not addresses or not all(self.allowed(address) for address in addresses):
                    sent = "it is sent on to" if hop else "it leads to"
                    return Answer(Outcome.REFUSED, f"{sent} an address that is not of the public internet")
                for address in addresses[:2]:
                    try:
                        return await self._call(method, url, host, address, port)
                    except httpx.TransportError as error:
                        answer = _failure(error)
                        if answer.outcome is Outcome.BAD_CERTIFICATE:
                            break
        except TimeoutError:
            pass
        return answer

    async def _call(self, method: str, url: httpx.URL, host: str, address: str, port: int) -> Answer | str:
        import httpx

        transport = httpx.AsyncHTTPTransport(
            verify=self.verify or _trusted(),
            http2=False,
            trust_env=False,
            limits=httpx.Limits(max_keepalive_connections=0),
        )
        async with transport:
            request = httpx.Request(
                method,
                url.copy_with(host=address, port=self.ports[port], fragment=None),
                headers={"Host": url.netloc.decode("ascii"), **_HEADERS},
                # The certificate is that of the host, though the connection goes to its address.
                extensions={"sni_hostname": host, "timeout": dict.fromkeys(("connect", "read", "write", "pool"), 60.0)},
            )
            response = await transport.handle_async_request(request)
            try:
                return self._read(response, host)
            finally:
                await response.aclose()

    def _read(self, response: httpx.Response, host: str) -> Answer | str:
        status = response.status_code
        location = response.headers.get("location", "")
        if len(location) > _MAX_LOCATION:
            return Answer(Outcome.CANNOT_TELL, "it is sent on to an address that is too long", heard=True)
        if status in (301, 302, 303, 307, 308) and location:
            return f"{'permanent' if status in (301, 308) else 'now'} {location}"
        if status < 400:
            return Answer(Outcome.WORKS, heard=True)
        if status == 429:
            self._tired.add(host)
        said = f"the server answers {status}"
        if status in (404, 410):
            return Answer(Outcome.GONE, said, heard=True)
        outcome = Outcome.NO_ANSWER if status in (408, 500, 502, 503, 504) else Outcome.CANNOT_TELL
        return Answer(outcome, said, heard=True)


def _failure(error: BaseException) -> Answer:
    """What a connection that failed means."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            wrong = _BAD_CERTIFICATE.get(cause.verify_code)
            if wrong:
                return Answer(Outcome.BAD_CERTIFICATE, f"its certificate {wrong}")
            return Answer(Outcome.CANNOT_TELL, "its certificate cannot be checked")
        cause = cause.__cause__ or cause.__context__
    return Answer(Outcome.NO_ANSWER, "the connection failed")


@functools.cache
def _trusted() -> ssl.SSLContext:
    import certifi

    return ssl.create_default_context(cafile=certifi.where())
