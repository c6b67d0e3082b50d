"""Three nodes that find each other."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.elasticsearch.nodes import QUICK_START, Node, Running, list_free_ports
from tests.elasticsearch.program import Program

SIZE = 3


class Cluster(Running):
    """Each node can be killed and started again with its data; any two of the three go on without the third."""

    def __init__(
        self,
        program: Program,
        folder: Path,
        *,
        heap: str = "512m",
        jvm: Sequence[str] = QUICK_START,
        settings: Mapping[str, object] | None = None,
    ) -> None:
        ports = list_free_ports(2 * SIZE)
        pairs = list(zip(ports[:SIZE], ports[SIZE:], strict=True))
        seeds = [f"127.0.0.1:{transport}" for _http, transport in pairs]
        self.nodes = [
            Node(program, folder / f"node-{number}", ports=pair, seeds=seeds, heap=heap, jvm=jvm, settings=settings)
            for number, pair in enumerate(pairs)
        ]

    @property
    def urls(self) -> list[str]:
        return [node.url for node in self.nodes]

    def node(self, number: int) -> Node:
        """From 0."""
        return self.nodes[number]

    def start(self) -> None:
        """Those that do not run. Returns when each sees all three."""
        for node in self.nodes:
            if not node.is_running():
                node.launch()
        for node in self.nodes:
            node.wait_ready(members=SIZE)

    def kill(self) -> None:
        for node in self.nodes:
            node.kill()
