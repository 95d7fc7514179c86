"""Reads a sentence for words that link one thing with another, and tells claims from the same words used otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from lowback.language.contexts import why_no_claim
from lowback.language.frames import frames_in
from lowback.language.grammar import BE, HAVE, words_of
from lowback.language.plain import Sentence
from lowback.language.together import languages, links_untold
from lowback.language.unlisted import unlisted_verbs
from lowback.language.verbs import Token, is_claimed, tokens_of
from lowback.language.words import Grade, Verb, names_a_body, word_list

WORDS = re.compile(r"[a-z]+")
HEDGE = re.compile(
    r"\b(?:may|might|could|can|possibly|perhaps|probably|likely|seems?|appears?|suggest\w*|potential\w*|tends?)\b(?:\W+[\w'-]+){0,5}\W*$"
)
# What came before is given as the reason: "people sat longer, and their hips stiffened as a result".
AFTERWARDS = re.compile(r"\b(?:as a (?:direct )?(?:result|consequence)|in consequence|consequently)(?=\W*$)")
REASON = re.compile(r"\bbecause\b(?! of)")
REASONS = re.compile(
    r"because of|due to|owing to|thanks to|(?:the|one|main|a) reason (?:for|why|behind)|as (?:a|the) (?:direct )?(?:result|consequence) of|in consequence of"
)
# Why people are not in the study or records not there is a matter of counting.
COUNTED = re.compile(
    r"\b(?:exclu\w+|withdr\w+|left|dropped|miss\w+|discontinu\w+|stopped|lost|moved|absent|recorded|unavailable|refused|screened|took part|joined)\b"
)
NOT_BETWEEN = words_of(". , ; : ( )") | BE | HAVE
# Words set between commas that part a verb from its particle or object.
ASIDE = re.compile(
    r", (?:on average|in particular|however|in turn|for example|of course|indeed|as expected|in general|therefore|thus|too|again|"
    r"in our view|by contrast|in fact|moreover|then|at last|over time), "
)
PRONOUN = re.compile(r"\s+(?:it|this|that|them)\b\W*$")
# What was recorded, and not what happened, is what "which" takes up: "both hips were averaged, which halves the spread".
TAKEN_UP = re.compile(r"\b(?:is|are|was|were) (\w+ed)\b[^,;:.]*, which\W*$")
HEAD_ENDS = re.compile(
    r"\b(?:of|in|on|by|with|for|between|from|among|at|to|within|into|than|over|because|that|which)\b"
)
SUBJECT_STARTS = re.compile(
    r"[,:;()]|\b(?:that|which|who|show\w*|and|because|since|as|so|while|thus|therefore|if|whether|then)\b"
)


@dataclass(frozen=True)
class Use:
    """A linking word where it stands: its grade, what stands before and after it, and why it claims nothing (empty: it does)."""

    word: str
    base: str
    grade: Grade
    before: str
    after: str
    no_claim: str = ""

    @property
    def claimed(self) -> Grade:
        """How strongly the sentence itself links; none where it claims nothing."""
        return Grade.NONE if self.no_claim else self.grade


@lru_cache(maxsize=10_000)
def uses(sentence: Sentence) -> tuple[Use, ...]:
    """Every linking word of a sentence that holds one which some design forbids, each read in its context.

    Reports repeat sentences, so what was read is kept.
    """
    text = word_list().one_thing.sub(lambda found: found.group().replace(" ", "-"), sentence.plain)
    text = ASIDE.sub(" ", text)
    if not _may_link(text):
        return ()
    whole, text = text, word_list().not_links.sub(lambda found: "#" * len(found.group()), text)
    return tuple(
        replace(
            _use(text, start, end, base, grade, "asked" if sentence.is_question else _why(text, start, end)),
            word=whole[start:end],
        )
        for start, end, base, grade in (list(_places(text, whole)) or links_untold(whole))
    )


def _may_link(text: str) -> bool:
    """Whether a sentence holds any word that links strongly or acts; this is told much faster than how it links."""
    known, words = word_list(), WORDS.findall(text)
    return (
        not known.claiming.isdisjoint(words)
        or any(map(_phrases_with, words))
        or "because" in words
        or AFTERWARDS.search(text) is not None
        or any(one.acts.search(text) for one in languages())
    )


@lru_cache(maxsize=20_000)
def _phrases_with(word: str) -> frozenset[int]:
    """The places in the list of the phrases that this word may be one of."""
    return frozenset(place for place, begins in enumerate(word_list().needed) if word.startswith(begins))


def _places(text: str, whole: str) -> Iterator[tuple[int, int, str, Grade]]:
    """Where linking phrases and verbs stand, the stronger first where one lies in the other."""
    tokens = tokens_of(text)
    taken: list[tuple[int, int]] = []
    for start, end, base, grade in [
        *_phrases(text),
        *_reasons(text),
        *_verbs(text, tokens),
        *_unlisted(tokens),
        *frames_in(text, whole),
    ]:
        if not any(one <= start < other and grade <= Grade.WEAK for one, other in taken):
            taken.append((start, end))
            yield start, end, base, grade


def _phrases(text: str) -> Iterator[tuple[int, int, str, Grade]]:
    if not names_a_body(text):
        return
    places = frozenset[int]().union(*map(_phrases_with, WORDS.findall(text)))
    for place in sorted(places):
        pattern, grade = word_list().phrases[place]
        for found in pattern.finditer(text):
            if not REASONS.fullmatch(found.group()) or _links_two(text, found.start(), found.end()):
                yield found.start(), found.end(), found.group(), grade


def _reasons(text: str) -> Iterator[tuple[int, int, str, Grade]]:
    for found in REASON.finditer(text):
        if _links_two(text, found.start(), found.end()):
            yield found.start(), found.end(), "because of", Grade.STRONG
    for found in AFTERWARDS.finditer(text):
        *earlier, last = re.split(r"[,;]| and ", text[: found.start()].rstrip(" ,"))
        body = word_list().of_the_body
        if body.search(last) and body.search(" ".join(earlier)) and not COUNTED.search(text):
            yield found.start(), found.end(), found.group(), Grade.STRONG


def _links_two(text: str, start: int, end: int) -> bool:
    """Whether a reason has something of the body on either side, and is not why people or records are missing."""
    body = word_list().of_the_body
    before = re.split(r"[.;:]", text[:start])[-1]
    reason, _, rest = re.split(r"[.;]", text[end:])[0].partition(",")
    if not before.strip():
        before = rest
    is_named = body.search(reason) or PRONOUN.match(reason)
    return bool(body.search(before) and is_named) and not COUNTED.search(before)


def _verbs(text: str, tokens: list[Token]) -> Iterator[tuple[int, int, str, Grade]]:
    known = word_list().verbs
    if word_list().claiming.isdisjoint(token.word for token in tokens):
        return
    for place, token in enumerate(tokens):
        for verb in known.get(token.word, ()):
            end = _end(verb, tokens, place)
            if (
                end is not None
                and is_claimed(verb, tokens, place, end)
                and _counts(verb, text, token.start, tokens[end].end)
            ):
                yield token.start, tokens[end].end, verb.forms.base, verb.grade
                break


def _unlisted(tokens: list[Token]) -> Iterator[tuple[int, int, str, Grade]]:
    """Verbs of no list, where they stand between what acts and a body."""
    known = word_list().verbs
    for start, end, word in unlisted_verbs(tokens):
        # A verb that is listed with a particle alone is of no list where it stands without.
        if all(one.particles and one.grade > Grade.WEAK for one in known.get(word, ())):
            yield start, end, word, Grade.MODERATE


def _counts(verb: Verb, text: str, start: int, end: int) -> bool:
    """Whether the sentence has anything of a body, and where the verb is as plain as "change" what is acted upon: a lock prevents two runs."""
    if not names_a_body(f"{text[:start]} {text[end:]}"):
        return False
    if verb.grade is not Grade.MODERATE or verb.kind != "acts or happens":
        return True
    return bool(word_list().of_the_body.search(" ".join(text[end:].split()[:6])))


def _end(verb: Verb, tokens: list[Token], place: int) -> int | None:
    """The token at which the verb ends, its particles at most four words behind it; nothing where they are not there."""
    at = place
    for number, particle in enumerate(verb.particles):
        reach = range(at + 1, min(at + (4 if number == 0 and len(verb.particles) == 1 else 2), len(tokens)))
        found = next((one for one in reach if tokens[one].word == particle), None)
        if found is None or any(tokens[one].word in NOT_BETWEEN for one in range(at + 1, found)):
            return None
        at = found
    return at


def _why(text: str, start: int, end: int) -> str:
    """Why the words claim nothing, the analysis as their subject or object included."""
    return why_no_claim(text, start, end) or (
        "said of the analysis" if _is_of_the_analysis(text, start, end) else ""
    )


def _is_of_the_analysis(text: str, start: int, end: int) -> bool:
    """Whether the head of the subject or of the object belongs to the analysis; passive verbs have them the other way round."""
    words = word_list()
    before = SUBJECT_STARTS.split(text[:start])[-1]
    subject = _head(before)
    rest = text[end:].lstrip()
    is_agent_next = text[start:end].endswith((" of", " by", " to", " from"))
    agent = re.match(r"(?:by |to |of |from )?(.*)" if is_agent_next else r"(?:by|to|of|from) (.*)", rest)
    objects = [_head(rest)] + ([_head(agent.group(1))] if agent else [])
    taken_up = TAKEN_UP.search(text[:start])
    if taken_up and words.neutral.match(taken_up.group(1)):
        return True
    if words.acting & _words(subject) or words.analysis_phrases.search(before):
        return True
    return any(
        words.acted_upon & _words(one)
        or words.analysis_phrases.search(one)
        or (agent and words.acting & _words(one))
        for one in objects
    )


def _head(text: str) -> str:
    """The words up to the first preposition, eight at most."""
    return " ".join(HEAD_ENDS.split(text.lstrip(), maxsplit=1)[0].split()[:8])


def _words(text: str) -> set[str]:
    return set(re.findall(r"[\w-]+", text))


def _use(text: str, start: int, end: int, base: str, grade: Grade, no_claim: str) -> Use:
    before = text[:start]
    hedged = Grade(grade - 1) if grade > Grade.WEAK and HEDGE.search(before) else grade
    return Use(text[start:end], base, hedged, before, text[end:], no_claim)
