"""Edit questions so that their paragraph, still on its topic, no longer answers them.

A name, a number or a word of the question is changed, or it is negated.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Callable, Sequence

from training.data import LabelledQuestion, words

STOP = frozenset(
    "a an and are as at be by did do does for from had has have how in is it its of on or that "
    "the their they this to was were what when where which who whom whose why will with".split()
)

# Pairs that reverse a claim; each is used in both directions.
OPPOSITES = """
before after|first last|most least|more less|more fewer|highest lowest|largest smallest
oldest youngest|earliest latest|best worst|increase decrease|increased decreased|high low
higher lower|large small|larger smaller|long short|longer shorter|early late|earlier later
north south|northern southern|east west|eastern western|male female|men women|man woman
father mother|son daughter|brother sister|husband wife|king queen|win lose|won lost
allowed forbidden|accept reject|accepted rejected|begin end|began ended|started stopped
open close|opened closed|old new|older newer|same different|common rare|major minor
good bad|better worse|positive negative|public private|rich poor|strong weak|success failure
successful unsuccessful|support oppose|supported opposed|majority minority|maximum minimum
inside outside|internal external|include exclude|included excluded|enter leave|arrive depart
above below|over under|upper lower|right left|buy sell|bought sold|built destroyed
created destroyed|born buried|birth death|founded dissolved|gained lost|legal illegal
known unknown|necessary unnecessary|natural artificial|possible impossible|present absent
add remove|added removed|agree disagree|agreed disagreed|attack defend|cause prevent
caused prevented|encourage discourage|fast slow|faster slower|hot cold|warm cool|heavy light
modern ancient|native foreign|domestic foreign|urban rural|cheap expensive|easy difficult
simple complex|full empty|near far|wide narrow|winter summer|day night|sunrise sunset
victory defeat|ally enemy|allies enemies|student teacher|students teachers|teacher student
released withdrawn|published banned|hired fired|appointed dismissed|praised criticized
praise criticize|love hate|liked disliked|permanent temporary|direct indirect|formal informal
active passive|dry wet|hard soft|light dark|thick thin|deep shallow|rise fall|rose fell
import export|imports exports|imported exported|invented forgotten|joined left|kept lost
""".replace("\n", "|")


def _opposites() -> dict[str, list[str]]:
    table: dict[str, list[str]] = defaultdict(list)
    for pair in filter(None, OPPOSITES.strip("|").split("|")):
        one, other = pair.split()
        table[one].append(other)
        table[other].append(one)
    return dict(table)


TURNED = _opposites()
NAME = re.compile(r"(?:[A-ZÀ-Þ][\w'’.-]*\w|[A-Z])(?: (?:of |de |the )?(?:[A-ZÀ-Þ][\w'’-]*\w))*")
NUMBER = re.compile(r"\b\d[\d,]*\b")
NEGATED = (
    (re.compile(r"\b(did|does|do|can|could|would|will|should) (?=\w)"), r"\1 not "),
    (re.compile(r"\b(is|was|are|were|has|had|have) (?=\w)"), r"\1 not "),
)


def names(text: str) -> list[str]:
    """Return runs of capitalised words, without the first word of a sentence."""
    runs = []
    for match in NAME.finditer(text):
        before = text[: match.start()].rstrip()
        starts = not before or before[-1] in '.?!:"“'
        if starts and " " not in match.group():
            continue
        if match.group().lower() not in STOP:
            runs.append(match.group())
    return runs


def _replace_once(text: str, old: str, new: str) -> str:
    return re.sub(rf"(?<!\w){re.escape(old)}(?!\w)", lambda _: new, text, count=1)


def swap_name(question: LabelledQuestion, pool: Sequence[str], rng: random.Random) -> str | None:
    """Return the question with another name of the same article."""
    inside = [n for n in names(question.question) if not question.question.startswith(n)]
    if not inside or not pool:
        return None
    old = rng.choice(inside)
    others = [
        n
        for n in pool
        if n.lower() not in question.question.lower()
        and old.lower() not in n.lower()
        and n.count(" ") == old.count(" ")
        and n not in question.context
    ]
    # Names that the paragraph mentions make harder negatives, unless they are the answer.
    answer = question.context[slice(*question.answers[0])]
    local = [
        n
        for n in names(question.context)
        if n.lower() not in question.question.lower()
        and n not in answer
        and answer not in n
        and n.count(" ") == old.count(" ")
    ]
    chosen = local if local and rng.random() < 0.6 else others
    return _replace_once(question.question, old, rng.choice(chosen)) if chosen else None


def swap_number(question: LabelledQuestion, rng: random.Random) -> str | None:
    """Return the question with another number of the same kind; a year stays a year."""
    numbers = NUMBER.findall(question.question)
    if not numbers:
        return None
    old = rng.choice(numbers)
    value = int(old.replace(",", ""))
    present = set(NUMBER.findall(question.context)) | set(numbers)
    answer = question.context[slice(*question.answers[0])]
    local = [n for n in present if n not in numbers and len(n) == len(old) and n not in answer]
    if local and rng.random() < 0.6:
        return _replace_once(question.question, old, rng.choice(sorted(local)))
    for _ in range(8):
        step = rng.choice([1, 2, 3, 5, 10, 20, 50]) * rng.choice([-1, 1])
        new = str(max(1, value + step))
        if new not in present and new != old:
            return _replace_once(question.question, old, new)
    return None


def turn_word(question: LabelledQuestion, rng: random.Random) -> str | None:
    """Return the question with one word replaced by its opposite."""
    candidates = [w for w in words(question.question) if w in TURNED]
    if not candidates:
        return None
    old = rng.choice(candidates)
    new = rng.choice(TURNED[old])
    pattern = re.compile(rf"\b{old}\b", re.IGNORECASE)
    return pattern.sub(new, question.question, count=1)


def negate(question: LabelledQuestion, rng: random.Random) -> str | None:
    """Return the question negated with `not` or `never`."""
    if re.search(r"\b(not|never|n't|no)\b", question.question):
        return None
    for pattern, by in NEGATED:
        if pattern.search(question.question):
            by = by.replace("not", "never") if rng.random() < 0.3 else by
            return pattern.sub(by, question.question, count=1)
    return None


def edit(question: LabelledQuestion, pool: Sequence[str], rng: random.Random) -> str | None:
    """Return the question with one edit; names and numbers are tried first."""
    makers: list[Callable[[], str | None]] = [
        lambda: swap_name(question, pool, rng),
        lambda: swap_number(question, rng),
        lambda: turn_word(question, rng),
    ]
    rng.shuffle(makers)
    if rng.random() < 0.12:
        makers.insert(0, lambda: negate(question, rng))
    for make in makers:
        edited = make()
        if edited and edited != question.question:
            return edited
    return None
