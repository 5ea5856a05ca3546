"""Which function a step is: built-in, named by the team, or registered by a package; and what is refused."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from copydesk.steps import (
    BUILTIN,
    OPTIONAL,
    UnusableStep,
    builtin,
    find_step,
    known_names,
    load_object,
    registered,
    rules_of,
)

ROOT = Path(__file__).parents[2]


@pytest.fixture
def module(tmp_path, monkeypatch):
    """Write a module of this name and make it importable."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def write(name, source):
        file = tmp_path.joinpath(*name.split(".")).with_suffix(".py")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(source)
        monkeypatch.delitem(sys.modules, name, raising=False)
        return file

    return write


@pytest.mark.parametrize("name", [*BUILTIN, *OPTIONAL, "load"])
def test_built_in_steps_are_found_by_name_with_their_rules(name):
    step = find_step(name, None)
    assert step.name == name
    assert callable(load_object(step.check))
    assert rules_of(step)
    assert all(rule.id.startswith(f"{name}.") for rule in rules_of(step))


def test_a_name_that_is_not_built_in_has_no_built_in_step():
    with pytest.raises(KeyError):
        builtin("os")


def test_a_function_is_a_step_described_by_its_docstring(own_steps):
    step = find_step("house_style", "team_checks:house_style")
    assert (step.name, step.check) == ("house_style", "team_checks:house_style")
    assert step.description == "Words that this team does not want."


def test_a_team_may_replace_a_built_in_step(own_steps):
    assert find_step("grammar", "team_checks:house_style").check == "team_checks:house_style"


def test_a_registration_is_taken_as_it_is(own_steps):
    step = find_step("act", "team_checks:CHUNKED")
    assert (step.chunk_posts, step.check) == (4, "team_checks:act")


@pytest.mark.parametrize(
    ("uses", "message"),
    [
        ("team_checks:house_styl", "has no 'house_styl'. Did you mean 'house_style'?"),
        ("team_checks:not_callable", "is no function"),
        ("team_checks:one_argument", "does not take (post, context)"),
        ("team_checks:asynchronous", "is asynchronous"),
        ("team_checks:NO_CHECK", "has no 'no_such_function'"),
        ("team_checks:RULELESS", "no module named 'no_such_module'"),
        ("team_cheks:house_style", "no module named 'team_cheks'"),
        ("no_package.checks:house_style", "no module named 'no_package'"),
    ],
)
def test_what_cannot_be_a_step_is_refused_before_a_run(own_steps, uses, message):
    with pytest.raises(UnusableStep) as caught:
        find_step("own", uses)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("import no_such_dependency\n", "no module named 'no_such_dependency'"),
        ("1 / 0\n", "ZeroDivisionError: division by zero"),
        ("def f(:\n", "SyntaxError"),
        ("raise SystemExit(3)\n", "SystemExit: 3"),
    ],
)
def test_a_module_that_cannot_be_imported_says_why(module, source, message):
    module("broken_checks", source)
    with pytest.raises(UnusableStep) as caught:
        find_step("own", "broken_checks:f")
    assert message in str(caught.value)


def test_the_version_changes_with_the_source(module):
    file = module("version_checks", "def f(post, context):\n    return []\n")
    first = find_step("own", "version_checks:f").version
    assert find_step("own", "version_checks:f").version == first
    file.write_text(file.read_text() + "# changed\n")
    assert find_step("own", "version_checks:f").version != first


def test_an_installed_package_registers_steps_by_entry_point(tmp_path, monkeypatch, module):
    module("packaged_checks", "def f(post, context):\n    '''From a package.'''\n    return []\n")
    dist = tmp_path / "packaged_checks-1.0.dist-info"
    dist.mkdir()
    (dist / "METADATA").write_text("Metadata-Version: 2.1\nName: packaged-checks\nVersion: 1.0\n")
    (dist / "entry_points.txt").write_text("[copydesk.steps]\npackaged = packaged_checks:f\nseo = packaged_checks:f\n")
    registered.cache_clear()
    try:
        assert "packaged" in known_names()
        assert find_step("packaged", None).description == "From a package."
        assert find_step("seo", None) == builtin("seo")  # no package takes the name of a built-in step
    finally:
        monkeypatch.undo()
        registered.cache_clear()


