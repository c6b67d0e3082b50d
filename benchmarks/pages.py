"""What a page costs: CPU a request, against the same template rendered from constants in the same run.

`python -m benchmarks.pages [listings]`
"""

import sys
import tempfile
import time
from pathlib import Path
from unittest.mock import patch

from benchmarks.core import take_one_core
from benchmarks.market import BLOCKS, cpu_per_call, make_asgi_app, market_of
from market.web.middleware import AnonymousCache
from market.web.page import Page

BROWSE = [("/en/listings", ""), ("/en/listings", "kind=offer"), ("/en/listings", "country=CN&industry=machinery")]
SEARCH = [
    ("/en/listings", f"q={words}")
    for words in ("drying", "sugar+cane+harvester", "water+treatment+membrane", "battery")
]


def main() -> None:
    take_one_core()
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000
    with tempfile.TemporaryDirectory() as folder, market_of(size, Path(folder)) as (settings, database, engine):
        with patch.object(AnonymousCache, "_keep", lambda *_: None):
            app = make_asgi_app(settings, database, engine)
            browse = cpu_per_call(app, BROWSE, times=100)
            search = cpu_per_call(app, SEARCH, times=60)
            floor = _floor(app)
        cached = cpu_per_call(make_asgi_app(settings, database, engine), BROWSE, times=500)
        with database.reading() as session:
            reference = session.connection().exec_driver_sql("select reference from listing limit 1").scalar_one()
        with patch.object(AnonymousCache, "_keep", lambda *_: None):
            one = cpu_per_call(app, [(f"/en/listings/{reference}", "")], times=100)
    print(f"{size} listings, CPU ms a request of one process")
    print(f"  same template from constants   {floor:6.2f}")
    print(f"  browse, 20 of them             {browse:6.2f}   {floor / browse:5.0%} of the floor's rate")
    print(f"  browse, anonymous page cache   {cached:6.2f}   {floor / cached:5.0%} of the floor's rate")
    print(f"  search by words, 7 facets      {search:6.2f}")
    print(f"  one listing                    {one:6.2f}")


def _floor(app: object) -> float:
    """The browse page's own template with what it was given once, without query, engine or form."""
    kept: list[object] = []
    render = Page.render

    def note(self: Page, template: str, **values: object) -> object:
        kept.append((self, template, values))
        return render(self, template, **values)  # type: ignore[arg-type] # as given

    with patch.object(Page, "render", note):
        cpu_per_call(app, BROWSE[:1], times=1)  # type: ignore[arg-type] # the application
    page, template, values = kept[-1]  # type: ignore[misc] # as kept above
    for _ in range(20):
        render(page, template, **values)
    blocks = []
    for _ in range(BLOCKS):
        started = time.process_time()
        for _ in range(100):
            render(page, template, **values)
        blocks.append((time.process_time() - started) * 1000 / 100)
    return min(blocks)


if __name__ == "__main__":
    main()
