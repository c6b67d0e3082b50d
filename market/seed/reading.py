import tomllib
from pathlib import Path
from typing import Any

DEMO = Path(__file__).parent / "demo"


def read_table(folder: str, language: str) -> dict[str, dict[str, Any]]:
    """Key → row of `demo/<folder>/<language>.toml`."""
    return tomllib.loads((DEMO / folder / f"{language}.toml").read_text(encoding="utf-8"))


def read_interests() -> dict[str, dict[str, Any]]:
    """Mail address of a demo account → what it keeps."""
    return tomllib.loads((DEMO / "interests.toml").read_text(encoding="utf-8"))


def read_parallel() -> dict[str, dict[str, Any]]:
    """What the parallel demands share; their words are in `demo/parallel/<language>.toml`."""
    return tomllib.loads((DEMO / "parallel.toml").read_text(encoding="utf-8"))
