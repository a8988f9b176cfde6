"""The product's addresses and one bare view through the same middleware: what every ratio is made against."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from orr import urls


def bare(request: HttpRequest) -> HttpResponse:
    """A page that asks nothing of the database but who is there."""
    return HttpResponse(f"<!doctype html><title>{request.user.is_authenticated}</title>")


handler400, handler403 = urls.handler400, urls.handler403
handler404, handler500 = urls.handler404, urls.handler500
urlpatterns = [path("bench/bare", bare), *urls.urlpatterns]
