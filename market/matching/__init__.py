"""Matching: for every published listing its counterparts, offers for a demand and demands for an offer.

Hard constraints first, each with its name; then a score of parts that each say what speaks for or against. Matches are
kept as pairs and brought up to date by what happens to a listing: nothing computes the world anew. What the owners say
of a match is honoured at once.
"""
