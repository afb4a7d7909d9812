"""Readers, and the judges that know how far to trust them, by name."""

from __future__ import annotations

from index.embedding.encoder import Encoder
from index.errors import SettingError
from qa.judging.confidence import SpanConfidence
from qa.judging.judge import Judge
from qa.readers.base import Reader
from qa.readers.sentence import SentenceConfidence, SentenceReader
from qa.readers.span import SpanReader
from qa.readers.span_model import shipped_model

SHIPPED = "pincite"
"""The reader that comes with Pincite, and the default."""

SENTENCE = "sentence"
"""The reader that was never trained: it answers with whole sentences."""


def load_reader(name: str | None, encoder: Encoder) -> Reader:
    """The reader of that name; None is the shipped one.

    `sentence` uses `encoder`; any other name is a Hugging Face question-answering checkpoint,
    a folder or a name in the local model cache. Raises ReaderError when it cannot be loaded.
    """
    if name is None or name == SHIPPED:
        return SpanReader(shipped_model())
    if name == SENTENCE:
        return SentenceReader(encoder)
    from qa.readers.huggingface import TransformersModel

    return SpanReader(TransformersModel(name))


def load_judge(reader: Reader, unanswerable: float | None = None) -> Judge:
    """The judge whose confidence belongs to a reader.

    `unanswerable` is the share of questions that the articles are expected not to answer, from
    0 to below 1; None is the share its confidence was fitted at. Raises SettingError when it is
    none, or the reader's confidence was never fitted.
    """
    if reader.name == SENTENCE:
        if unanswerable is not None:
            raise SettingError(
                "the sentence reader's confidence is no probability, so no share of questions "
                "without an answer can be taken into account; leave it out, or use another reader"
            )
        return Judge(SentenceConfidence())
    reread = reader.reread if isinstance(reader, SpanReader) else None
    return Judge(SpanConfidence(reader.name, reread=reread, unanswerable=unanswerable))
