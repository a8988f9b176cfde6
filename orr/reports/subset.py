"""Cuts a font down to the characters the report's bold text may hold, by HarfBuzz, in a fifth of a second.

The bold font carries 65,000 glyphs; whatever is embedded keeps an index over all of them, so it is cut first.
"""

from typing import Any

from cffi import FFI  # type: ignore[import-untyped]

LIBRARIES = ("libharfbuzz-subset.so.0", "libharfbuzz-subset.0.dylib", "libharfbuzz-subset-0.dll")
# Latin, punctuation and symbols, CJK punctuation and kana, Hangul letters and syllables, full-width forms.
KEPT = (
    (0x20, 0x24F), (0x370, 0x3FF), (0x2000, 0x26FF), (0x3000, 0x30FF), (0x3130, 0x318F), (0xAC00, 0xD7A3),
    (0xFF00, 0xFFEF),
)  # fmt: skip

_ffi = FFI()
_ffi.cdef(
    """
    typedef struct hb_blob_t hb_blob_t;
    typedef struct hb_face_t hb_face_t;
    typedef struct hb_set_t hb_set_t;
    typedef struct hb_subset_input_t hb_subset_input_t;
    hb_blob_t *hb_blob_create(const char *data, unsigned length, int mode, void *user, void *destroy);
    const char *hb_blob_get_data(hb_blob_t *blob, unsigned *length);
    void hb_blob_destroy(hb_blob_t *blob);
    hb_face_t *hb_face_create(hb_blob_t *blob, unsigned index);
    hb_blob_t *hb_face_reference_blob(hb_face_t *face);
    void hb_face_destroy(hb_face_t *face);
    void hb_set_add_range(hb_set_t *set, unsigned first, unsigned last);
    hb_subset_input_t *hb_subset_input_create_or_fail(void);
    hb_set_t *hb_subset_input_unicode_set(hb_subset_input_t *input);
    void hb_subset_input_destroy(hb_subset_input_t *input);
    hb_face_t *hb_subset_or_fail(hb_face_t *face, hb_subset_input_t *input);
    """
)


def subset(font: bytes) -> bytes:
    """The font with the glyphs of `KEPT` alone. Raises OSError without HarfBuzz's subset library."""
    library = _library()
    source = library.hb_blob_create(font, len(font), 0, _ffi.NULL, _ffi.NULL)
    face = library.hb_face_create(source, 0)
    wanted = library.hb_subset_input_create_or_fail()
    characters = library.hb_subset_input_unicode_set(wanted)
    for first, last in KEPT:
        library.hb_set_add_range(characters, first, last)
    cut = library.hb_subset_or_fail(face, wanted)
    if cut == _ffi.NULL:
        raise OSError("HarfBuzz could not cut the font")
    blob = library.hb_face_reference_blob(cut)
    length = _ffi.new("unsigned *")
    data = bytes(_ffi.buffer(library.hb_blob_get_data(blob, length), length[0]))
    for done, destroy in (
        (blob, library.hb_blob_destroy), (cut, library.hb_face_destroy),
        (wanted, library.hb_subset_input_destroy), (face, library.hb_face_destroy),
        (source, library.hb_blob_destroy),
    ):  # fmt: skip
        destroy(done)
    return data


def _library() -> Any:
    for name in LIBRARIES:
        try:
            return _ffi.dlopen(name)
        except OSError:
            continue
    raise OSError("HarfBuzz's subset library is not on this machine")
