"""One measured figure and its goal."""

import operator
from collections.abc import Callable
from dataclasses import dataclass

RELATIONS: dict[str, Callable[[float, float], bool]] = {"≤": operator.le, "≥": operator.ge}


@dataclass(frozen=True)
class Figure:
    """`number` is the row of the list of figures; `goal` holds together with `relation`."""

    number: int
    what: str
    value: float
    relation: str
    goal: float
    unit: str = ""

    @property
    def met(self) -> bool:
        """Whether the value keeps the goal."""
        return RELATIONS[self.relation](self.value, self.goal)

    def __str__(self) -> str:
        value, goal = (f"{number:,.2f}".rstrip("0").rstrip(".") for number in (self.value, self.goal))
        said = "met" if self.met else "MISSED"
        return (
            f"{self.number:>3}  {self.what:<58} {value:>10} {self.unit:<6} {self.relation} {goal:<8} {said}"
        )
