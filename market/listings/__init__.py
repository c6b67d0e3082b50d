"""Technology offers and demands: written in any of twelve languages, published, browsed, found.

The words stand in a row per language; everything else is structured, so that a reader of any language can read it.
The search index is a copy fed from this room's facts (`indexing.py`, `reactions.py`).
"""
