"""What our own code must not do: read from its syntax, so that no review of a change has to remember it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
FILES = sorted(f for folder in ("copydesk", "tasks", "flows", "deployments") for f in (ROOT / folder).rglob("*.py"))

# Each of these can run code that somebody wrote into a file, an answer or a name.
MODULES = {"pickle", "cPickle", "marshal", "shelve", "dill", "cloudpickle", "jsonpickle", "joblib", "telnetlib"}
CALLS = {
    *("eval", "exec", "compile", "__import__", "os.system", "os.popen", "os.execl", "os.execv", "os.spawnl"),
    *("yaml.load", "yaml.load_all", "yaml.unsafe_load", "yaml.full_load", "yaml.unsafe_load_all"),
    *("tempfile.mktemp", "subprocess.getoutput", "subprocess.getstatusoutput", "numpy.load"),
}
LOADERS = {"Loader", "UnsafeLoader", "FullLoader", "CLoader", "CFullLoader", "CUnsafeLoader"}


def name_of(node: ast.AST) -> str:
    """`a.b.c` of a name or an attribute; empty for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = name_of(node.value)
        return f"{before}.{node.attr}" if before else ""
    return ""


def forbidden(source: str) -> Iterator[str]:
    """What a source does that it must not."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (f"import {a.name}" for a in node.names if a.name.partition(".")[0] in MODULES)
        elif isinstance(node, ast.ImportFrom):
            if (node.module or "").partition(".")[0] in MODULES:
                yield f"from {node.module} import"
            elif node.module == "yaml":
                yield from (f"yaml.{a.name}" for a in node.names if a.name in LOADERS | {"load", "unsafe_load"})
        elif isinstance(node, ast.Call):
            if name_of(node.func) in CALLS:
                yield f"{name_of(node.func)}()"
            for keyword in node.keywords:
                given = getattr(keyword.value, "value", None)
                if keyword.arg == "shell" and given is not False:
                    yield "shell="
                if keyword.arg == "verify" and given is False:
                    yield "verify=False"
                if keyword.arg == "result_serializer" and given != "json":
                    yield "a serializer that is not json"
        elif isinstance(node, ast.Attribute) and node.attr in LOADERS and name_of(node.value) == "yaml":
            yield f"yaml.{node.attr}"


def line_of(file: Path) -> str:
    return str(file.relative_to(ROOT))


@pytest.mark.parametrize("file", FILES, ids=line_of)
def test_nothing_can_run_what_it_reads(file: Path) -> None:
    """No pickle, no unsafe YAML, no shell, no eval: what is stored or read back cannot run."""
    assert list(forbidden(file.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "source",
    [
        "import pickle", "from marshal import loads", "import yaml\nyaml.load(x)", "import yaml\ny = yaml.Loader",
        "from yaml import unsafe_load", "eval('1')", "import os\nos.system(x)", "subprocess.run(x, shell=True)",
        "subprocess.run(x, shell=y)", "httpx.get(u, verify=False)", "@task(result_serializer='pickle')\ndef f(): ...",
    ],
)  # fmt: skip
def test_the_search_finds_what_it_looks_for(source: str) -> None:
    """The search itself works."""
    assert list(forbidden(source))


def test_there_is_something_to_search() -> None:
    """Every package is looked at."""
    assert {file.relative_to(ROOT).parts[0] for file in FILES} == {"copydesk", "tasks", "flows", "deployments"}
