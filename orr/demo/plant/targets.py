"""The values that production runs on, changed by idempotent orders only."""

import threading
import time
from collections import defaultdict

from orr.demo.plant.book import Book
from orr.demo.plant.catalogue import SHADOW, Catalogue


class Refused(Exception):
    """The order can't be carried out; the text says why, `status` in HTTP's words."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


class Targets:
    """Reads and changes targets; a value that was replaced stays as `previous` for the stable share."""

    def __init__(self, book: Book, catalogue: Catalogue, pace: float = 1.0) -> None:
        self._book = book
        self._catalogue = catalogue
        self._pace = pace
        self._locks: dict[str, threading.Lock] = defaultdict(threading.Lock)
        self._values: dict[str, tuple[str, str]] = {
            name: (target.initial, target.initial) for name, target in catalogue.targets.items()
        }
        stored = book.rows("SELECT name, value, previous FROM target")
        # A newer plant may not know what an older one ran; it then begins at its own first value.
        known = (row for row in stored if row[0] in self._values and catalogue.accepts(row[0], row[1]))
        self._values.update({name: (value, previous) for name, value, previous in known})

    def current(self, name: str) -> str:
        """Raises Refused for a target that isn't there."""
        if name not in self._catalogue.targets:
            raise Refused(404, f"there is no target {name}")
        return self._values[name][0]

    def previous(self, name: str) -> str:
        return self._values[name][1]

    def weight(self, service: str) -> int:
        """Percent of the service's traffic on the newest values; 100 where no rollout runs."""
        text = self._values[f"weight/{service}"][0]
        return int(text) if text.isdigit() and int(text) < 100 else 100

    def value_on(self, name: str, track: str) -> str:
        """What a request of this track meets: the canary the newest, the stable share the one before."""
        value, previous = self._values[name]
        return previous if track == "stable" and self.weight(self.service(name)) < 100 else value

    def service(self, name: str) -> str:
        return self._catalogue.targets[name].service

    def apply(self, name: str, desired: str, key: str) -> bool:
        """Carry out one order once; False when this key was carried out before. Raises Refused."""
        self.current(name)
        if not self._catalogue.accepts(name, desired):
            raise Refused(422, f"{name} can't hold {desired[:80]}")
        with self._locks[name]:
            seen = self._book.rows("SELECT target, desired FROM applied WHERE key = ?", key)
            if seen and seen[0] != (name, desired):
                raise Refused(409, "this idempotency key belongs to another order")
            if seen:
                return False
            time.sleep(self._catalogue.targets[name].seconds * self._pace)
            self._write(name, desired, key)
            return True

    def put(self, name: str, desired: str) -> None:
        """Set a value behind everybody's back, as an outsider would."""
        with self._locks[name]:
            self._write(name, desired, None)

    def listed(self) -> dict[str, str]:
        return {name: value for name, (value, _) in self._values.items() if not name.endswith(SHADOW)}

    def _write(self, name: str, desired: str, key: str | None) -> None:
        changed = {name: (desired, self._before(name, desired))}
        if name.startswith("weight/") and self._serves(name, name) and self.weight(self.service(name)) == 100:
            # A rollout begins here: what runs now is what the stable share stays on.
            served = (other for other in self._values if other != name and self._serves(name, other))
            changed |= {other: (self._values[other][0], self._values[other][0]) for other in served}
        statements: list[tuple[str, tuple[str, ...]]] = [
            ("INSERT OR REPLACE INTO target VALUES (?, ?, ?)", (n, *values)) for n, values in changed.items()
        ]
        if key is not None:
            statements.append(("INSERT INTO applied VALUES (?, ?, ?)", (key, name, desired)))
        self._book.write(*statements)
        self._values.update(changed)

    def _before(self, name: str, desired: str) -> str:
        """In a rollout the stable share keeps its value, however often the canary's changes."""
        value, previous = self._values[name]
        return value if value != desired and self.weight(self.service(name)) == 100 else previous

    def _serves(self, weight: str, name: str) -> bool:
        return not name.endswith(SHADOW) and self.service(name) == self.service(weight)
