"""What a person reads about a browser that is signed in."""

import pytest

from market.accounts.presenting import name_browser

WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
SAID = {
    "Chrome · Windows": f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/140.0.0.0 Safari/537.36",
    "Edge · Windows": f"Mozilla/5.0 (Windows NT 10.0) {WEBKIT} Chrome/140.0.0.0 Safari/537.36 Edg/140.0",
    "Chrome · Android": f"Mozilla/5.0 (Linux; Android 10; K) {WEBKIT} Chrome/140.0.0.0 Mobile Safari/537.36",
    "WeChat · Android": f"Mozilla/5.0 (Linux; Android 14) {WEBKIT} Chrome/130.0 MicroMessenger/8.0.50",
    "Firefox · Linux": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Safari · iPhone": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18.0 Mobile",
    "Safari · macOS": "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.0 Safari",
    "curl/8.5": "curl/8.5",
    "": "",
}


@pytest.mark.parametrize(("name", "said"), SAID.items(), ids=SAID)
def test_a_browser_is_named_as_people_know_it(name: str, said: str) -> None:
    assert name_browser(said) == name
