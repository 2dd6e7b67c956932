"""Latin spellings as people type them: for e-mail names and for the Latin twin of a Cyrillic name.

A table of our own and not a transliteration library: its next release must not change the generated shop.
"""

from __future__ import annotations

from typing import Final

__all__ = ["latin"]

_PAIRS: Final = (
    "а:a б:b в:v д:d е:e з:z і:i к:k л:l м:m н:n о:o п:p р:r с:s т:t у:u ф:f х:kh ц:ts ч:ch ш:sh щ:shch ь:_ "
    "ю:iu я:ia є:ie ї:i ґ:g ё:e ъ:_ ы:y э:e ':_"
)
_COMMON: Final = {pair[0]: pair[2:] for pair in _PAIRS.split()}
_UKRAINIAN: Final = _COMMON | {"г": "h", "ж": "zh", "и": "y", "й": "i"}
_RUSSIAN: Final = _COMMON | {"г": "g", "ж": "zh", "и": "i", "й": "y", "ю": "yu", "я": "ya"}
_GERMAN: Final = {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"}


def _cased(letters: dict[str, str]) -> dict[int, str]:
    plain = {letter: "" if latin == "_" else latin for letter, latin in letters.items()}
    capital = {letter.upper(): latin.capitalize() for letter, latin in plain.items() if letter != "ß"}
    return str.maketrans(plain | capital)


_TABLES: Final = {
    "uk": _cased(_UKRAINIAN),
    "ru": _cased(_RUSSIAN),
    "de": _cased(_GERMAN),
    "en": {},
}


def latin(text: str, language: str) -> str:
    """``text`` in Latin letters by the custom of ``language`` (``uk``, ``ru``, ``en`` or ``de``)."""
    return text.translate(_TABLES[language])
