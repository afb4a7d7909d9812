"""The trained reader on texts and questions written for this test."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from index.types import Article, Kind, Metadata, Paragraph, Span
from qa.answer import Passage, Quote, QuoteScores
from qa.errors import ReaderError
from qa.readers.span import SpanReader
from qa.readers.span_model import ShippedModel, shipped_model

FERRY = [
    "The ferry across the Orla ran twice a day until the bridge at Tamsel opened in the spring "
    "of 1931. Its last master, Henrik Vahl, kept the bell in his kitchen for forty years.",
    "The bridge cost 640,000 marks, most of it lent by the district of Aldmoor. The engineer "
    "Clara Imhof drew it in four months.",
    "Today about 9,000 cars cross it daily, and a new one is planned two kilometres upstream.",
]
BEES = [
    "The garden keeps eleven hives of dark bees, brought from the island of Sorn in 2004.",
    "In a good summer each hive gives eighteen kilograms of honey, which is sold at the gate "
    "on Saturdays.",
]

QUESTIONS = [
    ("When did the bridge at Tamsel open?", "1931"),
    ("Who was the last master of the ferry?", "Henrik Vahl"),
    ("How much did the bridge cost?", "640,000 marks"),
    ("Who drew the bridge?", "Clara Imhof"),
    ("How many cars cross the bridge daily?", "9,000"),
    ("Where were the bees brought from?", "Sorn"),
    ("How many hives does the garden keep?", "eleven"),
    ("When is the honey sold?", "Saturdays"),
]


def article(identity: str, paragraphs: list[str], kinds: dict[int, Kind] | None = None) -> Article:
    spans, position = [], 0
    for text in paragraphs:
        spans.append(Span(position, position + len(text)))
        position += len(text) + 2
    made = tuple(
        Paragraph(n, span, (kinds or {}).get(n, Kind.BODY)) for n, span in enumerate(spans, 1)
    )
    return Article(identity, "\n\n".join(paragraphs), made, Metadata(title=identity))


def passage(source: Article, numbers: tuple[int, ...], score: float = 0.0) -> Passage:
    spans = [source.paragraphs[n - 1].span for n in numbers]
    whole = Span(min(s.start for s in spans), max(s.end for s in spans))
    return Passage(source, whole, numbers, 0, score)


@pytest.fixture(scope="module")
def reader() -> SpanReader:
    return SpanReader(shipped_model())


@pytest.fixture(scope="module")
def passages() -> list[Passage]:
    ferry, bees = article("The ferry", FERRY), article("The bees", BEES)
    return [passage(ferry, (1,)), passage(bees, (1, 2)), passage(ferry, (2,)), passage(ferry, (3,))]


@pytest.mark.parametrize(("question", "answer"), QUESTIONS)
def test_the_answering_words_come_first(
    reader: SpanReader, passages: list[Passage], question: str, answer: str
) -> None:
    best = reader.read(question, passages)[0]
    assert answer in best.text
    assert len(best.text) < len(answer) + 20


def test_every_quote_is_a_slice_inside_its_sentence_and_paragraph(
    reader: SpanReader, passages: list[Passage]
) -> None:
    quotes = [quote for question, _ in QUESTIONS for quote in reader.read(question, passages)]
    assert len(quotes) > len(QUESTIONS)
    for quote in quotes:
        assert quote.text == quote.article.text[quote.span.start : quote.span.end]
        assert quote.sentence.contains(quote.span)
        assert quote.article.paragraphs[quote.paragraph - 1].span.contains(quote.sentence)


def test_quotes_come_in_order_and_do_not_overlap(
    reader: SpanReader, passages: list[Passage]
) -> None:
    quotes = reader.read("Who drew the bridge?", passages)
    scores = [quote.score for quote in quotes]
    assert scores == sorted(scores, reverse=True)
    for at, quote in enumerate(quotes):
        for other in quotes[at + 1 :]:
            assert quote.article.id != other.article.id or not quote.span.overlaps(other.span)


def test_reading_is_deterministic(passages: list[Passage]) -> None:
    def summary(quotes: list[Quote]) -> list[tuple[str, Span, float, QuoteScores]]:
        return [(q.article.id, q.span, q.score, q.scores) for q in quotes]

    readings = [
        summary(SpanReader(ShippedModel()).read("How much did the bridge cost?", passages))
        for _ in range(2)
    ]
    assert readings[0] == readings[1]


def test_an_answer_at_the_end_of_a_very_long_paragraph_is_found(reader: SpanReader) -> None:
    filler = "Rain fell on the lower fields for most of that week and nobody went out. " * 60
    long = article("Harvest", [filler + "The barn burned down on the ninth of October. " + filler])
    best = reader.read("When did the barn burn down?", [passage(long, (1,))])[0]
    assert best.text.endswith("ninth of October")


def test_an_answer_at_a_window_boundary_is_whole(reader: SpanReader) -> None:
    sentence = "The lighthouse was built by Agnes Marie Holtorf of Sorn in stone."
    for count in range(12, 24):
        filler = "Gulls nest there and the path is closed. " * count
        text = article("Light", [filler + sentence + " " + filler])
        best = reader.read("Who built the lighthouse?", [passage(text, (1,))])[0]
        assert best.text.startswith("Agnes Marie Holtorf")


COUNCIL = [
    "Five officials came to the hearing at Tamsel. They were the harbour master, the mayor, the "
    "treasurer, the judge and the bishop. Nobody else was let in."
]


def test_list_questions_return_every_item(reader: SpanReader) -> None:
    hearing = [passage(article("The hearing", COUNCIL), (1,))]
    several = reader.read("Who were the five officials at the hearing?", hearing)[0]
    assert several.text == (
        "the harbour master, the mayor, the treasurer, the judge and the bishop"
    )
    assert several.text == several.span.of(several.article.text)
    # Where one thing is asked for, no more is taken.
    assert reader.read("Where was the hearing?", hearing)[0].text == "Tamsel"


def test_a_passage_without_the_answer_scores_below_the_one_with_it(reader: SpanReader) -> None:
    ferry, bees = article("The ferry", FERRY), article("The bees", BEES)
    for question, answer in QUESTIONS[:5]:
        apart = {
            source.id: reader.read(question, [passage(source, tuple(range(1, count + 1)))])
            for source, count in ((ferry, 3), (bees, 2))
        }
        assert answer in apart["The ferry"][0].text
        assert not apart["The bees"] or apart["The bees"][0].score < apart["The ferry"][0].score


def test_a_second_look_separates_answers_from_similar_words(
    reader: SpanReader, passages: list[Passage]
) -> None:
    looks = {}
    for question in ("How many hives does the garden keep?", "How many horses does it keep?"):
        first = reader.read(question, passages)[0]
        assert reader.complete(question, first) is first
        unread = replace(first, scores=replace(first.scores, is_right=None))
        completed = reader.complete(question, unread)
        assert (completed.span, completed.score) == (first.span, first.score)
        assert completed.scores.is_right is not None
        assert replace(completed.scores, is_right=None) == unread.scores
        looks[question] = first.scores.is_right or 0.0
    right, wrong = looks.values()
    assert right > wrong + 1.0


def test_a_question_why_is_answered_with_a_sentence(reader: SpanReader) -> None:
    text = (
        "The mill at Orla stood still for a year. Nobody could pay for the new wheel, because the "
        "harvest had failed twice. The miller kept bees in that time."
    )
    best = reader.read("Why did the mill stand still?", [passage(article("Mill", [text]), (1,))])[0]
    assert "because the harvest had failed twice" in best.sentence_text


def test_an_item_of_a_list_is_read_with_its_lead_in(reader: SpanReader) -> None:
    items = ["To cross by ferry you need:", "a ticket from the harbour office", "a warm coat"]
    source = article("Crossing", items)
    question = "What do I need to cross by ferry?"
    quotes = reader.read(question, [passage(source, (2,))])
    assert {quote.paragraph for quote in quotes} >= {2, 3}


def test_headings_and_comments_are_never_quoted(reader: SpanReader) -> None:
    source = article(
        "Mixed",
        ["Clara Imhof draws a bridge", FERRY[1], "I think Bert Kolb drew the bridge."],
        {1: Kind.HEADING, 3: Kind.COMMENT},
    )
    quotes = reader.read("Who drew the bridge?", [passage(source, (1, 2, 3))])
    assert "Clara Imhof" in quotes[0].text
    assert {quote.paragraph for quote in quotes} == {2}


@pytest.mark.parametrize("text", ["—", "Yes.", "国境を越えた。", "a" * 3000, "half \ud800 a pair"])
def test_unusual_texts_are_read(reader: SpanReader, text: str) -> None:
    source = article("Odd", [text])
    for quote in reader.read("Who drew the bridge?", [passage(source, (1,))]):
        assert quote.text == text[quote.span.start : quote.span.end]


def test_words_of_the_question_are_not_an_answer(reader: SpanReader) -> None:
    text = "How many ships came? Nobody knows how many. The pilot wrote of forty ships in May."
    found = reader.read("How many ships came?", [passage(article("Ships", [text]), (1,))])
    assert "forty" in found[0].text
    assert not any(quote.text.lower() in ("how many", "how many ships came") for quote in found)


def test_without_passages_there_are_no_quotes(reader: SpanReader) -> None:
    assert reader.read("Who drew the bridge?", []) == []


def test_reading_loads_no_torch() -> None:
    code = (
        "import sys; from qa.readers.span_model import shipped_model; m = shipped_model(); "
        "m.scores([m.row('Who?', '', 'Clara drew it.')]); "
        "sys.exit('torch' in sys.modules or 'transformers' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_damaged_model_is_reported_with_an_alternative(tmp_path: Path) -> None:
    with pytest.raises(ReaderError, match="--reader sentence"):
        ShippedModel(tmp_path)
    card = {"version": "1", "window": 64, "ranking": {}, "words_sha256": "0" * 64}
    (tmp_path / "reader.json").write_text(json.dumps(card), encoding="utf-8")
    (tmp_path / "reader.onnx").write_bytes(b"not a graph")
    with pytest.raises(ReaderError, match="word vectors"):
        ShippedModel(tmp_path)


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real, tiny, untrained question-answering checkpoint with the encoder's tokenizer."""
    transformers = pytest.importorskip("transformers")
    from index.embedding.model_files import DEFAULT_MODEL, find_model

    folder = tmp_path_factory.mktemp("checkpoint")
    config = transformers.BertConfig(
        hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=64
    )
    transformers.BertForQuestionAnswering(config).save_pretrained(folder)
    tokenizer = transformers.AutoTokenizer.from_pretrained(find_model(DEFAULT_MODEL).folder)
    tokenizer.save_pretrained(folder)
    return folder


