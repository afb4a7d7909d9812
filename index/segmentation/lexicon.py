"""Word lists of English, each kept once, in lower case.

Vocabularies of a single rule (the labels of menus, the names of news agencies) are kept with
that rule.
"""

from __future__ import annotations

import re
from collections.abc import Iterable


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


def alternatives(words: Iterable[str]) -> str:
    """Return a pattern, without a group, that matches any of some words, the longest first."""
    return "|".join(sorted(map(re.escape, words), key=lambda word: (-len(word), word)))


# Function words

QUESTION_WORDS = _set("who whom whose what when where why which how")
ARTICLES = _set("a an the")
DETERMINERS = ARTICLES | _set("this that these those")
POSSESSIVES = _set("his her their its my your our")
AUXILIARIES = _set(
    "is are was were am be been being do does did have has had can could will would shall should "
    "may might must"
)
CONTRACTED_AUXILIARIES = _set(
    "isn't aren't wasn't weren't don't doesn't didn't haven't hasn't hadn't can't couldn't won't "
    "wouldn't shouldn't"
)

FUNCTION_WORDS = (
    QUESTION_WORDS
    | DETERMINERS
    | POSSESSIVES
    | AUXILIARIES
    | _set(
        """
    about after also and any as at because before but by doing done during each for from having
    he hers him i if in into it itself me more most much no nor not of on or ours out over she
    so some such than theirs them then there they through to too under up very we whether while
    with within without you yours
    """
    )
)
"""Words that a search leaves out of a query; "us" is not one, since it may be the country."""

STOP_WORDS = FUNCTION_WORDS | _set(
    """
    all gave get give given just kind like long made make many name often old one other own said
    say says tell type upon us use used year years
    """
)
"""Words that say little about the subject of a question: function words and more.

A search may go by "name" or "US", but a text does not match a question because it holds them."""

ENGLISH_WORDS = FUNCTION_WORDS & _set(
    """
    the of and to in that is was for on with as it by at from this be are were have has had not but
    which they his her their an or he she we you i who will would been its there
    """
)
"""The commonest function words, by whose share English is recognized; the others are left out
because other languages have them too ("also", "so", "am", "me")."""

PREPOSITIONS = _set(
    """
    about above across after against along alongside among around as aside at before behind
    beside besides between beyond by despite during except for from in inside into like near of
    off on onto over per since than through throughout till to toward towards under until up upon
    via with within without
    """
)

PHRASE_BREAKS = (
    FUNCTION_WORDS
    | CONTRACTED_AUXILIARIES
    | PREPOSITIONS
    | _set(
        """
    us one ones anyone anybody anything someone somebody something everyone everything nobody
    nothing here now though although yes every all both either neither many few several other
    others another else only just really even still yet ever never again already always often
    sometimes please tell know think name list give describe explain say mean same different
    certain exactly actually mainly soon later ago that's what's it's he's she's they're
    there's who's own enough instead anymore maybe okay ok oh well hi hello thanks thank great
    interesting sure mine let's first last next once together away back down further able
    likely i'm i'd i've i'll you're we're we've that'd cannot wow hmm hm nice cool what're
    who're how's where's when's why's it'll he'd she'd they'd they've there'd
        """
    )
)
"""Words that are never inside a noun phrase."""

QUESTION_OPENERS = (
    QUESTION_WORDS
    | ARTICLES
    | AUXILIARIES - _set("may might must shall am be been being")
    | _set(
        "in on at of to for from by with according under during after before and but if name tell "
        "list give"
    )
)
"""Words that are not part of a name in a question, even with a capital; "May" can be."""

FIRST_WORDS = QUESTION_OPENERS | _set(
    """
    so please explain describe compare define show let might may must shall am that this these
    those there between since until while though thanks thank hello hi it its they he she we you i
    """
)
"""Words that are not part of a name as the first word of a question."""

SENTENCE_OPENERS = FUNCTION_WORDS - _set("i may will") | _set(
    "although however instead many new one others since still though two"
)
"""Words that begin a sentence when they follow initials with a capital: "the U.S. The"."""

