"""What a payload gives as a person's own, looked for in the other texts of the same payload."""

import re
from dataclasses import dataclass, field
from typing import Final

from regulars_mapping import fold_text

_LONGEST: Final = 250
_LEAST_DIGITS: Final = 7
_NO_DIGITS: Final = re.compile(r"\D+")
_WORDS: Final = re.compile(r"[^\W_]+")


@dataclass(slots=True)
class Traces:
    """What a payload gives as the person's: names by their words, other texts whole, numbers by digits."""

    names: set[str] = field(default_factory=set)
    mailboxes: set[str] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)
    digits: set[str] = field(default_factory=set)

    def add(self, text: str) -> None:
        """An address, a phone, a company."""
        folded = fold_text(text[:_LONGEST])
        digits = _NO_DIGITS.sub("", folded)
        if len(digits) >= _LEAST_DIGITS:
            self.digits.add(digits)
        if len(folded) > 2 and any(map(str.isalpha, folded)):
            self.texts.add(folded)

    def add_name(self, text: str) -> None:
        """A given or a family name; a number in its place says nothing."""
        self.names |= _words_in(text)

    def add_mailbox(self, text: str) -> None:
        """What a person is called by machines. A code may be made of it; words are made of words."""
        self.mailboxes |= _words_in(text)

    def in_goods(self, text: str) -> bool:
        """Whether goods are called by two of the person's names, or by what else is theirs: by one name goods
        may well be called by chance."""
        folded = fold_text(text)
        if "@" in folded or len(self.names.intersection(_WORDS.findall(folded))) > 1:
            return True
        return any(" " in one and _stands(one, folded) for one in self.texts) or self._has_digits(folded)

    def in_words(self, text: str) -> bool:
        """Whether anything of the person's stands in a text of the shop's."""
        folded = fold_text(text)
        if "@" in folded or not self.names.isdisjoint(_WORDS.findall(folded)):
            return True
        return any(_stands(one, folded) for one in self.texts) or self._has_digits(folded)

    def in_code(self, text: str) -> bool:
        """The same of a text without spaces, in which words run together."""
        folded = fold_text(text)
        names = (name for name in self.names | self.mailboxes if len(name) > 3)
        return self.in_words(text) or any(name in folded for name in names)

    def _has_digits(self, text: str) -> bool:
        digits = _NO_DIGITS.sub("", text)
        return any(one in digits or one[-9:] in digits for one in self.digits)


def _words_in(text: str) -> set[str]:
    found = _WORDS.findall(fold_text(text[:_LONGEST]))
    return {word for word in found if len(word) > 1 and not word.isdecimal()}


def _stands(words: str, text: str) -> bool:
    at = text.find(words)
    end = at + len(words)
    return at >= 0 and not text[at - 1 : at].isalnum() and not text[end : end + 1].isalnum()
