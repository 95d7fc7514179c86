"""Notices leave once, say no secret and no person, and never trouble a report, whatever the other side does."""

from __future__ import annotations

import email
import json
import logging
import shutil
import socket
import ssl
import time
import traceback
from collections.abc import Iterator
from dataclasses import replace
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult
from servers import SECRET, certificate, free_port, web_server
from test_crossing import report, row, trigger

from lowback.ending import Ending
from lowback.notices import EditionOutcome, Notices, Watch, tell, watch
from lowback.notices.mailbox import Mailbox, mailbox
from lowback.notices.message import Message, mail, payload
from lowback.notices.webhook import Webhook
from lowback.notices.within import NotSentError, tried

DONE = EditionOutcome("trial", Ending.DONE, "trial/report.html", published=True)
FAILED = EditionOutcome("trial/leiden", Ending.PARTLY_FAILED, "trial/leiden/report.html", where=(("effect", 3),))  # fmt: skip
HOOK = Notices(webhook=True, on=("failure", "trigger", "success"))
QUICK: dict[str, Any] = {"seconds": 2.0, "waits": (0.01, 0.01)}


@pytest.fixture
def seen(tmp_path: Path) -> Watch:
    return watch(HOOK, [trigger()], tmp_path / "trial")


@pytest.fixture
def everything_said(caplog, capfd) -> Iterator[list[str]]:
    """All that was logged and printed while the test ran."""
    said: list[str] = []
    with caplog.at_level(logging.DEBUG):
        yield said
    printed = capfd.readouterr()
    assert SECRET not in caplog.text + printed.out + printed.err + "".join(said)


def test_one_post_tells_title_ending_triggers_and_where_the_report_is(seen, tmp_path):
    report(tmp_path / "trial", row(-1.5, -2, -1.2))
    with web_server(200) as taken:
        problems = tell(seen, "Back pain", [DONE], Ending.DONE, slot="2026-11-23T05:00Z", environment={"LOWBACK_WEBHOOK": taken.address}, **QUICK)  # fmt: skip
    assert problems == []
    (body,) = map(json.loads, taken.bodies)
    assert body["title"] == "Back pain"
    assert body["slot"] == "2026-11-23T05:00Z"
    assert body["ending"] == {"code": 0, "name": "done", "meaning": "done"}
    (edition,) = body["editions"]
    assert edition["report"] == "trial/report.html"
    assert edition["triggers"][0].startswith("pain at week 12, a vs b (ancova): −1.50")
    assert "triggers crossed: 1" in body["text"]


def test_a_crossing_is_told_once_and_again_only_after_it_had_gone(tmp_path):
    folder = tmp_path / "trial"
    told = []
    with web_server(200) as taken:
        for high in (-0.5, -1.2, -1.3, -0.8, -1.2):
            seen = watch(Notices(webhook=True, on=("trigger",)), [trigger()], folder)
            report(folder, row(-1.5, -2, high))
            before = len(taken.bodies)
            assert tell(seen, "t", [DONE], Ending.DONE, environment={"LOWBACK_WEBHOOK": taken.address}, **QUICK) == []  # fmt: skip
            told.append(len(taken.bodies) - before)
    assert told == [0, 1, 0, 0, 1]


def test_what_the_report_before_crossed_already_is_not_new(tmp_path):
    folder = report(tmp_path / "trial", row(-1.5, -2, -1.2))
    with web_server(200) as taken:
        seen = watch(Notices(webhook=True), [trigger()], folder)
        tell(seen, "t", [DONE], Ending.DONE, environment={"LOWBACK_WEBHOOK": taken.address}, **QUICK)
    assert taken.bodies == []


def test_a_trigger_declared_later_tells_of_no_crossing_that_was_there_before(tmp_path):
    folder = tmp_path / "trial"
    with web_server(200) as taken:
        environment = {"LOWBACK_WEBHOOK": taken.address}
        for triggers in ([], [trigger()], [trigger(), trigger(crosses=-0.5)]):
            seen = watch(Notices(webhook=True), triggers, folder)
            report(folder, row(-1.5, -2, -1.2))
            assert tell(seen, "t", [DONE], Ending.DONE, environment=environment, **QUICK) == []
    assert taken.bodies == []


