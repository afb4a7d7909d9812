"""Answer questions from a folder of articles in the articles' own words.

from qa import Chatbot, Retriever

retriever = Retriever.from_folder("articles/")
for passage in retriever.retrieve("Who trains the agents?", k=5):
    print(passage.score, passage.citation, passage.text)
answer = Chatbot(retriever).ask("Who trains the agents?")
print(answer.text, answer.citations)
"""

from qa.answer import Answer, Candidate, Citation, Passage, Quote, QuoteScores
from qa.chatbot import Chatbot
from qa.errors import QAError, QuestionError, QuestionSetError, ReaderError, RunError
from qa.judging.judge import Confidence, Estimate, Judge, Mode
from qa.readers.base import Reader
from qa.retrieval.retriever import Retriever

__all__ = [
    "Answer",
    "Candidate",
    "Chatbot",
    "Citation",
    "Confidence",
    "Estimate",
    "Judge",
    "Mode",
    "Passage",
    "QAError",
    "QuestionError",
    "QuestionSetError",
    "Quote",
    "QuoteScores",
    "Reader",
    "ReaderError",
    "Retriever",
    "RunError",
]
