"""Votes on the answers of an index change what its confidence says, wherever it is asked."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from index.library import Library
from qa import feedback
from qa.answer import Answer, Recalibration
from qa.chatbot import Chatbot
from qa.cli.main import main
from qa.feedback import FEEDBACK_NAME, Reason
from qa.judging.recalibration import FEWEST_VOTES
from qa.retrieval.retriever import Retriever
from qa.web.api.rest import add_api
from qa.web.chat.history import Exchange, answer_view
from qa.web.chat.routes import add_chat_routes
from qa.web.service import Service

ASKED = "Who built the pier at Dunmore?"
Ask = Callable[[], Answer]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Service:
    path = tmp_path_factory.mktemp("recalibration") / "index"
    library = Library.create(path)
    library.add("The pier at Dunmore was built by Elsie Varga in 1911.", title="The pier")
    service = Service(path)
    service.start()
    return service


@pytest.fixture
def ask(service: Service) -> Iterator[Ask]:
    """Ask the same question of an index without votes."""
    (service.path / FEEDBACK_NAME).unlink(missing_ok=True)
    yield lambda: service.ask(ASKED, mode="always")
    (service.path / FEEDBACK_NAME).unlink(missing_ok=True)


def vote(folder: Path, recalibration: Recalibration, *, count: int = FEWEST_VOTES) -> Path:
    """Append votes on wrong answers that were shown with 80%."""
    shown = feedback.shown(0.8, recalibration, is_right=False)
    lines = [
        json.dumps(feedback.complaint(f"Question {number}?", Reason.WORDS) | shown)
        for number in range(count)
    ]
    path = folder / FEEDBACK_NAME
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def unshifted(answer: Answer) -> Recalibration:
    assert answer.recalibration is not None
    assert (answer.recalibration.votes, answer.recalibration.shift) == (0, 0.0)
    return answer.recalibration


def test_enough_votes_lower_the_confidence_and_say_so(
    service: Service, ask: Ask, capsys: pytest.CaptureFixture[str]
) -> None:
    before = ask()
    fit = unshifted(before)
    vote(service.path, fit, count=FEWEST_VOTES - 1)
    assert ask() == before
    path = vote(service.path, fit)
    after = ask()
    assert after.text == before.text
    assert after.confidence < before.confidence
    assert after.recalibration is not None
    assert after.recalibration.votes == FEWEST_VOTES

    app = FastAPI()
    add_api(app, service)
    client = TestClient(app)
    changed = after.to_json()["recalibration"]
    reply = client.post("/api/ask", json={"question": ASKED, "mode": "always"}).json()
    assert (reply["confidence"], reply["recalibration"]) == (after.confidence, changed)
    assert client.get("/api/status").json()["recalibration"] == changed

    command = ["ask", ASKED, "--mode", "always", "--index", str(service.path)]
    assert main(command) == 0
    assert f"takes {FEWEST_VOTES} votes on earlier answers into account" in capsys.readouterr().out
    path.unlink()
    assert ask() == before


def test_an_evaluation_uses_votes_only_when_asked(
    service: Service, ask: Ask, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    vote(service.path, unshifted(ask()))
    questions = tmp_path / "questions.jsonl"
    questions.write_text(
        json.dumps(
            {
                "id": "pier",
                "question": ASKED,
                "answers": ["Elsie Varga"],
                "evidence": [{"article": "The pier", "text": "built by Elsie Varga"}],
            }
        )
    )
    confidence = []
    for option in ([], ["--recalibrate"]):
        main(["eval", str(questions), "--index", str(service.path), "--json", *option])
        run = json.loads(capsys.readouterr().out)
        confidence.append(run["per_question"][0]["confidence"])
        assert ("recalibration" in run["config"]) == bool(option)
    assert confidence[1] < confidence[0]


@pytest.mark.parametrize("content", [b"\xff\x00{", b"[]\n7\n{\n" * 9, None])
def test_a_damaged_file_never_breaks_an_answer(
    service: Service, ask: Ask, content: bytes | None
) -> None:
    before = ask()
    path = service.path / FEEDBACK_NAME
    if content is None:
        path.mkdir()
    else:
        path.write_bytes(content)
    assert ask() == before
    if content is None:
        path.rmdir()


def test_a_judge_or_reader_of_another_kind_has_no_recalibration(service: Service) -> None:
    library = Library.open(service.path)
    sentences = Chatbot(Retriever(library), reader="sentence")
    assert sentences.ask(ASKED, mode="always").to_json()["recalibration"] is None
    given = Chatbot(Retriever(library), judge=service.chatbot().judge)
    assert given.judge.recalibration == service.recalibration()
    without = Chatbot(Retriever(library), reader=given.reader, recalibrate=False)
    assert without.ask(ASKED).recalibration is None


@pytest.mark.parametrize(
    ("sent", "is_right"),
    [
        ({"verdict": "right"}, True),
        ({"verdict": "wrong", "reason": "words"}, False),
        ({"verdict": "wrong", "reason": "unanswerable"}, False),
    ],
)
def test_a_vote_records_the_confidence_that_was_shown(
    service: Service, ask: Ask, sent: dict[str, str], is_right: bool
) -> None:
    app = FastAPI()
    add_chat_routes(app, service)
    client = TestClient(app, base_url="http://127.0.0.1")
    answer = ask()
    exchange = Exchange(ASKED, ASKED, answer_view(answer)).to_json()
    assert client.post("/chat/vote", json={"exchange": exchange, **sent}).status_code == 200
    entry = json.loads((service.path / FEEDBACK_NAME).read_text())
    fit = unshifted(answer).fit
    assert entry["shown"] == {
        "confidence": pytest.approx(answer.confidence),
        "right": is_right,
        "fit": fit,
        "shift": 0.0,
    }
    [known] = feedback.voted_answers(service.path / FEEDBACK_NAME, fit)
    assert known.is_right == is_right
    # A vote on a refusal to the same question replaces it, and says nothing of shown words.
    refusal = service.ask(ASKED, min_confidence=1.0)
    exchange = Exchange(ASKED, ASKED, answer_view(refusal)).to_json()
    missed = {"exchange": exchange, "verdict": "wrong", "reason": "missed"}
    assert client.post("/chat/vote", json=missed).status_code == 200
    assert feedback.voted_answers(service.path / FEEDBACK_NAME, fit) == []


def test_a_vote_on_several_versions_says_nothing_of_one_confidence(
    service: Service, ask: Ask
) -> None:
    app = FastAPI()
    add_chat_routes(app, service)
    client = TestClient(app, base_url="http://127.0.0.1")
    answer = ask()
    assert answer.best is not None
    two = replace(answer, alternatives=(answer.best,))
    exchange = Exchange(ASKED, ASKED, answer_view(two)).to_json()
    reply = client.post("/chat/vote", json={"exchange": exchange, "verdict": "right"})
    assert reply.status_code == 200
    assert "shown" not in json.loads((service.path / FEEDBACK_NAME).read_text())
