"""What the client in this process asks of a cluster, step by step: before it is sent, and when its answer has come."""

from collections.abc import Callable
from typing import Any, Final

READ: Final = "read"
_STEPS: Final = {"_bulk": "write", "_refresh": "refresh", "_aliases": "aliases"}


def watching(send: Callable[..., Any], note: Callable[[str], None]) -> Callable[..., Any]:
    """In place of a transport's `perform_request`: `note` hears "write", then "write answered". What changes nothing
    is "read".
    """

    def perform_request(*arguments: Any, **named: Any) -> Any:
        method, target = arguments[-2:]
        step = name_step(method, target)
        note(step)
        answer = send(*arguments, **named)
        note(f"{step} answered")
        return answer

    return perform_request


def name_step(method: str, target: str) -> str:
    place = target.partition("?")[0].rpartition("/")[2]
    if place.startswith("_") or method not in ("PUT", "DELETE"):
        return _STEPS.get(place, READ)
    return {"PUT": "create", "DELETE": "delete"}[method]
