"""A Java that is new enough for Elasticsearch and compiles too. `python -m tests.elasticsearch.java`: is there one?

Only Python's own library is used here: `.ci/run` asks before anything is installed.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

OLDEST = 21
JVM_FOLDER = Path("/usr/lib/jvm")


def find_java() -> Path | None:
    """The `java` of the first JDK that is new enough."""
    for home in _list_homes():
        java = home / "bin" / "java"
        if (home / "bin" / "javac").exists() and _read_version(java) >= OLDEST:
            return java
    return None


def _list_homes() -> Iterator[Path]:
    if home := os.environ.get("JAVA_HOME"):
        yield Path(home)
    if compiler := shutil.which("javac"):
        yield Path(compiler).resolve().parents[1]
    yield from sorted(JVM_FOLDER.glob("*"), reverse=True)


def _read_version(java: Path) -> int:
    """0 where it does not say."""
    try:
        answer = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=30, check=False)  # noqa: S603 - a JDK's own
    except (OSError, subprocess.TimeoutExpired):
        return 0
    found = re.search(r'version "(\d+)', answer.stderr)
    return int(found[1]) if found else 0


if __name__ == "__main__":
    sys.exit(find_java() is None)
