"""What the checks let pass: `exceptions.toml` beside the catalogues. Every exception has a reason."""

import tomllib
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from locales import LANGUAGES


def _known(code: str) -> str:
    if code not in LANGUAGES:
        raise ValueError(f"no such language: {code}")
    return code


class Exemption(BaseModel):
    """A message that may break the rules of wording in some languages. `message` is the msgid; of two, the singular."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    message: str
    context: str | None = None
    languages: tuple[Annotated[str, AfterValidator(_known)], ...] = Field(min_length=1)
    reason: str = Field(min_length=1)


class Exceptions(BaseModel):
    """`abbreviations` are written with the same letters in every language, names of formats included."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    abbreviations: frozenset[str] = frozenset()
    exception: tuple[Exemption, ...] = ()


def load_exceptions(folder: Path) -> Exceptions:
    with (folder / "exceptions.toml").open("rb") as source:
        return Exceptions.model_validate(tomllib.load(source))
