"""The same brokers as the tests of the relay use."""

from tests.events.conftest import broker as broker
from tests.events.conftest import nobody_wakes_the_relay as nobody_wakes_the_relay
from tests.events.conftest import put as put
