"""The words for states of runs and keys, and which of the five statuses each is drawn with."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

RUN = {
    "running": (pgettext_lazy("exit", "Taking back"), "run"),
    "done": (pgettext_lazy("exit", "Done"), "pass"),
    "not_recovered": (_("Reverted, not recovered"), "fail"),
    "partial": (_("Partly taken back"), "fail"),
    "failed": (pgettext_lazy("exit", "Failed"), "fail"),
}
KEY = {
    "waiting": (pgettext_lazy("key", "Waiting"), "wait"),
    "running": (pgettext_lazy("key", "Under way"), "run"),
    "proven": (pgettext_lazy("key", "Proven"), "pass"),
    "conflict": (pgettext_lazy("key", "Conflict"), "fail"),
    "failed": (pgettext_lazy("key", "Failed"), "fail"),
    "unknown": (pgettext_lazy("key", "Unknown"), "fail"),
    "blocked": (pgettext_lazy("key", "Blocked"), "fail"),
    "later": (pgettext_lazy("key", "Later"), "wait"),
}
PHASE = {
    "waiting": KEY["waiting"],
    "running": KEY["running"],
    "done": KEY["proven"],
    "left": (pgettext_lazy("phase", "Left"), "fail"),
    "later": KEY["later"],
    "none": (_("Nothing to take back"), "na"),
}
RECOVERY = {
    "waiting": (pgettext_lazy("recovery", "Waiting"), "wait"),
    "measuring": (pgettext_lazy("recovery", "Measuring"), "run"),
    "green": (_("Green again"), "pass"),
    "not_green": (_("Not green again"), "fail"),
    "not_measured": (_("Not measured"), "fail"),
}
