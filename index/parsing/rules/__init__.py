"""Rules that tell paragraphs, headings, captions, comments and boilerplate apart.

Parsers return the blocks of a file; `classify` decides the kind of each and reads the metadata
in the article's header. Nothing here opens a file or depends on a format.
"""
