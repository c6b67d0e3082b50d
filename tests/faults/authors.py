"""People who write as fast as they can until their server is gone, and note what they asked for and were told."""

import random
from collections.abc import Iterator
from itertools import count
from uuid import uuid4

import httpx2

from tests.faults.accounting import UNKNOWN, Asked, Ledger
from tests.faults.people import Browser, read_reference
from tests.make.accounts import PASSWORD


class Author:
    """Registers others and writes listings, one thing after the other, and notes what was asked and answered."""

    numbers = count(1)

    def __init__(self, browser: Browser, ledger: Ledger) -> None:
        self.browser = browser
        self.ledger = ledger
        self.own: list[str] = []
        self.is_done = False

    def write_until_cut_off(self, chance: random.Random) -> None:
        try:
            while not self.is_done:
                chance.choice((self.register, self.publish, self.retitle, self.retitle, self.withdraw))(chance)
        except (httpx2.TransportError, httpx2.HTTPStatusError):
            return

    def stop(self) -> None:
        """After what is under way."""
        self.is_done = True

    def register(self, _chance: random.Random) -> None:
        email = f"new{next(self.numbers)}@example.org"
        with Browser(str(self.browser.client.base_url)) as newcomer:
            form = newcomer.open_form("/register", "/register")
            self.ledger.registered[email] = UNKNOWN
            answer = form.send({"email": email, "name": "Lan", "password": PASSWORD})
        self.ledger.registered[email] = answer.status_code == 303

    def publish(self, _chance: random.Random) -> None:
        form_id, title = str(uuid4()), f"Rice mill {next(self.numbers)}"
        asked = self.ledger.listings[form_id] = Asked([title])
        answer = self.browser.publish(title, form_id=form_id)
        asked.is_there = answer.status_code == 303
        if asked.is_there:
            asked.reference = read_reference(answer)
            self.own.append(form_id)

    def retitle(self, chance: random.Random) -> None:
        for asked in self._choose(chance):
            title = f"Silk loom {next(self.numbers)}"
            asked.titles.append(title)
            done = self.browser.retitle(asked.reference, title).status_code == 303
            asked.titles = [title] if done else asked.titles[:1]

    def withdraw(self, chance: random.Random) -> None:
        for asked in self._choose(chance):
            asked.is_withdrawn = UNKNOWN
            asked.is_withdrawn = self.browser.withdraw(asked.reference).status_code == 303

    def _choose(self, chance: random.Random) -> Iterator[Asked]:
        """One of their own that is published, if there is one."""
        published = [one for one in map(self.ledger.listings.__getitem__, self.own) if one.is_withdrawn is False]
        yield from chance.sample(published, min(1, len(published)))
