from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from copydesk.site import Outcome, Site
from copydesk.site_index import FileIndex, head_addresses

FILES = {
    "content/_index.md": "",
    "content/posts/storm.md": "+++\ntitle = 'Storm'\naliases = ['/blog/the-storm/', '/old/storm.html']\n+++\n# Storm\n",
    "content/posts/winter/index.md": "---\ntitle: Winter\nslug: the-winter\n---\n# Winter\n",
    "content/posts/winter/sheet.png": "x",
    "content/posts/2026-05-04-soup.md": "---\npermalink: /kitchen/soup/\n---\n# Soup\n",
    "content/docs/guide.md": "# Guide\n",
    "static/images/wave.png": "x",
    "static/images/map.svg": "x",
    "static/report.pdf": "x",
    "assets/images/from-hugo.png": "x",
    "README.md": "# Site\n",
}
POST = "content/posts/storm.md"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    project = tmp_path / "project"
    for name, text in FILES.items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(text)
    (tmp_path / "secret.md").write_text("# Secret\n")
    return project


@pytest.fixture
def site(project: Path) -> Site:
    return Site(project / "content/posts", project / "static", project)


@pytest.mark.parametrize(
    ("destination", "file"),
    [
        ("winter/index.md", "content/posts/winter/index.md"),
        ("./winter/", "content/posts/winter/index.md"),
        ("winter/sheet.png", "content/posts/winter/sheet.png"),
        ("../docs/guide.md#start", "content/docs/guide.md"),
        ("../docs/guide.md?plain=1", "content/docs/guide.md"),
        ("../../README.md", "README.md"),
        ("/images/wave.png", "static/images/wave.png"),
        ("/report.pdf#page=2", "static/report.pdf"),
        ("/posts/storm/", POST),
        ("/posts/winter/", "content/posts/winter/index.md"),
        ("/docs/guide/", "content/docs/guide.md"),
        ("/blog/the-storm/", POST),
        ("/old/storm", POST),
        ("/kitchen/soup/", "content/posts/2026-05-04-soup.md"),
        ("/2026/05/04/soup/", "content/posts/2026-05-04-soup.md"),
        ("/blog/2026/05/04/soup.html", "content/posts/2026-05-04-soup.md"),
        ('{{< ref "storm.md" >}}', POST),
        ('{{< relref "/posts/winter" >}}#knots', "content/posts/winter/index.md"),
        ('{{% ref path="guide.md" %}}', "content/docs/guide.md"),
        ("{% post_url 2026-05-04-soup %}", "content/posts/2026-05-04-soup.md"),
        ("{{ site.baseurl }}{% link posts/storm.md %}", POST),
        ('{{ "/images/wave.png" | relative_url }}', "static/images/wave.png"),
        ("@/docs/guide.md#start", "content/docs/guide.md"),
        ("#here", POST),
        ("%73torm.md", POST),
    ],
)
def test_what_exists_is_found(site: Site, project: Path, destination: str, file: str) -> None:
    target = site.resolve(destination, str(project / POST))
    assert (target.outcome, target.file) == (Outcome.FOUND, str(project / file))


@pytest.mark.parametrize(
    ("destination", "hint"),
    [
        ("stew.md", ""),
        ("wintre/index.md", "winter/index.md"),
        ("storms.md", "storm.md"),
        ("../docs/giude.md#start", "../docs/guide.md"),
        ("/images/waves.png", "/images/wave.png"),
        ("winter/sheets.png", "winter/sheet.png"),
        ("{% post_url 2026-05-04-soups %}", "2026-05-04-soup"),
        ('{{< ref "storms.md" >}}', ""),
        ("@/docs/guides.md", "@/docs/guide.md"),
        ("/posts/missing.md", ""),
    ],
)
def test_what_must_be_a_file_and_is_none_is_missing(site: Site, project: Path, destination: str, hint: str) -> None:
    target = site.resolve(destination, str(project / POST))
    assert (target.outcome, target.hint) == (Outcome.MISSING, hint)


@pytest.mark.parametrize(
    "destination",
    [
        "/tags/ferries/",
        "../about/",
        "about",
        "feed.xml",
        "/images/wave.webp",  # may be made from wave.png
        "/pictures/wave-2.png",  # no such folder among the static files: another tool's
        "images/wave.png",  # as seen from the address of a page
        '{{< ref "handbook" >}}',
        "{{ page.url }}",
        "{{ site.baseurl }}",
        "${url}",
        "@site/docs/missing.md",
        "~/assets/missing.png",
        "/images/from-hugo.png",
        "//ferries.example/",
        "/2026/05/05/stew/",  # a site of one dated post says nothing about dated addresses
    ],
)
def test_nobody_can_tell_of_what_a_generator_may_make(site: Site, project: Path, destination: str) -> None:
    assert site.resolve(destination, str(project / POST)).outcome == Outcome.CANNOT_TELL


