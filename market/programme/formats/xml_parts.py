"""From XML to parts, with the line of each. What nobody asks for is passed over.

The parser is Python's own, without declarations: a document type is where entities come from that grow to gigabytes or
name files and addresses. Nothing is fetched, whatever a file says.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

from market.kernel.errors import N_
from market.programme.formats.limits import MOST_PARTS, TOO_MUCH
from market.programme.formats.parts import Part
from market.programme.formats.problems import Problems, Where

BROKEN_XML = N_("This is no whole XML. It goes wrong at character %(column)s of this line.")
DOCUMENT_TYPE = N_("This XML has a document type or entities. We read none of it: they can do harm.")
OTHER_XML = N_("This XML is no programme: it begins with %(name)s and not with schedule.")

_LONGEST_LABEL: Final = 80
_BUFFER: Final = 1 << 16
_STEP: Final = 1 << 16
_LONGEST_TAG: Final = 1 << 20
"""Bytes of a tag with its attributes. Texts may be longer."""
_DEEPEST: Final = 1_000
"""Elements within each other, of those that nobody asks for."""
_MOST_NAMES: Final = 10_000
"""Different names of elements and attributes."""


@dataclass(slots=True)
class Grammar:
    """What an element may hold, and under which name of ours. Others within it are passed over."""

    texts: Mapping[str, str] = field(default_factory=dict)
    attributes: Mapping[str, str] = field(default_factory=dict)
    content: str = ""
    """The name of its own text, if it is asked for and no attribute says the same."""
    parts: "Mapping[str, tuple[str, Grammar]]" = field(default_factory=dict)
    """Elements that are parts: the list they go to, and what they hold in turn."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """What the file calls what we call otherwise."""
    wrappers: "Mapping[str, Grammar]" = field(default_factory=dict)
    """Elements that only stand around: what they hold is the part's that they stand in."""


class _Refused(Exception):
    """Reading ends here; why is among the problems."""


def read_parts(content: bytes, root: str, grammar: Grammar, problems: Problems) -> Part | None:
    """The part of the root element. None where the file is no such XML; then the problems say why."""
    builder = _Builder(root, grammar, problems)
    try:
        builder.read(content)
    except _Refused:
        return None
    except (expat.ExpatError, ValueError, LookupError):  # the latter two: encodings that there are not
        line, column = builder.parser.ErrorLineNumber, builder.parser.ErrorColumnNumber
        problems.add(Where(line), BROKEN_XML, column=column + 1)
        return None
    return builder.root


class _Builder:
    def __init__(self, root: str, grammar: Grammar, problems: Problems) -> None:
        self.root: Part | None = None
        self._root_name = root
        self._grammar = grammar
        self._problems = problems
        self._count = 0
        self._passed_over = 0
        """How deep we are in something that nobody asked for, or within a text."""
        self._open: list[tuple[Part, Grammar]] = []
        self._text: list[str] = []
        self._text_name = ""
        self.parser = self._make_parser()

    def read(self, content: bytes) -> None:
        """Step by step, so that what would fill the memory is seen before it has done so."""
        for start in range(0, len(content), _STEP):
            step = content[start : start + _STEP]
            self.parser.Parse(step, False)
            behind = start + len(step) - self.parser.CurrentByteIndex
            if behind > _LONGEST_TAG or len(self.parser.intern) > _MOST_NAMES:
                self._refuse(TOO_MUCH)
        self.parser.Parse(b"", True)

    def _make_parser(self) -> expat.XMLParserType:
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.buffer_size = _BUFFER
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text.append
        parser.StartDoctypeDeclHandler = self._refuse_doctype
        return parser

    def _refuse_doctype(self, *_: object) -> None:
        self._refuse(DOCUMENT_TYPE)

    def _refuse(self, message: str, **values: object) -> None:
        self._problems.add(Where(self.parser.CurrentLineNumber), message, **values)
        raise _Refused

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if self._passed_over:
            self._passed_over += 1
            if self._passed_over > _DEEPEST:
                self._refuse(TOO_MUCH)
        elif not self._open:
            self._start_root(name, attributes)
        else:
            self._start_within(name, attributes)

    def _start_root(self, name: str, attributes: dict[str, str]) -> None:
        if name != self._root_name:
            self._refuse(OTHER_XML, name=name[:_LONGEST_LABEL])
        self.root = self._make_part(name, attributes, self._grammar)
        self._open.append((self.root, self._grammar))

    def _start_within(self, name: str, attributes: dict[str, str]) -> None:
        part, grammar = self._open[-1]
        if name in grammar.texts:
            self._passed_over = 1
            self._text_name = grammar.texts[name]
            self._text.clear()
            part.lines.setdefault(self._text_name, self.parser.CurrentLineNumber)
        elif name in grammar.parts:
            kind, inner = grammar.parts[name]
            child = self._make_part(name, attributes, inner)
            part.parts.setdefault(kind, []).append(child)
            self._open.append((child, inner))
            self._text.clear()
        elif name in grammar.wrappers:
            self._open.append((part, grammar.wrappers[name]))
        else:
            self._passed_over = 1
            self._text_name = ""

    def _end(self, name: str) -> None:  # noqa: ARG002 - expat's interface
        if self._passed_over:
            self._passed_over -= 1
            if not self._passed_over and self._text_name:
                self._open[-1][0].texts.setdefault(self._text_name, "".join(self._text))
            return
        part, grammar = self._open.pop()
        if grammar.content:
            part.texts.setdefault(grammar.content, "".join(self._text))

    def _make_part(self, name: str, attributes: dict[str, str], grammar: Grammar) -> Part:
        self._count += 1
        if self._count > MOST_PARTS:
            self._refuse(TOO_MUCH)
        own = grammar.attributes
        label = attributes.get("id") or attributes.get("name") or ""
        return Part(
            path=f"{name} {label[:_LONGEST_LABEL]}".strip(),
            line=self.parser.CurrentLineNumber,
            joint="/",
            texts={own[key]: value for key, value in attributes.items() if key in own},
            labels=grammar.labels,
        )
