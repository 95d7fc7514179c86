"""Why a strong word in a sentence may claim nothing: asked, denied as shown, supposed, quoted, cited, or said of the analysis."""

from __future__ import annotations

import re

NEGATION = (
    r"(?:\bnot\b|n't\b|\bcannot\b|\bnever\b|\bno\b|\bnor\b|\bneither\b|\bnobody\b|\bnothing\b|\bnone\b|\bwithout\b|\blittle\b|"
    r"\binsufficient\b|\bfail(?:s|ed)? to\b|\bunable to\b|\b(?:wrong|mistaken?|premature|too early) to\b)"
)
KNOWING = (
    r"(?:show\w*|evidence|prov(?:e|es|ed|en|ing)|proof|demonstrat\w+|means?|meant|impl(?:y|ies|ied)|find|found|tell|told|say|says|said|"
    r"claim\w*|conclu\w+|establish\w*|interpret\w*|regard\w*|suggest\w*|support\w*|known?|knows|clear|certain|read as|taken (?:as|for)|understood as|infer\w*|"
    r"believ\w+|reason to|confirm\w*|detect\w*|indicat\w*|seen?|think|convinc\w+|sign that|grounds?|"
    r"(?:designed|powered|intended|planned|meant) to|allow\w*|permit\w*|estimat\w+|assess\w*|evaluat\w+|quantif\w+)"
)
NOT_KNOWN = re.compile(rf"{NEGATION}\W+(?:[\w'-]+\W+){{0,6}}?{KNOWING}\b")
# They begin like a denial and are none.
FALSE_NEGATION = re.compile(
    r"\bno (?:doubt|question|wonder|surprise|longer)\b|\bnot (?:only|just|merely|simply|surprising\w*|in doubt)\b|\bwithout (?:a )?doubt\b|"
    r"\bcannot be (?:denied|doubted)\b|\b(?:nobody|no one) (?:doubts|denies)\b"
)
WHETHER = re.compile(r"\bwhether\b")
IF = re.compile(
    r"\b(?:if|unless|suppose|supposing|assuming|provided that|as though|as long as|in case|even where|wherever)\b|^(?:were|had|should)\b"
)
LOGICAL = re.compile(r"\b(?:true|right|correct|holds?|hypothes\w+|claims?|mechanism|nothing|wrong|account)\b")
SUPPOSED = re.compile(
    r"\bhypothes\w+|\bidea\b|\bclaim(?:s|ed|ing)?\b|\baccording to\b|\bby (?:this|that|the|their|its) (?:account|theory|mechanism)\b|"
    r"\b(?:holds?|held|argu(?:es?|ed)|contend(?:s|ed)?|maintain(?:s|ed)?|assert(?:s|ed)?) that\b|\btheor\w+\b|\bnotion\b|\b(?:belief that|believe|believes|believed)\b|\bth(?:ought|inks?)\b|\bsaid\b|\bsupposed\b|\bpropos\w+|\bpostulat\w+|\bpremise\b|"
    r"\bassum\w+|\bsuspect\w*|\bspeculat\w+|\bsays?\b|\bto test\b|\bput to the test\b|\blooks? like\b|\bquestion (?:is|was|of)\b|\bask(?:s|ed)?\b|"
    r"\baim(?:s|ed)?\b|\b(?:goal|purpose|objective)s? (?:is|was|of|were)\b|\bwould (?:be needed|have to)\b|\b(?:needed|necessary|enough) to\b|"
    r"\bbefore (?:believing|saying|concluding)\b|\bpretend\w*|\bimagine\b|\bwonder\w*|\bdisput\w+|\bdebat\w+|\bin (?:theory|folk \w+)\b|\bmyths?\b|\bproverb|"
    r"^rests on\b|\bdiagrams?\b|^arrows\b|\btakes? for granted\b|\bin truth\b|\bsimulat(?:ed|ions?)\b|\b(?:made-up|invented|synthetic) \w+|\bby (?:construction|design)\b|\bdisagree\w*|\bdivided on\b|\bpromis(?:e|es|ed)\b|\bteach(?:es)? that\b|\btaught that\b|\bviews? (?:is|was|of)\b|\bexample (?:data|cohort|trial)\b|\bscenario\b|\bworlds?\b|\((?:[^()]*; )?c\d\d\b|"
    r"\b(?:mechanism|account|story|chain) \([^()]*$|^(?:do|does|did) \w"
)
OWN_VOICE = re.compile(
    r"\b(?:we|i) (?:now |therefore |thus |firmly )?(?:believe|think|claim|propose|suspect|assume|say|hold|argue|contend|maintain|assert)\b|"
    r"\b(?:support|confirm|prove|corroborat|verif|establish)\w*\b[^.;]{0,40}\b(?:hypothes|claim|idea|theor|notion|belief)"
)
UNPROVEN = re.compile(
    r"\b(?:unproven|unknown|unclear|uncertain|untested|doubtful|disputed|debatable|questionable|unlikely|not (?:known|shown|clear|tested|proven)) (?:that|how|what|why)\b|"
    r"\b(?:measure[sd]?|ask(?:s|ed)?|rate[sd]?|record(?:s|ed)?|score[sd]?) (?:how|to what)\b"
)
UNTOLD = re.compile(
    r"\b(?:cannot|could not|can not|can't) (?:yet )?(?:be )?(?:told|known|said|shown|judged|seen|determined|established|tell|say|know)\b|"
    r"\b(?:is|are|was|remains?) (?:only |just |still )?an? (?:open )?(?:hypothesis|claim|idea|question|guess|assumption|conjecture|matter)\b|"
    r"\b(?:is|are|was|were|remains?|remained) (?:still )?(?:unknown|unclear|uncertain|unproven|untested|open|to be (?:seen|shown)|"
    r"not (?:known|shown|clear|tested|proven|asked)|disputed|doubtful)\b"
)
# Of a noun that links: "no benefit of stretching can be claimed", "the effect is not estimable".
NO_BEFORE = re.compile(r"(?:^|\b)no (?:\w+ )?$")
DENIED_AFTER = re.compile(
    rf"^[^.;:]{{0,60}}?\b(?:can(?:not)?|could(?: not)?|should(?: not)?) be {KNOWING}|^[^.;:]{{0,60}}?\b(?P<open>remains? to be|has yet to be) {KNOWING}|"
    r"^[^.;:]{0,60}?\b(?:is|are|was|were) not (?:estimable|identified|identifiable|known|estimated|tested|assessed|examined|addressed|asked)\b"
)
# Said of the whole of what went before: ", a claim that nobody has tested".
NAMED_AFTERWARDS = re.compile(
    r", (?:an?|the|this) (?:\w+ )?(?:claim|idea|hypothesis|notion|view|belief|assumption|conjecture|theory|account|guess)\b"
)
OPENS_A_CLAUSE = re.compile(r"^(?:that|how|whether|what|why|if|to what|where|which|who|when)\b")
CITED = re.compile(r"\bet al\b|\(doi\)|\((?:[a-zà-ÿ][\w'.-]*[ ,&]*){1,5}(?:19|20)\d\d[a-z]?\b[^()]*\)")
# A claim of the ledger, by its number.
CLAIM = re.compile(r"\(c\d\d\b[^()]*\)")
NO_CITATION = re.compile(
    r"\((?:[^()]*\b)?(?:in|since|from|measured|recorded|between|during|until|by|of|to|week|visit)\b"
)
THESE_DATA = re.compile(r"\b(?:we|our|ours|these data|these results|this (?:study|report|cohort|trial))\b")
QUOTED = re.compile(r"“([^“”]*)”|\"([^\"]*)\"|«([^«»]*)»|\bc\d\d \(([^()]*)\)")
BREAK = re.compile(
    r";|,? (?:but|yet|however|whereas|although|though)\b,? ?| [–—] |, (?:and|so|while|thus|hence) (?=\w)|: "
)
# After a colon stands what was announced before it.
ANNOUNCED = re.compile(
    r"\b(?:question|hypothes\w+|claims?|asks?|asked|says?|assum\w+|unknown|tell|rests on|diagram|arrows)\b[^:]*$"
)


