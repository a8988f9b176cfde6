"""A pushed number with its unit, turned into the unit of the rule."""

import math

from evidence.push.understood import Understood
from orr.lib.errors import FieldError, Invalid
from orr.lib.sentence import say
from orr.profiles.schema import Rule

_FACTORS = {("ms", "s"): 0.001, ("s", "ms"): 1000.0, ("ratio", "%"): 100.0, ("%", "ratio"): 0.01}


def understand(rule: Rule, value: float | None, unit: str | None, passed: bool | None) -> Understood:
    """The number in the rule's unit; yes-or-no items take `passed` alone. Raises Invalid."""
    if rule.comparator == "true":
        if passed is None:
            raise Invalid(
                [FieldError("/passed", say("%(item)s asks for passed: true or false.", item=rule.code))]
            )
        return Understood(passed, None, "", None, value=_finite(value))
    found = _finite(value)
    if found is None:
        raise Invalid([FieldError("/value", say("%(item)s asks for a number.", item=rule.code))])
    # A pipeline may call its own number bad; it cannot call it good.
    return Understood(False if passed is False else None, None, "", None, value=found * _factor(rule, unit))


def _finite(value: float | None) -> float | None:
    if value is not None and not math.isfinite(value):
        raise Invalid([FieldError("/value", say("This is no finite number."))])
    return value


def _factor(rule: Rule, unit: str | None) -> float:
    if unit is None or unit == rule.unit:
        return 1.0
    factor = _FACTORS.get((unit, rule.unit))
    if factor is None:
        sentence = say("%(item)s is measured in “%(unit)s”.", item=rule.code, unit=rule.unit)
        raise Invalid([FieldError("/unit", sentence)])
    return factor
