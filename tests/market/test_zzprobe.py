from tests.make.crowd import post_together
from tests.make.accounts import make_user, PASSWORD
from tests.make.listings import *
from tests.make.reading import *
from market.web.paging import write_cursor
def test_paths(visitor, db, database):
    visitor.client._transport.raise_server_exceptions=False
    for p in ["/xx/","/xx/listings","/EN/listings","/zh/listings","/en/listings/%00","/en/organizations/a%00b","/en/listings?q=a%00b","/en/listings?cursor="+write_cursor("0001-01-01T00:00:00+14:00",str(uuid4())),"/en/listings?cursor="+write_cursor("a\x00",str(uuid4())),"/en/organizations?cursor="+write_cursor("a\x00","b"),"/en/organizations?cursor="+write_cursor("a\ud800","b"),"/en/organizations?country=xx","/en/listings?sort=expiring&cursor="+write_cursor("2027-01-01",str(uuid4())),"/en/listings?cursor=%00","/en/listings?cursor=é","/en/listings?kind=%00", "/en/listings?q="+"ก"*10000, "/en/listings?offset=99999","/en/listings?trl_min=10", "/en/listings?sort=x","/en/sign-in?next=%00","/en/nothing","/nothing","/en/listings/"+"x"*5000, "/en/about?notice=saved"]:
        r=visitor.get(p)
        print(r.status_code, p[:80], len(r.content), read_html(r).find("h1").text[:60] if r.status_code!=500 else r.text[:60])