GREETINGS = _set("hi hello hey howdy greetings morning afternoon evening")
THANKS = _set("thanks thank thx cheers bye goodbye")
PRAISE = _set("good great nice cool perfect excellent wonderful lovely fine okay ok wow sorry")
SMALL_TALK = (
    GREETINGS
    | THANKS
    | PRAISE
    | _set(
        "yes yeah no sure please well day night there all everyone again you your so very much "
        "many a lot for the help that it this was is how are doing today later welcome answer"
    )
)
"""Words of which a text is made that only greets, thanks, praises or takes leave."""

REWORDINGS = _set(
    "summarise summarize translate rewrite rephrase paraphrase shorten simplify proofread"
)
"""Verbs that ask to put a text in other words."""

NEGATIONS = _set("not no never without neither nor none cannot")

# Names

NAME_PARTICLES = _set(
    "de del della di da dos das du la le los las van von der den ter bin ibn al el y e st ten zu "
    "mac mc o' d'"
)
"""Lower-case words inside names of people."""

NAME_LINKS = _set("of the de la del y")
"""Lower-case words inside names of any kind."""

NAME_SUFFIXES = _set("jr sr inc ltd corp co bros")
"""Abbreviations that end names."""

MALE_NAMES = _set(
    """
    aaron adam adrian al alan albert alejandro alex alexander alfred allen andre andrew andy anthony
    antonio arthur barack barry ben benjamin bernard bill billy bob bobby brad brandon brian bruce
    bryan carl carlos charles charlie chris christopher chuck clarence craig dan daniel danny
    darren dave david dean dennis derek diego dick don donald doug douglas duncan dustin dwight ed
    eddie edgar edward elvis enrique eric ernest eugene felipe fernando francis francisco frank
    franklin fred frederick gary gene geoffrey george gerald gerard gilbert glenn gordon graeme
    graham greg gregory guillermo guy hank harold harry hector henry herbert howard hugh ian isaac
    ivan jack jacob jaime jake james jason javier jay jeff jeffrey jeremy jerry jesse jesus jim
    jimmy joe joel john johnny jon jonathan jorge jose joseph josh joshua juan julian justin karl
    keith ken kenneth kevin kurt kyle larry lawrence lee leo leon leonard leonardo louis lucas luis
    luke malcolm manuel marc marcus mario mark martin marvin matt matthew max michael miguel mike
    mohammed morgan nathan neil nelson nicholas nick nicolas norman oliver oscar pablo patrick paul
    pedro peter phil philip phillip rafael ralph ramon randy ray raymond ricardo richard rick ricky
    rob robert roberto rodney roger roland ron ronald roy russell ryan salvador sam samuel scott
    sean sergio shane shawn simon stanley stephen steve steven stuart ted terry theodore thomas tim
    timothy todd tom tommy tony trevor troy tyler vicente victor vincent vladimir wallace walter
    warren wayne wesley will william willie winston zachary
    """
)
FEMALE_NAMES = _set(
    """
    abigail adele agnes alice alicia alison amanda amber amelia amy ana andrea angela angelina anita
    ann anna anne annie aretha ashley audrey barbara beatrice bertha beth betty beverly beyonce
    bonnie brenda britney brittany carmen carol caroline carolyn catherine cecilia celine charlotte
    cher cheryl christina christine cindy claire clara claudia connie courtney crystal cynthia daisy
    danielle dawn deborah debra denise diana diane dolores donna dora doris dorothy edith eileen
    elaine eleanor elena elizabeth ella ellen elsa emily emma erica erin esther eva eve evelyn
    florence frances gabriela gail georgia gina ginger gladys gloria grace gwen hannah harriet
    heather heidi helen hillary holly ida ingrid irene iris isabel jackie jacqueline jane janet
    janice jean jennifer jenny jessica jill joan joanna josephine joyce juanita judith judy julia
    julie karen kate katherine kathleen kathryn kathy katie katy kelly kim kristen laura lauren leah
    leslie lillian linda lisa lois lori louise lucille lucy lydia mabel madonna margaret maria
    mariah marie marilyn marion marjorie martha mary maureen megan melanie melissa mercedes mia
    michelle mildred miranda molly monica nancy naomi natalie nicole nina nora norma olivia opal
    pamela patricia patti paula pauline peggy penelope phyllis priscilla rachel rebecca regina rita
    roberta rosa rose rosemary ruby ruth sally samantha sandra sara sarah selena serena shakira
    shannon sharon sheila shirley sonia sophia sophie stacy stella stephanie sue susan suzanne
    sylvia tamar tammy tara taylor teresa thelma theresa tiffany tina tracy valerie vanessa venus
    vera veronica victoria viola violet virginia vivian wanda wendy whitney winifred yolanda yvonne
    """
)
"""First names common in English and Spanish, for the gender of a pronoun. A name in neither list
agrees with either gender."""

