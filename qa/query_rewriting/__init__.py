"""Rewrite follow-up questions so that they can be searched by themselves.

"And in 2010?", "Who ordered it?" and "What about the navy?" are completed from the conversation; a
question that needs nothing is returned unchanged. The rules use word lists, capitals, and
agreement in number and gender, without a model. They are measured by bench/followups.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qa.language.words import content_words
from qa.query_rewriting.conversation import MAX_TURNS, Conversation, Turn, proper_names
from qa.query_rewriting.ellipsis import (
    complete_ellipsis,
    is_small_talk,
    lacks_subject,
    without_opening,
)
from qa.query_rewriting.references import find_edits, has_known_noun

__all__ = ["Rewrite", "Turn", "rewrite_question"]


@dataclass(frozen=True, slots=True)
class Rewrite:
    """A follow-up question, completed from its conversation.

    `changed` says whether `question` differs from the original; `added` are its content words,
    folded, that the original lacks. `context` are further words for the search only, possibly of
    an unchanged question. `guessed` says that nothing in the question refers back, and the topic
    was added only in case: where that finds nothing, search for the original.
    """

    question: str
    changed: bool
    added: tuple[str, ...] = ()
    context: tuple[str, ...] = ()
    guessed: bool = False


def rewrite_question(question: str, history: Sequence[Turn]) -> Rewrite:
    """Return a question completed from the turns before it, oldest first.

    Without history, or where the question needs nothing, it is unchanged. Small talk ("Are you
    sure?") is skipped in the history.
    """
    history = [turn for turn in history[-MAX_TURNS:] if not is_small_talk(turn.standalone)]
    if not history or not question.strip():
        return Rewrite(question, False)
    conversation = Conversation(history)
    completed = complete_ellipsis(question, conversation)
    rewritten = completed or _resolve_references(question, conversation)
    if rewritten == question:
        return Rewrite(question, False)
    original = set(content_words(question))
    added = tuple(word for word in content_words(rewritten) if word not in original)
    # A completed question has the last one's words, and may have left its subject.
    context = () if completed else _context(rewritten, conversation)
    guessed = rewritten == _with_topic(question, conversation)
    return Rewrite(rewritten, True, added, context, guessed)


def _resolve_references(question: str, conversation: Conversation) -> str:
    """Return a question with its references replaced, or else with the topic if it lacks one."""
    edits = find_edits(question, conversation)
    if edits:
        text = question
        for edit in reversed(edits):
            new = edit.text if edit.start else edit.text[:1].upper() + edit.text[1:]
            text = text[: edit.start] + new + text[edit.end :]
        return without_opening(text)
    needs_topic = lacks_subject(question) or has_known_noun(question, conversation)
    if needs_topic and not proper_names(question):
        return _with_topic(question, conversation)
    return question


def _with_topic(question: str, conversation: Conversation) -> str:
    """Return the question with the conversation's topic, if it has one, in parentheses."""
    topic = conversation.topic
    if topic is None:
        return question
    body = question.rstrip(" ?.!")
    return f"{body} ({topic}){question[len(body) :].strip() or '?'}"


def _context(rewritten: str, conversation: Conversation) -> tuple[str, ...]:
    """Return the content words of the conversation's subject that a question lacks."""
    if conversation.subject is None:
        return ()
    present = set(content_words(rewritten))
    return tuple(word for word in content_words(conversation.subject.text) if word not in present)
