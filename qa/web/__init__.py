"""The chat window, the article pages, the interface for programs.

marking.py       text to HTML, with spans marked by offset
citing.py        a citation in words: plain, Markdown, BibTeX
record.py        what a card shows, as data that a browser keeps and brings back
cards.py         an answer or a refusal as HTML
talk.py          a question answered in the light of those before it
export.py        a conversation as Markdown or as one page
ballots.py       a thumb up or down, kept as a test
talk_routes.py   what the chat's page asks for besides answers: export, vote
frame.py         the window's head and panes
shelf.py         what the articles panel shows
articles_panel.py  the panel's controls
received.py      files that a browser has sent
bench.py         question sets and runs behind the Benchmark tab
bench_cards.py   what the tab shows
benchmark.py     the tab's controls
jobs.py          work in the background, with progress and a way to stop it
article_page.py  one article as a page; the list of articles
examples.py      questions to start from, made from the articles at hand
service.py       the library and the chatbot behind it all, loaded in the background
headers.py       what browsers are told to allow
routes.py        the addresses for people
api.py           the addresses for programs
api_changes.py   those that change the articles, where they are switched on
mcp_tools.py     the same for assistants
client_api.py    the same for gradio_client
window_only.py   what the window does is for the window alone
quiet.py         how the window's controls are declared to Gradio
chat.py          the Gradio window
server.py        all of it as a server on this machine
"""
