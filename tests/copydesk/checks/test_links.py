from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.anchors import Anchors
from copydesk.checks import links
from copydesk.post import Post
from copydesk.report import Finding, Severity, StepResult
from copydesk.site import Site
from copydesk.step import StepContext

CONTEXT = StepContext()


def found(text: str) -> list[tuple[str, str]]:
    return [(f.check, f.match) for f in links.check(Post.from_text("post.md", text), CONTEXT).findings]


def resolved(folder: Path, files: dict[str, str]) -> dict[str, list[Finding]]:
    """All posts of a folder through both halves of the step, as a run does it."""
    results = {}
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
        if name.endswith(".md"):
            results[str(path)] = links.check(Post.from_text(name, text), CONTEXT)
    return links.resolve(results, Site(folder, folder / "static", folder), CONTEXT)


def test_a_place_is_exact_whatever_stands_before_it() -> None:
    text = "\ufeff+++\r\ntitle = 'Ünder 🚢'\r\n+++\r\n\r\n🚢 é See [it 🚢](htps://ferries.example).\r\n"
    (finding,) = links.check(Post.from_text("post.md", text), CONTEXT).findings
    line = text.removeprefix("\ufeff").split("\r\n")[finding.line - 1]
    assert line[finding.column - 1 : finding.end_column - 1] == finding.match == "htps://ferries.example"
    assert finding.suggestions == ("https://ferries.example",)


def test_a_place_survives_the_way_through_the_cache(tmp_path: Path) -> None:
    text = "---\r\ntitle: X\r\n---\r\n🚢 See [it](missing.md) and ![it](gone.png).\r\n"
    result = links.check(Post.from_text("post.md", text), CONTEXT)
    kept = StepResult(outputs=json.loads(json.dumps(result.outputs)))
    (tmp_path / "pier.png").write_text("x")
    findings = links.resolve({str(tmp_path / "post.md"): kept}, Site(tmp_path, None, tmp_path), CONTEXT)
    places = [(f.check, f.line, f.column, f.match) for f in findings[str(tmp_path / "post.md")]]
    assert places == [("links.broken_link", 4, 12, "missing.md"), ("links.broken_image", 4, 34, "gone.png")]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("https//ferries.example/a", "https://ferries.example/a"),
        ("http//ferries.example", "http://ferries.example"),
        ("http:/ferries.example", "http://ferries.example"),
        ("https:ferries.example", "https://ferries.example"),
        ("https:///ferries.example", "https://ferries.example"),
        ("ttps://ferries.example", "https://ferries.example"),
        ("htps://ferries.example", "https://ferries.example"),
        ("http://https://ferries.example", "https://ferries.example"),
        ("www.ferries.example", "https://www.ferries.example"),
        ("github.com/ferries/board", "https://github.com/ferries/board"),
        ("crew@ferries.example", "mailto:crew@ferries.example"),
    ],
)
def test_a_slip_in_an_address_is_named_with_what_was_meant(written: str, meant: str) -> None:
    (finding,) = links.check(Post.from_text("post.md", f"See [it]({written}).\n"), CONTEXT).findings
    assert (finding.check, finding.match, finding.suggestions) == ("links.malformed_url", written, (meant,))


@pytest.mark.parametrize(
    "destination",
    ["notes.com.md", "http-notes.md", "https.html", "ferries.org.png", "ftp://ferries.example", "a:b", "com/", "/a@b/"],
)
def test_what_only_looks_like_a_slip_is_left_alone(destination: str) -> None:
    assert not [c for c, _ in found(f"See [it]({destination}).\n") if c == "links.malformed_url"]


def test_code_templates_and_comments_are_not_judged() -> None:
    text = "`[a]()` <!-- [b]() --> {{ x }}\n\n```md\n[c]()\n[d][nothing]\n[^1]\n```\n\n    [e]()\n"
    assert found(text) == []


def test_many_insecure_links_are_one_suggestion() -> None:
    text = "See [a](http://a.example), [b](http://b.example), [c](http://c.example) and [d](https://d.example).\n"
    (finding,) = links.check(Post.from_text("post.md", text), CONTEXT).findings
    assert (finding.check, finding.severity) == ("links.insecure_http", Severity.SUGGESTION)
    assert finding.match == "http://a.example"
    assert "2 more" in finding.message


