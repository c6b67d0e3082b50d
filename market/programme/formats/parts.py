"""What a file says before anybody asks whether it can be true: parts that hold texts and further parts, whatever the
syntax. Names are frab's: `guid`, `id`, `date`, `duration` …
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from market.programme.formats.neutral import Problem
from market.programme.formats.problems import Where


@dataclass(slots=True)
class Part:
    """`path` is what the file calls the place, `joint` stands between it and the names within.

    `faults`: what cannot be read at all, by name. Whoever looks at the part tells them, so they come in their order.
    """

    path: str
    line: int | None = None
    joint: str = "."
    texts: dict[str, str] = field(default_factory=dict)
    parts: dict[str, list["Part"]] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    faults: dict[str, Problem] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    """What the file calls a text where that is not our name."""

    def text(self, name: str) -> str:
        return self.texts.get(name, "")

    def list_parts(self, name: str) -> Sequence["Part"]:
        return self.parts.get(name, ())

    def at(self, name: str) -> Where:
        """Where one of its texts stands, or should."""
        label = self.labels.get(name, name)
        return Where(self.lines.get(name, self.line), f"{self.path}{self.joint}{label}" if self.path else label)

    @property
    def where(self) -> Where:
        return Where(self.line, self.path)
