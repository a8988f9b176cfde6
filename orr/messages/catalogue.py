"""Which messages there are, and the sections each must have, by language."""

LANGUAGES = ("ko", "en")

# name → language → the headings, in their order.
MESSAGES: dict[str, dict[str, tuple[str, ...]]] = {
    "announcement": {
        "ko": ("무엇이 바뀌나", "언제", "영향", "되돌리기", "묻고 싶을 때"),
        "en": ("What changes", "When", "Impact", "How it comes back", "Questions"),
    },
    "status": {
        "ko": ("지금", "영향", "다음 소식"),
        "en": ("Now", "Impact", "Next update"),
    },
    "taken_back": {
        "ko": ("무엇을 되돌렸나", "영향", "다음 단계"),
        "en": ("What was taken back", "Impact", "Next steps"),
    },
}
