"""The report's fonts: files of two wheels, so that its bytes do not depend on the machine's fonts."""

from importlib.resources import files
from pathlib import Path

from orr.reports.subset import subset

FONTCONFIG = Path(__file__).with_name("fonts.conf")
SCHEME = "report-font:"


def faces() -> dict[str, bytes]:
    """The font files by the address the style sheet asks for them. Raises OSError without HarfBuzz."""
    bold = files("noto_cjk_sans_jp_bold").joinpath("NotoSansCJKjp-Bold.otf").read_bytes()
    return {
        f"{SCHEME}regular": files("pylopdf_fonts_ko").joinpath("NotoSansKR-Regular.otf").read_bytes(),
        f"{SCHEME}bold": subset(bold),
    }
