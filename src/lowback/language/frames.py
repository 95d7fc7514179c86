"""Turns of a sentence that link what happens in a body with what is done to it, whatever words fill them: nouns, passives, prepositions.

"Lordosis is shaped by the hip flexors", "pain is a product of lifting" and "relief came through stretching" link two things by how they are
built. A turn counts where something of the body stands before it and what acts on bodies comes after, or the other way round.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lowback.language.words import Grade, word_list

BE = r"(?:is|are|was|were|be|been|being|remains?|became|becomes?)"
SOME = r"(?:[\w'-]+ ){0,3}?"
CAUSING = (
    "product|by-product|source|origin|mechanism|outcome|result|fruit|legacy|engine|force|explanation|basis|upshot|aftermath|price|driver|determinant|"
    "trigger|factor|work|key factor|instigator|mediator|precursor|reward|foundation|root"
)
CHANGE = (
    r"(?:reliev|relief|improv|reduc|gain|achiev|obtain|attain|rise|rose|risen|drop|fall|fell|loss|lost|worse|better|lower|less|more|declin|decreas|increas|"
    r"recover|prevent|diminish|eas(?:e|ed|ing)\b|restor|resolv|regain|came|arose|arise|develop|worsen|shorten|lengthen)\w*"
)
BACKWARD = (
    (rf"{BE} (?:a |an |the |one |in part |partly |mainly |largely ){{1,2}}{SOME}(?:{CAUSING})s? (?:of|behind|for|in)", Grade.STRONG),
    (rf"{BE} (?:\w+ly )?(?:reliev|reduc|lower|eas|alleviat|abolish|improv|worsen|aggravat|prevent)\w*d (?:in|among) (?:the group|the arm|those|people|participants|patients) "
     r"(?:that|who|with|on|given)", Grade.MODERATE),
    (r"(?:came|comes|flow(?:s|ed)|grew|grows?|emerge[sd]?|follow(?:s|ed)|stem(?:s|med)|sprang|result(?:s|ed)|derive[sd]?) (?:\w+ly |out )?(?:from|of)", Grade.STRONG),
    (rf"{BE} (?:preventable|avoidable|treatable|reversible|curable|explicable|brought [\w ]{{1,20}}?|put [\w ]{{1,20}}?) (?:by|with|through)", Grade.STRONG),
    (rf"{BE} {SOME}(?:secondary|consequent|down|owed|ascribed|ascribable|credited|put down|traced|traceable|traced back) to", Grade.STRONG),
    (rf"{CHANGE}(?: [\w'-]+){{0,4}} (?:by means of|by virtue of|by dint of|on account of|through|via|courtesy of|as a response to|in reaction to|at the hands of)", Grade.STRONG),
    (rf"{BE} (?:\w+ly |also |thus )?(?!measur|assess|record|rat|scor|report|judg|captur|describ|defin|predict|follow|accompan|preced|tak|read|complet|collect)"
     r"(?:\w{2,}ed|shaped|made|borne|kept|held|set|fed|won|lost|undone|brought about) (?:\w+ )?(?:by|through|via|with)(?= )(?! (?:\d|about|half|a third|one|two|three))", Grade.MODERATE),
)  # fmt: skip
"""What happens in a body stands before these, what brings it about comes after."""
FORWARD = (
    (rf"{BE} (?:pushed|brought|driven|pulled|forced|sent|kept|taken) (?:down|up|upwards?|downwards?|away|under control)", Grade.STRONG),
    (r"(?:brings?|brought|drives?|drove|driven|push\w*|pull\w*|sends?|sent|knock\w*|forc\w+|nudg\w+|shav\w+|takes?|took|keeps?|kept|gets?|got)(?: (?!to\b)[\w'-]+){1,4} "
     r"(?:down|up|upwards?|downwards?|away|off|under control|at a low level|at a minimum|at bay)", Grade.STRONG),
    (rf"(?:renders?|rendered|leaves?|left|turns?|turned|makes?|made)(?: [\w'-]+){{1,4}} (?:\w+ly )?(?:vulnerable|prone|exposed|susceptible|stiff|painful|weak|tight|"
     rf"unstable|sore|unprotected|chronic|go away|disappear|vanish|subside|bearable|{CHANGE})", Grade.STRONG),
    (rf"{BE} (?:\w+ly |also )?(?:implicated|instrumental|decisive|pivotal|crucial|involved|at work|complicit) in", Grade.MODERATE),
    (r"(?:is|are|was|were|lies?|lay|stands?|stood) (?:\w+ly |also )?(?:behind|at the (?:root|heart|bottom|origin) of)", Grade.STRONG),
    (r"(?:has|have|had|carries|carry|with) (?:\w+ )?(?:repercussions?|ramifications?|knock-on effects?|consequences?) (?:for|on)", Grade.STRONG),
    (r"(?:gives?|gave|given|made|makes?) way (?:to|for)|paved? the way (?:for|to)|lays? the (?:ground|foundations?) for|sows? the seeds? of", Grade.STRONG),
    (rf"{BE} (?:the|a|an|one) {SOME}(?:{CAUSING})s? (?:of|behind|for|in)", Grade.STRONG),
    (r"(?:matter|count)(?:s|ed)? for", Grade.MODERATE),
    (r"-related (?:improvement|reduction|relief|gain|benefit|decline|harm|fall|drop)s?", Grade.MODERATE),
    (r"(?:that|because|since|as) (?:it|they|this|these) (?:really |clearly |actually )?works?(?! (?:on|with|at|in|as|from|part|full))", Grade.STRONG),
)  # fmt: skip
"""What is done to a body stands before these, what it brings about comes after."""
PASSIVE = re.compile(rf"{BE}\b")
NEAR = 7
CLAUSE = re.compile(r"[.;:?!]")
CANNOT = re.compile(r"\b(?:cannot|can not|could not|can't)(?: \w+){0,2} ?$")


def _compiled(turns: tuple[tuple[str, Grade], ...]) -> tuple[tuple[re.Pattern[str], Grade], ...]:
    return tuple(
        (re.compile(rf"(?<![\w-]){one}\b" if not one.startswith("-") else rf"{one}\b"), grade)
        for one, grade in turns
    )


TURNS = (*((*one, True) for one in _compiled(BACKWARD)), *((*one, False) for one in _compiled(FORWARD)))


def frames_in(text: str, whole: str) -> Iterator[tuple[int, int, str, Grade]]:
    """Where such turns stand in a plain sentence, from which words of method were taken that `whole` still has."""
    known = word_list()
    for pattern, grade, is_backward in TURNS:
        for found in pattern.finditer(text):
            before = CLAUSE.split(whole[: found.start()])[-1] + (
                found.group() if found.group()[0] == "-" else ""
            )
            after = " ".join(CLAUSE.split(whole[found.end() :])[0].split()[:NEAR])
            if _is_neutral(found) or CANNOT.search(before):
                continue
            links = _links(before, found.group(), after, is_backward=is_backward)
            if links and not known.acting.intersection(f"{before} {after}".split()):
                yield found.start(), found.end(), found.group(), grade


def _links(before: str, inside: str, after: str, *, is_backward: bool) -> bool:
    """Whether something of the body stands on the side of what happens, and what acts on bodies on that of its cause."""
    body, acts = word_list().of_the_body, word_list().acting_on_bodies
    if is_backward:
        return bool(body.search(f"{before} {inside}") and acts.search(after))
    # In a passive, what is acted upon stands right before it.
    near = " ".join([*(before.split()[-3:] if PASSIVE.match(inside) else ()), inside, after])
    return bool(acts.search(before) and (body.search(near) or "work" in inside))


def _is_neutral(found: re.Match[str]) -> bool:
    """Whether the participle among the words is one of association or of record."""
    return any(word_list().neutral.match(word) for word in found.group().split() if word.endswith("ed"))
