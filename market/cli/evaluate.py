from market.cli.output import AsJson, print_json


def evaluate_search(as_json: AsJson = False) -> None:
    """Placeholder until search.evaluate is there."""
    print_json({}) if as_json else None
