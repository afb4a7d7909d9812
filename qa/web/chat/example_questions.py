"""Generate example questions from the articles.

A few patterns find reasons, people and dates: a sentence with "because", a name followed by a role
("Marta Quill, the harbour master"), a person who says something, a day or a year. The caller checks
which questions the articles answer.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest

from index.segmentation.lexicon import MONTHS, WEEKDAYS, alternatives
from index.types import Article, Kind

# Two to four capitalised words in a row, initials allowed.
_NAME = r"(?:[A-Z][a-zà-öø-ÿ]+|[A-Z]\.)(?: (?:[A-Z][a-zà-öø-ÿ'’-]+|[A-Z]\.)){1,3}"
_ROLES = (
    "actor adviser agent ambassador analyst artist attorney author baker captain chairman "
    "chairwoman chief chronicler clerk colonel commander consul cook coordinator correspondent "
    "curator deputy detective diplomat director doctor economist editor engineer expert farmer "
    "fisherman general governor head historian inspector instructor investigator journalist judge "
    "king lawmaker lawyer leader lieutenant manager master mayor mechanic minister nurse officer "
    "official owner photographer pilot player poet politician president priest principal producer "
    "professor prosecutor queen ranger reporter researcher resident scholar scientist secretary "
    "senator sergeant singer skipper smuggler soldier speaker spokesman spokesperson spokeswoman "
    "student surgeon surveyor teacher trader trafficker victim widow worker writer"
).split()
_WITH_ROLE = re.compile(
    rf"\b({_NAME}), (?:an?|the|then|former|who)(?: [\w’'-]+){{0,4}}? (?:{'|'.join(_ROLES)})\b"
)
_SPEAKER = re.compile(rf"\b(?:said|says|told) ({_NAME})\b|\b({_NAME}) (?:said|says|told)\b")
# "The boats were late because …" becomes "Why were the boats late?".
_BECAUSE = re.compile(
    r"(?:^|[.!?] )(The|An?|[A-Z][\w’'-]+)((?: [\w’'-]+){1,5}?) "
    r"(is|are|was|were|has|have|had|can|could|will|would|should) "
    r"([^.,;:!?“”\"()]{2,80}?),? because\b"
)
_ARTICLES = ("The", "A", "An")
_MONTH = alternatives(MONTHS)
_DAY = re.compile(rf"\b[Oo]n ((?:{_MONTH}) \d{{1,2}})\b(?!,? \d{{4}})")
_YEAR = re.compile(r"\b[Ii]n ((?:19|20)\d\d)\b")
_NOT_A_PERSON = re.compile(
    r"\b(?:The|This|That|These|In|On|At|For|But|And|Mr|Mrs|Ms|Dr|Sen|Rep|Gen|President|Street|"
    r"City|County|States?|University|Department|Agency|Administration|Office|Service|Center|"
    rf"{_MONTH}|{alternatives(WEEKDAYS)})\b"
)


def candidate_questions(articles: Sequence[Article], limit: int = 12) -> list[str]:
    """Return at most `limit` different questions, taking one from each article in turn."""
    queues = [_questions(article, first_kind) for first_kind, article in enumerate(articles)]
    found: dict[str, None] = {}
    while queues and len(found) < limit:
        remaining = []
        for queue in queues:
            question = next(queue, None)
            if question is not None:
                found.setdefault(question)
                remaining.append(queue)
        queues = remaining
    return list(found)[:limit]


def _questions(article: Article, first_kind: int) -> Iterator[str]:
    """Yield an article's questions, alternating between kinds and beginning with `first_kind`."""
    body = [p.span.of(article.text) for p in article.paragraphs if p.kind is Kind.BODY]
    with_role = _names(body, _WITH_ROLE)
    speakers = [name for name in _names(body, _SPEAKER) if name not in with_role]
    people = [*with_role, *speakers]
    kinds = [
        list(_reasons(body)),
        [f"Who is {name}?" for name in with_role],
        [f"What do the articles say about {name}?" for name in people[:1]],
        [f"What happened {preposition} {date}?" for preposition, date in _dates(body)],
        [f"Which articles mention {name}?" for name in people[:1]],
        [f"What did {name} say?" for name in speakers],
    ]
    first_kind %= len(kinds)
    rows = zip_longest(*kinds[first_kind:], *kinds[:first_kind])
    return (question for row in rows for question in row if question)


def _reasons(paragraphs: Iterable[str]) -> Iterator[str]:
    """Yield questions for the reasons that sentences with an auxiliary and "because" give."""
    for text in paragraphs:
        for first, subject, auxiliary, rest in _BECAUSE.findall(text):
            word = first.lower() if first in _ARTICLES else first
            yield f"Why {auxiliary} {word}{subject} {rest}?"


def _dates(paragraphs: Iterable[str]) -> list[tuple[str, str]]:
    """Return the days after "on" and the years after "in", with these words, in text order."""
    found: dict[tuple[str, str], None] = {}
    for text in paragraphs:
        for preposition, pattern in (("on", _DAY), ("in", _YEAR)):
            for match in pattern.finditer(text):
                found.setdefault((preposition, match[1]))
    return list(found)


def _names(paragraphs: Iterable[str], pattern: re.Pattern[str]) -> list[str]:
    """Return the names that a pattern finds, the most frequent first."""
    counted: Counter[str] = Counter()
    for text in paragraphs:
        for match in pattern.finditer(text):
            name = next(group for group in match.groups() if group)
            if not _NOT_A_PERSON.search(name):
                counted[name] += 1
    return [name for name, _ in counted.most_common()]
