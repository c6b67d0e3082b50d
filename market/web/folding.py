"""Templates that are compiled with everything in them that is the same on all pages of a language.

A page has dozens of fixed words and addresses. Looked up for every page they are a third of what rendering costs; here
they are worked out once, when the template is compiled, and become part of the text around them.
"""

from collections.abc import Callable, Mapping
from typing import Any

from jinja2 import Environment, nodes
from jinja2.visitor import NodeTransformer
from markupsafe import Markup


class FoldingEnvironment(Environment):
    """`known`: functions that answer the same for the same constants, for as long as the process lives. `gettext` is
    always one. `fixed`: global name → attributes of it that never change.
    """

    def __init__(
        self, *, known: Mapping[str, Callable[..., object]], fixed: Mapping[str, Mapping[str, object]], **options: Any
    ) -> None:
        super().__init__(**options)
        self.known = known
        self.fixed = fixed

    def _generate(
        self,
        source: nodes.Template,
        name: str | None,
        filename: str | None,
        defer_init: bool = False,  # noqa: FBT001, FBT002 - Jinja's hook
    ) -> str:
        Folding(self, name).visit(source)
        for node in [source, *source.find_all((nodes.Block, nodes.If, nodes.For, nodes.Macro, nodes.AssignBlock))]:
            for part in ("body", "else_"):
                if hasattr(node, part):
                    setattr(node, part, _join(getattr(node, part)))
        return super()._generate(source, name, filename, defer_init)


class Folding(NodeTransformer):
    def __init__(self, environment: FoldingEnvironment, name: str | None) -> None:
        self._context = nodes.EvalContext(environment, name)
        self._known = {**environment.known, "gettext": self._say(environment.known["gettext"])}
        self._fixed = environment.fixed

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802 - the name of the node
        self.generic_visit(node)
        known = self._known.get(node.node.name) if isinstance(node.node, nodes.Name) else None
        if known is None or node.dyn_args is not None or node.dyn_kwargs is not None:
            return node
        try:
            arguments = [argument.as_const(self._context) for argument in node.args]
            named = {pair.key: pair.value.as_const(self._context) for pair in node.kwargs}
            return nodes.Const(known(*arguments, **named), lineno=node.lineno)
        except nodes.Impossible:
            return node

    def visit_Getattr(self, node: nodes.Getattr) -> nodes.Node:  # noqa: N802 - the name of the node
        self.generic_visit(node)
        values = self._fixed.get(node.node.name, {}) if isinstance(node.node, nodes.Name) else {}
        return nodes.Const(values[node.attr], lineno=node.lineno) if node.attr in values else node

    def _say(self, gettext: Callable[..., object]) -> Callable[..., object]:
        """As Jinja's own: a message is a format, also one without values, and our own words need no escaping."""

        def say(message: str, **values: object) -> object:
            if values:
                raise nodes.Impossible
            said = str(gettext(message))
            return (Markup(said) if self._context.autoescape else said) % {}  # noqa: S704 - our catalogues'

        return say


def _join(body: list[nodes.Node]) -> list[nodes.Node]:
    """Neighbouring pieces of output as one: what is constant in them becomes one string."""
    joined: list[nodes.Node] = []
    for node in body:
        last = joined[-1] if joined else None
        if isinstance(node, nodes.Output) and isinstance(last, nodes.Output):
            last.nodes = [*last.nodes, *node.nodes]
        else:
            joined.append(node)
    return joined
