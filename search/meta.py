"""What an index was built with, and whether this program can use it."""

from dataclasses import asdict, dataclass
from typing import Any

from search import analysis
from search.asking import NUMBERS
from search.centring import Centring
from search.port import Document, DocumentRefused


@dataclass(frozen=True, slots=True)
class Meta:
    """What an index was built with. Another model, other means or another analysis need a rebuild.

    `lacking`: it was made in the place of one that was lost, and lacks what was in that.
    """

    analysis: int
    embedder: str | None
    dimensions: int
    means: str | None
    lacking: bool = False

    @staticmethod
    def describe(centring: Centring | None) -> "Meta":
        if centring is None:
            return Meta(analysis.VERSION, None, 0, None)
        return Meta(analysis.VERSION, centring.embedder, centring.means.shape[2], centring.version)

    def find_problem(self, wanted: "Meta") -> str | None:
        """Say what keeps an index of this make from being used as `wanted`, None where nothing does.

        Without an embedder words are searched, and an index without vectors has nothing to mix.
        """
        if self.lacking:
            return "it is new and lacks what was there before: needs a rebuild"
        if self.analysis != wanted.analysis:
            return (
                f"words were cut by version {self.analysis}, this program is version {wanted.analysis}: needs a rebuild"
            )
        if self.embedder is None or wanted.embedder is None or self == wanted:
            return None
        if self.embedder != wanted.embedder or self.dimensions != wanted.dimensions:
            return f"vectors are of {self.embedder}, this program's are of {wanted.embedder}: needs a rebuild"
        return f"vectors are centred by means {self.means}, this program has {wanted.means}: needs a rebuild"

    def check_document(self, document: Document) -> None:
        """Refuse what can never be in an index of this make: a number without a field, a vector of another size."""
        if unknown := set(document.numbers) - set(NUMBERS):
            message = f"{document.id}: no field for {sorted(unknown)}"
            raise DocumentRefused(message)
        if not self.dimensions:
            return
        for vector in document.vectors:
            size = len(vector.values) // (4 if isinstance(vector.values, bytes) else 1)
            if size == 0 or size % self.dimensions:
                message = f"{document.id}: a vector of {size} dimensions, the index has {self.dimensions}"
                raise DocumentRefused(message)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)
