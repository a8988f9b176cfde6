"""The same brokers as the tests of the relay use."""

from tests.events.conftest import broker as broker
from tests.events.conftest import nobody_wakes_the_relay as nobody_wakes_the_relay
from tests.events.conftest import put as put
from tests.events.conftest import rabbitmq_url as rabbitmq_url
from tests.events.conftest import valkey_url as valkey_url
