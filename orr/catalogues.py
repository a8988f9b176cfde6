"""Compiles the message catalogues where a text is newer than its compiled form."""

import sys
from pathlib import Path

LOCALE = Path(__file__).resolve().parent / "locale"


def compile_catalogues(folder: Path = LOCALE) -> list[Path]:
    """Write each `.mo` that is missing or older than its `.po`; the ones written."""
    texts = sorted(folder.glob("*/LC_MESSAGES/*.po"))
    old = [text for text in texts if _older(text.with_suffix(".mo"), text)]
    if not old:
        return []
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    written = []
    for text in old:
        with text.open("rb") as source:
            catalogue = read_po(source, locale=text.parent.parent.name, domain=text.stem, abort_invalid=True)
        fresh = text.with_suffix(".mo.new")
        with fresh.open("wb") as target:
            write_mo(target, catalogue)
        written.append(fresh.replace(text.with_suffix(".mo")))
    return written


def _older(compiled: Path, text: Path) -> bool:
    return not compiled.exists() or compiled.stat().st_mtime_ns < text.stat().st_mtime_ns


if __name__ == "__main__":
    for path in compile_catalogues():
        sys.stdout.write(f"{path}\n")
