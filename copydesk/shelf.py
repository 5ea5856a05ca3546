"""Values by path, in a file once they are many: what a run keeps of each post costs its process no memory."""

from __future__ import annotations

import json
import logging
import tempfile
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from operator import eq
from typing import IO, Any, TypeVar, overload

T = TypeVar("T")

log = logging.getLogger("copydesk.shelf")

IN_MEMORY = 2_000  # values; as many reviews take some 15 MB

Place = tuple[int, int]  # of a value: its first byte in the file, and how many
Entry = tuple[T] | Place  # the value itself, or where it lies


class Shelf(Mapping[str, T]):
    """Values by path, in the order of the paths. A later value for a path takes the place of the earlier one.

    Values are not changed once they are there. Up to `in_memory` of them stay in memory as they are. From then on all
    lie as JSON in a temporary file without a name, which goes with the shelf; each is made anew when it is asked for:
    by `make` from plain values, in which dataclasses are dicts of their fields; without `make` it is those plain
    values. Threads may share a shelf.
    """

    def __init__(self, make: Callable[[Any], T] | None = None, *, in_memory: int = IN_MEMORY) -> None:
        self._make = make
        self._most = in_memory
        self._entries: dict[str, Entry[T]] = {}
        self._file: IO[bytes] | None = None
        self._end = 0
        self._told = False  # that the disk takes no more
        self._lock = threading.Lock()  # reading moves the place in the file too

    def put(self, path: str, value: T) -> None:
        """Keep a value. On its way to the file, raises TypeError for one that JSON has no form for.

        What the temporary folder does not take stays in memory.
        """
        with self._lock:
            try:
                if self._file is not None:
                    self._write(path, value)
                    return
                self._entries[path] = (value,)
                if len(self._entries) > self._most:
                    self._open()
            except OSError as error:
                self._entries[path] = (value,)
                if not self._told:
                    log.warning("the folder for temporary files takes no more: %s", error.strerror or error)
                self._told = True

    def _open(self) -> None:
        # Unbuffered: what the disk refuses must not be tried again by whoever reads next.
        self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - closed below
        # A report is often rendered after its session: the file is closed when nobody can ask for a value any more.
        weakref.finalize(self, self._file.close)
        for path, entry in self._entries.items():
            self._write(path, entry[0])  # type: ignore[arg-type]  # all are values so far

    def _write(self, path: str, value: T) -> None:
        assert self._file is not None
        # Lone surrogates, as broken names of files have them, stay as they are.
        data = json.dumps(value, ensure_ascii=False, default=_fields).encode("utf-8", "surrogatepass")
        self._file.seek(self._end)
        written = 0
        while written < len(data):
            written += self._file.write(data[written:])
        self._entries[path] = self._end, len(data)
        self._end += len(data)

    def in_order(self, paths: Iterable[str] | None = None) -> Sequence[T]:
        """The values by path, as they are now: what is put later does not show. Each is loaded when it is asked for.

        With `paths` only their values; a path without one is left out.
        """
        chosen = self._entries if paths is None else {path for path in paths if path in self._entries}
        return _Row(self, [self._entries[path] for path in sorted(chosen)])

    def load(self, entry: Entry[T]) -> T:
        """The value of an entry."""
        if len(entry) == 1:
            return entry[0]
        start, size = entry
        assert self._file is not None
        with self._lock:
            self._file.seek(start)
            data = self._file.read(size)
        plain: Any = json.loads(data.decode("utf-8", "surrogatepass"))
        value: T = plain if self._make is None else self._make(plain)
        return value

    def __getitem__(self, path: str) -> T:
        return self.load(self._entries[path])

    def __contains__(self, path: object) -> bool:
        return path in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._entries))

    def __len__(self) -> int:
        return len(self._entries)


def _fields(value: Any) -> dict[str, Any]:
    return {field.name: getattr(value, field.name) for field in fields(value)}


class _Row(Sequence[T]):
    """Values of a shelf; holds the shelf, and none of the values that lie in its file."""

    def __init__(self, shelf: Shelf[T], entries: Sequence[Entry[T]]) -> None:
        self._shelf, self._entries = shelf, entries

    def __len__(self) -> int:
        return len(self._entries)

    def __eq__(self, other: object) -> bool:
        """Whether the other is a sequence of equal values: so two reports can be compared."""
        if not isinstance(other, Sequence):
            return NotImplemented
        return len(self) == len(other) and all(map(eq, self, other))

    @overload
    def __getitem__(self, index: int) -> T: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[T]: ...

    def __getitem__(self, index: int | slice) -> T | Sequence[T]:
        if isinstance(index, slice):
            return _Row(self._shelf, self._entries[index])
        return self._shelf.load(self._entries[index])
