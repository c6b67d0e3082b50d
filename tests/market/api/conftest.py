from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from market.accounts.models import User
from market.kernel.viewer import Scope
from tests.make.programs import ALL, Program, make_api_token
from tests.make.visitor import Visitor


@pytest.fixture
def anybody(visitor: Visitor) -> Program:
    """A program without a token."""
    return Program(visitor.client)


@pytest.fixture
def program_of(db: Session, visitor: Visitor) -> Callable[..., Program]:
    """A program with a token of somebody."""

    def make(user: User, *scopes: Scope) -> Program:
        return Program(visitor.client, make_api_token(db, user, scopes=scopes or ALL))

    return make
