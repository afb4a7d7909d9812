"""The chat window, the article pages and the APIs, served on this machine only.

`server` builds the application from `routes` (pages), `api` (programs) and `window` (Gradio).
`chat`, `articles` and `benchmark` are the three parts of the window. `service` holds the index
and the chatbot that all of them use.
"""
