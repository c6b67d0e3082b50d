"""How commands speak: results to standard output (`--json` for machines), progress and errors to standard error."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress

from locales import resolve_language

errors = Console(stderr=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


class Refused(Exception):
    """What was asked for is refused, with the reason or several. Exit code 1."""

    def __init__(self, *reasons: str) -> None:
        super().__init__(*reasons)
        self.reasons = reasons

    def __str__(self) -> str:
        return "; ".join(self.reasons)


def read_language(code: str) -> str:
    """One of ours, as an option `--language` names it; anything else is a wrong use."""
    language = resolve_language(code)
    if language is None:
        raise typer.BadParameter(f"{code!r} is none of our languages", param_hint="--language")
    return language


def print_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


@contextmanager
def show_progress(title: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on standard error: call with (done, all). Silent where nobody looks."""
    with Progress(console=errors, transient=True, disable=not sys.stderr.isatty()) as progress:
        bar = progress.add_task(title, total=None)

        def show(done: int, whole: int) -> None:
            progress.update(bar, completed=done, total=whole)

        yield show
