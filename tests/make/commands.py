"""The command `market`, run in this process as the shell would run it."""

import io
import json
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from market.cli.main import run


@dataclass(frozen=True, slots=True)
class Outcome:
    """`lines` is what went to standard error, `said` the same in one: the console may break lines at its width."""

    code: int
    printed: str
    lines: list[str]

    @property
    def said(self) -> str:
        return " ".join(" ".join(self.lines).split())

    @property
    def json(self) -> Any:
        return json.loads(self.printed)


Market = Callable[..., Outcome]


def make_market(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Market:
    def run_market(*arguments: object, stdin: str | bytes = "") -> Outcome:
        monkeypatch.setattr(sys, "argv", ["market", *map(str, arguments)])
        typed = io.TextIOWrapper(io.BytesIO(stdin), "utf-8") if isinstance(stdin, bytes) else io.StringIO(stdin)
        monkeypatch.setattr(sys, "stdin", typed)
        capsys.readouterr()
        handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            with pytest.raises(SystemExit) as ended:
                run()
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)
        printed, said = capsys.readouterr()
        code = ended.value.code
        return Outcome(code if isinstance(code, int) else 0, printed, said.splitlines())

    return run_market
