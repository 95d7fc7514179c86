"""Words of English grammar by which a verb is told from a noun, a claim from an aim."""

from __future__ import annotations


def words_of(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


BE = words_of("is are was were be been being get gets got")
HAVE = words_of("has have had having")
HELP = words_of("may might can could will would should must shall do does did cannot")
ADVERBS = words_of(
    "also thus often not never even still then therefore just merely only indeed both all always sometimes now again hence thereby ever soon "
    "later either neither each so simply further well"
)
DETERMINERS = words_of(
    "the a an these those some several any no its their his her our your my many few most every each both all such two three four what "
    "which-kind other further main fewer large small big larger smaller similar"
)
PREPOSITIONS = words_of(
    "of in on at over from by with to as after before between during until since than within across among for about per under without into "
    "vs versus upon like via through against around towards toward beyond throughout"
)
NO_OBJECT = (
    PREPOSITIONS
    | words_of(
    "and or but when where while if because is are was were be been has have had can may will not "
    "nor whether though although then too either so who which"
)
)  # fmt: skip
HOW_MUCH = words_of("more less most least much little further faster slower nothing")
WHERE = words_of("nobody somebody here there again today together too alike everywhere once first last twice")
OPENING = frozenset(["", ",", ":", ";", "(", "“", '"', "–", "—"])
PEOPLE = words_of(
    "people patients participants persons men women they we i you who somebody nobody everybody everyone anyone clinicians therapists users "
    "he she person patient participant whoever staff children adults those others doctors physicians nurses employers teachers trainers readers"
)
CONFIRMED = words_of(
    "shown found known seems seem appears appear tends tend likely proved proven proves able continues continue helps help helped "
    "demonstrated seen reported served serves suffices sufficient managed manages started began begins ability capacity potential power"
)
ADVISED = words_of("should must ought")
THUS = words_of("thereby thus hence therefore")
SUCCESSFUL = words_of(
    "succeed succeeds succeeded success effective successful helpful useful good better instrumental efficient"
)
AMOUNTS = words_of(
    "third quarter half point points percent fifth tenth factor degree degrees hour day week month amount lot little"
)
ADJECTIVES = words_of(
    "stiff tight short weak strong deep long poor bad chronic sore painful severe persistent stubborn new good sharp dull steep lasting supple slack lumbar"
)
ROUGHLY = words_of("about around nearly almost roughly")
ARTICLES = words_of("the a an their its his her your our")
