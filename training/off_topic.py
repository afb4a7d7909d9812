"""Count answers to questions of one set asked of another set's articles.

    python -m training.off_topic COVID_QA.json dev-v2.0.json --limit 500

Both are SQuAD files. The second set's texts are indexed as `pincite eval` does it. None of the
questions has an answer there, so every answer is wrong.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from scipy.stats import binomtest

from qa.chatbot import Chatbot
from qa.evaluation.bootstrap import LEVEL
from qa.evaluation.corpus_index import corpus_library
from qa.evaluation.formats import read_question_set
from qa.questions import sample
from qa.retrieval.retriever import Retriever


def main() -> None:
    """Print how many questions are answered, with an interval, and which."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("questions", type=Path)
    parser.add_argument("articles", type=Path)
    parser.add_argument("--limit", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--mode", choices=("balanced", "strict"), default="balanced")
    parser.add_argument("--unanswerable", type=float, default=None)
    options = parser.parse_args()
    questions = sample(read_question_set(options.questions).questions, options.limit, options.seed)
    library, _ = corpus_library(read_question_set(options.articles))
    chatbot = Chatbot(Retriever(library), mode=options.mode, unanswerable=options.unanswerable)
    answered = 0
    for question in questions:
        answer = chatbot.ask(question.question)
        if answer.answered:
            answered += 1
            print(f"  {answer.confidence:.2f} {question.question} -> {answer.text}")
    # Clopper and Pearson's exact interval of a proportion.
    interval = binomtest(answered, len(questions)).proportion_ci(LEVEL)
    print(f"{answered} of {len(questions)} answered: {answered / len(questions):.3f}", end=" ")
    print(f"({interval.low:.3f} to {interval.high:.3f})")


if __name__ == "__main__":
    main()
