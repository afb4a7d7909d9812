"""The context of a conversation is searched for in addition to the question."""

from __future__ import annotations

from pathlib import Path

from index.library import Library
from qa.chatbot import Chatbot
from qa.retrieval.retriever import Retriever

SHIPS = {
    "Albatross": "Jonas Reyne",
    "Brigand": "Ellis Thorne",
    "Cormorant": "Peter Vance",
    "Dunlin": "Amos Birch",
    "Egret": "Walter Moss",
    "Fulmar": "Simon Harte",
    "Gannet": "Edwin Frost",
    "Heron": "Martin Cole",
    "Ibis": "Oscar Lund",
    "Jackdaw": "Felix Rowe",
    "Kestrel": "Ralph Stone",
    "Lapwing": "Conrad Pell",
}


def test_the_subject_of_a_conversation_finds_its_article(tmp_path: Path) -> None:
    library = Library.create(tmp_path / "index")
    for ship, captain in SHIPS.items():
        text = f"The {ship} carried grain along the coast. Her first captain was {captain}."
        library.add(text, title=f"The {ship}")
    chatbot = Chatbot(Retriever(library))
    asked = "Who was her first captain?"
    for ship in ("Kestrel", "Brigand"):
        answer = chatbot.ask(asked, context=(ship.casefold(),), mode="always")
        assert answer.text == SHIPS[ship]
        assert answer.question == asked
    # Unknown words do not count as missing, and too many are ignored.
    assert chatbot.ask(asked, context=("zeppelin",), mode="always").missing == ()
    assert chatbot.ask(asked, context=("egret",) * 2_000, mode="always").answered
