"""One log line per record: readable on a console, or JSON for machines; nothing sent can forge a second."""

import json
import logging
import re
from typing import Any

from orr.lib import request_id

_BREAKS = re.compile(r"[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]")


class ReadableLine(logging.Formatter):
    """The usual line; line breaks inside the message are written as escapes."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        """The line without a traceback, which follows on lines of its own."""
        return _BREAKS.sub(
            lambda found: found[0].encode("unicode_escape").decode(), super().formatMessage(record)
        )


class JsonLine(logging.Formatter):
    """A record as one JSON object; a message that is a JSON object itself becomes `data`."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        message = record.getMessage()
        line: dict[str, Any] = {
            "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname,
            "logger": record.name,
            "request_id": request_id.current() or None,
            **_said(message),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line)


def _said(message: str) -> dict[str, Any]:
    try:
        data = json.loads(message) if message.startswith("{") else None
    except ValueError:
        data = None
    return {"data": data} if isinstance(data, dict) else {"message": message}
