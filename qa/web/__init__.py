"""The chat window and the article pages.

marking.py       text to HTML, with spans marked by offset
citing.py        a citation in words: plain, Markdown, BibTeX
cards.py         an answer or a refusal as HTML
article_page.py  one article as a page; the list of articles
examples.py      questions to start from, made from the articles at hand
service.py       the library and the chatbot behind the pages, loaded in the background
routes.py        the project's own addresses
chat.py          the Gradio window; the only file that imports gradio
"""
