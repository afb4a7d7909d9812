"""Number the paragraphs of a Word document as Word shows them (ECMA-376 part 1, 17.9)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_PLACEHOLDER = re.compile(r"%([1-9])")
_MAX_LINKS = 20
"""Styles that a style is based on, at most; a damaged document has them in a circle."""

_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"),
    (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip


@dataclass(slots=True)
class _Level:
    """A level of a list: its first number, and how numbers are written ("%1.%2")."""

    start: int
    number_format: str
    text: str
    style: str
    restart: int
    """Levels above it, from the outermost, that begin its numbers again; 0 for none."""
    is_decimal: bool
    """Whether the numbers of all levels are written in digits."""


@dataclass(slots=True)
class _List:
    """A list definition: its levels and the last number used at each, by level from 0."""

    levels: dict[int, _Level]
    counts: dict[int, int] = field(default_factory=dict)

    def restart(self, depth: int) -> int:
        """Return how many of the outermost levels begin the numbers of a level again."""
        return min(depth, self.levels[depth].restart) if depth in self.levels else depth


class Numbering:
    """Counts the numbered paragraphs of a document, which have to come in their order."""

    def __init__(self, document: Any) -> None:
        styles = document.styles.element
        self._styles = {style.get(f"{_W}styleId"): style for style in styles}
        self._lists: dict[str, _List] = {}
        self._list_of: dict[str, str] = {}  # the list definition of each numbering instance
        self._restarts: dict[str, dict[int, int]] = {}
        for relation in document.part.rels.values():
            if relation.reltype.endswith("/numbering") and not relation.is_external:
                root = getattr(relation.target_part, "element", None)  # none if not declared XML
                if root is not None:
                    self._read(root)

    def _read(self, root: Any) -> None:
        for element in root.iterchildren(f"{_W}abstractNum"):
            levels = dict(map(_level, element.iterchildren(f"{_W}lvl")))
            self._lists[element.get(f"{_W}abstractNumId", "")] = _List(levels)
        for element in root.iterchildren(f"{_W}num"):
            instance, name = element.get(f"{_W}numId", ""), _value(element, "abstractNumId")
            self._list_of[instance] = name
            overrides = list(element.iterchildren(f"{_W}lvlOverride"))
            if any(override.find(f"{_W}lvl") is not None for override in overrides):
                levels = dict(self._lists[name].levels) if name in self._lists else {}
                for override in overrides:
                    levels.update(map(_level, override.iterchildren(f"{_W}lvl")))
                self._list_of[instance] = f"{name}/{instance}"
                self._lists[f"{name}/{instance}"] = _List(levels)
            self._restarts[instance] = {
                _number(override.get(f"{_W}ilvl"), 0): _number(start, 1)
                for override in overrides
                if (start := _value(override, "startOverride"))
            }

    def label(self, paragraph: Any) -> str:
        """Return the number that Word writes before a paragraph; empty for a bullet or none.

        Empty too for numbers in a script or words that are not written here.
        """
        found = self._position(paragraph)
        if found is None:
            return ""
        instance, depth = found
        numbered = self._lists.get(self._list_of.get(instance, ""))
        if numbered is None or depth not in numbered.levels:
            return ""
        level, counts = numbered.levels[depth], numbered.counts
        restart = self._restarts.get(instance, {}).pop(depth, None)
        if restart is not None:
            counts[depth] = restart
        else:
            counts[depth] = counts[depth] + 1 if depth in counts else level.start
        for deeper in [other for other in counts if depth < numbered.restart(other)]:
            del counts[deeper]
        parts: dict[str, str] = {}
        for digit in _PLACEHOLDER.findall(level.text):
            at = int(digit) - 1
            other = numbered.levels.get(at, level)
            number_format = "decimal" if level.is_decimal else other.number_format
            written = _written(counts.setdefault(at, other.start), number_format)
            if written is None:
                return ""
            parts[digit] = written
        if level.number_format in ("bullet", "none") or not parts:
            return ""
        return _PLACEHOLDER.sub(lambda match: parts[match[1]], level.text).strip()

    def _position(self, paragraph: Any) -> tuple[str, int] | None:
        """Return the numbering instance and the level of a paragraph, its own or its style's."""
        style = _value(paragraph, f"pPr/{_W}pStyle")
        instance = _value(paragraph, f"pPr/{_W}numPr/{_W}numId")
        level = _value(paragraph, f"pPr/{_W}numPr/{_W}ilvl")
        own, links = style, 0
        while not instance and style in self._styles and links < _MAX_LINKS:
            element = self._styles[style]
            instance = _value(element, f"pPr/{_W}numPr/{_W}numId")
            level = level or _value(element, f"pPr/{_W}numPr/{_W}ilvl")
            own, style = style, _value(element, "basedOn")
            links += 1
        if not instance or instance == "0":
            return None
        if not level and (numbered := self._lists.get(self._list_of.get(instance, ""))):
            linked = (depth for depth, one in numbered.levels.items() if one.style == own)
            return instance, next(linked, 0)
        return instance, _number(level, 0)


def _level(element: Any) -> tuple[int, _Level]:
    depth = _number(element.get(f"{_W}ilvl"), 0)
    return depth, _Level(
        _number(_value(element, "start"), 0),
        _value(element, "numFmt") or "decimal",
        _value(element, "lvlText"),
        _value(element, "pStyle"),
        _number(_value(element, "lvlRestart"), depth),
        element.find(f"{_W}isLgl") is not None,
    )


def _value(element: Any, path: str) -> str:
    found = element.find(f"{_W}{path}")
    return "" if found is None else str(found.get(f"{_W}val", ""))


def _number(value: str | None, default: int) -> int:
    return int(value) if value is not None and value.isdecimal() else default


def _written(number: int, number_format: str) -> str | None:
    """Return a number as a format writes it, None for a format that is not known."""
    if number_format in ("decimal", "bullet", "none"):
        return str(number) if number_format == "decimal" else ""
    if number_format == "decimalZero":
        return f"{number:02}"
    if number_format.endswith("Letter") and number > 0:
        # After z comes aa, then bb.
        text = chr(ord("a") + (number - 1) % 26) * min((number + 25) // 26, 100)
    elif number_format.endswith("Roman") and 0 < number < 4000:
        text, rest = "", number
        for value, letters in _ROMAN:
            count, rest = divmod(rest, value)
            text += letters * count
    else:
        return None
    return text.upper() if number_format.startswith("upper") else text
