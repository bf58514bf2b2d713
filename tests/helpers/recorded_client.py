"""The published client, with a record of the operations that were called."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import jfjoch_client
import pytest
from jfjoch_client.exceptions import ApiException


class RecordedClient:
    """Has the functions of ``jfjoch_client.DefaultApi``; ``called`` are the names of those used."""

    def __init__(self, api: jfjoch_client.DefaultApi) -> None:
        self._api = api
        self.called: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        function = getattr(self._api, name)
        self.called.add(name)
        return function


@contextmanager
def recorded_client(url: str) -> Iterator[RecordedClient]:
    """Connect until the end of the block."""
    configuration = jfjoch_client.Configuration(host=url)
    with jfjoch_client.ApiClient(configuration) as connection:
        yield RecordedClient(jfjoch_client.DefaultApi(connection))
        # urllib3 leaves its connections to the garbage collector.
        connection.rest_client.pool_manager.clear()


def refused(function: Any, *arguments: Any, **named: Any) -> tuple[int, str | None]:
    """Call what is to fail; the status, and the reason of an ErrorMessage or else the text."""
    with pytest.raises(ApiException) as caught:
        function(*arguments, **named)
    error = caught.value
    reason = error.data.reason if isinstance(error.data, jfjoch_client.ErrorMessage) else error.body
    return int(error.status), reason