# --- no code from the posts -------------------------------------------------------------------------------------------


def test_code_among_the_posts_is_refused_without_being_loaded(module, tmp_path):
    module("posts.evil", f"open({str(tmp_path / 'ran')!r}, 'w')\ndef f(post, context): return []\n")
    (tmp_path / "posts" / "__init__.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    with pytest.raises(UnusableStep, match="code among the posts being reviewed"):
        find_step("own", "posts.evil:f", [tmp_path / "posts"])
    assert not (tmp_path / "ran").exists()


def test_a_package_spread_into_the_posts_is_refused(module, tmp_path):
    # A namespace package: the part that is among the posts is what would be imported.
    module("spread.inner", "def f(post, context): return []\n")
    with pytest.raises(UnusableStep, match="code among the posts"):
        find_step("own", "spread.inner:f", [tmp_path / "spread"])


def test_a_link_into_the_posts_is_refused(module, tmp_path):
    (tmp_path / "posts").mkdir()
    (tmp_path / "posts" / "real.py").write_text("def f(post, context): return []\n")
    (tmp_path / "linked_checks.py").symlink_to(tmp_path / "posts" / "real.py")
    with pytest.raises(UnusableStep, match="code among the posts"):
        find_step("own", "linked_checks:f", [(tmp_path / "posts").resolve()])


def test_code_beside_the_posts_is_loaded(module, tmp_path):
    module("beside_checks", "def f(post, context): return []\n")
    (tmp_path / "posts").mkdir()
    assert find_step("own", "beside_checks:f", [tmp_path / "posts"]).check == "beside_checks:f"


def test_the_command_refuses_a_step_among_the_posts(copydesk, tmp_path):
    posts = tmp_path / "posts"
    posts.mkdir()
    (posts / "post.md").write_text("# Hello\n\nWords.\n")
    (posts / "evil.py").write_text("open('ran', 'w')\ndef f(post, context): return []\n")
    (tmp_path / "copydesk.yaml").write_text("workflow:\n  steps:\n    - name: own\n      uses: 'evil:f'\n")
    done = copydesk("check", posts, env={"PYTHONPATH": f"{ROOT}{os.pathsep}{posts}"})
    assert done.returncode == 2
    assert "copydesk.yaml:4: workflow.steps[0].uses: 'evil:f' is code among the posts being reviewed" in done.stderr
    assert not (tmp_path / "ran").exists()


SHOW_PATH = """
import os, sys
from pathlib import Path
def f(post, context):
    here = Path(context.options["here"]).resolve()
    assert os.path.realpath(os.getcwd()) == str(here), os.getcwd()
    assert here not in [Path(entry).resolve() for entry in sys.path], sys.path
    assert "decoy" not in sys.modules
    return []
"""


@pytest.mark.parametrize("start", [["-m", "copydesk"], ["-c", "from copydesk.cli import main; main()"]])
def test_the_current_folder_is_no_place_for_code(tmp_path, start):
    blog, team = tmp_path / "blog", tmp_path / "team"
    blog.mkdir()
    team.mkdir()
    (blog / "post.md").write_text("# Hello\n\nWords.\n")
    for name in ("json", "yaml", "decoy"):  # what an import would take, were the folder on the path
        (blog / f"{name}.py").write_text("raise SystemExit('the code of the posts was run')\n")
    (team / "path_checks.py").write_text(SHOW_PATH)
    config = f"workflow:\n  steps:\n    - name: own\n      uses: 'path_checks:f'\n      with: {{here: '{blog}'}}\n"
    (blog / "copydesk.yaml").write_text(config)
    # A console script has its own folder first on the path, not the current one; `-P` is that for `-c`.
    safe = ["-P"] if "-c" in start else []
    done = subprocess.run(
        [sys.executable, *safe, *start, "check", "post.md"],
        cwd=blog,
        env=os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{team}"},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert "code of the posts" not in done.stderr + done.stdout
    assert "could not finish" not in done.stdout, done.stdout
    assert done.returncode in (0, 1), done.stderr
