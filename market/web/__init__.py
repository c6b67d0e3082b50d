"""The HTML toolkit: what every page uses, and the only place that opens and commits a request's transaction.

Knows no room above it. A page is a plain `def`; only this room is `async`.
"""