GROUPS = _set(
    """
    agency agents airline alliance army association band bank boys brothers bureau cartel cartels
    club college commission committee company congress corporation council court department
    division family firm force forces girls government group inc institute league military ministry
    navy network orchestra party police press quartet school sisters society squad studios
    team trio union university
    """
)
"""Last words of names of organizations: "it" or "they", never "he"."""

THINGS = _set(
    """
    act agreement airport album award awards avenue base book building bridge camp campaign center
    centre championship city coast county crisis cup day district embassy festival film flu hall
    hospital hotel house initiative island islands lake law league mountain mountains museum
    operation palace park peace plan prize program project province revolution river series song
    state states street system tour tower treaty town valley village virus war street world year
    """
)
"""First or last words of names of things and places, which are never "he" or "she"."""

PEOPLE = _set(
    "man woman person people child children someone anyone king queen president men women student "
    "agent judge official politician"
)
"""Nouns for people."""

# Titles and abbreviations

TITLE_ABBREVIATIONS = dict(
    pair.split(":")
    for pair in """
    adm:admiral brig:brigadier capt:captain cmdr:commander col:colonel cpl:corporal dr:doctor
    gen:general gov:governor gral:general hon:honorable lt:lieutenant ltc:lieutenant-colonel
    maj:major mr:mister mrs:mistress ms:miss msgr:monsignor msgt:master-sergeant pfc:private
    prof:professor rep:representative rev:reverend sen:senator sgt:sergeant spc:specialist
    st:saint gens:generals govs:governors messrs:misters reps:representatives sens:senators
    """.split()
)
"""Abbreviations before names, with their long forms."""

MALE_TITLES = _set("mr sir king prince lord father")
FEMALE_TITLES = _set("mrs ms miss lady queen princess madam mother sister")
TITLES = (
    MALE_TITLES
    | FEMALE_TITLES
    | _set(
        """
        dr president general colonel captain senator governor secretary minister ambassador judge
        professor admiral sergeant officer agent director commander mayor detective congressman
        """
    )
)
"""First words of names of people, in full."""

LOWER_CASE_ABBREVIATIONS = _set(
    """
    al approx art ave blvd ca capt cf ch chap col dept dist div dr ed eds eg esp est etc ext
    fig figs ft gen gov govt ie incl lat lt min mr mrs ms mt no nos nr op pp pt pts rep resp
    sec sen sgt st trans viz vol vols vs
    """
)
"""Abbreviations in lower case that can precede a capital inside a sentence."""

ABBREVIATIONS = (
    LOWER_CASE_ABBREVIATIONS
    | frozenset(TITLE_ABBREVIATIONS)
    | NAME_SUFFIXES
    | _set(
        """
        arch ariz assn assoc asst atty bldg calif colo cols comdr conn cpls ctrl depts dipl drs
        esqs hwy ing insp intl ltda mass mich minn miss mlle mme mont natl nebr okla penn pres
        profs secy sept sgts spec supt tenn thur thurs treas tues univ wash wisc
        """
    )
)
"""Abbreviations that end in a full stop inside a sentence. Those not in lower-case ones are words
in lower case ("mass", "wash") or only written with a capital."""

# Numbers and dates

SMALL_NUMBERS = {
    word: value
    for value, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
        "fifteen sixteen seventeen eighteen nineteen".split()
    )
}
TENS = {
    word: 10 * value
    for value, word in enumerate(
        "twenty thirty forty fifty sixty seventy eighty ninety".split(), start=2
    )
}
SCALES = {
    "dozen": 12,
    "hundred": 100,
    "thousand": 10**3,
    "million": 10**6,
    "billion": 10**9,
    "trillion": 10**12,
}
ORDINALS = {
    word: value
    for value, word in enumerate(
        "first second third fourth fifth sixth seventh eighth ninth tenth".split(), start=1
    )
}
NUMBER_WORDS = (*SMALL_NUMBERS, *TENS, *SCALES)
"""English words that numbers are written with, in the singular."""

