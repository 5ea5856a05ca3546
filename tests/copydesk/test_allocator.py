"""Children work with another memory allocator where it can be had, and without it as well."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from copydesk import allocator
from copydesk.sandbox import ItemStatus, Pool

FUNCTIONS = Path(__file__).parent / "sandbox_functions"
PATIENCE = 120  # seconds; only against hanging for ever

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="libraries are preloaded on Linux only")


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(FUNCTIONS))
    monkeypatch.delenv("LD_PRELOAD", raising=False)
    monkeypatch.setattr(allocator, "_library", allocator._library.__wrapped__)


def asked(function: str) -> object:
    with Pool(1, memory_mb=600) as pool:
        answer = pool.submit(f"odd_functions:{function}", [None]).result(PATIENCE)[0]
    assert answer.status is ItemStatus.DONE, answer.error
    return answer.value


@pytest.mark.needs_program  # libatomic, which small systems have not
def test_children_have_it_and_the_programs_that_they_start_have_not() -> None:
    library = allocator.preloading()["LD_PRELOAD"]
    assert library in str(asked("libraries"))
    assert "libmimalloc" not in str(asked("libraries_of_a_program"))
    assert "LD_PRELOAD" not in os.environ, "this process is left as it is"


@pytest.mark.needs_program
def test_what_somebody_preloads_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = allocator.preloading()["LD_PRELOAD"].replace("libmimalloc.so.3", "libmimalloc.so")
    assert Path(theirs).exists()
    monkeypatch.setenv("LD_PRELOAD", theirs)
    assert allocator.preloading() == {}
    allocator.end_preloading()
    assert os.environ["LD_PRELOAD"] == theirs


@pytest.mark.parametrize("library", ["nowhere.so", "broken.so"])
def test_without_a_library_that_works_children_do_with_the_systems(
    library: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "broken.so").write_bytes(b"\x7fELF, and no more")
    monkeypatch.setattr(allocator, "_LIBRARY", tmp_path / library)
    assert allocator.preloading() == {}
    assert "libmimalloc" not in str(asked("libraries"))
    assert capfd.readouterr().err == "", "the linker would complain of it for each process"


@pytest.mark.needs_program
def test_a_library_beside_the_posts_is_never_loaded(tmp_path: Path) -> None:
    """`python -m copydesk` begins its path with the working folder, which may be a stranger's."""
    library = Path(allocator.preloading()["LD_PRELOAD"])
    beside = tmp_path / allocator._LIBRARY
    beside.parent.mkdir(parents=True)
    shutil.copy(library, beside)
    code = "import sys; sys.path.insert(0, '.'); from copydesk import allocator; print(allocator.preloading())"
    env = dict(os.environ) | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=env, capture_output=True, text=True, check=True
    )
    assert str(library) in done.stdout