def why_no_claim(text: str, start: int, end: int) -> str:
    """Why the words from `start` to `end` of a plain sentence claim nothing; empty where they do."""
    if _is_quoted(text, start):
        return "quoted"
    if CLAIM.search(text[end:]):
        return "a claim by its number"
    if CITED.search(text) and not NO_CITATION.search(text) and not THESE_DATA.search(text):
        return "cited"
    begin, stop = _statement(text, start, end)
    before, after = text[begin:start].lstrip(), text[end:stop]
    if NOT_KNOWN.search(FALSE_NEGATION.sub(" ", before)):
        return "not known"
    if UNPROVEN.search(before):
        return "not known"
    if _is_asked_within(before):
        return "whether"
    if _is_hypothetical(before, text[begin:stop].lstrip()):
        return "hypothetical"
    if SUPPOSED.search(before) and not OWN_VOICE.search(before):
        return "supposed"
    if NAMED_AFTERWARDS.match(text[end:][_object_ends(text[end:]) :]):
        return "supposed"
    denied = DENIED_AFTER.search(after)
    if denied and (
        denied["open"] or " not " in denied.group() or "cannot" in denied.group() or NO_BEFORE.search(before)
    ):
        return "not known"
    if OPENS_A_CLAUSE.search(before) and UNTOLD.search(after):
        return "not known"
    return ""


def _object_ends(after: str) -> int:
    """Where the first comma of what follows stands."""
    return max(after.find(","), 0)


def _is_quoted(text: str, place: int) -> bool:
    """Whether the place lies in a quotation of three words or more: of one alone the sentence speaks in its own voice."""
    return any(
        found.start() < place < found.end() and len(found.group().split()) > 2
        for found in QUOTED.finditer(text)
    )


def _statement(text: str, start: int, end: int) -> tuple[int, int]:
    """Where the statement that holds the words begins and stops."""
    begin, stop = 0, len(text)
    for found in BREAK.finditer(text):
        if found.group() == ": " and ANNOUNCED.search(text[: found.start()]):
            continue
        if found.end() <= start:
            begin = found.end()
        elif found.start() >= end:
            return begin, found.start()
    return begin, stop


def _is_asked_within(before: str) -> bool:
    """Whether the words stand in a clause that begins with "whether"; one at the very start ends at its comma."""
    found = list(WHETHER.finditer(before))
    if not found:
        return False
    last = found[-1]
    return not (last.start() == 0 and "," in before)


def _is_hypothetical(before: str, statement: str) -> bool:
    """Whether the words stand in an if-clause, or in what would follow if an account were right."""
    found = IF.search(before)
    if not found:
        return False
    condition, comma, _ = statement[found.start() :].partition(",")
    if found.start() > 0 or not comma or "," not in before:
        return True
    return bool(LOGICAL.search(condition)) or found.group() in ("were", "suppose", "supposing", "assuming")
