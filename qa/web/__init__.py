"""The chat window, the article pages, the interface for programs.

marking.py       text to HTML, with spans marked by offset
citing.py        a citation in words: plain, Markdown, BibTeX
cards.py         an answer or a refusal as HTML
talk.py          one conversation
shelf.py         the articles panel
jobs.py          a change of the index in the background
article_page.py  one article as a page; the list of articles
examples.py      questions to start from, made from the articles at hand
service.py       the library and the chatbot behind it all, loaded in the background
headers.py       what browsers are told to allow
routes.py        the addresses for people
api.py           the addresses for programs
chat.py          the Gradio window; the only file that imports gradio
server.py        all of it as a server on this machine
"""
