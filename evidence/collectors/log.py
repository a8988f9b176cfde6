"""G8.1: the first log entry of what is reviewed is proven in the signed log, from its bytes to the note."""

from dataclasses import dataclass

from django.conf import settings

from evidence.contract import Malformed, Query, Reading, Unavailable, Window
from orr.lib.clock import now
from orr.lib.errors import OrrError
from orr.lib.sentence import say
from orr.tlog import keys, log, proof, reader
from orr.tlog.merkle import ProofError


@dataclass(frozen=True)
class LogInclusion:
    """Asks our own log for a proof file and verifies it the way a stranger would."""

    own_facts = True

    def collect(self, query: Query, window: Window) -> Reading:
        """One reading; a proof that fails is red. Raises Unavailable while nothing is signed yet."""
        index = self._first_signed(query.facts.subject)
        asked = f"tlog-proof {keys.origin()} {index}"
        try:
            file = log.prove(index).text()
            head = proof.verify(file, reader.entry(index), [keys.verifier_key()], keys.origin())
        except ProofError as error:
            return self._reading(index, False, asked, b"", f"{error}")
        except OrrError as error:
            raise Malformed(error.sentence, query=asked) from error
        return self._reading(index, True, asked, file.encode(), f"#{index} / {head.size}")

    def _first_signed(self, subject: str) -> int:
        try:
            log.sequence()
        except OrrError as refusal:
            raise Unavailable(refusal.sentence) from refusal
        first = next(iter(log.entries_of(subject)), None)
        if first is None:
            raise Malformed(say("The log holds no entry of %(subject)s.", subject=subject))
        if first.index is None:
            raise Unavailable(say("The first entry of %(subject)s is not signed yet.", subject=subject))
        return first.index

    def _reading(self, index: int, passed: bool, asked: str, raw: bytes, text: str) -> Reading:
        why = None if passed else say("The inclusion proof fails: %(why)s.", why=text)
        return Reading(
            value=None,
            passed=passed,
            raw=raw,
            query=asked,
            source=keys.origin(),
            measured_at=now(),
            text=text,
            media_type="text/plain",
            url=f"{settings.PUBLIC_URL}/tlog/entry/{index}.tlog-proof",
            detail=why,
        )
