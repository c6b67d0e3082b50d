from typing import Annotated

import typer

from market.cli.output import Refused, errors, show_progress
from market.cli.parts import open_database, read_settings
from market.cli.schema import require_current
from market.kernel.config import Settings
from market.seed.imports import seed_import
from market.seed.removing import remove_demo
from market.seed.stages import ACCOUNTS, BROKER, PASSWORD, SeededAlready, Stage
from market.seed.stages import seed_market as seed_stage


def seed_market(
    stage: Annotated[Stage, typer.Option(help="How far: each stage holds those before it.")] = list(Stage)[-1],
    if_empty: Annotated[bool, typer.Option("--if-empty", help="Do nothing where demo data is there already.")] = False,
    remove: Annotated[
        bool, typer.Option("--remove", help="Take the demo accounts and what is theirs out again.")
    ] = False,
) -> None:
    """Fill the marketplace with demo data. Development only."""
    settings = read_settings()
    if remove:
        remove_seed(settings)
        return
    if not settings.in_development:
        raise Refused("demo data is for development only")
    with open_database(settings) as database:
        require_current(database)
        try:
            with show_progress("demo listings") as show:
                seed_stage(database, stage, show=show)
            if stage is not Stage.BARE:
                seed_import(database, settings, BROKER)
        except SeededAlready as problem:
            if not if_empty:
                raise Refused("demo data is there already") from problem
    for account in ACCOUNTS:
        errors.print(f"  {account.what:18} {account.email:24} password: {PASSWORD}", highlight=False)


def remove_seed(settings: Settings) -> None:
    """In any environment: production refuses to start while demo accounts are left."""
    with open_database(settings) as database:
        require_current(database)
        with database.transaction() as session:
            removed = remove_demo(session)
    errors.print(f"{removed} demo accounts are gone, with their organizations and listings")