def test_a_crossing_that_could_not_be_sent_is_told_by_the_next_run(tmp_path):
    folder = tmp_path / "trial"
    watched = Notices(webhook=True), [trigger()], folder
    seen = watch(*watched)
    report(folder, row(-1.5, -2, -1.2))
    assert tell(seen, "t", [DONE], Ending.DONE, environment={}) == ["notice by webhook not sent: LOWBACK_WEBHOOK is not set"]  # fmt: skip
    with web_server(200) as taken:
        for _ in range(2):
            tell(watch(*watched), "t", [DONE], Ending.DONE, environment={"LOWBACK_WEBHOOK": taken.address}, **QUICK)  # fmt: skip
    assert len(taken.bodies) == 1
    log = (tmp_path / ".trial.notices" / "log.jsonl").read_text("utf-8").splitlines()
    assert [bool(json.loads(line)["not_sent"]) for line in log] == [True, False, False]


def test_the_same_failure_of_a_slot_is_told_once_and_of_the_next_slot_again(tmp_path):
    folder, told = tmp_path / "trial", []
    with web_server(200) as taken:
        for slot, outcome in (("1", FAILED), ("1", FAILED), ("2", FAILED), ("2", DONE), ("2", FAILED)):
            seen = watch(Notices(webhook=True), [], folder)
            before = len(taken.bodies)
            tell(seen, "t", [outcome], outcome.ending, slot=slot, environment={"LOWBACK_WEBHOOK": taken.address}, **QUICK)  # fmt: skip
            told.append(len(taken.bodies) - before)
    assert told == [1, 0, 1, 0, 1]


def test_a_failure_names_notebook_and_cell_but_never_the_words_of_the_error(seen):
    with web_server(200) as taken:
        tell(seen, "t", [FAILED], Ending.PARTLY_FAILED, environment={"LOWBACK_WEBHOOK": taken.address}, **QUICK)  # fmt: skip
    (body,) = map(json.loads, taken.bodies)
    assert body["editions"][0]["failures"] == ["something failed (notebook 'effect', cell 3)"]
    assert not hasattr(FAILED, "error")


def test_fifty_reports_are_told_in_one_message(tmp_path):
    outcomes = [EditionOutcome(f"trial/{site}", Ending.DONE, f"trial/{site}/report.html", True) for site in range(60)]  # fmt: skip
    with web_server(200) as taken:
        tell(watch(HOOK, [], tmp_path / "t"), "t", outcomes, Ending.DONE, environment={"LOWBACK_WEBHOOK": taken.address}, **QUICK)  # fmt: skip
    assert len(taken.bodies) == 1
    assert len(taken.bodies[0]) < 30_000


@pytest.mark.parametrize(
    ("answers", "posts", "said"),
    [
        ((500, 500, 500), 3, "the webhook answered 500"),
        ((503, 200), 2, None),
        ((429, 200), 2, None),
        ((404,), 1, "the webhook answered 404"),
        ((403,), 1, "the webhook answered 403"),
        ((204,), 1, None),
    ],
)
def test_what_can_pass_is_tried_again_and_nothing_else(answers, posts, said, everything_said):
    with web_server(*answers) as taken:
        why = tried(lambda: Webhook(taken.address).post(b"{}", 2), 2, (0.01, 0.01))
    everything_said.append(str(why))
    assert len(taken.bodies) == posts
    assert why == said


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed_so_the_secret_goes_nowhere_else(status, everything_said):
    with web_server(200) as other, web_server(status, elsewhere=other.address) as taken:
        why = tried(lambda: Webhook(taken.address).post(b"{}", 2), 2, (0.01,))
    everything_said.append(str(why))
    assert why == f"the webhook sends elsewhere ({status}), which is not followed"
    assert other.paths == []


