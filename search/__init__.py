"""Finding and ranking in twelve languages. Knows nothing of the market and nothing of the web.

`port` is all that a room sees: documents, queries, answers and the `Engine` that both engines
implement. `languages` lists the languages; `analysis` turns an author's text into words that
compare equal however they were typed; `detection` guesses a text's language; `embedding` turns
texts into vectors and `centring` takes the language out of them; `ranking` fuses words and
meaning; `highlighting` marks what was found; `embedded` is the engine without a server;
`evaluate` measures all of it on judged queries.
"""
