"""Parse lines of metadata: bylines, source lines, URLs, keyword lists."""

from __future__ import annotations

import re
from dataclasses import dataclass

from index.parsing.rules.dates import Day, find_date
from index.parsing.rules.names import is_place, people, person, publisher
from index.segmentation.lexicon import MONTH, WEEKDAY

_MAX_BYLINE = 240


@dataclass(frozen=True, slots=True)
class Byline:
    """The parts of a byline, any of which may be missing."""

    authors: tuple[str, ...] = ()
    publisher: str | None = None
    day: Day | None = None


_BY = re.compile(
    r"(?i)^[\W_]*(?:(?:written|reported|story|text|words|article|posted|published)\s+)?by"
    r"(?:line)?\s*:?\s+(?P<rest>\S.*)$"
    r"|^[\W_]*(?:authors?|reporters?|writers?)\s*:\s*(?P<named>\S.*)$"
)
_PARTS = re.compile(r"\s+[|•·/–—-]+\s+|\s*[|•·]\s*")
_LAST_STOP = re.compile(r"(?<!Jr)(?<!Sr)(?<!\b[A-Z])\.$")
_ALSO = re.compile(r"^(?:and|&|with)\s+(?P<rest>\S.*)$")
_FOR = re.compile(r"\s+(?:for|of|from)\s+(?=[A-Z])|,\s*(?=(?:[Tt]he\s+)?[A-Z])")
_ON = re.compile(r"(?i)[\s,]+(?:on|at|in|published|posted|updated)?\s*$")
_STAFF = re.compile(r"(?i)^(?:our|a|an|the)?\s*(?:own\s+)?(?:staff|wire|news|web)\b.{0,40}$")
_TRAILING_STAFF = re.compile(r"(?i)\s+(?:staff|wire services?)$")
_PLACE = re.compile(r"\s+in\s+[A-Z].*$")


def parse_byline(line: str) -> Byline | None:
    """Parse a line such as `By Ann Bee and Cee Dee | The Daily Post`; None for other lines.

    Names, a publisher or a desk must follow "By", so that prose is not a byline.
    """
    if len(line) > _MAX_BYLINE:
        return None
    match = _BY.match(line)
    if match is None:
        return None
    return _parse(match["rest"] or match["named"])


def parse_continuation(line: str) -> tuple[str, ...]:
    """Return the names on the second line of a byline (`and Cee Dee`), if any."""
    match = _ALSO.match(line)
    if match is None or len(line) > _MAX_BYLINE:
        return ()
    return tuple(people(match["rest"]) or ())


def parse_signature(line: str) -> Byline | None:
    """Parse a byline without "By": `Ann Bee, The Guardian`, `Ann Bee | Reuters`; else None.

    `Mexico City, Reuters` gives only the publisher.
    """
    if len(line) > 120 or line[-1:] in ".?!:":
        return None
    for separator in (_PARTS, re.compile(r",\s+")):
        names, mark, rest = _cut(separator, line)
        name, source = person(names), publisher(rest) if mark else None
        if name and source:
            return Byline(() if is_place(name) else (name,), source)
    return None


def _parse(rest: str) -> Byline | None:
    rest = _LAST_STOP.sub("", rest.strip())
    day = None
    dated = find_date(rest)
    if dated is not None:
        day = dated[0]
        cut = re.search(r"\d", rest)
        head = rest[: cut.start()] if cut else rest
        rest = re.sub(
            rf"(?i)[\s,|•·/–—-]*\b(?:{WEEKDAY},?\s*)?{MONTH}\.?\s*$",
            "",
            head,
        )
        rest = _ON.sub("", rest.rstrip(" ,|•·/–—-"))
    parts = [part for part in _PARTS.split(rest) if part.strip()]
    if not parts:
        return None
    names, source = _names(parts[0])
    if names is None:
        return None
    for part in parts[1:]:
        source = source or publisher(part, sure=person(part) is None)
    return Byline(tuple(names), source, day)


