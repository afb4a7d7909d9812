"""Recognize lines around an article: navigation, banners, notices, captions, credits.

Each rule matches a whole line or its beginning, and none a long paragraph: prose classified as
boilerplate by mistake is lost for answers, an unrecognized menu does no harm.
"""

from __future__ import annotations

import re

from index.segmentation.lexicon import FUNCTION_WORDS

_MAX_LINE = 320
"""Code points; a longer paragraph is not boilerplate."""

_ANCHORED = re.compile(
    r"""(?xi) ^ [\s\W_]* (?:
      (?:ie|internet\ explorer)\ ?\d*\s+is\s+(?:not|no\ longer)\s+supported
    | (?:your|this)\ (?:web\ )?browser\ (?:is|does|has|may)\b
    | you(?:\ are|['’]re)\ using\ an?\ (?:out[-\ ]?(?:of[-\ ])?dated?|old|unsupported)
    | (?:please\ )?(?:enable|turn\ on|activate|upgrade)\ (?:your\ )?(?:javascript|cookies|browser)
    | (?:javascript|cookies)\ (?:is|are|must\ be)\ (?:disabled|required|not\ enabled|enabled)
    | (?:this|our|the)\ (?:web\ ?)?(?:site|page)\ uses?\ (?:its\ own\ )?cookies
    | we\ (?:and\ our\ [\w\ ]{0,20}partners\ )?use\ cookies
    | by\ (?:continuing|using|clicking|browsing|signing\ up|subscribing)\b.{0,80}
      (?:\byou\b.{0,30}\b(?:agree|accept|consent)\b|\bcookies\b)
    | (?:accept|reject|manage)\ (?:all\ )?(?:cookies|preferences|consent)
    | (?:cookie|privacy|ad)\ (?:policy|settings|preferences|notice|choices)
      (?:\s*[.:|]|\b.{0,60}(?<![.!?])$)
    | (?:do\ not\ sell|your\ privacy\ (?:choices|rights))
    | terms\ (?:of|and|&)\ (?:use|service|conditions)\b
    | (?:also\ )?read\ (?:more|also|next|the\ full)\b.{0,20}(?::|»|>|→|$|(?-i:[A-Z]))
    | (?:also\ on|more\ (?:from|on|in|about)|related|see\ also|see\ more|don['’]t\ miss)\s*:
    | (?:related|recommended|more|latest|top|popular|most[-\ ](?:read|popular|viewed|emailed)|
      trending|previous|next|recent|featured|breaking)[ ]
      (?:articles?|stories|story|coverage|content|posts?|news|topics|links|headlines|videos?|
      reading|now|comments)\s*[:»>]?\s*$
    | (?:you\ (?:may|might)\ (?:also\ )?(?:like|be\ interested)|recommended\ for\ you)
    | (?:most\ read|most\ popular|trending(?:\ now)?|recommended|editors?['’]?s?\ picks?)\s*[:]?\s*$
    | (?:story|article)\ continues\ (?:below|after)
    | (?:continue\ reading|click\ (?:here|to)|tap\ here|scroll\ (?:down|to)|
      swipe\ (?:left|right|up|down|to|through|for))\b
    | (?:advertise(?:ment|\ with\ us)|sponsored(?:\ content|\ by\b.*)?|promoted(?:\ content)?)\s*$
    | (?:sign\ up|signup|register|subscribe|log\ ?in|sign\ in)\b.{0,60}
      (?:newsletter|e-?mail|inbox|account|updates|alerts|today|now|free|subscriber|unlimited|
      digest|briefing|subscribe|$)
    | (?:get|receive)\ (?:the\ (?:latest|best)|our|breaking|daily|weekly)\b.{0,80}
      (?:inbox|newsletter|e-?mail|alerts?|updates|headlines)
    | (?:already\ (?:a\ subscriber|have\ an\ account|registered)|not\ a\ subscriber|
      become\ a\ (?:member|subscriber)|support\ (?:our|independent|local|quality)\ journalism|
      this\ (?:article|story|content)\ is\ (?:for|available\ to|reserved\ for)\ subscribers)
    | (?:enter|your)\ (?:your\ )?e-?mail\ address
    | (?:follow|like|join|find)\ (?:us|me|him|her|@\S+|our)\b(?!,).{0,40}
      \b(?:facebook|twitter|instagram|whatsapp|telegram|linkedin|youtube|threads|bluesky|mastodon|
      on\ x|on\ social\ media)\b
    | follow\ @\w+
    | download\ (?:the|our)\ (?:free\ )?app\b
    | (?:tags?|labels?|topics?|filed\ (?:under|in)|posted\ in|categor(?:y|ies)|keywords?|sections?)
      \s*:\s
    | posted\ (?:by|on|at|in)\b.{0,100}(?<![.!?])$
    | (?:share|tweet|print|e-?mail)\ (?:this|via|on|to|the)\b.{0,50}(?<![.!?])$
    | click\ to\ share
    | skip\ to\ (?:main\ |the\ )?(?:content|navigation|search|footer)
    | (?:jump|back|return|go)\ to\ (?:the\ )?(?:top|comments?|home\ ?page|main\ page)
    | (?:no|toggle|open|close|main|show|hide|mobile|primary)\ (?:the\ )?
      (?:menu|navigation|search|sidebar|nav)\b.{0,20}$
    | (?:loading|please\ wait)\s*(?:\.\.\.|…)\s*$
    | (?:©|\(c\)|copyright\s*(?:©|\(c\)|(?:by\ )?\d{4}))
    | this\ material\ may\ not\ be\ (?:published|reproduced)
    | (?:a\ version\ of\ )?this\ (?:article|story|post|piece|column)[ ]
      (?:was\ |has\ been\ )?(?:first\ |originally\ )?
      (?:appears\ in|appeared|published|printed|updated|syndicated)\b
    | (?:originally|first)\ published\ (?:at|in|on|by)\b.{0,80}$
    | (?:for\ )?reprints?\ (?:and|&|or)\ permissions
    | (?:additional\ |with\ )?reporting\ by\ (?-i:[A-Z]).{0,200}$
    | (?:writing|editing|compiled|edited)\ by\ (?-i:[A-Z])
    | (?:newer|older)\ posts?\b
    | (?:subscribe\ to|links\ to\ this\ post|powered\ by|proudly\ powered)\b.{0,60}(?<![.!?])$
    | (?:post|leave|add|write|submit)\ (?:a\ |your\ )?(?:comment|reply|response)
    | comments?\ (?:are|is)\ (?:closed|moderated|off|disabled|now\ closed|subject)
    | (?:no|\d+)\ (?:comments?|responses?|replies|shares?|views?|likes?)\s*:?\s*$
    | \d+\s*(?:-\s*)?min(?:ute)?s?\ (?:read|listen)\b
    | (?:estimated\ )?reading\ time\b
    | (?:listen|watch)\ (?:to\ (?:this|the)\ (?:article|story)|now|live)\b
    | (?:breadcrumb|you\ are\ here)\b
    | (?:view|see|load|show)\ (?:all|more|\d+)\ (?:comments|replies|articles|stories|posts|results)
    | (?:about|contact)\ (?:us|the\ author)\s*$
    | page\ \d+(?:\ (?:of|/)\ \d+)?\s*$
    )""",
)
_ANYWHERE = re.compile(
    r"(?i)\ball rights reserved\b"
    r"|\bcontributed (?:reporting )?(?:to|for) (?:this|the) (?:report|article|story|piece|post)\b"
    r"|\bcontributed reporting\b\s*(?:from\b.{0,60})?\.?\s*$"
    r"|\bvisit our site on another browser\b"
    r"|\bsend (?:us )?your (?:comments|pictures|photos|stories|views)\b.{0,60}$"
    r"|\bmay not be (?:published, broadcast|reproduced|redistributed)"
)
_MENU_LABELS = frozenset(
    "share tweet print email e-mail facebook twitter instagram whatsapp telegram reddit linkedin "
    "pinterest tumblr messenger rss subscribe subscription login logout signin signup register "
    "newsletter newsletters bookmark permalink unfollow advertisement cookies sitemap faq blogthis "
    "gmail youtube digg delicious stumbleupon slideshow fullscreen podcasts podcast sponsored "
    "menu".split()
)
_LIKELY_LABELS = frozenset(
    "home archive archives search mail feed sections reply flag like likes follow followers shares "
    "views prev previous next submit cancel close ads copy gallery trending delete edit save "
    "comment comments contact".split()
)
_POSSIBLE_LABELS = frozenset(
    "account all article go image images it link links live more my new news no now opens or page "
    "photo photos pin post posts read send site skip story top up us via video videos view you "
    "x world politics business sports sport opinion opinions arts science health technology tech "
    "culture local national international weather travel style food jobs obituaries classifieds "
    "games crosswords letters editorial editorials window click privacy terms policy".split()
)
_WORDS = re.compile(r"[^\W_]+(?:-[^\W_]+)?")
_DECORATION = re.compile(r"^[\W_]+$")
_GLUED_MENU = re.compile(r"(?:Home|Menu|Archives?|Search|News|Login|Subscribe|Share){2,}")
_COMMENTS = re.compile(
    r"(?i)^\W*(?:(?:\d+|no|reader'?s?|user|all|recent)\s+)?"
    r"(?:comments?|responses?|replies|reader comments|discussion)"
    r"(?:\s*\(\d+\)|\s*\d+)?(?:\s+(?:to|on)\s+.{1,200})?\s*[:.]?(?:\s*\|.{0,60})?\s*$"
    r"|^\W*(?:join the (?:conversation|discussion)|what (?:do )?(?:readers|you) (?:say|think)"
    r"|(?:the )?comments? section)\W*$"
)
_SECTION = re.compile(r"(?i)^\W*(?:discussion|responses?|replies)\s*[:.]?\s*$")
_NOTE_ON_COMMENTS = re.compile(
    r"(?i)^\W*(?:comments? (?:are|is) (?:moderated|closed|disabled|subject)"
    r"|(?:post|leave|add|write) (?:a |your )?(?:comment|reply)|subscribe to:?\s*post comments)"
)


