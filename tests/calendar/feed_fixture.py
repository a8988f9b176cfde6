"""iCalendar files for the tests, written line by line as calendars write them."""


def event(*lines: str, uid: str = "1", summary: str = "Month end") -> str:
    body = [f"UID:{uid}", f"SUMMARY:{summary}", *lines]
    return "BEGIN:VEVENT\r\n" + "\r\n".join(body) + "\r\nEND:VEVENT\r\n"


def feed(*events: str) -> bytes:
    head = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example.org//calendar//EN\r\n"
    return (head + "".join(events) + "END:VCALENDAR\r\n").encode()


def times(begins: str, ends: str, zone: str = "") -> tuple[str, str]:
    """DTSTART and DTEND: ``20261124T020000Z``, or by the wall clock of a zone."""
    where = f";TZID={zone}" if zone else ""
    return f"DTSTART{where}:{begins}", f"DTEND{where}:{ends}"
