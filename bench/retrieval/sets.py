"""Sets that retrieval is measured on, and whether settings may be chosen on them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from qa.evaluation.formats import read_question_set
from qa.questions import QuestionSet


@dataclass(frozen=True, slots=True)
class Measured:
    """A set: its place below the data folder and its use.

    `choose`: settings may be chosen on it. `main` is the figure that decides.
    """

    name: str
    path: str
    choose: bool
    main: str
    split: str = "test"
    qrels: str | None = None
    documents: str | None = None

    def read(self, data: Path) -> QuestionSet:
        """Read the set from the data folder."""
        return read_question_set(
            data / self.path,
            split=self.split,
            qrels=data / self.qrels if self.qrels else None,
            documents=data / self.documents if self.documents else None,
        )


_NFCORPUS = "nfcorpus/nfcorpus"

SETS = {
    one.name: one
    for one in (
        Measured("squad-train", "train/squad_train_slice.json", True, "mrr@10"),
        Measured("nfcorpus-train", _NFCORPUS, True, "ndcg@10", split="train"),
        Measured("nfcorpus-dev", _NFCORPUS, True, "ndcg@10", split="dev"),
        Measured("squad-dev-half", "squad2_dev_half/dev-v2.0.json", False, "mrr@10"),
        Measured("nfcorpus-test", _NFCORPUS, False, "ndcg@10"),
        Measured(
            "cranfield",
            "cranfield/cran.qry.xml",
            False,
            "ndcg@10",
            qrels="cranfield/cranqrel.trec.txt",
            documents="cranfield/cran.all.1400.xml",
        ),
        Measured("covid-qa", "covid_qa/200423_covidQA.json", False, "mrr@10"),
    )
}