@pytest.mark.parametrize("destination", ["../../../secret.md", "../" * 12 + "etc/passwd", "@/../../secret.md"])
def test_links_do_not_leave_the_project(
    site: Site, project: Path, destination: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at: list[str] = []
    monkeypatch.setattr(os.path, "lexists", lambda path: looked_at.append(str(path)) or False)
    assert site.resolve(destination, str(project / POST)).outcome == Outcome.ESCAPES
    assert looked_at == []


def test_without_a_project_nothing_outside_is_judged_or_looked_at(project: Path) -> None:
    site = Site(project / "content/posts")
    for destination in ("../docs/guide.md", "../docs/missing.md", "../../../secret.md"):
        assert site.resolve(destination, str(project / POST)).outcome == Outcome.CANNOT_TELL


def test_a_symbolic_link_out_of_the_site_is_not_followed(site: Site, project: Path) -> None:
    (project / "content/posts/outside.md").symlink_to(project.parent / "secret.md")
    (project / "content/posts/inside.md").symlink_to(project / "content/docs/guide.md")
    (project / "content/posts/loop.md").symlink_to(project / "content/posts/loop.md")
    assert site.resolve("outside.md", str(project / POST)).outcome == Outcome.ESCAPES
    assert site.resolve("inside.md", str(project / POST)).outcome == Outcome.FOUND
    assert site.resolve("loop.md", str(project / POST)).outcome == Outcome.MISSING
    assert site.anchors(str(project / "content/posts/outside.md")) is None
    assert head_addresses(str(project / "content/posts/outside.md")) == []


def test_a_site_without_any_picture_is_not_judged_by_its_pictures(project: Path) -> None:
    (project / "content/posts/winter/sheet.png").unlink()
    site = Site(project / "content/posts", None, project)
    assert site.resolve("gull.png", str(project / POST)).outcome == Outcome.CANNOT_TELL


def test_a_theme_may_bring_pictures(site: Site, project: Path) -> None:
    (project / "themes/plain").mkdir(parents=True)
    assert site.resolve("/images/gone.png", str(project / POST)).outcome == Outcome.CANNOT_TELL


def test_dated_addresses_are_judged_where_posts_are_dated(project: Path) -> None:
    for day in range(10, 20):
        (project / f"content/posts/2026-05-{day}-menu-{day}.md").write_text("# Menu\n")
    site = Site(project / "content/posts", project / "static", project)
    assert site.resolve("/2026/05/05/stew/", str(project / POST)).outcome == Outcome.UNKNOWN_POST
    assert site.resolve("/2026/05/05/the-winter/", str(project / POST)).outcome == Outcome.CANNOT_TELL  # a slug
    assert site.resolve("/2026/05/06/menu-12/", str(project / POST)).outcome == Outcome.FOUND


def test_a_list_that_is_cut_short_calls_nothing_missing(project: Path) -> None:
    site = Site(project / "content/posts", project / "static", project)
    site._index = FileIndex.of([str(project / "content")], limit=1)
    assert site.index.truncated
    for destination in ("/images/waves.png", "gull.png", "{% post_url 2026-01-01-x %}", '{{< ref "x.md" >}}'):
        assert site.resolve(destination, str(project / POST)).outcome == Outcome.CANNOT_TELL


def test_a_whole_disk_is_not_listed() -> None:
    site = Site(os.sep)
    assert site.index.truncated
    assert site.index.posts == []


def test_anchors_are_read_once_and_only_from_posts(site: Site, project: Path) -> None:
    guide = project / "content/docs/guide.md"
    anchors = site.anchors(str(guide))
    assert anchors is not None
    assert anchors.has("guide") is True
    guide.write_text("# Another\n")
    assert site.anchors(str(guide)) is anchors
    assert site.anchors(str(project / "static/report.pdf")) is None
    (project / "content/huge.md").write_bytes(b"# a\n" * 600_000)
    assert site.anchors(str(project / "content/huge.md")) is None


def test_a_pipe_does_not_hold_up_a_review(site: Site, project: Path) -> None:
    os.mkfifo(project / "content/posts/pipe.md")
    assert site.anchors(str(project / "content/posts/pipe.md")) is None
    assert head_addresses(str(project / "content/posts/pipe.md")) == []


@pytest.mark.parametrize(
    "destination", ["a\0b.md", "x" * 5_000 + ".md", "/" * 300 + "x.png", "%00/../x.md", "\ud800.md"]
)
def test_impossible_names_are_no_fault(site: Site, project: Path, destination: str) -> None:
    assert site.resolve(destination, str(project / POST)).outcome in (Outcome.MISSING, Outcome.CANNOT_TELL)


@given(st.text(max_size=60), st.booleans())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200, deadline=None)
def test_any_destination_has_an_answer(site: Site, project: Path, text: str, climbs: bool) -> None:
    assert site.resolve("../" * 3 * climbs + text, str(project / POST)).outcome in Outcome
