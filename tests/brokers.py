"""The brokers that tests share, each started once in a run, and only where a test asks for it."""

from collections.abc import Iterator

import pytest

from tests.factories import brokers


@pytest.fixture(scope="session")
def valkey_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Valkey like the embedded one."""
    with brokers.valkey(tmp_path_factory.mktemp("valkey")) as url:
        yield url


@pytest.fixture(scope="session")
def rabbitmq_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A RabbitMQ."""
    with brokers.rabbitmq(tmp_path_factory.mktemp("rabbitmq")) as url:
        yield url