def test_an_anchor_of_a_post_beside_is_taken_from_the_run_not_from_the_disk(tmp_path: Path) -> None:
    post, target = str(tmp_path / "a.md"), str(tmp_path / "b.md")
    Path(target).write_text("# Old heading\n")
    results = {
        post: links.check(Post.from_text("a.md", "[x](b.md#new-heading) [y](b.md#old-heading)\n"), CONTEXT),
        target: links.check(Post.from_text("b.md", "# New heading\n"), CONTEXT),
    }
    findings = links.resolve(results, Site(tmp_path, None, tmp_path), CONTEXT)
    assert [f.match for f in findings[post]] == ["b.md#old-heading"]


def test_one_post_alone_gets_the_same_answer_as_with_all_others(tmp_path: Path) -> None:
    files = {
        "a.md": "[x](b.md#one) [y](b.md#two) [z](c.md) [w](/sub/d.md#three)\n",
        "b.md": "# One\n",
        "sub/d.md": "# Four\n",
    }
    together = resolved(tmp_path, files)
    path = str(tmp_path / "a.md")
    alone = links.resolve(
        {path: links.check(Post.from_text("a.md", files["a.md"]), CONTEXT)}, Site(tmp_path, None, tmp_path), CONTEXT
    )
    assert alone[path] == together[path]
    assert [f.match for f in alone[path]] == ["b.md#two", "c.md", "/sub/d.md#three"]


def test_a_hint_keeps_the_anchor(tmp_path: Path) -> None:
    findings = resolved(tmp_path, {"post.md": "[x](stroms.md#end)\n", "storms.md": "# End\n"})
    ((finding,),) = findings.values()
    assert finding.suggestions == ("storms.md#end",)


def test_a_close_heading_is_offered() -> None:
    result = links.check(Post.from_text("post.md", "[x](#the-plna)\n\n## The plan\n"), CONTEXT)
    assert [f.suggestions for f in result.findings] == [("#the-plan",)]


def test_a_post_of_broken_links_does_not_flood_the_report(tmp_path: Path) -> None:
    text = "".join(f"[a](#x{n}) [b](x{n}.md) [it][x{n}yz]\n" for n in range(2_000))
    assert len(found(text)) == 400
    findings = resolved(tmp_path, {"post.md": text})
    assert [len(fs) for fs in findings.values()] == [200]


def test_results_without_outputs_are_left_alone(tmp_path: Path) -> None:
    assert links.resolve({str(tmp_path / "a.md"): StepResult()}, Site(tmp_path), CONTEXT) == {}


def test_nothing_outside_the_site_is_opened(tmp_path: Path) -> None:
    (tmp_path / "secret.md").write_text("# Secret\n")
    project = tmp_path / "blog"
    findings = resolved(project, {"post.md": "[a](../secret.md#no) [b](../../../../../../../../../etc/passwd)\n"})
    assert {f.check for fs in findings.values() for f in fs} == {"links.path_escape"}
    assert Site(project, None, project).anchors(str(tmp_path / "secret.md")) is None


def test_a_result_is_json_like() -> None:
    text = "# A\n\n[x](b.md#c) ![y](z.png) [w](#a) [v](http://v.example)\n"
    result = links.check(Post.from_text("post.md", text), CONTEXT)
    assert json.loads(json.dumps(result.outputs)) == result.outputs
    assert result.measures == {"links": 4, "external_links": 1}
    assert Anchors(frozenset(result.outputs["anchors"])).has("a") is True


@given(st.text(alphabet='[]()!#^<>{}%:/.ahtps@ \n`\\"=é🚢', max_size=200))
def test_any_text_has_an_answer(text: str) -> None:
    post = Post.from_text("post.md", text)
    for finding in links.check(post, CONTEXT).findings:
        assert finding.check in {rule.id for rule in links.RULES}


@pytest.mark.parametrize("piece", ["[a][b] ", "[^a] ", "[", "[a](", "![", "http", "a@", "www.", "[a]: b\n"])
def test_time_grows_with_the_length_of_the_text(piece: str) -> None:
    def seconds(size: int) -> float:
        post = Post.from_text("post.md", piece * (size // len(piece)))
        assert post.links is not None
        assert post.masked
        start = time.process_time()
        links.check(post, CONTEXT)
        return time.process_time() - start

    small, large = min(seconds(4_000) for _ in range(3)), min(seconds(64_000) for _ in range(2))
    assert large < 0.5 or large < small * 16 * 4  # quadratic would be 256 times
