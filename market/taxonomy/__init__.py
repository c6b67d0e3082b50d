"""The value lists that forms offer, facets count and matching reads. Codes are stable; labels are translated messages.

Each list names its source and date. A code once used is never given another meaning.
"""
