"""Message catalogues: collects every text from the sources, and compiles what translators wrote.

`python -m orr.catalogues` compiles; `python -m orr.catalogues update` first brings the texts up to date.
"""

import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

HOME = Path(__file__).resolve().parent.parent
LOCALE = HOME / "orr" / "locale"
DOMAIN = "django"
LANGUAGES = ("ko",)

FOLDERS = ("orr", "approvals", "evidence", "templates")
# The built-in profiles say in English why each threshold is there; pages show it in the reader's language.
PROFILES = "orr/profiles/builtin"
METHODS = [("**.py", "python"), ("**.html", "jinja2")]
TEMPLATES = {
    "extensions": "jinja2.ext.i18n,jinja2.ext.do",
    "newstyle_gettext": "true",
    "trim_blocks": "true",
    "lstrip_blocks": "true",
    # A template that cannot be read would lose its texts without a word.
    "silent": "false",
}
CONTEXT = ((1, "c"), 2)
KEYWORDS = {
    **dict.fromkeys(("_", "say", "gettext", "gettext_lazy"), None),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), CONTEXT),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), (*CONTEXT, 3)),
}


def path(language: str, folder: Path = LOCALE) -> Path:
    """The file that holds the texts of `language`."""
    return folder / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def collect() -> "Catalog":
    """Every text of the sources, by the file it stands in; English is the message itself."""
    from babel.messages.catalog import Catalog
    from babel.messages.extract import extract_from_dir

    found = Catalog(project="plura orr", charset="utf-8")
    for folder in FOLDERS:
        texts = extract_from_dir(HOME / folder, METHODS, {"**.html": TEMPLATES}, KEYWORDS)
        for name, _line, message, _comments, context in texts:
            if isinstance(message, tuple) or message.strip():
                found.add(message, None, [(f"{folder}/{name}", 0)], context=context)
    for file in sorted((HOME / PROFILES).glob("*.toml")):
        for rule in tomllib.loads(file.read_text("utf-8")).get("items", {}).values():
            if rule.get("reason"):
                found.add(rule["reason"], None, [(f"{PROFILES}/{file.name}", 0)])
    return found


def update() -> None:
    """Bring each language's file up to date: new texts empty, vanished ones gone, nothing guessed."""
    from babel.messages.catalog import Catalog
    from babel.messages.pofile import read_po, write_po

    fresh = collect()
    for language in LANGUAGES:
        target = path(language)
        target.parent.mkdir(parents=True, exist_ok=True)
        catalogue = Catalog(locale=language, domain=DOMAIN, project="plura orr", fuzzy=False)
        if target.exists():
            with target.open("rb") as source:
                catalogue = read_po(source, locale=language, domain=DOMAIN)
        catalogue.update(fresh, no_fuzzy_matching=True, update_creation_date=False)
        catalogue.obsolete.clear()
        with target.open("wb") as out:
            write_po(out, catalogue, width=110, sort_output=True, include_lineno=False)


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
    if sys.argv[1:] == ["update"]:
        update()
    for made in compile_catalogues():
        sys.stdout.write(f"{made}\n")