def test_a_checkpoint_in_a_folder_is_read_by_the_span_reader(
    checkpoint: Path, passages: list[Passage]
) -> None:
    from qa.readers.huggingface import TransformersModel

    quotes = SpanReader(TransformersModel(str(checkpoint))).read("Who drew it?", passages)
    assert quotes
    for quote in quotes:
        assert quote.text == quote.article.text[quote.span.start : quote.span.end]


def test_an_unknown_checkpoint_is_named_in_the_error() -> None:
    from qa.readers.huggingface import TransformersModel

    with pytest.raises(ReaderError, match="no-such-model"):
        TransformersModel("no-such-model")


def test_headings_do_not_count_as_passages_read(reader: SpanReader) -> None:
    titles = [
        article(f"title {n}", ["How many hives does the garden keep?"], {1: Kind.HEADING})
        for n in range(6)
    ]
    found = [passage(title, (1,), 2.0) for title in titles]
    found.append(passage(article("bees", BEES), (1,), 1.0))
    assert reader.read("How many hives does the garden keep?", found)[0].text == "eleven"


def test_a_question_in_an_article_is_not_quoted_as_its_answer(reader: SpanReader) -> None:
    asking = article("asking", ["How many hives does the garden keep, and does anyone know?"])
    found = [passage(asking, (1,), 2.0), passage(article("bees", BEES), (1,), 1.0)]
    quotes = reader.read("How many hives does the garden keep?", found)
    assert quotes[0].text == "eleven"
    assert all(quote.article.id != "asking" for quote in quotes)


def test_a_place_with_a_name_comes_before_one_without(reader: SpanReader) -> None:
    film = article(
        "film",
        ["The film was mostly made in a disused quarry. Parts of it were shot at Sorn in 1932."],
    )

    found = reader.read("Where was the film shot?", [passage(film, (1,))])
    places = [quote.text for quote in found if not quote.is_sentence]
    assert places.index("Sorn") < places.index("a disused quarry")


def test_a_place_without_a_name_is_not_stretched_to_the_next_name(reader: SpanReader) -> None:
    bell = article(
        "bell",
        [
            "The old bell was found in the cellar of a house that burned in 1904. It hangs in "
            "Aldmoor now, near the church of Sorn."
        ],
    )
    quotes = reader.read("Where was the old bell found?", [passage(bell, (1,))])
    assert quotes[0].text == "in the cellar of a house"
