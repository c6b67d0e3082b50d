"""The clock jumps back an hour and forward again while the market runs: nobody is signed out, nothing waits for it."""

import pytest

from tests.faults.accounting import count_mails, find_index_differences
from tests.faults.people import Browser, author_at, read_reference
from tests.faults.running import BOTH, Installation, Server
from tests.make.mail_server import make_mail_server
from tests.make.reading import read_titles
from tests.make.waiting import wait_until

pytestmark = pytest.mark.faults

HOUR = 3_600.0


def count_failures(server: Server) -> int:
    return server.log.count("send_mails failed")


def wait_for_failure(server: Server, before: int) -> None:
    wait_until(lambda: count_failures(server) > before)


@pytest.mark.parametrize("installation", BOTH, indirect=True)
@pytest.mark.parametrize("jumps", [(-HOUR, 0.0), (HOUR, 0.0)], ids=["back and forth", "forth and back"])
def test_a_clock_that_jumps_an_hour_signs_nobody_out_and_holds_up_no_delivery(
    installation: Installation, jumps: tuple[float, float]
) -> None:
    mails = make_mail_server()
    installation.settings["MARKET_MAIL_URL"] = mails.url
    with (
        installation.serving() as server,
        installation.database() as database,
        author_at(server.address, database) as author,
        Browser(server.address) as newcomer,
    ):
        titles = ["Rice mill 0"]
        reference = read_reference(author.publish(titles[0]))
        for number, jump in enumerate(jumps, 1):
            failures = count_failures(server)
            # Written while the mail server is down: its next attempt is due by the clock that was.
            assert newcomer.register(f"new{number}@example.org").status_code == 303
            wait_for_failure(server, failures)
            installation.set_clock(jump)

            titles += [f"Rice mill {number}"]
            assert author.publish(titles[-1]).status_code == 303
            assert author.retitle(reference, f"Rice mill 0 for the {number}th time").status_code == 303
            titles[0] = f"Rice mill 0 for the {number}th time"
            with mails.running():
                server.wait_delivered(seconds=60)
            assert sorted(read_titles(author.get("/listings?q=rice+mill"))) == sorted(titles)
            assert author.withdraw(reference).status_code == 303
            assert author.open_form(f"/listings/{reference}", "/publish").send({}).status_code == 303
        server.wait_delivered()
        with database.reading() as session:
            assert count_mails(session) == {"new1@example.org": 1, "new2@example.org": 1}
        assert {message["To"] for message in mails.received} == {"new1@example.org", "new2@example.org"}
        assert "Traceback" not in server.log
    assert find_index_differences(installation) == []
