"""The words of all documents in a tantivy index: one tantivy document a listing.

Each language group has its own field of words and, where its writing asks for it, a second
field, so that a listing in many languages is not longer than one in a single language.
Words are cut by `search.analysis`; tantivy only splits at spaces.
"""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import tantivy
from tantivy import Document as TantivyDocument
from tantivy import Index, IndexWriter, Schema, SchemaBuilder, Searcher, TextAnalyzerBuilder, Tokenizer

from search.asking import NUMBERS
from search.embedded.faults import is_fault
from search.fields import GROUPS, cut_texts, folded_field, grams_field, title_field, words_field
from search.port import DocumentText

_logger = logging.getLogger(__name__)

_HEAP_BYTES: Final = 64_000_000
_LAST: Final = 2**62
"""Where a document without the number stands when the least comes first."""


def build_schema() -> Schema:
    """Return the fields of the index. A change here is a change of `search.analysis.VERSION`."""
    builder = SchemaBuilder()
    builder.add_text_field("id", tokenizer_name="raw", index_option="basic")
    builder.add_integer_field("slot", indexed=True, fast=True)
    builder.add_json_field("facets", fast=True, tokenizer_name="raw", index_option="basic")
    for name in NUMBERS:
        builder.add_integer_field(name, indexed=True, fast=True)
    for group, language in GROUPS.items():
        builder.add_text_field(words_field(group), tokenizer_name="spaces", index_option="basic")
        builder.add_text_field(title_field(group), tokenizer_name="spaces", index_option="basic")
        builder.add_text_field(grams_field(group), tokenizer_name=f"grams_{language.grams}", index_option="basic")
        if language.accented:
            builder.add_text_field(folded_field(group), tokenizer_name="spaces", index_option="basic")
    return builder.build()


class WordIndex:
    """One directory. Writing needs `writable`; what is written shows in `searcher()` after `commit`."""

    def __init__(self, path: Path, *, writable: bool) -> None:
        path.mkdir(parents=True, exist_ok=True)
        self.schema = build_schema()
        self._index = Index(self.schema, path=str(path))
        self._index.register_tokenizer("spaces", TextAnalyzerBuilder(Tokenizer.whitespace()).build())
        for size in {language.grams for language in GROUPS.values()}:
            grams = TextAnalyzerBuilder(Tokenizer.ngram(size, size)).build()
            self._index.register_tokenizer(f"grams_{size}", grams)
        # Readers are told to reload when they look; a watching thread for each index is not needed.
        self._index.config_reader(reload_policy="manual")
        self._index.reload()
        self._may_write = writable
        self._writer: IndexWriter | None = None
        if writable:
            self._writable()
        self._searcher = self._index.searcher()

    @property
    def searcher(self) -> Searcher:
        return self._searcher

    def replace(
        self,
        slot: int,
        identifier: str,
        texts: tuple[DocumentText, ...],
        facets: Mapping[str, tuple[str, ...]],
        numbers: Mapping[str, int],
        *,
        is_new: bool,
    ) -> None:
        """Put a document in the place of what stands under its id; nothing does where it `is_new`.

        Every deletion is looked up in every part of the index, which costs as much as a tenth of writing.
        """
        if not is_new:
            self.delete(identifier)
        document = TantivyDocument()
        document.add_text("id", identifier)
        document.add_integer("slot", slot)
        document.add_json("facets", {name: list(codes) for name, codes in facets.items()})
        for name in NUMBERS:
            if name in numbers:
                document.add_integer(name, numbers[name])
            elif name == "expires_at":
                document.add_integer(name, _LAST)
        for field, words in cut_texts(texts).items():
            document.add_text(field, " ".join(words))
        self._writable().add_document(document)

    def delete(self, identifier: str) -> None:
        self._writable().delete_documents_by_term("id", identifier)

    def commit(self) -> None:
        self._writable().commit()
        self.reload()

    def rollback(self) -> None:
        """Drop what was written since the last commit.

        A writer whose files failed it, such as on a full disk, stays broken: then the next change begins a new one.
        """
        try:
            self._writable().rollback()
        except BaseException as fault:
            if not is_fault(fault):
                raise
            self._writer = None

    def reload(self) -> None:
        self._index.reload()
        self._searcher = self._index.searcher()

    def close(self) -> None:
        """Whatever state the files are in: what matters was committed, or is to be sent again."""
        self._may_write = False
        writer, self._writer = self._writer, None
        if writer is None:
            return
        try:
            writer.wait_merging_threads()
        except BaseException as fault:
            if not is_fault(fault):
                raise
            _logger.warning("the index's writer ended badly: %s", fault)

    def _writable(self) -> IndexWriter:
        if not self._may_write:
            message = "this process does not hold the index's lock"
            raise RuntimeError(message)
        if self._writer is None:
            self._writer = self._index.writer(_HEAP_BYTES, 1)
        return self._writer


def is_readable(path: Path) -> bool:
    """Say whether a whole tantivy index stands there."""
    return path.is_dir() and tantivy.Index.exists(str(path))
