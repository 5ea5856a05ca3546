"""The HTML report: its structure, its policy, and every text from a post as text."""

from __future__ import annotations

import base64
import hashlib
import html
import re
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from copydesk.report import ReviewReport, Verdict
from copydesk.reports import Material, render
from copydesk.reports.html_report import safe_svg
from copydesk.visible import visible
from tests.copydesk.reports.sample_reports import PAYLOADS, hostile_post


class Page(HTMLParser):
    """What a browser finds: elements with their attributes, and the text outside style and script."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._inside: list[str] = []
        self.raw: dict[str, str] = {}
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag in ("style", "script"):
            self._inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._inside and self._inside[-1] == tag:
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.raw[self._inside[-1]] = self.raw.get(self._inside[-1], "") + data
        else:
            self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def test_the_verdict_comes_first_then_what_to_do_then_findings(report: ReviewReport, material: Material) -> None:
    text = Page(render(report, "html", material)).text
    places = [text.index(words) for words in ("Changes requested", "What to do", "The posts", "How the review ran")]
    assert places == sorted(places)
    assert text.index("posts/hello.md") < text.index("posts/good.md")


def test_a_finding_stands_in_its_line_with_the_lines_around_it(report: ReviewReport, material: Material) -> None:
    source = render(report, "html", material)
    assert re.search(r'class="hit"><span class="number">7</span>.*See the \[guide\]\(<mark>#gone</mark>\) for', source)
    assert re.search(r'<span class="number">5</span><span class="line">We has a plan.</span>', source)
    assert "<ins>have</ins>" in source
    assert "The reader lands at the top of the page." in source


def test_without_the_text_the_match_is_shown(report: ReviewReport) -> None:
    assert "<mark>#gone</mark>" in render(report, "html")


def test_what_to_do_names_the_worst_first(report: ReviewReport, material: Material) -> None:
    tasks = re.findall(r'<li class="(\w+)"><i class="mark"', render(report, "html", material))
    assert tasks == ["error", "warning"]


def test_an_incomplete_step_is_the_first_task(report: ReviewReport) -> None:
    post = replace(report.posts[1], incomplete=("links",), verdict=Verdict.INCOMPLETE)
    page = Page(render(replace(report, posts=(post,), verdict=Verdict.INCOMPLETE), "html"))
    assert page.text.index("Review again: links could not finish") < page.text.index("No heading gives")


def test_nothing_to_do_says_so() -> None:
    page = Page(render(ReviewReport(verdict=Verdict.APPROVE), "html"))
    assert "No posts were reviewed." in page.text
    assert "Nothing." in page.text


def test_suppressed_findings_are_there_but_hidden(report: ReviewReport) -> None:
    page = Page(render(report, "html"))
    marked = [a for a in page.all("li") if "data-suppressed" in a]
    assert len(marked) == 1
    assert "hidden" in marked[0]
    assert {"type": "checkbox", "name": "suppressed"} in page.all("input")


def test_score_trend_and_skipped_steps_are_told(report: ReviewReport, material: Material) -> None:
    page = Page(render(report, "html", material))
    assert "−20 of at most 20" in page.text
    assert "71.5, 7.5 more than in the review before" in page.text
    assert "Skipped: spelling (no dictionary for this language)" in page.text
    assert {"aria-label": "Scores of the last reviews: 50, 64, 71.5"}.items() <= next(
        a for a in page.all("svg") if a.get("class") == "trend"
    ).items()


def test_a_reason_stands_once_in_a_post(report: ReviewReport, material: Material) -> None:
    faulty = next(p for p in report.posts if p.path == "posts/hello.md")
    again = tuple(replace(faulty.findings[1], fingerprint=f"{n:032x}") for n in range(5))
    posts = tuple(replace(faulty, path=path, findings=again) for path in ("posts/hello.md", "posts/too.md"))
    assert render(replace(report, posts=posts), "html", material).count("The reader lands at the top") == 2


def test_code_in_the_words_of_a_rule_is_code(report: ReviewReport, material: Material) -> None:
    rule = replace(material.rules["links.broken_anchor"], reason="`<a>` and <b> `c`.")
    source = render(report, "html", replace(material, rules={rule.id: rule}))
    assert "<code>&lt;a&gt;</code> and &lt;b&gt; <code>c</code>." in source


def test_when_the_run_began_is_readable(report: ReviewReport, material: Material) -> None:
    assert "2026-03-01 08:00 UTC" in render(report, "html", material)


def test_the_policy_allows_this_files_own_style_and_script_only(report: ReviewReport) -> None:
    page = Page(render(report, "html"))
    policy = next(a["content"] for a in page.all("meta") if a.get("http-equiv") == "Content-Security-Policy") or ""
    hashes = {
        tag: "sha256-" + base64.b64encode(hashlib.sha256(page.raw[tag].encode()).digest()).decode()
        for tag in ("style", "script")
    }
    assert policy == (
        f"default-src 'none'; style-src '{hashes['style']}'; script-src '{hashes['script']}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    assert len(page.all("style")) == len(page.all("script")) == 1
    first = [tag for tag, _ in page.elements][:5]
    assert first == ["html", "head", "meta", "meta", "meta"]


def test_nothing_is_fetched_and_nothing_runs_from_an_attribute(report: ReviewReport, material: Material) -> None:
    page = Page(render(report, "html", material))
    for tag, attributes in page.elements:
        for name, value in attributes.items():
            assert not name.startswith("on"), (tag, name)
            assert name not in ("src", "srcset", "style", "action", "formaction", "xlink:href"), (tag, name)
            if name == "href":
                assert (value or "").startswith("#") or (tag == "link" and value == "data:,")
    assert "http" not in re.sub(r"http-equiv|http://www.w3.org/2000/svg", "", render(report, "html", material))


@pytest.mark.parametrize("name", PAYLOADS)
def test_a_payload_adds_no_element_and_is_shown(name: str) -> None:
    payload = PAYLOADS[name]

    def page_of(text: str) -> Page:
        post = hostile_post(text)
        lines = Material(sources={post.path: f"first\nab{text}\nlast\n"})
        return Page(render(ReviewReport(verdict=Verdict.INCOMPLETE, posts=(post,)), "html", lines))

    page, tame = page_of(payload), page_of("tame\n" * payload.count("\n") + "tame")
    if payload:
        kinds, usual = (Counter(tag for tag, _ in p.elements) for p in (page, tame))
        for lines_of_text in ("div", "span", "mark"):  # a payload of several lines has several lines
            kinds.pop(lines_of_text)
            usual.pop(lines_of_text)
        assert kinds == usual
        attributes = {n for _, a in page.elements for n in a}
        assert attributes == {n for _, a in tame.elements for n in a}
    assert visible(payload, one_line=False) in page.text


def test_no_character_that_a_browser_obeys_is_left(hostile_report: ReviewReport, hostile_material: Material) -> None:
    source = html.unescape(render(hostile_report, "html", hostile_material))
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]", source)


def test_a_picture_is_rebuilt_from_shapes_and_texts() -> None:
    hostile = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" onload="x()" width="9">'
        '<script>x()</script><style>*{}</style><a xlink:href="javascript:x()"><text>gone</text></a>'
        '<image href="http://192.0.2.1/x.png"/><foreignObject><p>gone</p></foreignObject>'
        '<use href="#x"/><animate attributeName="href"/>'
        '<g style="x"><text id="a" x="1">5 &lt; 6 \u202e</text></g></svg>'
    )
    assert safe_svg(hostile) == '<svg width="9"><g><text x="1">5 &lt; 6 \\u202e</text></g></svg>'


@pytest.mark.parametrize("broken", [None, "", "<svg", "<p/>", "not xml"])
def test_no_picture_is_better_than_a_broken_one(broken: str | None) -> None:
    assert safe_svg(broken) is None


def test_a_task_leads_to_the_first_post_on_the_page_and_has_its_words(report: ReviewReport) -> None:
    finding = replace(report.posts[1].findings[0], message="Milder words.")
    good = replace(report.posts[1], path="a.md", verdict=Verdict.APPROVE, findings=(finding,), incomplete=("seo",))
    bad = replace(
        good, path="b.md", verdict=Verdict.REJECT, findings=(replace(finding, message="Graver words."),),
        incomplete=("links", "seo"),
    )  # fmt: skip
    source = render(replace(report, posts=(good, bad)), "html")
    tasks = re.findall(r'<a href="#(post-\d)">(.*?)</a> <small>(.*?)</small>', source)
    assert tasks == [
        ("post-0", "Review again: links could not finish", "in 1 post"),
        ("post-0", "Review again: seo could not finish", "in 2 posts"),
        ("post-0", "Graver words.", "grammar.agreement, 2 times in 2 posts"),
    ]
    assert re.findall(r'id="post-\d".*?<h3>(.*?)</h3>', source, re.DOTALL) == ["b.md", "a.md"]
