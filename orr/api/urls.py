"""Every address of the API, and the ones that machines ask beside it."""

from django.urls import path, re_path

from orr.api.change_set import ChangeSet
from orr.api.checklist import Checklist
from orr.api.collect import Collect
from orr.api.decide import Decide
from orr.api.decision import Decision
from orr.api.evidence import Evidence
from orr.api.exit import Exit
from orr.api.exposition import metrics
from orr.api.files import Files
from orr.api.health import healthz, readyz
from orr.api.openapi import Docs, OpenApi
from orr.api.report import Report
from orr.api.resource import NoSuchAddress
from orr.api.reviews import Reviews
from orr.api.rollout import Rollout
from orr.api.start import Start
from orr.api.wait import Wait
from orr.api.webhooks.receive import Receive

app_name = "api"

resources = [
    path("v1/orr", Reviews.as_view(), name="reviews"),
    path("v1/orr/start", Start.as_view(), name="start"),
    path("v1/orr/checklist", Checklist.as_view(), name="checklist"),
    path("v1/orr/decide", Decide.as_view(), name="decide"),
    path("v1/orr/decision", Decision.as_view(), name="decision"),
    path("v1/orr/rollout", Rollout.as_view(), name="rollout"),
    path("v1/orr/change_set", ChangeSet.as_view(), name="change_set"),
    path("v1/orr/exit", Exit.as_view(), name="exit"),
    path("v1/orr/evidence", Evidence.as_view(), name="evidence"),
    path("v1/orr/collect", Collect.as_view(), name="collect"),
    path("v1/orr/files", Files.as_view(), name="files"),
    path("v1/orr/report", Report.as_view(), name="report"),
    path("v1/orr/wait", Wait.as_view(), name="wait"),
]
urlpatterns = [
    *resources,
    path("v1/hooks/<str:name>", Receive.as_view(), name="hook"),
    path("v1/openapi.json", OpenApi.as_view(), name="openapi"),
    path("v1/docs", Docs.as_view(), name="docs"),
    re_path(r"^v1/", NoSuchAddress.as_view(), name="nothing"),
    path("metrics", metrics, name="metrics"),
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
]
