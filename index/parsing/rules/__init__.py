"""What each part of an article is: paragraphs, headings, captions, comments, furniture, byline.

Readers hand in the blocks they found; `classify` says what each is and what the article's
head tells about it. Nothing here opens a file or knows a format.
"""
