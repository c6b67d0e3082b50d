from typing import Annotated
from uuid import UUID

from pydantic import Field, field_validator

from market.interests.enums import Often
from market.interests.rules import LONGEST_NAME, LONGEST_NOTE
from market.web.forms import PARAGRAPHS, READABLE_LINE, Form
from search.port import MAX_QUERY_CHARACTERS


class _NamedForm(Form):
    name: Annotated[str, Field(max_length=LONGEST_NAME), READABLE_LINE]
    often: Often


class NewSearchForm(_NamedForm):
    """`query` is that of the browse page's address."""

    form_id: UUID
    query: str = ""


class SearchForm(_NamedForm):
    words: Annotated[str, Field(max_length=MAX_QUERY_CHARACTERS)] = ""

    @field_validator("words", mode="before")
    @classmethod
    def _clean_words(cls, value: object) -> object:
        """As the browse page takes them."""
        return " ".join(value.split()) if isinstance(value, str) else value


class NoteForm(Form):
    note: Annotated[str, Field(max_length=LONGEST_NOTE), PARAGRAPHS] = ""


class FollowForm(Form):
    often: Often
