"""`python -m search.embedded.recentring DIRECTORY`: means of the bundled model from a live index's own vectors.

Once a market holds thousands of listings, what they have in common within a language is a
better centre than the project's sixty texts. The new means are kept in the index directory and
used from the next start; the index then asks for a rebuild, since old and new must not mix.
"""

import argparse
import sys
from pathlib import Path

import numpy as np

from search.centring import CODES, Centring, keep_centring, load_centring, recompute_passages
from search.embedded.generation import Generation
from search.embedding import load_embedder
from search.port import Embedder


def recentre(directory: Path, embedder: Embedder) -> Centring:
    """Compute means from the living vectors of the index in a directory, and keep them there."""
    old = load_centring(embedder, directory)
    name = (directory / "current").read_text(encoding="utf-8").strip()
    generation = Generation(directory / name, old, writable=False)
    try:
        view = generation.view
        living = view.row_slot >= 0
        raw = {
            code: np.asarray(view.matrix.raw[living & (view.row_language == place)], np.float32)
            for place, code in enumerate(CODES)
        }
    finally:
        generation.close()
    fresh = recompute_passages(old, raw)
    keep_centring(fresh, directory)
    return fresh


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m search.embedded.recentring", description=__doc__)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--embeddings-url", default=None)
    chosen = parser.parse_args(arguments)
    embedder = load_embedder(chosen.embeddings_url)
    if embedder is None:
        sys.stderr.write("no model loads here, so there is nothing to centre\n")
        return 1
    fresh = recentre(chosen.directory, embedder)
    sys.stdout.write(f"means {fresh.version} are kept in {chosen.directory}: rebuild the index to use them\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
