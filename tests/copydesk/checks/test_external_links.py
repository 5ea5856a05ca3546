"""External links against real servers on loopback, which only these tests may reach; and what must never be reached."""

from __future__ import annotations

import asyncio
import datetime
import gzip
import json
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable
from contextlib import suppress
from pathlib import Path

import pytest

from copydesk.batch import Stopped
from copydesk.checks.external_links import RULES, check, prepare, resolve
from copydesk.direct import review_directly
from copydesk.errors import RetriableError, UsageError
from copydesk.link_lookup import Answer, Lookup, Outcome
from copydesk.link_memory import LinkMemory
from copydesk.plan import make_plan, with_external
from copydesk.post import Post
from copydesk.public_address import is_public, is_reserved_name, system_resolver
from copydesk.report import Finding
from copydesk.rules import Rule
from copydesk.session import open_session
from copydesk.settings import settings
from copydesk.site import Site
from copydesk.step import StepContext
from copydesk.workflow import WorkflowConfig


class Web:
    """Servers for `blog.site` (http) and `alarm.site` (https, its certificate signed by itself)."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str, str]] = []  # method, host, path
        self.headers: list[str] = []
        self.open = self.most_open = 0
        self.resolved: list[str] = []
        self.addresses: dict[str, list[list[str]]] = {
            "inside.site": [["10.1.2.3"]],
            "mixed.site": [["127.0.0.1", "10.1.2.3"]],
        }
        self.ports: dict[int, int] = {}
        self.sent = 0

    async def resolver(self, host: str, port: int) -> list[str]:
        self.resolved.append(host)
        if host == "nobody.site":
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        if host == "later.site":
            raise socket.gaierror(socket.EAI_AGAIN, "try again")
        if host == "never.site":
            await asyncio.sleep(600)
        answers = self.addresses.get(host, [["127.0.0.1"]])
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def lookup(self, **given: object) -> Lookup:
        settings_ = {
            "resolver": self.resolver,
            "allowed": lambda a: a == "127.0.0.1",
            "ports": self.ports,
            "link_seconds": 20,
        }
        return Lookup(**(settings_ | given))  # type: ignore[arg-type]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        with suppress(OSError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            method, path, _ = head.split(" ", 2)
            host = next(line.partition(": ")[2] for line in head.splitlines() if line.lower().startswith("host:"))
            self.requests.append((method, host, path))
            self.headers.append(head)
            await self.answer(method, path, writer)
        self.open -= 1
        writer.close()

    async def answer(self, method: str, path: str, writer: asyncio.StreamWriter) -> None:
        status, extra = {
            "/gone": ("404 Not Found", ""),
            "/removed": ("410 Gone", ""),
            "/wall": ("403 Forbidden", ""),
            "/robots": ("999 No", ""),
            "/busy": ("429 Too Many", ""),
            "/broken": ("503 Unavailable", ""),
            "/moved": ("301 Moved", "Location: /\r\n"),
            "/elsewhere": ("302 Found", "Location: /\r\n"),
            "/there-and-on": ("301 Moved", "Location: /elsewhere\r\n"),
            "/moved-to-gone": ("301 Moved", "Location: /gone\r\n"),
            "/inside": ("302 Found", "Location: http://inside.site/\r\n"),
            "/file": ("302 Found", "Location: file:///etc/passwd\r\n"),
            "/loop": ("302 Found", "Location: /loop\r\n"),
            "/cookie": ("302 Found", "Location: /\r\nSet-Cookie: a=b\r\n"),
        }.get(path, ("200 OK", ""))
        if method == "HEAD" and path in ("/no-head", "/odd-head"):
            status = "405 Not Allowed" if path == "/no-head" else "404 Not Found"
        if path.startswith("/slow"):
            await asyncio.sleep(0.05)
        if path == "/drip":
            for letter in "HTTP/1.1 200 OK\r\nX-Long: " + "x" * 10_000:
                writer.write(letter.encode())
                await writer.drain()
                await asyncio.sleep(0.02)
        writer.write(f"HTTP/1.1 {status}\r\n{extra}Content-Encoding: gzip\r\nConnection: close\r\n\r\n".encode())
        if path == "/bomb" and method == "GET":
            block = gzip.compress(bytes(10_000_000))
            for _ in range(2_000):
                writer.write(block)
                await writer.drain()
                self.sent += len(block)
        await writer.drain()


@pytest.fixture
async def web(tmp_path: Path) -> AsyncIterator[Web]:
    made = Web()
    plain = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    secure = await asyncio.start_server(made.serve, "127.0.0.1", 0, ssl=_certificate(tmp_path))
    made.ports = {80: plain.sockets[0].getsockname()[1], 443: secure.sockets[0].getsockname()[1]}
    yield made
    plain.close()
    secure.close()


def _certificate(folder: Path) -> ssl.SSLContext:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "alarm.site")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("alarm.site")]), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    pem = serialization.Encoding.PEM
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(pem))
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "key.pem").write_bytes(private)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    return context


async def found(
    web: Web, text: str, *, last: bool = True, lookup: Lookup | None = None, **options: object
) -> list[Finding]:
    post = Post.from_text("post.md", text)
    context = StepContext(options=options, last_attempt=last)
    findings = await resolve({"post.md": check(post, context)}, Site("."), context, lookup or web.lookup())
    for finding in findings.get("post.md", ()):
        assert not finding.match or finding.match in text
    return findings.get("post.md", [])


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
async def test_every_rule_has_examples_that_behave(web: Web, rule: Rule) -> None:
    assert rule.flagged
    assert rule.passes
    for text in rule.flagged:
        assert rule.id in [f.check for f in await found(web, str(text), budget_seconds=5)], text
    for text in rule.passes:
        assert rule.id not in [f.check for f in await found(web, str(text), budget_seconds=5)], text


@pytest.mark.parametrize(
    ("url", "outcome"),
    [
        ("http://blog.site/", Outcome.WORKS),
        ("http://blog.site/no-head", Outcome.WORKS),
        ("http://blog.site/odd-head", Outcome.WORKS),
        ("http://blog.site/cookie", Outcome.WORKS),
        ("http://blog.site/gone", Outcome.GONE),
        ("http://blog.site/removed", Outcome.GONE),
        ("http://blog.site/moved-to-gone", Outcome.GONE),
        ("http://blog.site/wall", Outcome.CANNOT_TELL),
        ("http://blog.site/robots", Outcome.CANNOT_TELL),
        ("http://blog.site/busy", Outcome.CANNOT_TELL),
        ("http://blog.site/loop", Outcome.CANNOT_TELL),
        ("http://blog.site/file", Outcome.CANNOT_TELL),
        ("http://blog.site/broken", Outcome.NO_ANSWER),
        ("http://later.site/", Outcome.NO_ANSWER),
        ("http://nobody.site/", Outcome.NO_HOST),
        ("https://alarm.site/", Outcome.BAD_CERTIFICATE),
        ("http://inside.site/", Outcome.REFUSED),
        ("http://mixed.site/", Outcome.REFUSED),
        ("http://blog.site/inside", Outcome.REFUSED),
    ],
)
async def test_what_a_link_is(web: Web, url: str, outcome: Outcome) -> None:
    assert (await web.lookup().look_up(url)).outcome is outcome


@pytest.mark.parametrize(
    "url",
    ["ftp://blog.site/", "file:///etc/passwd", "http://blog.site:22/", "http://blog.site:8080/",
     "http://me:pw@blog.site/",
     "http://localhost/", "http://printer.local/", "http://www.example.com/", "http:///path", "http://[::1",
     "http://a b/",
     "http://" + "a" * 300 + ".site/", "http://x\x00y/", "gopher:", ""],
)  # fmt: skip
async def test_what_is_not_looked_up_is_unknown_and_nobody_is_asked(web: Web, url: str) -> None:
    def refuse(host: str, port: int) -> Awaitable[list[str]]:
        raise AssertionError(host)

    assert (await web.lookup(resolver=refuse).look_up(url)).outcome is Outcome.CANNOT_TELL
    assert not web.requests


LOOPBACK = [
    "127.0.0.1", "127.1", "2130706433", "0x7f000001", "017700000001", "0", "127。0。0。1", "１２７.0.0.1", "[::1]",
    "[::ffff:127.0.0.1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[::]", "169.254.169.254",
    "[fe80::1]", "10.0.0.1", "192.168.1.1", "172.16.0.1", "100.64.0.1", "224.0.0.1", "255.255.255.255", "192.0.0.192",
]  # fmt: skip


@pytest.mark.parametrize("host", LOOPBACK)
async def test_loopback_and_the_like_are_refused_however_they_are_written(host: str) -> None:
    connections: list[object] = []

    async def note(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(writer)
        writer.close()

    server = await asyncio.start_server(note, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        # The rules are those of every review; only the port leads to our own server.
        lookup = Lookup(ports={80: port, 443: port})
        assert (await lookup.look_up(f"http://{host}/")).outcome in (Outcome.REFUSED, Outcome.CANNOT_TELL)
        assert (await Lookup().look_up(f"http://{host}:{port}/")).outcome is Outcome.CANNOT_TELL
    assert not connections


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1", "2130706433", "0x7f000001", "017700000001"])
async def test_the_systems_resolver_sees_through_numbers(host: str) -> None:
    assert await system_resolver(host, 80) == ["127.0.0.1"]


async def test_a_redirect_into_loopback_is_refused(web: Web) -> None:
    lookup = web.lookup(allowed=lambda address: web.resolved.count("inside.site") == 0)
    answer = await lookup.look_up("http://blog.site/inside")
    assert (answer.outcome, answer.reason[:13]) == (Outcome.REFUSED, "it is sent on")
    assert {host for _, host, _ in web.requests} == {"blog.site"}


async def test_a_name_that_changes_its_address_is_looked_at_again(web: Web) -> None:
    web.addresses["turn.site"] = [["127.0.0.1"], ["10.1.2.3"]]
    answer = await web.lookup().look_up("http://turn.site/no-head")  # GET would be at the second address
    assert answer.outcome is Outcome.REFUSED
    assert web.requests == [("HEAD", "turn.site", "/no-head")]
    assert web.resolved == ["turn.site", "turn.site"]  # once for each request: never again to connect


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True), ("2606:2800:220:1::1", True), ("8.8.8.8", True), ("::ffff:8.8.8.8", True),
        ("::ffff:10.0.0.1", False), ("64:ff9b::808:808", False), ("2002:808:808::1", False), ("2001:0:1::1", False),
        ("::8.8.8.8", False), ("192.0.0.1", False), ("192.88.99.1", False), ("ff02::1", False), ("fec0::1", False),
        ("fe80::1%eth0", False), ("240.0.0.1", False), ("no address", False), ("", False), ("203.0.113.5", False),
    ],
)  # fmt: skip
def test_which_addresses_are_public(address: str, public: bool) -> None:
    assert is_public(address) is public


def test_names_that_are_set_aside() -> None:
    assert all(map(is_reserved_name, ("localhost", "a.localhost.", "www.Example.com", "x.test", "nas.home.arpa")))
    assert not any(map(is_reserved_name, ("example.com.evil.site", "myexample.com", "latest.site", "contest")))


async def test_redirects_are_told_apart(web: Web) -> None:
    lookup = web.lookup()
    assert (await lookup.look_up("http://blog.site/moved")).moved_to == "http://blog.site/"
    assert (await lookup.look_up("http://blog.site/elsewhere")).moved_to == ""
    assert (await lookup.look_up("http://blog.site/there-and-on")).moved_to == ""
    web.requests.clear()
    await lookup.look_up("http://blog.site/loop")
    assert len(web.requests) == 6  # the link and five redirects


async def test_nothing_of_ours_is_sent(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert (await web.lookup().look_up("http://blog.site/cookie#part")).outcome is Outcome.WORKS
    sent = "".join(web.headers).lower()
    assert "cookie:" not in sent
    assert "authorization" not in sent
    assert "#part" not in sent
    assert "accept-encoding: identity" in sent


async def test_a_server_that_drips_is_left_after_the_time_of_a_link(web: Web) -> None:
    async with asyncio.timeout(60):  # the headers alone would take 200 s
        answer = await web.lookup(link_seconds=1).look_up("http://blog.site/drip")
    assert answer.outcome is Outcome.NO_ANSWER


async def test_no_body_is_read(web: Web) -> None:
    web.addresses["bomb.site"] = [["127.0.0.1"]]
    lookup = web.lookup()
    result = await lookup._call("GET", __import__("httpx").URL("http://bomb.site/bomb"), "bomb.site", "127.0.0.1", 80)
    assert isinstance(result, Answer)
    assert result.outcome is Outcome.WORKS
    assert web.sent < 10_000_000  # what the buffers of the sockets hold, of 20 MB


async def test_a_host_is_asked_by_two_at_once_and_left_alone_when_it_asks_for_patience(web: Web) -> None:
    answers: dict[str, Answer] = {}
    await web.lookup().look_up_all([f"http://blog.site/slow{n}" for n in range(20)], 60, answers.__setitem__)
    assert [a.outcome for a in answers.values()] == [Outcome.WORKS] * 20
    assert web.most_open == 2
    web.requests.clear()
    lookup = web.lookup()
    await lookup.look_up("http://blog.site/busy")
    assert (await lookup.look_up("http://blog.site/")).outcome is Outcome.CANNOT_TELL
    assert len(web.requests) == 1


async def test_a_fault_that_may_pass_is_tried_again_and_answers_are_kept(web: Web) -> None:
    text = "[a](http://blog.site/) [b](http://blog.site/broken) [c](http://blog.site/gone)\n"
    with pytest.raises(RetriableError, match=r"1 of 3 external links did not answer: http://blog\.site/broken"):
        await found(web, text, last=False)
    web.requests.clear()
    assert [f.check for f in await found(web, text)] == ["external_links.no_answer", "external_links.broken"]
    assert {path for _, _, path in web.requests} == {"/broken"}


async def test_without_a_network_the_step_is_not_done(web: Web) -> None:
    text = "[a](http://nobody.site/) [b](http://later.site/) [c](http://blog.site/broken)\n"
    with pytest.raises(RetriableError, match="there seems to be no network"):
        await found(web, text)
    assert await found(web, text.replace("broken", ""))


async def test_links_are_looked_up_once_whatever_their_anchor(web: Web) -> None:
    text = "[a](http://blog.site/gone#x) <http://blog.site/gone>\n\n![p](http://blog.site/gone)\n"
    assert [f.match for f in await found(web, text)] == ["http://blog.site/gone#x", *["http://blog.site/gone"] * 2]
    assert [method for method, _, _ in web.requests] == ["HEAD", "GET"]


async def test_hosts_that_are_left_out(web: Web) -> None:
    text = "[a](http://blog.site/gone) [b](http://www.nobody.site/)\n"
    assert await found(web, text, skip_hosts=["nobody.site", "Blog.site"]) == []
    assert not web.requests


def test_answers_age(tmp_path: Path) -> None:
    memory = LinkMemory(tmp_path / "cache")
    kept = {"a": Answer(Outcome.WORKS, moved_to="b"), "b": Answer(Outcome.GONE, "gone")}
    memory.remember({**kept, "c": Answer(Outcome.NO_ANSWER), "d": Answer(Outcome.REFUSED)})
    assert memory.recall("abcd", 60) == kept
    assert memory.recall("abcd", 0) == {}
    import sqlite3

    with sqlite3.connect(memory.path) as connection:
        connection.execute("UPDATE answers SET asked = asked - 2 * 86400")
    assert set(memory.recall("ab", 7 * 86_400)) == {"a"}  # what was broken is asked about after a day
    with sqlite3.connect(memory.path) as connection:
        connection.execute("UPDATE answers SET asked = asked + 9 * 86400")
    assert memory.recall("ab", 7 * 86_400) == {}


def test_a_broken_memory_only_costs_time(tmp_path: Path) -> None:
    memory = LinkMemory(tmp_path)
    memory.path.write_bytes(b"this is no database, and longer than a header of one" * 50)
    memory.remember({"a": Answer(Outcome.WORKS)})
    assert memory.recall("a", 60) == {}


@pytest.mark.parametrize(
    "options", [{"max_age_hours": "7"}, {"hosts": []}, {"skip_hosts": "a"}, {"budget_seconds": -1}]
)
def test_options_that_cannot_be_used(options: dict[str, object], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="external_links: "):
        prepare(options, tmp_path)


def test_the_memory_is_in_the_cache_folder() -> None:
    assert LinkMemory(settings().cache_dir).path.parent == settings().cache_dir


async def test_a_review_with_external_asks_the_network_and_nobody_on_loopback(copydesk, tmp_path: Path) -> None:
    connections: list[object] = []

    async def note(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(writer)
        writer.close()

    server = await asyncio.start_server(note, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        links = f"[the page](http://127.1/) [the port](http://127.0.0.1:{port}/)"
        (tmp_path / "post.md").write_text(f"# Links\n\nWe read {links} and wrote it down.\n")
        done = await asyncio.to_thread(copydesk, "check", "post.md", "--external", "--format", "json")
    (post,) = json.loads(done.stdout)["posts"]
    (finding,) = [f for f in post["findings"] if f["check"].startswith("external_links.")]
    assert (finding["check"], finding["match"]) == ("external_links.not_public", "http://127.1/")
    assert not connections
    plain = await asyncio.to_thread(copydesk, "check", "post.md", "--format", "json")
    assert "external_links." not in plain.stdout


def test_external_adds_the_step_once_with_the_options_of_the_file() -> None:
    given = {"steps": [{"name": "external_links", "enabled": False, "with": {"max_age_hours": 3}}, {"name": "seo"}]}
    plan = make_plan(WorkflowConfig.model_validate({"workflow": given}))
    assert [step.name for step in plan.steps] == ["seo"]
    added = with_external(plan)
    assert [step.name for step in added.steps] == ["seo", "external_links"]
    assert added.steps[1].options == {"max_age_hours": 3}
    assert with_external(added) is added
    assert with_external(make_plan(WorkflowConfig())).steps[-1].retry.max_retries == 2


async def test_the_steps_policy_decides_how_often_is_asked(web: Web, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("copydesk.checks.external_links.Lookup", web.lookup)
    post = tmp_path / "post.md"
    post.write_text("[a](http://blog.site/) [b](http://blog.site/broken)\n")
    steps = [{"name": "external_links", "retry": {"max_retries": 3, "base_delay": 0.01, "jitter": 0}}]
    plan = make_plan(WorkflowConfig.model_validate({"workflow": {"steps": steps}}))
    with open_session(monitored=False) as session:
        report = await review_directly(session, plan, [str(post)])
    (review,) = report.posts
    assert [f.check for f in review.findings if f.step == "external_links"] == ["external_links.no_answer"]
    assert review.incomplete == ()
    asked = [path for _, _, path in web.requests]
    # Four attempts, each by HEAD and by GET; what worked is asked about once.
    assert (asked.count("/broken"), asked.count("/")) == (8, 1)


async def test_without_a_network_the_review_is_incomplete(web: Web, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("copydesk.checks.external_links.Lookup", web.lookup)
    post = tmp_path / "post.md"
    post.write_text("[a](http://later.site/) [b](http://nobody.site/) [c](http://blog.site/broken)\n")
    steps = [{"name": "external_links", "retry": {"max_retries": 0}}]
    plan = make_plan(WorkflowConfig.model_validate({"workflow": {"steps": steps}}))
    with open_session(monitored=False) as session:
        report = await review_directly(session, plan, [str(post)])
    assert report.posts[0].incomplete == ("external_links",)


async def test_a_cancelled_review_does_not_wait_for_the_network(web: Web, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("copydesk.checks.external_links.Lookup", lambda: web.lookup(link_seconds=500))
    post = tmp_path / "post.md"
    post.write_text("[a](http://never.site/)\n")
    plan = make_plan(WorkflowConfig.model_validate({"workflow": {"steps": [{"name": "external_links"}]}}))
    with open_session(monitored=False) as session:
        work = asyncio.ensure_future(review_directly(session, plan, [str(post)]))
        async with asyncio.timeout(60):
            while "never.site" not in web.resolved:
                await asyncio.sleep(0.01)
            session.cancel("enough")
            with pytest.raises(Stopped):
                await work