@pytest.mark.parametrize("bad", [{"slow": 5.0}, {"drip": True}])
def test_whoever_answers_slowly_is_given_up(bad, everything_said):
    started = time.monotonic()
    with web_server(200, **bad) as taken:
        why = tried(lambda: Webhook(taken.address).post(b"{}", 5), 0.4, ())
    everything_said.append(str(why))
    assert why == "no answer within 0.4 s"
    assert time.monotonic() - started < 3


@pytest.mark.parametrize(
    "address",
    [
        f"http://hooks.example/{SECRET}",
        f"ftp://127.0.0.1/{SECRET}",
        f"file:///{SECRET}",
        f"https://user:{SECRET}@127.0.0.1/",
        f"https://127.0.0.1:99999/{SECRET}",
        f"https:///{SECRET}",
        SECRET,
        f"https://127.0.0.1/{SECRET} and more",
        f"https://127.0.0.1/{SECRET}\r\nX-Other: 1",
        f"https://[::1/{SECRET}",
        f"http://localhost.attacker.example/{SECRET}",
    ],
)
def test_an_address_that_is_none_is_refused_without_being_said(address, everything_said):
    why = tried(lambda: Webhook(address).post(b"{}", 1), 2, (0.01,))
    everything_said.append(str(why))
    assert why


def test_nobody_at_the_other_end_is_said_without_the_address(everything_said):
    why = tried(lambda: Webhook(f"http://127.0.0.1:9/{SECRET}").post(b"{}", 1), 2, (0.01,))
    everything_said.append(str(why))
    assert why == "the webhook cannot be reached (ConnectionRefusedError)"


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl to make a certificate with")
def test_a_certificate_that_nobody_signed_is_refused_before_anything_is_sent(tmp_path, everything_said):
    context, _ = certificate(tmp_path)
    with web_server(200, tls=context) as taken:
        why = tried(lambda: Webhook(taken.address).post(b"{}", 2), 3, (0.01,))
    everything_said.append(str(why))
    assert why == "the webhook's certificate is not trusted"
    assert taken.bodies == []


def test_secrets_stand_in_no_repr_and_no_traceback():
    hook = Webhook(f"https://127.0.0.1:1/{SECRET}")
    box = mailbox(f"smtps://office%40clinic.org:{SECRET}@127.0.0.1:1")
    assert SECRET not in repr(hook) + str(hook) + repr(box) + str(box)
    for send in (lambda: hook.post(b"{}", 1), lambda: box.send(mail(Message("t", Ending.DONE, ()), box.sender, ["a@b.org"]), 1),
                 lambda: mailbox(f"smpts://u:{SECRET}@h")):  # fmt: skip
        with pytest.raises(NotSentError) as raised:
            send()
        assert SECRET not in "".join(traceback.format_exception(raised.value))


class Postbox:
    """What a mail server takes."""

    def __init__(self) -> None:
        self.letters: list[Any] = []
        self.answer = "250 OK"

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802
        self.letters.append((envelope.mail_from, envelope.rcpt_tos, email.message_from_bytes(envelope.content, policy=default)))  # fmt: skip
        return self.answer


