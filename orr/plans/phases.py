"""The phases of an Exit: the default order in which things are taken back."""

from django.utils.translation import gettext_lazy as _

FREEZE = 0
CLEAN_UP = 7
TITLES = {
    0: _("Freeze promotions"),
    1: _("Flags and configuration"),
    2: _("Traffic, tenant and image"),
    3: _("Rule, model and key"),
    4: _("Stop dual write and shadow"),
    5: _("Re-point replicas and topics"),
    6: _("Schema and index"),
    7: _("Clean-up, outside the five minutes"),
}
OF_KIND = {
    "flag": 1,
    "config": 1,
    "tenant": 2,
    "image": 2,
    "artifact": 2,
    "rule": 3,
    "model": 3,
    "key": 3,
    "topic": 5,
    "schema": 6,
    "index": 6,
}
OF_ACTION = {
    "stop_dual_write": 4,
    "stop_shadow": 4,
    "repoint_replica": 5,
    "repoint_topic": 5,
    "drop_temporary": CLEAN_UP,
}
