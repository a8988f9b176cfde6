"""The shapes of answers, for the API's description; what is sent is built by the read models themselves."""

from typing import Any, Literal

from pydantic import BaseModel, Field

Time = str


class Problem(BaseModel):
    """A refusal (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[dict[str, str]] = Field(
        default=[], description="For input: pointer and detail of each wrong place"
    )
    reasons: list[str] = Field(default=[], description="For a conflict: every reason")


class Started(BaseModel):
    """A review that was opened."""

    id: str
    url: str
    state: str
    change_set_digest: str
    profiles: list[dict[str, Any]]
    checklist_url: str


class Option(BaseModel):
    """One decision: whether it is possible now, and why not."""

    decision: Literal["go", "go_with_guards", "no_go"]
    possible: bool
    reasons: list[str]


class Link(BaseModel):
    """A place where a person sees more of it: a trace, a page."""

    label: str
    url: str


class Piece(BaseModel):
    """One piece of evidence."""

    url: str | None
    sha256: str | None
    source: str | None
    log_index: int | None
    carried_from: str | None = Field(
        description="The review for which it was measured, where it was carried over"
    )
    links: list[Link] = Field(description="Of a latency the slowest traces, of runbooks each page")


class Item(BaseModel):
    """One item of the checklist with its live verdict."""

    code: str
    title: str
    verdict: Literal["green", "red", "pending", "stale", "error", "not_applicable"]
    value: float | None
    unit: str | None
    comparator: str | None
    threshold: float | None
    collected_at: Time | None
    fresh_until: Time | None
    reason: str | None
    evidence: list[Piece]
    attested: dict[str, Any] | None
    near_threshold: bool
    earlier_red: dict[str, Any] | None
    measured_on: str | None


class Gate(BaseModel):
    """One gate; its verdict is the worst of its items."""

    number: int
    title: str
    verdict: str
    items: list[Item]


class Checklist(BaseModel):
    """Where a review stands now, item by item."""

    id: str
    title: str
    state: str
    change_set_digest: str
    profiles: list[dict[str, Any]]
    opened_at: Time
    shadow: bool = Field(description="Decided in shadow: recorded, and nothing waits for it")
    decision_tat_seconds: float | None
    options: list[Option]
    gates: list[Gate]
    risk: dict[str, Any]
    approval: dict[str, Any] | None
    decision: dict[str, Any] | None
    rollout: dict[str, Any] | None
    exit: dict[str, Any] | None
    answers: list[dict[str, Any]] = Field(
        description="Deployments of a forge that wait for this review, and what they were answered"
    )
    rca: dict[str, Any] | None = Field(description="The root-cause analysis that a No-Go or an Exit owes")
    re_review_of: str | None = Field(description="Its code; words instead where it is out of sight")
    replaced_by: str | None
    progress: dict[str, Any]
    next: dict[str, Any]
    log: dict[str, Any]


class Decided(BaseModel):
    """A No-Go in effect, or a proposal that waits for its signatures."""

    id: str
    state: str
    decision: str
    proposal_digest: str | None = None
    slots: list[str] | None = None
    delay: int | None = Field(None, description="Seconds of the timelock")
    approve_by: Time | None = None
    valid_until: Time | None = None
    effective_at: Time | None = None
    rca_due_at: Time | None = None
    reason: str | None = None
    shadow: bool = False


class ExitAnswer(BaseModel):
    """An Exit and how far it is; `withdrawn` where no rollout had begun."""

    id: str
    state: str
    exit: dict[str, Any] | None


class RolloutAnswer(BaseModel):
    """A rollout and the verdict for its stage."""

    id: str
    state: str
    rollout: dict[str, Any] | None
    shadow: bool | None = None
    would_have_been_refused: str | None = Field(None, description="Of a review in shadow: why, were it real")


class Recorded(BaseModel):
    """A pushed result as it was understood and judged."""

    id: str
    item: str
    verdict: str
    reason: str | None
    sha256: str | None


class Understood(BaseModel):
    """A result as it would be kept and judged now; nothing of it was kept."""

    id: str
    item: str
    format: str
    verdict: str
    reason: str | None
    passed: bool | None
    value: float | None
    unit: str
    text: str
    samples: int | None
    detail: str | None
    measured_at: str
    measured_on: str
    subject_digests: list[str]


class Collecting(BaseModel):
    """What is being asked."""

    id: str
    progress: dict[str, Any]


class Kept(BaseModel):
    """A file that was kept, by its hash."""

    sha256: str
    size: int


class DecisionAnswer(BaseModel):
    """What was decided, and the proposals on the way."""

    id: str
    state: str
    decision: dict[str, Any] | None
    approval: dict[str, Any] | None
    proposals: list[dict[str, Any]]
    guards: list[dict[str, Any]]
    options: list[Option]
    document: dict[str, Any] | None = Field(
        description="What the decision document tells; null while nothing is decided"
    )


class Waited(BaseModel):
    """Whether what was waited for has come."""

    id: str
    for_: str = Field(serialization_alias="for")
    reached: bool
    state: str
    shadow: bool


class Row(BaseModel):
    """One review of the list."""

    id: str
    title: str
    state: str
    environment: str
    shadow: bool
    change_set_digest: str
    requester: str
    opened_at: Time
    updated_at: Time
    url: str


class Page(BaseModel):
    """A page of reviews, latest first; `next` is the cursor of the one after it."""

    reviews: list[Row]
    next: str | None
