"""Replace the marks of site generators in Markdown by what the published page shows.

Short codes, Liquid tags, admonitions, attributes and wiki links are instructions to Hugo, Jekyll,
MkDocs, Docusaurus, Pandoc, Obsidian or GitHub. Code, in back-ticks or fences, is left as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_FENCE = re.compile(r"^[ \t>]*(`{3,}|~{3,})")
_CODE_SPAN = re.compile(r"(?<!`)(`+)(?!`)(?:.+?)(?<!`)\1(?!`)", re.DOTALL)

_ADMONITION = re.compile(
    r"^(?P<indent>[ \t]*)(?:(?:!!!|\?\?\?\+?)[ \t]+(?P<type>[\w-]+)[\w \t-]*|===\+?[ \t]*)"
    r"(?:[ \t]*\"(?P<title>[^\"\n]*)\")?[ \t]*$"
)
_CONTAINER = re.compile(
    r"^(?P<indent>[ \t>]*):{3,}(?:[ \t]*\{[^{}\n]*\}|[ \t]*[\w-]+(?:\[(?P<label>[^\]\n]*)\])?"
    r"(?P<title>[^\n:]*?))?[ \t]*:*[ \t]*$"
)
_IMAGE_CONTAINER = re.compile(r"^[ \t>]*:::image\b(?P<values>[^\n]*?):*[ \t]*$")
_ALERT = re.compile(
    r"^(?P<quote>[ \t]*>[ \t>]*)\[!(?P<type>[\w-]+)(?P<rest>[^\]\n]*)\][+-]?(?P<title>[^\n]*)$"
)
_MODULE = re.compile(
    r"^(?:import\s+(?:[\w*{][^\n]*\sfrom\s+)?['\"][^'\"\n]+['\"];?"
    r"|export\s+(?:const|default|function)\b[^\n]*)$"
)
_ONLY_ATTRIBUTES = re.compile(r"^[ \t>]*\{:[^{}\n]*\}[ \t]*$|^[ \t]*\[(?:TOC|\[_?TOC_?\])\][ \t]*$")

_COMMENTS = re.compile(
    r"\{%-?\s*(?P<tag>comment|raw|verbatim)\b.*?-?%\}(?P<inside>.*?)\{%-?\s*end(?P=tag)\s*-?%\}"
    r"|\{\{-?/\*(?!.*?\*/[>%]\}\}).*?\*/-?\}\}|\{/\*.*?\*/\}|\{#-?\s.*?\s-?#\}",
    re.DOTALL,
)
_ESCAPED_SHORT_CODE = re.compile(r"\{\{(?P<open>[<%])/\*(?P<inside>.*?)\*/(?P<close>[>%])\}\}")
_SHORT_CODE = re.compile(r"\{\{[<%](?P<values>.*?)[>%]\}\}|\{%-?(?P<tag>.*?)-?%\}", re.DOTALL)
_GLOBAL = re.compile(r"\{\{-?\s*(?:site|page|layout|include|paginator)\.[^{}\n]*\}\}")
_SHOWN = re.compile(
    r"\b(?:title|caption|text|label|alt(?:-text)?)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')"
)
_ATTRIBUTES = re.compile(r"[ \t]*\{:?[ \t]*[#.][\w.:#-][^{}\n]*\}(?=[ \t]*$)", re.MULTILINE)
_AFTER_MARKUP = re.compile(r"(?<=[)\]*_])\{:?[ \t]*(?:[#.][\w-]|[\w-]+=)[^{}\n]*\}")
_WIKI_LINK = re.compile(
    r"(?P<embed>!)?\[\[(?P<page>[^\s\[\]|][^\[\]|\n]*)(?:\|(?P<label>[^\[\]\n]+))?\]\]"
)
_PICTURE = re.compile(r"(?i)\.(?:png|jpe?g|gif|svg|webp|avif|pdf|mp[34]|webm)$")
_NOTE_TEXT = re.compile(r"^\[\^([^\]\s]+)\]:[ \t]*", re.MULTILINE)
_NOTE = re.compile(r"\[\^([^\]\s]+)\]")


def replace_marks(source: str) -> str:
    """Return a Markdown source in which only Markdown is left, with as many code blocks."""
    parts: list[str] = []
    text: list[str] = []
    fence = ""
    for line in _lines(source):
        mark = _FENCE.match(line)
        if fence:
            parts.append(line)
            closing = line.strip(" \t>\r\n")
            if mark and closing.startswith(fence) and not closing.strip(fence[0]):
                fence = ""
        elif mark and not ("`" in mark[1] and "`" in line[mark.end() :]):
            parts.append(_replace_inline("".join(text)))
            text.clear()
            fence = mark[1]
            parts.append(line)
        else:
            text.append(line)
    return "".join([*parts, _replace_inline("".join(text))])


def _lines(source: str) -> Iterator[str]:
    """Yield the lines, the titles of admonitions as paragraphs and their text without indent."""
    depth: list[int] = []
    fence = ""
    for line in source.splitlines(keepends=True):
        content = line.rstrip("\r\n")
        indent = len(content) - len(content.lstrip(" "))
        while depth and content.strip() and indent <= depth[-1]:
            depth.pop()
        cut = content[4 * len(depth) :] if depth and content.strip() else content
        mark = _FENCE.match(cut)
        if fence:
            if mark and cut.strip(" \t>").startswith(fence):
                fence = ""
            yield cut + "\n"
            continue
        if mark:
            fence = mark[1]
        admonition = _ADMONITION.match(content)
        if admonition and (admonition["type"] or admonition["title"]):
            title = admonition["title"]
            depth.append(indent)
            cut = cut[: max(0, indent - 4 * (len(depth) - 1))]
            yield f"\n{cut}{_title(title, admonition['type'])}\n\n"
            continue
        replaced = _replace_line(cut)
        yield (cut if replaced is None else replaced) + "\n"


def _replace_line(line: str) -> str | None:
    """Return what a line that is a mark is replaced by, None for another line."""
    if alert := _ALERT.match(line):
        if alert["rest"].strip() or alert["type"].upper() in ("INCLUDE", "VIDEO", "DIV"):
            return alert["quote"]
        quote = alert["quote"]
        return f"{quote}{_title(alert['title'].strip(), alert['type'])}\n{quote}"
    if image := _IMAGE_CONTAINER.match(line):
        return _shown(image["values"])
    if container := _CONTAINER.match(line):
        # Other values are attributes: `::: zone pivot="linux"`.
        values = container["title"] or ""
        title = container["label"] or re.sub(r"[\w-]+=\S+|\{.*\}", "", values)
        return f"\n{container['indent']}{_title(title, None)}\n"
    if _MODULE.match(line) or _ONLY_ATTRIBUTES.match(line):
        return ""
    return None


def _title(title: str | None, kind: str | None) -> str:
    if title is not None and title.strip():
        return f"**{title.strip()}**"
    return f"**{(kind or '').replace('-', ' ').capitalize()}**" if kind else ""


def _shown(values: str) -> str:
    """Return the values of a short code that the page shows."""
    return " ".join(first or second for first, second in _SHOWN.findall(values))


def _replace_inline(text: str) -> str:
    """Replace the marks within text, except in code spans."""
    if not any(mark in text for mark in ("{", "[[", "[^")):
        return text
    codes: list[str] = []

    def hide(match: re.Match[str]) -> str:
        codes.append(match.group())
        return f"\x00{len(codes) - 1}\x00"

    text = _CODE_SPAN.sub(hide, text.replace("\x00", "\ufffd"))
    text = _COMMENTS.sub(lambda m: m["inside"] if m["tag"] in ("raw", "verbatim") else "", text)
    escaped: list[str] = []

    def keep(match: re.Match[str]) -> str:
        escaped.append(f"{{{{{match['open']}{match['inside']}{match['close']}}}}}")
        return f"\x01{len(escaped) - 1}\x01"

    text = _ESCAPED_SHORT_CODE.sub(keep, text)
    text = _SHORT_CODE.sub(lambda match: _shown(match["values"] or ""), text)
    text = _GLOBAL.sub("", text)
    text = _ATTRIBUTES.sub("", text)
    text = _AFTER_MARKUP.sub("", text)
    text = _WIKI_LINK.sub(_wiki_label, text)
    text = _NOTE_TEXT.sub(r"\\[\1\\] ", text)
    text = _NOTE.sub(r"\\[\1\\]", text)
    text = re.sub("\x01(\\d+)\x01", lambda match: escaped[int(match[1])], text)
    return re.sub("\x00(\\d+)\x00", lambda match: codes[int(match[1])], text)


def _wiki_label(match: re.Match[str]) -> str:
    page, label = match["page"].strip(), match["label"]
    if match["embed"] and _PICTURE.search(page):
        return label.strip() if label and not label.strip().isdigit() else ""
    if label:
        return label.strip()
    return " > ".join(part.lstrip("^") for part in page.split("#") if part)
