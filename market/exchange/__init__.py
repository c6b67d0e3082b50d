"""Listings in and out in bulk: imports from files with a report for every row, exports in the same formats.

A file is read into staging tables in batches, each row checked by the same form as an author's, and nothing of it is
visible. Taking it over moves all rows, or none, by a few statements (docs/decisions/0009-exchange.md).
"""
