"""Values by path, in a file once they are many: what a run keeps of each post costs its process no memory."""

from __future__ import annotations

import json
import tempfile
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any, TypeVar, overload

from copydesk.errors import CopydeskError

T = TypeVar("T")

IN_MEMORY = 8_000_000  # bytes; the reviews of some 2,000 posts

Place = tuple[int, int]  # of a value: its first byte in the file, and how many


class Shelf(Mapping[str, T]):
    """Values by path, in the order of the paths. A later value for a path takes the place of the earlier one.

    A value is kept as JSON, as it was when it was put there, and is made anew each time that it is asked for: by `make`
    from plain values, in which dataclasses are dicts of their fields; without `make` it is those plain values. Up to
    `in_memory` bytes stay in memory; from then on all lie in a temporary file without a name, which goes with the
    shelf. Threads may share a shelf.
    """

    def __init__(self, make: Callable[[Any], T] | None = None, *, in_memory: int = IN_MEMORY) -> None:
        self._make = make
        self._file = tempfile.SpooledTemporaryFile(max_size=in_memory)  # noqa: SIM115 - closed below
        self._places: dict[str, Place] = {}
        self._end = 0
        self._lock = threading.Lock()  # reading moves the place in the file too
        # A report is often rendered after its session: the file is closed when nobody can ask for a value any more.
        weakref.finalize(self, self._file.close)

    def put(self, path: str, value: T) -> None:
        """Keep a value. Raises TypeError for one that JSON has no form for.

        Raises `CopydeskError` when the temporary folder takes no more.
        """
        # Lone surrogates, as broken names of files have them, stay as they are.
        data = json.dumps(value, ensure_ascii=False, default=_fields).encode("utf-8", "surrogatepass")
        try:
            with self._lock:
                self._file.seek(self._end)
                self._file.write(data)
                self._file.flush()  # or a full disk is noticed at the next value, maybe in a reader
                self._places[path] = self._end, len(data)
                self._end += len(data)
        except OSError as error:
            raise CopydeskError(
                f"The folder for temporary files takes no more of this review: {error.strerror or error}. "
                "TMPDIR names another one."
            ) from None

    def in_order(self, paths: Iterable[str] | None = None) -> Sequence[T]:
        """The values by path, as they are now: what is put later does not show. Each is loaded when it is asked for.

        With `paths` only their values; a path without one is left out.
        """
        chosen = self._places if paths is None else {path for path in paths if path in self._places}
        return _Row(self, [self._places[path] for path in sorted(chosen)])

    def load(self, place: Place) -> T:
        """The value at a place."""
        start, size = place
        with self._lock:
            self._file.seek(start)
            data = self._file.read(size)
        plain: Any = json.loads(data.decode("utf-8", "surrogatepass"))
        value: T = plain if self._make is None else self._make(plain)
        return value

    def __getitem__(self, path: str) -> T:
        return self.load(self._places[path])

    def __contains__(self, path: object) -> bool:
        return path in self._places

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._places))

    def __len__(self) -> int:
        return len(self._places)


def _fields(value: Any) -> dict[str, Any]:
    return {field.name: getattr(value, field.name) for field in fields(value)}


class _Row(Sequence[T]):
    """Values of a shelf; holds the shelf, and none of the values."""

    def __init__(self, shelf: Shelf[T], places: Sequence[Place]) -> None:
        self._shelf, self._places = shelf, places

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, index: int) -> T: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[T]: ...

    def __getitem__(self, index: int | slice) -> T | Sequence[T]:
        if isinstance(index, slice):
            return _Row(self._shelf, self._places[index])
        return self._shelf.load(self._places[index])
