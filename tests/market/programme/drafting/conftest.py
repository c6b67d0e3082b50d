from collections.abc import Callable
from dataclasses import replace

import pytest

from market.kernel.work import Work
from tests.make.visitor import Visitor
from tests.market.programme.fair import Fair


@pytest.fixture
def browser(fair: Fair, sign_in: Callable[..., Visitor]) -> Visitor:
    return sign_in(fair.organizer)


@pytest.fixture
def quick(work: Work) -> Work:
    """Whose searches are short."""
    return replace(work, settings=work.settings.model_copy(update={"draft_seconds": 2, "draft_workers": 2}))
