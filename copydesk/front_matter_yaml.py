"""Front matter in YAML, read from the parser's events.

Nothing is constructed or guessed: strings stay as typed (`NO`, `012`, `2024-02-30` are texts), tags are refused, and
the limits hold while reading. An alias may repeat a single value, as in published posts; anchors on lists and mappings,
which is what bombs are made of, are refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from copydesk.front_matter_values import (
    MAX_CHARACTERS,
    MAX_DEPTH,
    MAX_NODES,
    Read,
    Refused,
    align,
    finite,
    storable,
)
from copydesk.source_map import Span

_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})\Z")
_FLOAT = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,300})(?=[.eE])(?:\.[0-9]{0,300})?(?:[eE][-+]?[0-9]{1,4})?\Z")
_NOT_A_NUMBER = re.compile(r"[-+]?\.inf\Z|\.nan\Z", re.IGNORECASE)
_ANCHOR = re.compile(r"&\S+\s+")


def read_yaml(text: str, base: int) -> Read:
    """Read the text between the delimiters, which begins at `base` of the post. Raises Refused."""
    import yaml

    fast = getattr(yaml, "CSafeLoader", None)  # missing where PyYAML was built without libyaml

    try:
        return _YamlBuilder(text, base).build(yaml.parse(text, Loader=fast or yaml.SafeLoader))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        offset = base + min(mark.index, len(text)) if mark is not None else base
        what = ", ".join(part for part in (error.context, error.problem) if part)
        raise Refused(f"The front matter is no YAML: {what}.", offset) from None
    except yaml.reader.ReaderError as error:
        position = error.position
        if fast is not None:  # libyaml counts bytes
            position = len(text.encode()[:position].decode("utf-8", "ignore"))
        message = "The front matter is no YAML: it holds a control character."
        raise Refused(message, base + min(position, len(text))) from None
    except yaml.YAMLError as error:
        raise Refused(f"The front matter is no YAML: {error}.", base) from None


class _YamlBuilder:
    """Plain data from the parser's events, within the limits."""

    def __init__(self, text: str, base: int) -> None:
        self.text = text
        self.base = base
        self.read = Read()
        self.nodes = 0
        self.anchors: dict[str | None, Any] = {}  # the scalar events that aliases repeat
        self.repeated = 0
        self.stack: list[tuple[dict[str, Any] | list[Any], list[str]]] = []  # with the key that waits for its value

    def build(self, events: Iterator[Any]) -> Read:
        import yaml

        documents = 0
        for event in events:
            offset = self.base + event.start_mark.index
            if isinstance(event, yaml.AliasEvent):
                if event.anchor not in self.anchors:
                    raise Refused(
                        f"The alias *{str(event.anchor)[:40]} repeats nothing that was given before it.", offset
                    )
                self._scalar(self.anchors[event.anchor], offset)
                self.repeated += len(self.anchors[event.anchor].value)
                if self.repeated > MAX_CHARACTERS:
                    raise Refused("The aliases of the front matter repeat too much.", offset)
                continue
            if getattr(event, "anchor", None) is not None:
                if not isinstance(event, yaml.ScalarEvent):
                    raise Refused("Anchors on lists and mappings are not read in front matter.", offset)
                self.anchors[event.anchor] = event
            if getattr(event, "tag", None) is not None:
                raise Refused(f"The tag {event.tag[:40]} is not read in front matter.", offset)
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise Refused("The front matter holds a second YAML document.", offset)
            elif isinstance(event, yaml.ScalarEvent):
                self._scalar(event, offset)
            elif isinstance(event, yaml.MappingStartEvent):
                self._open({}, offset)
            elif isinstance(event, yaml.SequenceStartEvent):
                self._open([], offset)
            elif isinstance(event, yaml.CollectionEndEvent):
                self.stack.pop()
        return self.read

    def _count(self, offset: int) -> None:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise Refused(f"The front matter has more than {MAX_NODES} keys and values.", offset)

    def _open(self, container: dict[str, Any] | list[Any], offset: int) -> None:
        self._count(offset)
        if not self.stack:
            if not isinstance(container, dict):
                raise Refused("The front matter is a list; it should be keys with values.", offset)
            self.read.data = container
        elif isinstance(self.stack[-1][0], dict) and not self.stack[-1][1]:
            raise Refused("A key of the front matter is a list or a mapping; it should be a text.", offset)
        else:
            self._put(container)
        if len(self.stack) >= MAX_DEPTH:
            raise Refused(f"The front matter is nested deeper than {MAX_DEPTH} levels.", offset)
        self.stack.append((container, []))

    def _put(self, value: Any) -> None:
        container, waiting = self.stack[-1]
        if isinstance(container, dict):
            container[waiting.pop()] = value
        else:
            container.append(value)

    def _scalar(self, event: Any, offset: int) -> None:
        self._count(offset)
        text = storable(event.value)
        if not self.stack:
            if text:
                raise Refused("The front matter is a text; it should be keys with values.", offset)
            return
        container, waiting = self.stack[-1]
        if isinstance(container, dict) and not waiting:
            if text in container:
                self.read.duplicates.append((text, offset))
            waiting.append(text)
            return
        plain = not event.style
        value = _plain(text, offset) if plain else text
        if len(self.stack) == 1 and value is not None:
            anchor = _ANCHOR.match(self.text, event.start_mark.index) if event.anchor else None
            raw = Span(anchor.end() if anchor else event.start_mark.index, event.end_mark.index)
            self.read.values[waiting[0]] = align(text, self.text, raw, event.style or "", self.base)
        elif len(self.stack) == 1:
            self.read.values.pop(waiting[0], None)
        self._put(value)


def _plain(value: str, offset: int) -> Any:
    """A plain YAML scalar: null, true, false and decimal numbers as in YAML 1.2; all else is a text, as typed."""
    if value in ("", "~", "null", "Null", "NULL"):
        return None
    if value in ("true", "True", "TRUE"):
        return True
    if value in ("false", "False", "FALSE"):
        return False
    if _INTEGER.match(value):
        return int(value)
    if _NOT_A_NUMBER.match(value):
        raise Refused(f"{value} is no number that can be stored.", offset)
    if _FLOAT.match(value):
        return finite(value, offset)
    return value
