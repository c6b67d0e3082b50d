"""How the server's program gets into the cache, with a Maven of ours that fetches nothing."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.elasticsearch import fixtures, java, program
from tests.elasticsearch.program import NotAvailable, Program

FETCHES = """\
echo fetch >> "$COUNT"
for argument in "$@"; do case "$argument" in -DoutputDirectory=*) folder="${argument#*=}";; esac; done
mkdir -p "$folder"
touch "$folder/elasticsearch-9.jar" "$folder/netty-common-4.jar" "$folder/transport-netty4-9.jar"
"""
ASSEMBLED = [
    "jars/elasticsearch-9.jar",
    "modules/transport-netty4/netty-common-4.jar",
    "modules/transport-netty4/plugin-descriptor.properties",
    "modules/transport-netty4/transport-netty4-9.jar",
]


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the program goes. There is a JDK of version 21, and no Maven."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("COUNT", str(tmp_path / "count"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr(java, "JVM_FOLDER", tmp_path / "jvm")
    monkeypatch.setenv("JAVA_HOME", str(make_jdk(tmp_path / "jdk", says='openjdk version "21.0.9" 2025-10-21')))
    return tmp_path / "cache" / "market-tests"


@pytest.fixture
def put_maven(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    def put(script: str) -> None:
        write_program(tmp_path / "bin" / "mvn", script)
        monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.defpath}")

    return put


def write_program(file: Path, script: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"#!/bin/sh\n{script}")
    file.chmod(0o755)


def make_jdk(home: Path, *, says: str) -> Path:
    write_program(home / "bin" / "java", f"echo '{says}' >&2")
    write_program(home / "bin" / "javac", "")
    return home


def list_files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_several_at_once_fetch_once(cache: Path, tmp_path: Path, put_maven: Callable[[str], None]) -> None:
    put_maven(FETCHES)

    with ThreadPoolExecutor(4) as threads:
        found = [future.result() for future in [threads.submit(Program.find_or_assemble) for _ in range(4)]]

    assert {one.folder for one in found} == {cache / f"elasticsearch-{program.VERSION}"}
    assert list_files(found[0].folder) == ASSEMBLED
    assert (tmp_path / "count").read_text() == "fetch\n"


def test_what_was_left_half_way_is_begun_anew(cache: Path, put_maven: Callable[[str], None]) -> None:
    put_maven(FETCHES + "touch $folder/half.jar; exit 1")
    with pytest.raises(NotAvailable):
        Program.find_or_assemble()

    put_maven(FETCHES)

    assert list_files(Program.find_or_assemble().folder) == ASSEMBLED


def test_what_maven_complains_of_is_the_reason(cache: Path, put_maven: Callable[[str], None]) -> None:
    put_maven("echo '[ERROR] no route to the repository'; exit 1")

    with pytest.raises(NotAvailable, match="no route to the repository"):
        Program.find_or_assemble()


def test_without_maven_its_package_is_named(cache: Path) -> None:
    with pytest.raises(NotAvailable, match="apt-get install maven"):
        Program.find_or_assemble()


@pytest.mark.parametrize("says", ['openjdk version "17.0.15" 2025-04-15', 'java version "1.8.0_402"', "broken"])
def test_without_a_new_enough_jdk_its_package_is_named(cache: Path, tmp_path: Path, says: str) -> None:
    make_jdk(tmp_path / "jdk", says=says)

    with pytest.raises(NotAvailable, match="apt-get install openjdk-21-jdk-headless"):
        Program.find_or_assemble()


def test_a_jdk_lies_where_debian_puts_them(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JAVA_HOME")
    make_jdk(tmp_path / "jvm" / "java-17", says='openjdk version "17.0.15"')
    newer = make_jdk(tmp_path / "jvm" / "java-25", says='openjdk version "25" 2025-09-16')

    assert java.find_java() == newer / "bin" / "java"


@pytest.mark.parametrize(
    ("ci", "outcome"), [("", pytest.skip.Exception), ("true", pytest.fail.Exception)], ids=["here", "in-ci"]
)
def test_what_is_skipped_here_fails_in_ci(
    monkeypatch: pytest.MonkeyPatch, ci: str, outcome: type[BaseException]
) -> None:
    monkeypatch.setenv("CI", ci)

    with pytest.raises(outcome, match="no Maven"):
        fixtures.do_without("no Maven")
