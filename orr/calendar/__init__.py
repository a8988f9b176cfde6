"""The change calendar: entries that changes stand in, freezes and peaks; one's own, and iCalendar feeds."""
