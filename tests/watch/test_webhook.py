"""The webhook sink against receivers that answer anything, slowly, or without end."""

from __future__ import annotations

import contextlib
import math
import re
import socket
import threading
import time

import pytest

from mcc_cli.errors import MccError
from mcc_cli.services.watch import webhook
from mcc_cli.services.watch.webhook import Webhook, signature

pytestmark = pytest.mark.unit

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


def answer(status, *headers, body=b""):
    lines = [f"HTTP/1.1 {status} Some Reason", *headers, f"Content-Length: {len(body)}"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


class Receiver:
    """A server that reads requests and plays one script each; a script is bytes or a function."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}/hook"
        self.scripts, self.bodies, self.connections = [], [], 0
        self.closed = threading.Event()
        self.threads = [threading.Thread(target=self.accept)]
        self.threads[0].start()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection = self.listener.accept()[0]
                self.connections += 1
                self.threads.append(threading.Thread(target=self.serve, args=[connection]))
                self.threads[-1].start()

    def serve(self, connection):
        with contextlib.suppress(OSError), connection, connection.makefile("rb") as stream:
            while (line := stream.readline()) and not self.closed.is_set():
                size = 0
                while (line := stream.readline().strip()) != b"":
                    if line.lower().startswith(b"content-length:"):
                        size = int(line.split(b":")[1])
                self.bodies.append(stream.read(size))
                script = self.scripts.pop(0) if self.scripts else OK
                if callable(script):
                    script(connection)
                else:
                    connection.sendall(script)

    def close(self):
        self.closed.set()
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for thread in self.threads:
            thread.join(30)


class Progress:
    """A watch that sleeps in no time and has so many seconds left."""

    def __init__(self, seconds=math.inf):
        self.seconds = seconds
        self.slept = []

    def remaining(self):
        return self.seconds

    def sleep(self, seconds):
        self.slept.append(seconds)


@pytest.fixture
def receiver():
    found = Receiver()
    yield found
    found.close()


@pytest.fixture
def make_hook(receiver):
    """Create a webhook, which is closed before the receiver is."""
    with contextlib.ExitStack() as stack:

        def make(url, say=lambda _: None):
            hook = Webhook(url, "sesame", say)
            stack.callback(hook.close)
            return hook

        yield make


@pytest.fixture
def hook(make_hook, receiver):
    return make_hook(receiver.url)


def post(hook, *, body=b"{}", seconds=math.inf):
    progress = Progress(seconds)
    hook.post(body, {"X-MCC-Delivery": "7.0"}, progress)
    return progress


@pytest.mark.parametrize("status", [200, 201, 202, 204, 206, 226, 299])
def test_2xx_is_accepted_at_once(hook, receiver, status):
    receiver.scripts = [answer(status)]
    assert post(hook).slept == []
    assert len(receiver.bodies) == 1


@pytest.mark.parametrize(
    "status", [101, 300, 301, 302, 303, 304, 307, 308, 400, 401, 403, 404, 410, 413, 499, 600, 999]
)
def test_any_other_answer_is_a_refusal_that_is_not_repeated(hook, receiver, status):
    receiver.scripts = [answer(status)]
    with pytest.raises(MccError) as caught:
        post(hook)
    assert caught.value.code == "E-SINK"
    assert f"answered {status} Some Reason" in caught.value.message
    assert "position stays" in caught.value.message
    assert len(receiver.bodies) == 1


@pytest.mark.parametrize("status", [408, 425, 429, 500, 501, 502, 503, 504, 511, 599])
def test_what_may_pass_is_repeated(hook, receiver, status):
    receiver.scripts = [answer(status), answer(status), OK]
    slept = post(hook).slept
    assert len(slept) == 2
    assert receiver.bodies == [b"{}"] * 3


@pytest.mark.parametrize("status", [100, 102, 103, 199])
def test_an_interim_answer_is_followed_by_the_real_one(hook, receiver, status):
    interim = f"HTTP/1.1 {status} Wait\r\nLink: </x>\r\n\r\n".encode()
    receiver.scripts = [interim + answer(410), interim + interim + OK, OK]
    with pytest.raises(MccError, match="answered 410"):
        post(hook)
    assert post(hook).slept == []
    assert post(hook).slept == []
    assert len(receiver.bodies) == 3  # no answer was taken for that of another request


def test_a_redirect_is_not_followed_and_its_target_is_shown_without_secrets(hook, receiver):
    target = "Location: https://user:s3cret@login.example/path?token=s3cret#s3cret"
    receiver.scripts = [answer(302, target)]
    with pytest.raises(MccError) as caught:
        post(hook)
    text = str(vars(caught.value))
    assert "it redirects to https://login.example/path" in text
    assert "redirects are not followed" in text
    assert "s3cret" not in text


@pytest.mark.parametrize(
    ("wait", "expected"),
    [("0", None), ("3", 3.0), ("99999", 60.0), ("-1", None), ("soon", None), ("٣", None)],
)
def test_retry_after_is_honoured_within_a_minute(hook, receiver, wait, expected):
    head = f"HTTP/1.1 503 Busy\r\nRetry-After: {wait}\r\nContent-Length: 0\r\n\r\n"
    receiver.scripts = [head.encode("utf-8"), OK]
    (slept,) = post(hook).slept
    assert slept == expected if expected else 0 < slept <= webhook.RETRY_SECONDS[0]


def test_one_connection_serves_many_posts_and_a_closed_one_is_replaced(hook, receiver):
    receiver.scripts = [answer(200, body=b"x" * 100)] * 3
    for _ in range(3):
        post(hook)
    assert receiver.connections == 1
    receiver.scripts = [answer(200, "Connection: close")]
    post(hook)
    post(hook)
    assert receiver.connections == 2


def test_an_endless_answer_is_read_no_further_than_its_first_bytes(hook, receiver):
    sent = []

    def endless(connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        with contextlib.suppress(OSError):
            while not receiver.closed.is_set():
                sent.append(connection.send(b"x" * 65536))

    receiver.scripts = [endless, OK]
    post(hook)
    post(hook)
    assert len(receiver.bodies) == 2
    assert receiver.connections == 2
    assert sum(sent) < 20_000_000  # what the kernel's buffers take


@pytest.mark.parametrize("part", ["status", "headers", "silence"])
def test_a_receiver_that_sends_a_byte_at_a_time_is_given_up(hook, receiver, part):
    text = {"status": b"HTTP/1.1 200 OK" * 99, "headers": b"HTTP/1.1 200 OK\r\n" + b"x" * 999}

    def drip(connection):
        with contextlib.suppress(OSError):
            for byte in text.get(part, b""):
                connection.sendall(bytes([byte]))
                if receiver.closed.wait(0.02):
                    return
            receiver.closed.wait()

    receiver.scripts = [drip, OK]
    messages = []
    hook.say = messages.append
    began = time.monotonic()
    post(hook, seconds=0.3)
    assert time.monotonic() - began < 15  # without the limit it takes 20 s and more, or for ever
    assert len(receiver.bodies) == 2
    assert re.search(r"no answer (in 0.3 s|\(timed out\))", messages[0])


def test_a_body_that_comes_slowly_does_not_undo_its_status(hook, receiver, monkeypatch):
    monkeypatch.setattr(webhook, "BODY_SECONDS", 0.1)

    def drip(connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\nx")
        receiver.closed.wait()

    receiver.scripts = [drip, OK]
    assert post(hook).slept == []
    assert post(hook).slept == []
    assert receiver.connections == 2


@pytest.mark.parametrize(
    "script",
    [
        b"",
        b"\r\n",
        b"SSH-2.0-x\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 200,
    ],
)
def test_what_is_not_http_is_retried_like_no_answer(hook, receiver, script):
    def play(connection):
        connection.sendall(script)
        connection.shutdown(socket.SHUT_RDWR)

    receiver.scripts = [play, OK]
    assert len(post(hook).slept) == 1


def test_a_port_nobody_listens_on_is_retried(receiver):
    url = receiver.url
    receiver.close()
    messages = []

    class Impatient(Progress):
        def sleep(self, seconds):
            super().sleep(seconds)
            if len(self.slept) == 3:
                raise MccError("E-TIMEOUT", "over")

    with pytest.raises(MccError, match="over"):
        Webhook(f"{url}?token=s3cret", "s", messages.append).post(b"{}", {}, Impatient())
    assert len(messages) == 3
    assert messages[0].startswith(f"{url}: no answer (Connection refused), retrying in ")
    assert "s3cret" not in "".join(messages)


SECRET = "s3cret"


@pytest.mark.parametrize(
    "url",
    [
        f"u:{SECRET}@h/db",
        f"http:/u:{SECRET}@h",
        f"https:u:{SECRET}@h",
        f"http://u:{SECRET}",
        f"http://u:{SECRET}/x@h/",
        f"http://u:{SECRET}@h:99999/",
        f"http://u:{SECRET}@[::1/",
        f"http://u:80/{SECRET}@h/",
        f"http://u:80#{SECRET}@h/",
        f"http://u:80?{SECRET}@h/",
        f"http://u:{SECRET}@h/",
        f"http://{SECRET}@h/",
        f"ftp://h/?t={SECRET}",
        f"h/?t={SECRET}",
        f"http://h/ x?t={SECRET}",
        f"http://h/é#{SECRET}",
        f"http://h:0/?t={SECRET}",
        f"//h/?t={SECRET}",
        f"{SECRET}",
        f"http://[{SECRET}]/",
        f"http://h\n{SECRET}/?a b",
    ],
)
def test_no_error_about_a_url_shows_what_can_be_a_secret(url):
    with contextlib.suppress(MccError):
        assert SECRET not in Webhook(url, "key", lambda _: None).place
        return
    with pytest.raises(MccError) as caught:
        Webhook(url, "key", lambda _: None)
    assert caught.value.code == "E-USAGE"
    assert SECRET not in str(vars(caught.value))


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://h.example/a/b?t=1#f", "https://h.example/a/b"),
        ("http://h:8080", "http://h:8080"),
        ("http://h/?to=a@b.example", "http://h/"),
        ("http://[::1]:81/x#y", "http://[::1]:81/x"),
    ],
)
def test_query_and_fragment_are_never_shown(url, shown):
    assert Webhook(url, "key", lambda _: None).place == shown


def test_the_query_is_posted_and_the_fragment_is_not(make_hook, receiver):
    lines = []
    serve = receiver.serve

    def spy(connection):
        lines.append(connection.recv(4096, socket.MSG_PEEK).split(b"\r\n")[0])
        serve(connection)

    receiver.serve = spy
    post(make_hook(f"{receiver.url}?t=1#f"))
    assert lines == [b"POST /hook?t=1 HTTP/1.1"]


def test_a_signature_covers_time_and_body():
    found = {signature(b"k", body, at) for body in (b"a", b"b") for at in (1, 2)}
    assert len(found) == 4
    assert signature(b"k", b"a", 1) != signature(b"l", b"a", 1)
