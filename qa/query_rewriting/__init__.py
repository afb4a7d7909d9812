"""Follow-up questions told in full, by rules over the conversation.

"And in 2010?", "Who ordered it?", "What about the navy?" become questions that can be
searched by themselves; a question that stands alone is left exactly as it is. No model and
no network: closed lists of words, capitals, agreement in number and gender. The measure of
the rules is in bench/followups.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qa.language.words import content_words
from qa.query_rewriting.conversation import LOOKED_BACK, Conversation, Turn, named
from qa.query_rewriting.ellipsis import completed, is_aside, lacks_subject, without_opening
from qa.query_rewriting.references import edits, known_noun

__all__ = ["Rewrite", "Turn", "rewrite_question"]


@dataclass(frozen=True, slots=True)
class Rewrite:
    """A question that stands alone.

    `changed` says whether `question` differs from what was asked; `added` are its content
    words, folded, that were not asked. `context` are further words for the search only, never
    shown as the question; they may be there when the wording needed no change. `guessed` says
    that nothing in the question pointed back, and what the talk is about was added in case: where
    that finds nothing, the question may be asked as it is.
    """

    question: str
    changed: bool
    added: tuple[str, ...] = ()
    context: tuple[str, ...] = ()
    guessed: bool = False


def rewrite_question(question: str, history: Sequence[Turn]) -> Rewrite:
    """The question told in full from the turns before it, oldest first.

    A question that stands alone, or has no history, comes back exactly as it is. What was only
    said to the program ("Are you sure?") is no history.
    """
    history = [turn for turn in history[-LOOKED_BACK:] if not is_aside(turn.standalone)]
    if not history or not question.strip():
        return Rewrite(question, False)
    talk = Conversation(history)
    completion = completed(question, talk)
    whole = _told(question, talk) if completion is None else completion
    if whole == question:
        return Rewrite(question, False)
    asked = set(content_words(question))
    added = tuple(word for word in content_words(whole) if word not in asked)
    # A completed question has the last one's words, and may have left its subject.
    context = () if completion else _context(whole, talk)
    return Rewrite(whole, True, added, context, whole == with_subject(question, talk))


def _told(question: str, talk: Conversation) -> str:
    changes = edits(question, talk)
    text = question
    for edit in reversed(changes):
        new = edit.text
        if edit.start == 0:
            new = new[:1].upper() + new[1:]
        text = text[: edit.start] + new + text[edit.end :]
    if (
        not changes
        and not named(question)
        and (lacks_subject(question) or known_noun(question, talk))
    ):
        return with_subject(question, talk)
    return without_opening(text) if changes else text


def with_subject(question: str, talk: Conversation) -> str:
    """The question with what the conversation is about, in parentheses."""
    topic = talk.topic
    if topic is None:
        return question
    body = question.rstrip(" ?.!")
    return f"{body} ({topic}){question[len(body) :].strip() or '?'}"


def _context(whole: str, talk: Conversation) -> tuple[str, ...]:
    present = set(content_words(whole))
    found: list[str] = []
    if talk.subject is not None:
        found += content_words(talk.subject.text)
    return tuple(word for word in dict.fromkeys(found) if word not in present)
