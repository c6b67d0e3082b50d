"""A new migration from the models, for developers: `make migration M="what changes"`.

It is made against a throw-away SQLite database at the head; the suite runs it on PostgreSQL too.
"""

import sys
import tempfile
from pathlib import Path

from alembic import command

from market.cli.schema import make_configuration, migrate_database
from market.kernel.config import Settings
from market.kernel.db import Database


def main() -> None:
    message = " ".join(sys.argv[1:]).strip()
    if not message:
        sys.exit('say what changes: make migration M="listing has a colour"')
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder), database_url="")
        migrate_database(settings)
        number = len(list((Path(__file__).parent / "versions").glob("*.py"))) + 1
        configuration = make_configuration()
        configuration.attributes["connection"] = Database(settings.database_address).engine.connect()
        command.revision(configuration, message=message, autogenerate=True, rev_id=f"{number:04}")


if __name__ == "__main__":
    main()