@pytest.fixture
def post() -> Iterator[tuple[Postbox, str]]:
    """A mail server of this machine without TLS."""
    box = Postbox()
    controller = Controller(box, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        yield box, f"smtp://127.0.0.1:{controller.port}?from=reports@clinic.org"
    finally:
        controller.stop()


@pytest.mark.parametrize(
    ("answer", "letters", "said"),
    [
        ("250 OK", 1, None),
        (f"451 {SECRET} later", 3, "the mail server answered 451"),
        (f"550 {SECRET} never", 1, "the mail server answered 550"),
    ],
)
def test_a_mail_server_that_says_later_is_asked_again_and_one_that_says_never_is_not(
    answer, letters, said, post, everything_said
):
    box, address = post
    box.answer = answer
    given = mailbox(address)
    letter = mail(Message("t", Ending.DONE, ()), given.sender, ["c@d.org"])
    why = tried(lambda: given.send(letter, 3), 5, (0.01, 0.01))
    everything_said.append(str(why))
    assert (why, len(box.letters)) == (said, letters)


def test_a_mail_server_that_never_answers_is_given_up(everything_said):
    started = time.monotonic()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        given = mailbox(f"smtp://me:{SECRET}@127.0.0.1:{silent.getsockname()[1]}")
        letter = mail(Message("t", Ending.DONE, ()), given.sender, ["c@d.org"])
        why = tried(lambda: given.send(letter, 30), 0.4, ())
    everything_said.append(str(why))
    assert why == "no answer within 0.4 s"
    assert time.monotonic() - started < 5


HOSTILE_TITLES = ("Plain", "Bcc: all@x.org", "A\r\nBcc: all@x.org\r\n\r\nBody", "A\nSubject: B", "\x00\x1b[31mred", "Schmerz – Ø 漢 🙂",
                  "=?utf-8?q?x?=", "x" * 5000, "<script>alert(1)</script>", "\ud800", "\u2028\u202e")  # fmt: skip


@pytest.mark.parametrize("title", HOSTILE_TITLES)
def test_a_title_can_add_no_header(title, post, tmp_path):
    box, address = post
    notices = Notices(mail=("a@b.org", "c@d.org"), on=("success",))
    problems = tell(watch(notices, [], tmp_path / "t"), title, [DONE], Ending.DONE, environment={"LOWBACK_SMTP": address}, **QUICK)  # fmt: skip
    assert problems == []
    ((sender, recipients, letter),) = box.letters
    assert (sender, recipients) == ("reports@clinic.org", ["a@b.org", "c@d.org"])
    assert set(letter.keys()) == {"Subject", "From", "To", "Date", "Message-ID", "Auto-Submitted", "Content-Type",
                                  "Content-Transfer-Encoding", "MIME-Version", "X-Peer", "X-MailFrom", "X-RcptTo"} & set(letter.keys())  # fmt: skip
    assert letter["Bcc"] is None
    assert len(letter.get_all("Subject")) == 1
    assert letter["Subject"].endswith(": done (code 0)")
    assert "trial/report.html" in letter.get_content()


@pytest.mark.parametrize("title", HOSTILE_TITLES)
def test_any_title_is_json_in_one_line(title):
    body = json.loads(payload(Message(title, Ending.DONE, (DONE,))))
    assert not set(body["title"]) & set("\r\n\x00\x1b")
    assert len(body["title"]) <= 300


def test_identifiers_are_left_out_of_everything(post, tmp_path):
    box, address = post
    outcome = EditionOutcome("trial/P00017", Ending.PARTLY_FAILED, "trial/P00017/report.html", where=(("p00017", 2),))  # fmt: skip
    notices = Notices(mail=("a@b.org",))
    tell(watch(notices, [], tmp_path / "t"), "About P00017", [outcome], Ending.PARTLY_FAILED,
         identifiers=["P00017", "12"], environment={"LOWBACK_SMTP": address}, **QUICK)  # fmt: skip
    letter = box.letters[0][2]
    assert "00017" not in letter.as_string()
    assert "[participant]" in letter.get_content()


UMLAUTS = f"pä$$ wörd {SECRET}"


class _Login:
    def __call__(self, _server, _session, _envelope, _mechanism, data) -> AuthResult:
        return AuthResult(success=data.password in (SECRET.encode(), UMLAUTS.encode()), handled=False)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl to make a certificate with")
@pytest.mark.parametrize(("password", "said"), [(SECRET, None), (UMLAUTS, None), (f"ö{SECRET}", "the mail server refused user or password (535)"), (f"{SECRET}-wrong", "the mail server refused user or password (535)")])  # fmt: skip
def test_user_and_password_leave_over_starttls(password, said, tmp_path, everything_said):
    context, made = certificate(tmp_path)
    box = Postbox()

    class Own(Controller):
        def factory(self) -> SMTP:
            return SMTP(self.handler, tls_context=context, require_starttls=True, authenticator=_Login(), auth_required=True)  # fmt: skip

    controller = Own(box, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        port = controller.port
        given = Mailbox("127.0.0.1", port, False, "a@b.org", "me", password, lambda: ssl.create_default_context(cafile=str(made)))  # fmt: skip
        letter = mail(Message("t", Ending.DONE, (DONE,)), "a@b.org", ["c@d.org"])
        assert tried(lambda: given.send(letter, 3), 5, ()) == said
        untrusted = Mailbox("127.0.0.1", port, False, "a@b.org", "me", password)
        assert tried(lambda: untrusted.send(letter, 3), 5, ()) == "the mail server's certificate is not trusted"  # fmt: skip
    finally:
        controller.stop()
    everything_said.append(str(said))
    assert len(box.letters) == (said is None)


def test_a_mail_server_that_takes_no_login_is_said_and_asked_once(post, everything_said):
    box, address = post
    for password in (SECRET, UMLAUTS):
        given = replace(mailbox(address), user="me", password=password)
        why = tried(
            lambda given=given: given.send(mail(Message("t", Ending.DONE, ()), "a@b.org", ["c@d.org"]), 3),
            5,
            (30,),
        )
        assert why == "the mail server takes no login; leave user and password out of LOWBACK_SMTP"
        everything_said.append(why)
    assert box.letters == []


def test_tls_from_the_start_at_a_port_without_is_said(post):
    _, address = post
    given = mailbox(address.replace("smtp://", "smtps://"))
    why = tried(lambda: given.send(mail(Message("t", Ending.DONE, ()), "a@b.org", ["c@d.org"]), 3), 5, (30,))
    assert str(why).startswith("the mail server does not answer in TLS; smtps:// is TLS from the start")


def test_without_tls_nothing_is_sent_to_another_machine(monkeypatch, post):
    box, address = post
    monkeypatch.setattr("lowback.notices.mailbox.is_this_machine", lambda _: False)
    given = mailbox(address)
    letter = mail(Message("t", Ending.DONE, ()), given.sender, ["c@d.org"])
    assert tried(lambda: given.send(letter, 3), 5, ()) == "the mail server offers no TLS, so nothing is sent to it"  # fmt: skip
    assert box.letters == []


@pytest.mark.parametrize(
    "address",
    ["", "mail.clinic.org", f"https://u:{SECRET}@h", f"smtps://u:{SECRET}@", f"smtps://u:{SECRET}@h:port", f"smtps://u:{SECRET}@h?to=x",
     f"smtps://u:{SECRET}@h/path", f"smtps://u:{SECRET}@h?from=x%0aBcc:%20y"],
)  # fmt: skip
def test_an_address_of_a_mail_server_that_is_none_is_refused_without_being_said(address, everything_said):
    with pytest.raises(NotSentError, match="LOWBACK_SMTP") as refused:
        mailbox(address)
    everything_said.append(str(refused.value))


def test_user_and_password_may_hold_any_letter():
    box = mailbox("smtps://me%40clinic.org:p%40ss%2F%3A@mail.clinic.org")
    assert (box.user, box.password, box.host, box.port, box.sender) == ("me@clinic.org", "p@ss/:", "mail.clinic.org", 465, "me@clinic.org")  # fmt: skip


def test_a_folder_that_takes_no_record_is_said_and_troubles_nothing(tmp_path):
    (tmp_path / ".t.notices").write_text("in the way", encoding="utf-8")
    with web_server(200) as taken:
        problems = tell(watch(HOOK, [], tmp_path / "t"), "t", [DONE], Ending.DONE, environment={"LOWBACK_WEBHOOK": taken.address}, **QUICK)  # fmt: skip
    assert len(taken.bodies) == 1
    assert "cannot be recorded" in problems[0]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"crossing": 1, "failure": ""}', '{"crossing": {"a": 1}, "failure": ""}'])  # fmt: skip
def test_a_broken_record_counts_as_nothing_told(text, tmp_path):
    folder = tmp_path / ".t.notices"
    folder.mkdir()
    (folder / "told.json").write_text(text, encoding="utf-8")
    assert watch(HOOK, [], tmp_path / "t").failure == ""