def is_boilerplate(line: str) -> bool:
    """Return whether the words of a line belong to the page and not to the article."""
    if len(line) > _MAX_LINE:
        return False
    is_quotation = line[:1] in '"“‘«'
    if not is_quotation and (_ANCHORED.match(line) or _ANYWHERE.search(line)):
        return True
    return is_menu(line) or _DECORATION.match(line) is not None


def is_decoration(line: str) -> bool:
    """Return whether a line only separates: one character, repeated (`* * *`, `-----`)."""
    marks = set(line) - {" "}
    return len(marks) == 1 and len(line) >= 3 and _DECORATION.match(line) is not None


def is_menu(line: str) -> bool:
    """Return whether a line consists of labels of buttons and menus."""
    if len(line) > 160 or line[-1:] in ".?!":
        return False
    if _GLUED_MENU.match(line):
        return True
    words = {word.lower() for word in _WORDS.findall(line) if not word.isdigit()}
    if words & _MENU_LABELS:
        return words <= _MENU_LABELS | _LIKELY_LABELS | _POSSIBLE_LABELS | FUNCTION_WORDS
    return bool(words & _LIKELY_LABELS) and words <= _LIKELY_LABELS | _POSSIBLE_LABELS


def is_comments_heading(line: str) -> bool:
    """Return whether a line is a heading of comments (`12 comments:`, `Responses to ...`)."""
    return len(line) <= 240 and not line.endswith(".") and _COMMENTS.match(line) is not None


