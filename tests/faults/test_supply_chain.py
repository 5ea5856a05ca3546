"""What comes from others: locked with hashes, audited without false comfort, confined when missing or broken."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import json
import os
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent.parent
BROKEN = {
    "missing": "raise ModuleNotFoundError(\"No module named '{0}'\", name='{0}')",
    "of another version": "raise ImportError('cannot import name Linter')",
    "that ends the process": "import os; os._exit(9)",
    "that crashes": "import ctypes; ctypes.string_at(0)",
}


def audit() -> Any:
    loader = importlib.machinery.SourceFileLoader("ci_audit", str(ROOT / ".ci" / "audit"))
    spec = importlib.util.spec_from_loader("ci_audit", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("dependencies", "code", "word"),
    [
        ([{"name": "a", "version": "1", "vulns": []}], 0, "audited: 1"),
        ([{"name": "a", "version": "1", "vulns": [{"id": "X-1"}]}], 1, "a 1: X-1"),
        ([{"name": "a", "skip_reason": "?"}], 0, "NOT AUDITED"),
        ([{"name": "a", "skip_reason": "?"}, {"name": "b", "version": "1", "vulns": []}], 1, "PARTLY AUDITED"),
        (None, 0, "NOT AUDITED"),
    ],
)
def test_an_audit_says_what_it_did_not_look_up(dependencies: Any, code: int, word: str) -> None:
    """Skipped is not clean."""
    found, text = audit().judge(None if dependencies is None else json.dumps({"dependencies": dependencies}), 7)
    assert (found, word in text) == (code, True)


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock", "requirements-audit.lock"])
def test_every_locked_package_has_a_hash(lock: str) -> None:
    """No package is installed on its name alone."""
    packages = (ROOT / lock).read_text("utf-8").replace("\\\n", " ").splitlines()
    names = [line for line in packages if line and not line.startswith((" ", "#"))]
    assert len(names) > 40
    assert [line for line in names if "--hash=sha256:" not in line or "==" not in line] == []


def hide(tmp_path: Path, module: str, source: str) -> Path:
    """A folder in which a module of that name stands before the real one."""
    folder = tmp_path / "before"
    folder.mkdir()
    (folder / f"{module}.py").write_text(source.format(module) + "\n")
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("how", BROKEN)
def test_a_broken_grammar_checker_costs_its_step_only(how: str, blog: Any, tmp_path: Path) -> None:
    """Without a working Harper the step `grammar` is incomplete and says why; all other steps review every post."""
    blog.folder.mkdir()
    for name in ("a", "b"):
        (blog.folder / f"{name}.md").write_text(f"---\ntitle: Post {name}\n---\n\nText, see [it](gone-{name}.md).\n")
    path = os.pathsep.join((str(hide(tmp_path, "harper", BROKEN[how])), blog.env["PYTHONPATH"]))
    code, out, err = blog.run("check", ".", "--format", "json", "--no-cache", env={"PYTHONPATH": path})
    assert code == 3, err
    assert "Traceback" not in err
    posts = json.loads(out)["posts"]
    assert [post["incomplete"] for post in posts] == [["grammar"], ["grammar"]]
    for post in posts:
        found = {finding["check"]: finding["message"] for finding in post["findings"]}
        assert "links.broken_link" in found or any(c.startswith("links.") for c in found), found
        said = [text for check, text in found.items() if check.startswith("grammar.")]
        assert len(said) == 1
        assert len(said[0]) > 20, "a message that helps"
    code, out, _ = blog.run("doctor", env={"PYTHONPATH": path} if how != "that ends the process" else {})
    if how in ("missing", "of another version"):
        assert "grammar does not work" in out


@pytest.mark.slow
def test_without_graphviz_a_review_is_the_same(blog: Any, tmp_path: Path) -> None:
    """A program that draws and is broken costs the picture, with a note, and nothing of the review."""
    blog.folder.mkdir()
    (blog.folder / "a.md").write_text("---\ntitle: Post\n---\n\nText.\n")
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("dot", "graphviz-pure"):
        (programs / name).write_text("#!/bin/sh\nkill -SEGV $$\n")
        (programs / name).chmod(0o755)
    env = {"PATH": os.pathsep.join((str(programs), os.environ["PATH"]))}
    code, _, err = blog.run("check", ".", "--format", "html", "--output", "report.html", env=env)
    assert code in (0, 1)
    assert "no diagram" in err
    assert "Traceback" not in err
    assert "</html>" in (blog.folder / "report.html").read_text()
