"""The catalogues' command line: `python -m locales.messages --help`. docs/translating.md tells when to use what."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from locales import LANGUAGES
from locales.catalogues import FOLDER
from locales.tools.checks import check
from locales.tools.exchange import FillError, fill_catalogue, list_missing
from locales.tools.extraction import extract_messages
from locales.tools.files import (
    list_codes,
    make_catalogue,
    messages_of,
    path_in,
    read_catalogue,
    update_catalogue,
    write_catalogue,
)

ROOT = FOLDER.parent


def main(arguments: Sequence[str] | None = None, *, folder: Path = FOLDER, root: Path = ROOT) -> int:
    """Returns the exit code."""
    asked = _read_arguments(arguments)
    try:
        return _obey(asked, folder, root)
    except FileNotFoundError as problem:
        _complain(f"{problem.filename} does not exist")
        return 1


def _obey(asked: argparse.Namespace, folder: Path, root: Path) -> int:
    match asked.command:
        case "extract-update":
            return update_all(folder, root)
        case "new":
            return add_language(folder, root, asked.code)
        case "check":
            return report_faults(folder, root)
        case "missing":
            _say(json.dumps(list_missing(folder, asked.code), ensure_ascii=False, indent=1))
            return 0
        case _:
            return fill_language(folder, asked.code, asked.file)


def update_all(folder: Path, root: Path) -> int:
    template = extract_messages(root)
    for code in list_codes(folder):
        catalogue = read_catalogue(folder, code)
        update_catalogue(catalogue, code, template)
        write_catalogue(folder, code, catalogue)
        _say(f"{code}: {len(catalogue)} messages, {len(list_missing(folder, code))} to translate")
    return 0


def add_language(folder: Path, root: Path, code: str) -> int:
    """Refuses where there is a catalogue already: somebody's work would be lost."""
    path = path_in(folder, code)
    if path.exists():
        _complain(f"{path} exists already")
        return 1
    catalogue = make_catalogue(code)
    update_catalogue(catalogue, code, extract_messages(root))
    write_catalogue(folder, code, catalogue)
    _say(f"{path}: {sum(1 for _ in messages_of(catalogue))} messages to translate")
    return 0


def report_faults(folder: Path, root: Path) -> int:
    """Faults on the output, warnings beside it; only faults fail."""
    found = check(folder, root)
    for fault in found:
        if fault.is_warning:
            _complain(f"warning: {fault}")
        else:
            _say(str(fault))
    return 1 if any(not fault.is_warning for fault in found) else 0


def fill_language(folder: Path, code: str, file: Path) -> int:
    try:
        taken = fill_catalogue(folder, code, file)
    except (FillError, ValidationError) as refused:
        _complain(f"{refused}\nNothing was written.")
        return 1
    _say(f"{code}: {taken} translations taken, {len(list_missing(folder, code))} to translate")
    return 0


def _read_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m locales.messages", description="Keeps the catalogues of messages.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("extract-update", help="bring every catalogue in step with code, pages and mails")
    commands.add_parser("check", help="name every fault; fails if there is one")
    for name, help_ in (
        ("new", "make the empty catalogue of a language that has its row in locales/__init__.py"),
        ("missing", "print as JSON what is to be translated"),
        ("fill", "take translations from a JSON file, all or none"),
    ):
        command = commands.add_parser(name, help=help_)
        command.add_argument("code", choices=LANGUAGES)
        if name == "fill":
            command.add_argument("file", type=Path)
    return parser.parse_args(arguments)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def _complain(line: str) -> None:
    sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
