"""The vectors of the demo listings, computed beforehand: seeding is quick and searches go by meaning at once.

`python -m market.seed.make_vectors` computes them anew; needed when the demo's words or the embedding change. A
vector is
used only where model and words are those it was computed from; all others are computed as for any listing.
"""

from pathlib import Path

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from market.listings.indexing import document_text, hash_words
from market.listings.models import ListingText, ListingVector
from search.port import DocumentText

FILE = Path(__file__).parent / "demo" / "vectors.npz"


def attach_vectors(session: Session) -> int:
    """Give each text of the demo the vector computed for it, as far as there is one. Answers how many."""
    if not FILE.exists():
        return 0
    model, vectors = read_file()
    attached = 0
    for text in session.scalars(select(ListingText)):
        text_hash = hash_words(document_text(text))
        if text_hash in vectors:
            session.add(
                ListingVector(
                    listing_id=text.listing_id,
                    language=text.language,
                    model=model,
                    text_hash=text_hash,
                    vector=vectors[text_hash],
                )
            )
            attached += 1
    return attached


def list_words(session: Session) -> dict[str, DocumentText]:
    """Hash → words of every text in the database."""
    texts = [document_text(text) for text in session.scalars(select(ListingText))]
    return {hash_words(text): text for text in texts}


def read_file() -> tuple[str, dict[str, bytes]]:
    with np.load(FILE) as kept:
        ends = np.cumsum(kept["lengths"])
        rows = np.split(kept["values"].astype("<f4"), ends[:-1])
        return str(kept["model"]), {str(key): row.tobytes() for key, row in zip(kept["hashes"], rows, strict=True)}


def write_file(model: str, vectors: dict[str, bytes]) -> None:
    """float16: a third decimal of a raw vector does not change what is found, and the file is half as large."""
    rows = [np.frombuffer(values, "<f4").astype("<f2") for values in vectors.values()]
    np.savez_compressed(
        FILE,
        model=np.array(model),
        hashes=np.array(list(vectors)),
        lengths=np.array([len(row) for row in rows]),
        values=np.concatenate(rows),
    )
