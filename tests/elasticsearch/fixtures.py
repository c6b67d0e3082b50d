"""What tests ask for: the program to run nodes of their own, or the address of a node that all share."""

import os
from collections.abc import Iterator
from typing import NoReturn

import pytest

from tests.elasticsearch.nodes import Node
from tests.elasticsearch.program import NotAvailable, Program


@pytest.fixture(scope="session")
def elasticsearch_program() -> Program:
    """Skips where there is none; in CI that is a failure."""
    try:
        return Program.find_or_assemble()
    except NotAvailable as problem:
        do_without(str(problem))


@pytest.fixture(scope="session")
def elasticsearch_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A node that all tests of the session share: each makes indices of its own names and removes them."""
    if address := os.environ.get("MARKET_TEST_ELASTICSEARCH_URL"):
        yield address
        return
    program: Program = request.getfixturevalue("elasticsearch_program")
    with Node(program, tmp_path_factory.mktemp("elasticsearch")) as node:
        yield node.url


def do_without(reason: str) -> NoReturn:
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