def may_be_section_heading(line: str) -> bool:
    """Return whether a heading of comments may also be a heading of the article ("Discussion")."""
    return _SECTION.match(line) is not None


def is_comments_notice(line: str) -> bool:
    """Return whether a line is a notice below comments ("Comments are closed")."""
    return len(line) <= _MAX_LINE and _NOTE_ON_COMMENTS.match(line) is not None


_AGENCY = (
    r"(?:AP|AFP|EPA|Reuters|Getty(?: Images)?|Associated Press|Bloomberg|Xinhua|Shutterstock|"
    r"Alamy|iStock|Corbis|WireImage|Magnum|Zuma|UPI|DPA|EFE|Notimex|Cuartoscuro|"
    r"The New York Times|The Washington Post|Los Angeles Times|Staff|Handout|Flickr|"
    r"Wikimedia(?: Commons)?|Creative Commons)"
)
_CAPTION_START = re.compile(
    r"(?i)^\W*(?:(?:image|photo(?:graph)?s?|picture|caption|credit|map|chart|graphic|illustration|"
    r"video)(?:\s+(?:credit|by|courtesy|caption)(?:\s+of)?)?\s*:"
    r"|photo(?:graph)?s?\s+(?:by|courtesy)\s+(?-i:[A-Z])"
    r"|fig(?:ure|\.)?\s*\d+\s*[.:]"
    r"|(?:above|pictured)\s*,)"
)
_IN_THIS_PHOTO = re.compile(
    r"^In this (?:(?:undated|file|handout|recent|video|screen|frame|[A-Z][a-z]{2,8}\.?|\d{1,4})"
    r"[\s,]+){0,6}(?:image|photo|picture|photograph)\b"
    r"|^(?:An?|The) (?:undated|file|handout) (?:photo|picture|photograph|image)\b"
)
_CREDIT = re.compile(
    rf"""(?x)
      \((?:\w+\s)?(?:Photo|Image|Picture|Photograph|Credit|File|AP\ Photo|Reuters|AFP|Getty|
        Courtesy|Illustration)\b[^()]{{0,100}}\)\s*\.?$
    | \((?:{_AGENCY}|[A-Z][^()/]{{1,60}}\s?/\s?[A-Z][^()]{{1,60}})\)$
    | [/|•]\s*{_AGENCY}(?:\s*(?:[/|,]|via)\s*[\w .]{{1,40}})?(?:\s+(?:file|photo|file\ photo|
        photos|pool|images?))?\s*\.?$
    | [.!?”"’]\s*(?:[A-Z][\w.'’-]+\s+){{1,3}}[A-Z][\w.'’-]+\s*/\s*[A-Z][\w. ]{{1,40}}$
    | \b(?:via|{_AGENCY}\s*/)\s*{_AGENCY}\s*\.?$
    | (?:Photo|Photograph|Image|Picture|Credit|Photography|File\ photo)s?\s*
        (?::|\bby\b|\bcourtesy\b)\s*[^.]{{2,80}}\.?$
    | \.\s*\.{{3}}\s*[A-Z][\w.]+\ [A-Z][\w.]+\ for\ The\ [A-Z][\w\ ]+$
    """,
)


def is_caption(line: str) -> bool:
    """Return whether a line has the form of a picture's caption or credit."""
    if len(line) > 600:
        return False
    if _CAPTION_START.match(line) or _IN_THIS_PHOTO.match(line):
        return True
    return _CREDIT.search(line, max(0, len(line) - 160)) is not None
