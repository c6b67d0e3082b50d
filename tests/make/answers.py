"""Telling answers apart."""

from httpx2 import Response


def all_there_is(response: Response) -> tuple[int, list[tuple[str, str]], bytes]:
    """Everything that somebody can tell two answers apart by; the number of a request is new every time."""
    headers = [(name, value) for name, value in response.headers.multi_items() if name != "x-request-id"]
    return response.status_code, headers, response.content
