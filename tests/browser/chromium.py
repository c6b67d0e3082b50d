import os
import shutil

import pytest

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--no-first-run"]


def find_chromium() -> str:
    """Debian's Chromium. Without one the browser tests are skipped; in CI that is a failure."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found:
        return found
    if os.environ.get("CI"):
        pytest.fail("chromium is missing: apt-get install chromium")
    pytest.skip("chromium is missing")
