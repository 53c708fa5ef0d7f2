"""How text is cut into words where nothing separates them.

Chinese is written without spaces, and the databases' own search takes a whole sentence for one word. So every run of
Chinese characters is indexed as its overlapping pairs, followed by its single characters, and a query is cut the same
way: 交通运输 becomes 交通 通运 运输, which only a text with exactly that run (or all of these pairs) has.
"""

import re
import unicodedata

from portal.search.folding import fold

# Han ideographs: extension A, the unified block, compatibility forms, and extensions B to H.
HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af]+")
# Letters and digits of every script. Everything else is punctuation, or syntax of the databases' query languages.
WORD = re.compile(r"[^\W_]+")
QUERY_MAX_CHARS = 200
QUERY_MAX_WORDS = 32


def pairs(run: str) -> list[str]:
    """The overlapping pairs of a run of characters; a single character stays alone."""
    return [run[at : at + 2] for at in range(len(run) - 1)] or [run]


def _with_pairs(text: str) -> str:
    return HAN.sub(lambda run: f" {' '.join(pairs(run[0]))} ", text)


def index_text(text: str) -> str:
    """A text as it is indexed: other scripts without case and accents, Chinese as pairs, then each character once."""
    plain = fold(unicodedata.normalize("NFKC", text)).replace("\x00", " ")
    single = dict.fromkeys(character for run in HAN.findall(plain) for character in run)
    return " ".join([_with_pairs(plain), *single]).strip()


def query_words(text: str) -> list[str]:
    """The words that a text must have to be found by a query; empty for a query without letters and digits."""
    plain = fold(unicodedata.normalize("NFKC", text[: QUERY_MAX_CHARS * 2])[:QUERY_MAX_CHARS])
    return list(dict.fromkeys(WORD.findall(_with_pairs(plain))))[:QUERY_MAX_WORDS]
