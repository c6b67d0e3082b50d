"""Listings for programs: `asking` takes an address apart and asks the engine, `rows` reads, `showing` makes JSON of it,
`sending` makes a form of JSON, `doors` are the routes.
"""
