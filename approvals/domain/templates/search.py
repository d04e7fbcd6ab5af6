"""Search data with a JMESPath expression within a budget of work, so that no expression takes more than milliseconds.

The result of each step is measured, since a list of two copies costs nothing to make and doubles what later steps read.
"""

from collections.abc import Iterable
from typing import Any

from jmespath.functions import Functions
from jmespath.visitor import Options, TreeInterpreter

WORK = 100_000
"""Units of one budget: a visited node, an item that is read or made, or CHARACTERS of text."""
CHARACTERS = 16
_MAKING = frozenset(
    ("function_expression", "multi_select_list", "multi_select_dict", "flatten", "slice", "projection",
     "filter_projection", "value_projection", "comparator")
)  # fmt: skip


class TooMuchWork(Exception):
    """The expressions need more work than their budget allows."""


class Budget:
    """The work that is left. Raises TooMuchWork when none is."""

    def __init__(self, work: int = WORK) -> None:
        self.left = work

    def spend(self, work: int) -> None:
        self.left -= work
        if self.left < 0:
            raise TooMuchWork("takes too much work; look up less")

    def spend_on(self, value: Any) -> None:
        """Spend the size of a value, counting shared parts each time that they occur."""
        waiting = [value]
        while waiting:
            found = waiting.pop()
            match found:
                case str():
                    self.spend(1 + len(found) // CHARACTERS)
                case dict():
                    self.spend(1 + sum(1 + len(key) // CHARACTERS for key in found))
                    waiting.extend(found.values())
                case list():
                    self.spend(1 + len(found))
                    waiting.extend(found)
                case _:
                    self.spend(1)


class BoundedFunctions(Functions):
    """JMESPath's functions, which spend the budget on their arguments: some read them more than once."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget

    def call_function(self, function_name: str, resolved_args: Iterable[Any]) -> Any:
        arguments = list(resolved_args)
        self._budget.spend_on(arguments)
        if function_name == "join":
            self._budget.spend(_joined(arguments) // CHARACTERS)
        return super().call_function(function_name, arguments)


class BoundedInterpreter(TreeInterpreter):
    """JMESPath's interpreter, which spends the budget on each node that it visits and on each value that it makes."""

    def __init__(self, budget: Budget) -> None:
        super().__init__(Options(custom_functions=BoundedFunctions(budget)))
        self._budget = budget

    def visit(self, node: Any, *args: Any, **kwargs: Any) -> Any:
        self._budget.spend(1)
        result = super().visit(node, *args, **kwargs)
        if node["type"] in _MAKING:
            self._budget.spend_on(result)
        return result


def _joined(arguments: list[Any]) -> int:
    """Return how much text the glue of a join adds: that can be more than both arguments have."""
    match arguments:
        case [str() as glue, list() as items]:
            return len(glue) * len(items)
    return 0
