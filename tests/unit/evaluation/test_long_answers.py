"""Question sets with long answers: reading, gold paragraphs, and figures by group."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from index.parsing.article import parse_file
from index.types import Article
from qa.errors import QuestionSetError
from qa.evaluation.formats import read_question_set, read_question_sets
from qa.evaluation.gold import EvidenceProblem, GoldFinder
from qa.evaluation.metrics import shown_bins, statistics
from qa.evaluation.question_result import QuestionResult
from qa.evaluation.question_set_check import find_problems
from qa.evaluation.summary import group_tables, summarise
from qa.evaluation.text_report import run_table
from qa.questions import Evidence, Question, QuestionSet
from tests.helpers.question_sets import write_beir, write_lines, write_squad

GUIDE = """# Getting a login

Fill out the [form](https://a.example/form) first. The team *asks* your agency.

1. Open the `console`.
2. Choose **Users**.

Then wait for two days.
"""

ANSWERED = {
    "id": "a",
    "domain": "guides",
    "article": "guides/login.md",
    "question": "how do I get a login?",
    "kind": "procedure",
    "answerable": True,
    "short": ["`console`"],
    "long": ["1. Open the `console`. 2. Choose **Users**.", "Then wait for two days."],
}
REFUSED = {
    "id": "b",
    "domain": "guides",
    "article": "guides/login.md",
    "question": "What does a login cost?",
    "kind": "number",
    "answerable": False,
    "near": "Then wait for two days.",
    "why": "no price",
}


class Articles:
    """Articles by id, as a library holds them."""

    def __init__(self, folder: Path) -> None:
        self._articles = {
            name: parse_file(path, name)
            for path in folder.rglob("*.md")
            for name in [path.relative_to(folder).as_posix()]
        }

    def articles(self) -> Iterable[Article]:
        return self._articles.values()

    def article(self, article_id: str) -> Article:
        return self._articles[article_id]


@pytest.fixture
def guides(tmp_path: Path) -> Path:
    folder = tmp_path / "articles" / "guides"
    folder.mkdir(parents=True)
    (folder / "login.md").write_text(GUIDE)
    return folder


def test_lines_with_long_answers_are_recognised_and_read(tmp_path: Path) -> None:
    found = read_question_set(write_lines(tmp_path / "set.jsonl", ANSWERED, REFUSED))
    assert found.format == "long answers"
    assert found.warnings == ()
    first, second = found.questions
    assert (first.kind, first.domain, first.answerable) == ("procedure", "guides", True)
    assert first.answers == ("console",)
    assert first.long == tuple(ANSWERED["long"])  # type: ignore[arg-type]
    assert (second.kind, second.answerable, second.evidence) == ("number", False, ())
    # The first line may be an unanswerable question.
    assert read_question_set(write_lines(tmp_path / "b", REFUSED)).format == "long answers"


def test_kind_and_domain_are_optional_in_pincites_own_lines(tmp_path: Path) -> None:
    path = write_lines(
        tmp_path / "set.jsonl",
        {"id": "a", "question": "Who?", "answers": [], "kind": "who", "domain": "news"},
        {"id": "b", "question": "When?", "answers": []},
    )
    found = read_question_set(path)
    assert [(q.kind, q.domain) for q in found.questions] == [("who", "news"), ("", "")]
    write_lines(path, {"question": "Who?", "answers": [], "kind": 3})
    with pytest.raises(QuestionSetError, match='line 1: "kind" must be a string, found a number'):
        read_question_set(path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"article": ""}, '"article" must be the path of an article'),
        ({"answerable": "yes"}, '"answerable" must be true or false, found a string'),
        ({"long": []}, 'an answerable question needs "long"'),
        ({"long": "Then wait."}, '"long" must be a list of strings'),
        ({"short": [" "]}, '"short" holds an empty string'),
        ({"answerable": False}, 'is not answerable and has "long"'),
        ({"question": " "}, '"question" must be a non-empty string'),
        ({"id": "b"}, "id 'b' was used on line 1"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    path = write_lines(tmp_path / "set.jsonl", REFUSED, {**ANSWERED, **change})
    with pytest.raises(QuestionSetError, match=f"line 2: .*{message}"):
        read_question_set(path)


def test_a_folder_and_several_files_are_read_as_one_set(tmp_path: Path) -> None:
    one = write_lines(tmp_path / "one.jsonl", ANSWERED)
    two = write_lines(tmp_path / "two.jsonl", REFUSED)
    write_lines(tmp_path / "talks.jsonl", {"id": "c", "turns": []})
    folder = read_question_set(tmp_path)
    assert [q.id for q in folder.questions] == ["a", "b"]
    (warning,) = folder.warnings
    assert 'talks.jsonl: its first line has no "question"; the file is left out' in warning
    files = read_question_sets([one, two])
    assert files.questions == folder.questions
    assert files.key == folder.key
    assert files.path == tmp_path
    assert read_question_sets([one]).key == read_question_set(one).key != files.key
    with pytest.raises(QuestionSetError, match=r"id 'a' was used in .*one\.jsonl"):
        read_question_sets([one, write_lines(tmp_path / "again", ANSWERED)])
    with pytest.raises(QuestionSetError, match=r"set of its own \(squad\) and cannot be read"):
        read_question_sets([one, write_squad(tmp_path / "squad.json")])
    with pytest.raises(QuestionSetError, match="judgments and documents belong to one"):
        read_question_sets([one, two], qrels="qrels.txt")
    assert read_question_set(write_beir(tmp_path / "beir")).format == "beir"


@pytest.mark.parametrize("parent", [".", "guides"])
def test_every_paragraph_that_a_piece_covers_is_gold(
    tmp_path: Path, guides: Path, parent: str
) -> None:
    # The article is named from the folder above the domains, whichever folder is indexed.
    finder = GoldFinder(Articles(guides.parent / parent))
    (question,) = read_question_set(write_lines(tmp_path / "s.jsonl", ANSWERED)).questions
    gold = finder.gold(question)
    assert gold.problems == ()
    assert [paragraph.paragraph for paragraph in gold.paragraphs] == [3, 4, 5]
    article_id = "login.md" if parent == "guides" else "guides/login.md"
    assert {paragraph.article for paragraph in gold.paragraphs} == {article_id}


def test_the_longest_match_of_an_articles_path_counts(tmp_path: Path) -> None:
    for name in ("x.md", "news/x.md", "b/news/y.md", "c/news/y.md"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(GUIDE)
    finder = GoldFinder(Articles(tmp_path))
    assert finder.resolve_article("2020/news/x.md") == "news/x.md"
    assert finder.resolve_article("other/x.md") == "x.md"
    assert finder.resolve_article("x.md") == "x.md"
    assert finder.resolve_article("b/news/y.md") == "b/news/y.md"
    assert finder.resolve_article("news/y.md") is EvidenceProblem.AMBIGUOUS
    assert finder.resolve_article("a/y.md") is EvidenceProblem.NO_ARTICLE
    assert finder.resolve_article("") is EvidenceProblem.NO_ARTICLE


def test_the_check_names_pieces_that_are_not_in_the_article(tmp_path: Path, guides: Path) -> None:
    good = Question("good", "?", ("x",), (Evidence("login.md", "*Then* wait", is_source=True),),
                    long=("*Then* wait",), short=("wait",))  # fmt: skip
    bad = Question("bad", "?", ("x",), (Evidence("login.md", "Never wait", is_source=True),),
                   long=("Never wait",), short=("always",))  # fmt: skip
    problems = find_problems(QuestionSet(tmp_path, (good, bad), ""), Articles(guides))
    assert [(one.question, one.reason) for one in problems] == [
        ("bad", "login.md: the text is not in the article ('Never wait')"),
        ("bad", "no piece of \"long\" contains the short answer 'always'"),
    ]


def result(number: int, **values: Any) -> QuestionResult:
    known: dict[str, Any] = {
        "id": str(number), "question": "?", "answers": ["x"], "answerable": True,
        "paragraph_group": str(number), "article_group": "a", "gold": [{"article": "a"}],
    }  # fmt: skip
    return QuestionResult(**{**known, **values})


RESULTS = [
    result(1, kind="who", answered=True, right=True, confidence=0.9, retrieval={"recall@1": 1.0}),
    result(2, kind="who", answered=True, right=False, confidence=0.5),
    # The best candidate would be right, and was not shown.
    result(3, kind="who", answered=False, right=True, confidence=0.2),
    result(4, kind="why", answerable=False, answered=True, right=False, confidence=0.7),
    result(5, kind="why", answerable=False, answered=False, right=False, confidence=0.1),
]


def summary(results: list[QuestionResult]) -> dict[str, Any]:
    return summarise(
        results, retrieval_only=False, gold_paragraph=False, config={}, environment={}, index={},
        resamples=10,
    )  # fmt: skip


def test_right_answers_are_counted_among_those_shown() -> None:
    figures = summary(RESULTS)
    # Of three shown, one is right; of three answerable, one was answered right.
    assert figures["answers"]["right_of_shown"] == pytest.approx(1 / 3)
    assert figures["answers"]["answered_right"] == pytest.approx(1 / 3)
    assert figures["abstention"]["auroc_shown"] == 1.0
    # One bin: the mean of 0.9, 0.5 and 0.7 against a third.
    assert figures["abstention"]["ece_shown"] == pytest.approx(0.7 - 1 / 3)
    assert "ece_shown_told" not in figures["abstention"]


def test_the_told_calibration_error_is_for_the_sets_own_share() -> None:
    results = [
        result(n, answerable=n < 6, answered=True, right=n < 6, confidence=0.6, has_answer=0.6)
        for n in range(10)
    ]
    told = statistics(results, unanswerable=0.4)["abstention.ece_shown_told"]
    # Fitted and true shares are both 40%: nothing changes, and 0.6 is what is right.
    assert told(np.ones(10)) == pytest.approx(0.0)
    assert statistics(results, unanswerable=0.2)["abstention.ece_shown_told"](np.ones(10)) > 0.1


def test_few_answers_are_put_into_few_bins() -> None:
    assert [shown_bins(n) for n in (0, 9, 19, 20, 150, 5000)] == [1, 1, 1, 2, 15, 15]


def test_figures_are_reported_by_kind_with_the_number_of_questions() -> None:
    figures = summary(RESULTS)
    assert figures["by_domain"] == {}
    assert list(figures["by_kind"]) == ["who", "why"]
    who, why = figures["by_kind"].values()
    assert (who["questions"], who["answerable"], who["answered"]) == (3, 3, 2)
    assert who["recall@1"] == pytest.approx(1 / 3)
    assert (who["right_of_shown"], who["false_answer_rate"]) == (0.5, None)
    assert (why["right_of_shown"], why["answered_right"]) == (0.0, None)
    assert why["false_answer_rate"] == 0.5
    (table,) = group_tables(figures)
    assert table.columns[:4] == ("kind", "n", "shown", "recall@1")
    assert table.rows[1] == ("why", "2", "1", "-", "-", "0.000", "-", "0.500", "0.700")
    text = run_table(figures, RESULTS)
    assert "\nBy kind" in text
    assert "By domain" not in text


def test_questions_without_a_kind_are_a_group_of_their_own() -> None:
    figures = summary([*RESULTS, result(6)])
    assert figures["by_kind"]["none"]["questions"] == 1


def test_runs_saved_before_right_was_recorded_keep_their_figures() -> None:
    old = {key: value for key, value in result(1, best_f1=0.6).to_json().items() if key != "right"}
    assert QuestionResult.from_json(old).is_right
    assert not QuestionResult.from_json({**old, "best_f1": 0.4}).is_right
