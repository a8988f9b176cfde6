"""Figures 1 to 7: what pages ask of the database, of the processor, and of the wire."""

import gzip
import re
import threading
import time
from collections.abc import Callable
from urllib.parse import urlencode

from tests.bench.figure import Figure
from tests.bench.house import Reader, Web
from tests.bench.stopwatch import Taken, interleaved, quantile

OWN = re.compile(r'"(django_session|accounts_user)"')
# How a page asks for its changed parts.
POLL = {"HX-Request": "true"}
CONNECTIONS = 8
REQUESTS = 150
# Pages that count only the first time: this many a round.
TURNS_ONCE = 5


def queries(code: str, username: str) -> list[Figure]:
    """1: statements beside those for the session and the person."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from orr.accounts.models import User
    from orr.board import live

    client = Client(headers={"host": "localhost"})
    client.force_login(User.objects.get(username=username))
    board = f"/orr/{code}"

    def asked(path: str, **headers: str) -> float:
        with CaptureQueriesContext(connection) as captured:
            answer = client.get(path, headers=headers)
        if answer.status_code not in {200, 304}:
            raise RuntimeError(f"{path} answered {answer.status_code}")
        return sum(not OWN.search(entry["sql"]) for entry in captured.captured_queries)

    tag = client.get(board, headers=POLL).headers["ETag"]
    unchanged = asked(board, **POLL, **{"If-None-Match": tag})
    live.forget()
    return [
        Figure(1, "queries: board, miss", asked(board), "≤", 3),
        Figure(1, "queries: board, hit", asked(board), "≤", 1),
        Figure(1, "queries: board, 304", unchanged, "≤", 1),
        Figure(1, "queries: list", asked("/"), "≤", 3),
    ]


def ratios(web: Web, reader: Reader, code: str) -> list[Figure]:
    """2 and 5: a hit, a 304 and the list against a bare view of the same worker."""
    connection = reader.connect()
    board = f"/orr/{code}"
    tag = reader.get(connection, board, **POLL)[0].headers["ETag"] or ""

    def call(path: str, **headers: str) -> Callable[[], object]:
        return lambda: reader.get(connection, path, **headers)

    taken = interleaved(
        {
            "bare": call("/bench/bare"),
            "hit": call(board),
            "same": call(board, **POLL, **{"If-None-Match": tag}),
            "list": call("/"),
        },
        web.cpu,
    )
    connection.close()
    return _against(taken)


def _against(taken: dict[str, Taken]) -> list[Figure]:
    bare = taken["bare"]
    return [
        Figure(2, "board, hit: p50 ÷ bare", taken["hit"].p50 / bare.p50, "≤", 3),
        Figure(2, "board, hit: CPU ÷ bare", taken["hit"].cpu / bare.cpu, "≤", 3),
        Figure(2, "board, 304: p50 ÷ bare", taken["same"].p50 / bare.p50, "≤", 3),
        Figure(2, "board, 304: CPU ÷ bare", taken["same"].cpu / bare.cpu, "≤", 3),
        Figure(5, "list, first page of 100,000: p50 ÷ bare", taken["list"].p50 / bare.p50, "≤", 8),
    ]


def misses(web: Web, reader: Reader, codes: list[str]) -> list[Figure]:
    """3: boards nobody opened before, so that nothing of theirs is kept."""
    connection = reader.connect()
    fresh = iter(codes)
    calls = {
        "bare": lambda: reader.get(connection, "/bench/bare"),
        "miss": lambda: reader.get(connection, f"/orr/{next(fresh)}"),
    }
    taken = interleaved(calls, web.cpu, rounds=len(codes) // TURNS_ONCE - 1, turns=TURNS_ONCE)
    connection.close()
    return [Figure(3, "board, miss: p50 ÷ bare", taken["miss"].p50 / taken["bare"].p50, "≤", 8)]


def weight(reader: Reader, code: str) -> list[Figure]:
    """4: bytes of the board."""
    connection = reader.connect()
    body = reader.get(connection, f"/orr/{code}")[1]
    connection.close()
    return [
        Figure(4, "board, bytes", len(body) / 1000, "≤", 45, "kB"),
        Figure(4, "board, compressed", len(gzip.compress(body)) / 1000, "≤", 8, "kB"),
    ]


def depth(web: Web, reader: Reader, keys: tuple[list[str], list[str]]) -> list[Figure]:
    """5: pages far down the list against pages near its top, each asked for once."""
    connection = reader.connect()
    near, far = (
        iter(["/?" + urlencode({"group": "open", "after": key}) for key in chosen]) for chosen in keys
    )
    calls = {
        "near": lambda: reader.get(connection, next(near)),
        "far": lambda: reader.get(connection, next(far)),
    }
    taken = interleaved(calls, web.cpu, rounds=len(keys[0]) // TURNS_ONCE - 1, turns=TURNS_ONCE)
    connection.close()
    return [Figure(5, "list, deep page ÷ first page", taken["far"].p50 / taken["near"].p50, "≤", 1.2)]


def tail(reader: Reader, code: str) -> list[Figure]:
    """7: eight readers at once."""
    times: list[float] = []
    errors: list[int] = []

    def read() -> None:
        connection = reader.connect()
        for _ in range(REQUESTS):
            started = time.perf_counter()
            answer, _body = reader.get(connection, f"/orr/{code}")
            times.append(time.perf_counter() - started)
            if answer.status != 200:
                errors.append(answer.status)
        connection.close()

    threads = [threading.Thread(target=read) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [
        Figure(
            7, "board, hit, 8 connections: p99 ÷ p50", quantile(times, 0.99) / quantile(times, 0.5), "≤", 3
        ),
        Figure(7, "board, hit, 8 connections: errors", len(errors), "≤", 0),
    ]
