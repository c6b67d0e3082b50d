"""What the sender of a file may choose."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from locales import LANGUAGES
from market.exchange.formats.encodings import ENCODINGS
from market.kernel.errors import N_
from market.listings.enums import ListingKind
from market.web.forms import MESSAGES, FieldProblem, Form

TAKEN_TWICE = N_("This column of ours is chosen twice.")


class ImportOptions(BaseModel):
    """`language` and `kind` are for rows that name none of ours. `skips_faults`: refused rows are left out, instead of
    the whole file. `publishes_incomplete`: rows that lack what an author's listing needs are published all the same,
    as staff may; otherwise they stay drafts.
    """

    model_config = ConfigDict(frozen=True)

    language: str = ""
    kind: ListingKind | None = None
    encoding: Annotated[str, Field(max_length=40)] = ""
    publishes: bool = False
    publishes_incomplete: bool = False
    skips_faults: bool = False


class ReadingForm(Form):
    """How a file is to be read, as far as it does not say itself."""

    language: Annotated[str, Field(max_length=12)] = ""
    kind: ListingKind | None = None
    encoding: Annotated[str, Field(max_length=40)] = ""

    @field_validator("language")
    @classmethod
    def check_language(cls, code: str) -> str:
        if code and code not in LANGUAGES:
            raise FieldProblem(MESSAGES["enum"])
        return code

    @field_validator("encoding")
    @classmethod
    def check_encoding(cls, name: str) -> str:
        if name and name not in ENCODINGS:
            raise FieldProblem(MESSAGES["enum"])
        return name


class UploadForm(ReadingForm):
    """The page's form beside the file."""

    organization: Annotated[str, Field(max_length=80)]
    publishes: Literal["", "1"] = ""

    def as_options(self) -> ImportOptions:
        return ImportOptions(
            language=self.language, kind=self.kind, encoding=self.encoding, publishes=bool(self.publishes)
        )
