"""Mutation testing of the modules that decide who may sign, and when: `python -m tests.mutation`.

Each mutant changes one place of one module; the tests that belong to the module must then fail. mutmut was
tried first: it leaves properties, decorated functions and module constants alone, where a part of these
laws stands, and two thirds of its mutants change words of sentences, which the catalogues' own test holds.
cosmic-ray writes each mutant into the source tree and starts Django anew for it. Here the parent imports
the libraries once, and each mutant is a fork (`trials.py`).

Mutants that change nothing that can be observed are listed with the reason in `equivalent_mutants.toml`.
"""

import argparse
import os
import sys
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path

from tests import trials
from tests.mutants import Mutant, Target, mutants

EQUIVALENT = Path(__file__).parent / "equivalent_mutants.toml"
GOAL = 90.0
DECISIONS, ACCOUNTS, POLICIES = "tests/decisions", "tests/accounts", "tests/policies"
WHO_MAY_SIGN = (
    f"{DECISIONS}/test_who_may_sign.py",
    f"{DECISIONS}/test_a_hand_in_the_change_bars.py",
    f"{DECISIONS}/test_a_deputy_signs_for_a_principal.py",
)
SEES = "tests/reviews/test_how_far_a_person_sees.py"
TARGETS = (
    Target("approvals.quorum", ("tests/approvals/test_a_quorum_is_filled_by_different_people.py",), True),
    Target("approvals.timelock", ("tests/approvals/test_a_timelock_never_ends_early.py",), True),
    Target("approvals.delegation", ("tests/approvals/test_a_deputy_is_one_step_away.py",)),
    Target("orr.decisions.rules", (f"{DECISIONS}/test_only_what_is_known_can_be_decided.py",), True),
    Target("orr.decisions.bars", (*WHO_MAY_SIGN, f"{DECISIONS}/test_who_could_sign.py")),
    Target(
        "orr.decisions.eligibility",
        (
            *WHO_MAY_SIGN,
            f"{DECISIONS}/test_who_may_do_what_about_a_proposal.py",
            f"{DECISIONS}/test_who_could_sign.py",
        ),
    ),
    Target(
        "orr.accounts.roles",
        (
            f"{ACCOUNTS}/test_roles_count_for_signing.py",
            f"{ACCOUNTS}/test_a_grant_counts_after_a_day_or_a_second_administrator.py",
        ),
    ),
    Target("orr.accounts.membership", (SEES, f"{ACCOUNTS}/test_teams.py")),
    Target("orr.reviews.sight", (SEES,)),
    Target("orr.policies.eligibility", (f"{POLICIES}/test_who_may_do_what_about_a_policy.py",)),
    Target(
        "orr.policies.strictness",
        (f"{POLICIES}/test_what_counts_as_weaker.py", f"{POLICIES}/test_strictness_is_an_order.py"),
    ),
    Target(
        "orr.policies.strictness_of_items",
        (f"{POLICIES}/test_what_counts_as_weaker.py", f"{POLICIES}/test_strictness_is_an_order.py"),
    ),
)


def _preload() -> None:
    """Import once what every fork needs, and nothing of the project."""
    import celery  # noqa: F401
    import django.db.models  # noqa: F401
    import hypothesis  # noqa: F401
    import psycopg  # noqa: F401
    import pydantic  # noqa: F401
    import pytest  # noqa: F401
    import rfc8785  # noqa: F401


@dataclass(frozen=True)
class Score:
    """What became of the mutants of one module."""

    module: str
    killed: int
    survived: tuple[Mutant, ...]
    equivalent: int
    seconds: float

    @property
    def percent(self) -> float:
        """The killed of those that can be killed."""
        return 100 * self.killed / max(self.killed + len(self.survived), 1)

    def __str__(self) -> str:
        return (
            f"mutation {self.module:<28} {self.killed:>4} killed {len(self.survived):>4} survived "
            f"{self.equivalent:>3} equivalent {self.percent:6.1f} % {self.seconds:6.0f} s"
        )


def score(target: Target, every: int = 1) -> Score:
    """Try every mutant of the module (or each n-th)."""
    listed = set(tomllib.loads(EQUIVALENT.read_text(encoding="utf-8")).get(target.module, {}))
    began, chosen = time.monotonic(), list(mutants(target))[::every]
    tried = [one for one in chosen if one.name not in listed]
    inside = [one for one in tried if one.function is not None]
    found = trials.apart(lambda: trials.in_functions(target, inside))
    outside = [one for one in tried if one.function is None]
    rest = trials.at_import(target, outside, found.order) if found else None
    if found is None or rest is None:
        raise SystemExit(f"the tests of {target.module} do not pass on the module as it is")
    return Score(
        target.module,
        found.killed + rest.killed,
        found.survived + rest.survived,
        len(chosen) - len(tried),
        time.monotonic() - began,
    )


def main(arguments: list[str]) -> int:
    """0 where every module reaches the goal."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("modules", nargs="*", help="modules to mutate; all of them by default")
    parser.add_argument("--every", type=int, default=1, help="try each n-th mutant only")
    chosen = parser.parse_args(arguments)
    wanted = [one for one in TARGETS if not chosen.modules or one.module in chosen.modules]
    os.environ["DJANGO_SETTINGS_MODULE"] = "orr.settings"
    # What the tests find around them: a state directory, and a database unless there is one.
    from tests import surroundings

    _preload()
    try:
        scores = [score(target, chosen.every) for target in wanted]
    finally:
        # No fork stops them, and no session of pytest ends in this process.
        surroundings.pytest_unconfigure()
    for one in scores:
        print(one, flush=True)
    killed, survived = sum(one.killed for one in scores), sum(len(one.survived) for one in scores)
    print(f"mutation score {100 * killed / max(killed + survived, 1):.1f} % of {killed + survived} mutants")
    return 0 if all(one.percent >= GOAL for one in scores) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
