"""Demo data, written by the project and built through the services that people use; in stages, each holding those
before.

`demo/` holds the words: organizations and listings by language, and twelve demands in all twelve languages.
"""
