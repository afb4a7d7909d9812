"""Closed lists of English words that the rules for follow-up questions go by, all folded."""

from __future__ import annotations

import re

from qa.language.dates import MONTHS

WH = frozenset("who whom whose what when where why which how".split())

AUXILIARIES = frozenset(
    """
    is are was were am be been being do does did have has had can could will would shall should
    may might must isn't aren't wasn't weren't don't doesn't didn't haven't hasn't hadn't can't
    couldn't won't wouldn't shouldn't
    """.split()
)

DETERMINERS = frozenset("the a an this that these those".split())
POSSESSIVES = frozenset("his her their its my your our".split())

PREPOSITIONS = frozenset(
    """
    about above across after against along alongside among around as aside at before behind
    beside besides between beyond by despite during except for from in inside into like near of
    off on onto over per since than through throughout till to toward towards under until up upon
    via with within without
    """.split()
)

_OTHER_FUNCTION = frozenset(
    """
    i me we us you he him she they them it one ones anyone anybody anything someone somebody
    something everyone everything nobody nothing there here then now and or but nor so if because
    while though although not no yes any some every each all both either neither much many more
    most few several other others another else such only just also too very really even still yet
    ever never again already always often sometimes please tell me know think name list give
    describe explain say mean same different certain exactly actually mainly soon later ago
    whether that's what's it's he's she's they're there's who's own enough instead anymore maybe
    okay ok oh well hi hello thanks thank great interesting sure hers theirs mine yours let's
    first last next around once together away back out down further able likely i'm i'd i've i'll
    you're we're we've that'd cannot wow hmm hm great nice cool really what're who're how's where's
    when's why's it'll he'd she'd they'd they've there'd
    """.split()
)

FUNCTION = WH | AUXILIARIES | DETERMINERS | POSSESSIVES | PREPOSITIONS | _OTHER_FUNCTION
"""Words that are never part of the middle of a noun phrase."""

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
    stem = verb.removesuffix("e")
    past = verb[:-1] + "ied" if verb.endswith("y") else stem + "ed"
    third = verb[:-1] + "ies" if verb.endswith("y") else verb + "s"
    doubled = verb[-1] if verb[-1] in "bdgmnprt" and verb[-2] in "aeiou" else ""
    return {verb, past, third, verb + "es", stem + "ing"} | (
        {verb + doubled + "ed", verb + doubled + "ing"} if doubled else set()
    )


VERBS = frozenset(form for verb in _VERBS for form in _forms(verb)) | frozenset(_IRREGULAR)
"""Common verbs in every form; many are nouns as well, so place decides."""

_ADJECTIVES = frozenset(
    """
    bad big cheap common dangerous dead different easy famous free full good happy hard high huge
    important large legal long low main major mandatory new old open poor popular real rich safe
    short similar small special strong sure true well wrong young
    """.split()
)


PREDICATES = frozenset("able alike alive asleep awake aware due worth".split())
"""Adjectives that say something of the noun before them and belong to no phrase with it."""


def is_adjective(folded: str) -> bool:
    """Whether a word is an adjective by its ending, or one of the commonest."""
    return folded in _ADJECTIVES | PREDICATES or (
        len(folded) > 5 and folded.endswith(("ful", "ous", "ive", "able", "ible", "less"))
    )


MALE_TITLES = frozenset("mr sir king prince lord father".split())
FEMALE_TITLES = frozenset("mrs ms miss lady queen princess madam mother sister".split())
TITLES = (
    MALE_TITLES
    | FEMALE_TITLES
    | frozenset(
        """
    dr president general colonel captain senator governor secretary minister ambassador judge
    professor admiral sergeant officer agent director commander mayor detective congressman
    """.split()
    )
)

MALE_NAMES = frozenset(
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
    """.split()
)
FEMALE_NAMES = frozenset(
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
    """.split()
)
"""First names common in English and Spanish, for the gender of a pronoun; most names are in
neither list, and then either gender will do."""

GROUPS = frozenset(
    """
    agency agents airline alliance army association band bank boys brothers bureau cartel cartels
    club college commission committee company congress corporation council court department
    division family firm force forces girls government group inc institute league military ministry
    navy network orchestra party police press quartet school sisters society squad studios
    team trio union university
    """.split()
)
"""Last words of names that are bodies of people: `it` or `they`, never `he`."""

THINGS = frozenset(
    """
    act agreement airport album award awards avenue base book building bridge camp campaign center
    centre championship city coast county crisis cup day district embassy festival film flu hall
    hospital hotel house initiative island islands lake law league mountain mountains museum
    operation palace park peace plan prize program project province revolution river series song
    state states street system tour tower treaty town valley village virus war street world year
    """.split()
)
"""First or last words of names of things and places, which are never `he` or `she`."""

PLACE_WORDS = re.compile(
    r"\b(?:in|at|near|from|to|of)\s+"
    r"((?:the\s+)?[A-Z][\w’'.-]*(?:[ ,]+(?:of\s+|the\s+)?[A-Z][\w’'.-]*)*)"
)
TIME_WORDS = re.compile(
    r"\b(?:(?:in|on|by|since|from|after|before|until|during)\s+)?"
    r"(?:the\s+)?(?:early\s+|late\s+|mid-?)?"
    rf"(?:(?:{'|'.join(MONTHS)})"
    r"(?:\s+\d{1,2})?,?\s+)?(?:1[0-9]|20)\d\ds?\b"
)
