"""The server's program: its jars from the user's cache folder, put there by Maven the first time."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from filelock import FileLock

from tests.elasticsearch.java import OLDEST, find_java

VERSION = "9.2.0"
"""Of most other patch versions of Elasticsearch 9 the transport-netty4 module is not published."""

HERE = Path(__file__).parent
FETCH_SECONDS = 600
DESCRIPTOR = f"""\
description=Netty transport
version={VERSION}
name=transport-netty4
classname=org.elasticsearch.transport.netty4.Netty4Plugin
java.version=21
elasticsearch.version={VERSION}
has.native.controller=false
"""


class NotAvailable(Exception):
    """There can be no node here; the message says what is missing and what brings it."""


@dataclass(frozen=True, slots=True)
class Program:
    """`folder` holds `jars`, the class path, and `modules`, a part of a node's home."""

    java: Path
    folder: Path

    @classmethod
    def find_or_assemble(cls) -> Self:
        """Safe to call from several processes at once: one fetches, the others wait for it."""
        java = find_java()
        if java is None:
            raise NotAvailable(
                f"no JDK of version {OLDEST} or newer in JAVA_HOME, PATH or /usr/lib/jvm: apt-get install "
                "openjdk-21-jdk-headless (before Debian 13: temurin-21-jdk from packages.adoptium.net)"
            )
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "market-tests"
        folder = cache / f"elasticsearch-{VERSION}"
        if not folder.exists():
            cache.mkdir(parents=True, exist_ok=True)
            with FileLock(f"{folder}.lock"):
                _assemble(folder)
        return cls(java, folder)


def _assemble(folder: Path) -> None:
    """The folder gets its name last: whoever sees it finds it complete. The caller holds the lock."""
    if folder.exists():
        return
    draft = folder.with_name(f"{folder.name}.draft")
    shutil.rmtree(draft, ignore_errors=True)
    jars = draft / "jars"
    _fetch(jars)
    module = draft / "modules" / "transport-netty4"
    module.mkdir(parents=True)
    for jar in [*jars.glob("transport-netty4-*.jar"), *jars.glob("netty-*.jar")]:
        jar.rename(module / jar.name)
    (module / "plugin-descriptor.properties").write_text(DESCRIPTOR)
    draft.rename(folder)


def _fetch(jars: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise NotAvailable("Maven, which fetches Elasticsearch, is missing: apt-get install maven")
    command = [
        *(maven, "-q", "-B", "--strict-checksums", "-f", f"{HERE / 'pom.xml'}", "dependency:copy-dependencies"),
        *(f"-Delasticsearch.version={VERSION}", f"-DoutputDirectory={jars}"),
    ]
    try:
        answer = subprocess.run(  # noqa: S603 - our own
            command, capture_output=True, text=True, timeout=FETCH_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as problem:
        raise NotAvailable(f"Maven did not fetch Elasticsearch within {FETCH_SECONDS} seconds") from problem
    if answer.returncode != 0:
        raise NotAvailable(f"Maven could not fetch Elasticsearch {VERSION}: {(answer.stdout + answer.stderr)[:2000]}")