MONTHS = tuple(
    "January February March April May June July August September October November December".split()
)
WEEKDAYS = tuple("Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split())
"""Months and days of the week in English, whatever the machine's locale."""

CALENDAR_WORDS = frozenset(name.lower() for name in (*MONTHS, *WEEKDAYS))

MONTH_FORMS = {
    form: number
    for number, name in enumerate(MONTHS, start=1)
    for form in (name.lower(), name[:3].lower())
} | {"sept": 9}
"""The names of months and their abbreviations in lower case, with the month's number."""

MONTH = rf"(?:{alternatives(MONTH_FORMS)})(?!\w)"
"""A pattern of the months and their abbreviations in lower case, without a full stop."""

WEEKDAY = rf"(?:{alternatives(name.lower() for name in WEEKDAYS)})\b"
"""A pattern of the days of the week in lower case."""

# Verbs and adjectives

_VERBS = """
    accept accuse achieve act add admit affect agree allow announce appear approve argue arrest
    arrive ask attack attend avoid ban become becom begin believe belong break bring build buy call
    capture carry cause change charge choose claim collaborate come compare complete confirm
    consider contain continue contribute cost create criticize cross deal decide declare decline
    defeat deliver deny depend deploy develop die differ disappear disband discover do drive earn
    eat employ encourage end enjoy enter escape establish exist expand expect explain express fail
    fall feel fight file fill find finish fire fly focus follow form found gain gather get give go
    graduate grow handle happen hear help hire hold impact improve include increase influence
    inspire intend invade invent investigate invite involve join keep kill know lead learn leave
    let like live look lose love make manage marry mean meet move need notice object obtain occur
    offer open operate order own participate pass pay perform persuade play prefer prepare prevent
    produce promote propose protect prove provide publish push put quit raise reach react read
    realize receive recieve recognize recommend record recruit refer refuse regard release remain
    remember remove replace report represent require resign respond result retire return reveal
    rise run save say see seek seem sell send serve set settle share shoot show sign sing sit sleep
    speak spend spread stand star start stay steal stop strike struggle study succeed suffer suggest
    supply support suspect take talk teach tell think tour train transfer travel treat try turn
    understand use visit wait walk want warn watch wear win work write
""".split()
_IRREGULAR = """
    became began broke brought built bought called came chose did done died drove ate fell felt
    fought found flew forgot gave gone went got gotten grew had heard held kept knew known led left
    lost made meant met paid ran rose said sat saw seen sold sent shot shown spoke spent stood stole
    struck taught told took taken thought threw understood wore won written wrote born gave given
""".split()


def _forms(verb: str) -> set[str]:
    """Return the regular forms of a verb."""
    stem = verb.removesuffix("e")
    past = verb[:-1] + "ied" if verb.endswith("y") else stem + "ed"
    third = verb[:-1] + "ies" if verb.endswith("y") else verb + "s"
    doubled = verb[-1] if verb[-1] in "bdgmnprt" and verb[-2] in "aeiou" else ""
    return {verb, past, third, verb + "es", stem + "ing"} | (
        {verb + doubled + "ed", verb + doubled + "ing"} if doubled else set()
    )


VERBS = frozenset(form for verb in _VERBS for form in _forms(verb)) | frozenset(_IRREGULAR)
"""Common verbs in every form; many are nouns too, depending on their position."""

_ADJECTIVES = _set(
    """
    bad big cheap common dangerous dead different easy famous free full good happy hard high huge
    important large legal long low main major mandatory new old open poor popular real rich safe
    short similar small special strong sure true well wrong young
    """
)
PREDICATES = _set("able alike alive asleep awake aware due worth")
"""Adjectives that follow their noun as a predicate."""


def is_adjective(folded: str) -> bool:
    """Return whether a word is a common adjective, or has the ending of one."""
    return folded in _ADJECTIVES | PREDICATES or (
        len(folded) > 5 and folded.endswith(("ful", "ous", "ive", "able", "ible", "less"))
    )
