"""The names of everything that happens, `subject:verb_past`."""

from enum import StrEnum


class Event(StrEnum):
    """Every event one package tells the others."""

    REVIEW_OPENED = "review:opened"
    REVIEW_WITHDRAWN = "review:withdrawn"
    REVIEW_CLOSED = "review:closed"
    CHANGE_SET_EDITED = "change_set:edited"
    COLLECTION_FINISHED = "collection:finished"
    EVIDENCE_RECORDED = "evidence:recorded"
    PROPOSAL_MADE = "proposal:made"
    PROPOSAL_SIGNED = "proposal:signed"
    PROPOSAL_ENDED = "proposal:ended"
    SIGNATURE_WITHDRAWN = "signature:withdrawn"
    DECISION_TOOK_EFFECT = "decision:took_effect"
    NO_GO_RECORDED = "no_go:recorded"
    REVIEW_REPLACED = "review:replaced"
    RCA_OPENED = "rca:opened"
    RCA_SAVED = "rca:saved"
    RCA_RECORDED = "rca:recorded"
    RCA_RETURNED = "rca:returned"
    RCA_CLOSED = "rca:closed"
    BREAK_GLASS_USED = "break_glass:used"
    SECOND_LOOK_RECORDED = "second_look:recorded"
    GUARD_CONFIRMED = "guard:confirmed"
    ROLLOUT_STARTED = "rollout:started"
    ROLLOUT_STAGED = "rollout:staged"
    ROLLOUT_FINISHED = "rollout:finished"
    EXIT_STARTED = "exit:started"
    EXIT_PROGRESSED = "exit:progressed"
    EXIT_ENDED = "exit:ended"
    CALENDAR_CHANGED = "calendar:changed"


class HubEvent(StrEnum):
    """Every event that leaves the house by the event hub; each has a schema in `published/`."""

    APPROVAL_REQUESTED = "ops.approval.requested"
    APPROVAL_GRANTED = "ops.approval.granted"
    APPROVAL_REJECTED = "ops.approval.rejected"
    APPROVAL_EXPIRED = "ops.approval.expired"
    PROBE = "ops.approval.probe"
    PROBE_ACK = "ops.approval.probe.ack"
