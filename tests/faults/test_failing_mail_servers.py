"""Mail servers that hang, refuse or break off: nobody waits for them, and every mail arrives once they are well."""

import pytest

from tests.faults.accounting import count_mails
from tests.faults.mail_servers import TAKES_THE_MAIL, Failing, FailingMailServer
from tests.faults.people import Browser, author_at
from tests.faults.running import Installation, pass_time
from tests.make.mail_server import make_mail_server
from tests.make.reading import read_titles
from tests.make.waiting import wait_until

pytestmark = pytest.mark.faults

PATIENCE_SECONDS = 2
"""Of the postman in these tests, so that they need not wait long for a server that hangs."""


@pytest.mark.parametrize("failing", Failing)
def test_a_mail_server_that_fails_delays_no_page_and_no_mail_is_lost_or_doubled_by_it(
    installation: Installation, failing: Failing
) -> None:
    mails = make_mail_server()
    broken = FailingMailServer(mails.port, failing)
    installation.settings |= {"MARKET_MAIL_URL": mails.url, "FAULTS_MAIL_TIMEOUT": str(PATIENCE_SECONDS)}
    with installation.serving() as server, installation.database() as database:
        with broken.running():
            with Browser(server.address) as newcomer:
                assert newcomer.register("new@example.org").status_code == 303
            with author_at(server.address, database) as author:
                assert author.publish("Rice mill").status_code == 303
                wait_until(lambda: read_titles(author.get("/listings?q=rice")) == ["Rice mill"])
            wait_until(lambda: broken.attempts > 0)
            if failing in TAKES_THE_MAIL:
                server.wait_delivered()
        with mails.running():
            pass_time(installation, 31)
            server.wait_delivered()

        with database.reading() as session:
            assert count_mails(session) == {"new@example.org": 1}
        arrived = [*broken.accepted, *(message["Message-ID"] for message in mails.received)]
        assert len(arrived) == 1
        assert "Traceback" not in server.log
