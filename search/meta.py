"""What an index was built with, and whether this program can use it."""

from dataclasses import asdict, dataclass
from typing import Any

from search import analysis
from search.centring import Centring


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

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)