def _names(words: str) -> tuple[list[str] | None, str | None]:
    """Return authors and publisher in the part of a byline before any bar or dash."""
    # "Ann Bee, The Daily Post" as a whole looks like a publisher too, so split it first.
    for match in _FOR.finditer(words):
        before, after = words[: match.start()], words[match.end() :]
        names, source = people(before), publisher(after)
        if names and source:
            return names, source
    desk = _TRAILING_STAFF.sub("", words)
    source = publisher(desk)
    if source and (desk != words or person(words) is None):
        return [], source
    names = people(words)
    if names is not None:
        return names, None
    placed = people(_PLACE.sub("", words))
    if placed is not None:
        return placed, None
    return ([], None) if _STAFF.match(words) else (None, None)


def _cut(separator: re.Pattern[str], line: str) -> tuple[str, str, str]:
    match = separator.search(line)
    if match is None:
        return line, "", ""
    return line[: match.start()], match.group(), line[match.end() :]


_SOURCE = re.compile(
    r"(?i)^[\W_]*(?:(?:source|via|publisher|publication|newspaper)\s*:|"
    r"(?:published|reprinted|reposted|taken)\s+(?:by|in|from)\s*:?)\s*(?P<rest>\S.*)$"
)


def parse_source(line: str, *, sure: bool = True) -> str | None:
    """Return the publisher on a line such as `Source: The Daily Post`, or None.

    In a broken link (`Source: a href="" target="x">The Post</a`) it is the first part between
    angle brackets that can be a name.
    """
    match = _SOURCE.match(line)
    if match is None or len(line) > 400:
        return None
    for piece in re.split(r"[<>|]", match["rest"]):
        name = publisher(piece, sure=sure) if "=" not in piece else None
        if name:
            return name
    return None


def copyright_holder(line: str) -> str | None:
    """Return the publisher at the end of a copyright notice, or None."""
    match = re.search(r"(?i)(?:©|\(c\)|\bcopyright)\s*(?:©|\(c\))?\s*([^©]{3,100})$", line)
    if match is None:
        return None
    rest = re.sub(r"(?i)all rights reserved.*$|\b(?:19|20)\d\d\b|[-–]", " ", match.group(1))
    return publisher(re.sub(r"(?i)^[\W_]*by\b", "", rest))


_TITLE_JOINTS = re.compile(r"\s+(?:[-–—|•·»]|::)\s+")


def split_title(line: str) -> tuple[str, str | None]:
    """Return a headline and the publisher appended to it (`Headline - The Daily Post`)."""
    joints = list(_TITLE_JOINTS.finditer(line))
    for joint in joints:
        source = publisher(line[joint.end() :])
        if source and joint.start() >= 8:
            return line[: joint.start()].strip(), source
    if joints:
        source = publisher(line[: joints[0].start()])
        if source and len(line) - joints[0].end() >= 15:
            return line[joints[0].end() :].strip(), source
    return line.strip(), None


_URL = re.compile(r"(?i)^(?:(?:url|link|address|source|retrieved from|from)\s*:\s*)?<?"
                      r"(?P<url>https?://[^\s<>\"]{4,2000})>?$")  # fmt: skip
_NUMBER = re.compile(r"(?i)^\W*\d[\d.,]*\s*(?:words?|characters?|chars?|views|bytes)?\W*$")


def parse_url(line: str) -> str | None:
    """Return the http(s) URL of a line that has nothing else, or None."""
    match = _URL.match(line)
    return match["url"] if match else None


def is_number_line(line: str) -> bool:
    """Return whether a line is a number, such as a count or a record's key."""
    return len(line) <= 40 and _NUMBER.match(line) is not None


def is_keyword_list(line: str) -> bool:
    """Return whether a line is a list of subject terms: many short items, not a sentence."""
    if line[-1:] in ".?!:" or len(line) > 1000:
        return False
    items = [item for item in re.split(r"\s*[,;]\s*", line) if item]
    if len(items) < 4 or any(len(item.split()) > 6 for item in items):
        return False
    capitalized = sum(1 for item in items if item[0].isupper())
    touching = len(re.findall(r"[,;]\S", line))
    return capitalized >= 0.8 * len(items) or touching >= len(items) - 1
