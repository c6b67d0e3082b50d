"""Real Elasticsearch nodes for the tests, without a container engine.

Elastic publishes the server's jars to Maven Central. They are fetched once, kept under the user's cache folder
(`program`), and run by our own `RunNode.java` (`nodes`, `clusters`). That bare server has what a search needs, and
lacks what Elastic puts into modules of its distribution: security, scripts, `reindex`, `delete_by_query`, analyzers
of single languages, and the page at `/`. The jars stand under the Elastic License 2.0: used here, never shipped.
"""
