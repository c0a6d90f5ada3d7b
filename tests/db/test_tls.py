"""TLS: certificates that are right and wrong in each way, and connections in plain text.

The server is the machine's PostgreSQL 15: the one that mcc brings has no TLS. Its certificates are
made here.
"""

import io
import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

import psutil
import pytest

from mcc_cli.cli.framework.state import State
from mcc_cli.db.connection.tls import exposed

pytestmark = pytest.mark.acceptance

BIN = Path("/usr/lib/postgresql/15/bin")
AS_POSTGRES = {"user": "postgres", "group": "postgres"} if os.geteuid() == 0 else {}
KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout")
PLAIN = "is in plain text"

needs_server = pytest.mark.skipif(
    not (BIN / "postgres").exists() or shutil.which("openssl") is None,
    reason="needs Debian's PostgreSQL 15, whose build has TLS, and openssl",
)


@pytest.mark.parametrize(
    ("address", "encrypted", "found"),
    [
        ("", False, False),
        ("/run/postgresql", False, False),
        ("127.0.0.1", False, False),
        ("127.8.9.10", False, False),
        ("::1", False, False),
        ("::ffff:127.0.0.1", False, False),
        ("192.0.2.7", False, True),
        ("10.0.0.5", False, True),
        ("fe80::1%eth0", False, True),
        ("::ffff:192.0.2.7", False, True),
        ("192.0.2.7", True, False),
        ("2001:db8::7", True, False),
    ],
)
def test_plain_text_to_another_machine_is_exposed(address, encrypted, found):
    assert exposed(address, encrypted=encrypted) is found


def own_address():
    """An address of this machine that is not the loopback; None where it has none."""
    found = (each for addresses in psutil.net_if_addrs().values() for each in addresses)
    mine = (each.address for each in found if each.family == socket.AF_INET)
    return next((each for each in mine if not each.startswith("127.")), None)


class Server:
    """A server with TLS in a folder with its certificates."""

    def __init__(self, folder):
        self.folder = folder
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        for authority in ("ca", "other"):
            self.openssl(
                "req -x509 -days 2",
                *KEY,
                f"{authority}.key",
                "-subj",
                "/CN=Authority",
                "-out",
                f"{authority}.crt",
            )
        for name, days in (("good", 2), ("late", -1)):
            self.certificate(name, days)
        self.data = folder / "data"
        self.data.mkdir()
        for path in (self.data, *folder.glob("*.key")):
            path.chmod(0o700 if path == self.data else 0o600)
            if AS_POSTGRES:
                shutil.chown(path, "postgres", "postgres")
        self.run("initdb", "-U", "mcc", "-A", "trust", "-N")
        with (self.data / "pg_hba.conf").open("a") as file:
            file.write("host all all all trust\n")

    def openssl(self, words, *more):
        command = ["openssl", *words.split(), *more]
        subprocess.run(command, cwd=self.folder, check=True, capture_output=True)

    def certificate(self, name, days):
        self.openssl("req", *KEY, f"{name}.key", "-subj", "/CN=db", "-out", f"{name}.csr")
        (self.folder / "names").write_text("subjectAltName=DNS:localhost,DNS:db.example")
        self.openssl(
            "x509 -req -CA ca.crt -CAkey ca.key -CAcreateserial -extfile names",
            *("-in", f"{name}.csr", "-out", f"{name}.crt", "-days", str(days)),
        )

    def run(self, program, *arguments):
        subprocess.run(
            [BIN / program, "-D", self.data, *arguments],
            check=True,
            cwd="/",
            stdout=subprocess.DEVNULL,
            **AS_POSTGRES,
        )

    def start(self, certificate):
        settings = {
            "listen_addresses": ",".join(filter(None, ("127.0.0.1", own_address()))),
            "port": self.port,
            "unix_socket_directories": self.data,
            "fsync": "off",
            "ssl": "on" if certificate else "off",
        }
        if certificate:
            settings["ssl_cert_file"] = self.folder / f"{certificate}.crt"
            settings["ssl_key_file"] = self.folder / f"{certificate}.key"
        options = " ".join(f"-c {name}={value}" for name, value in settings.items())
        self.run("pg_ctl", "start", "-w", "-s", "-l", str(self.data / "log"), "-o", options)

    def stop(self):
        self.run("pg_ctl", "stop", "-w", "-s", "-m", "fast")


@pytest.fixture(scope="module")
def folder():
    made = Path(tempfile.mkdtemp(prefix="mcc-tls-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


@pytest.fixture(scope="module")
def server(folder):
    found = Server(folder)
    found.start("good")
    yield found
    found.stop()
    shutil.rmtree(found.data)


@pytest.fixture
def status(program, server):
    """Run `mcc db status` with these parameters of the connection."""

    def call(*flags, host="localhost", home="/nonexistent", **facts):
        facts = {"host": host, "port": server.port, "user": "mcc", "dbname": "postgres", **facts}
        url = " ".join(f"{name}={value}" for name, value in facts.items() if value)
        return program(*flags, "db", "status", "--database-url", url, env={"HOME": str(home)})

    return call


@needs_server
def test_the_right_authority_and_name_connect_without_a_word(status, server):
    told = status(sslmode="verify-full", sslrootcert=server.folder / "ca.crt")
    assert (told.returncode, told.stderr) == (0, "")
    home = server.folder / "home"
    (home / ".postgresql").mkdir(parents=True)
    shutil.copy(server.folder / "ca.crt", home / ".postgresql" / "root.crt")
    told = status(sslmode="verify-full", home=home)
    assert (told.returncode, told.stderr) == (0, "")


WRONG = {
    "another authority": (
        {"sslmode": "verify-full", "sslrootcert": "{folder}/other.crt"},
        "the server's certificate is not signed by an authority of {folder}/other.crt",
        "sslrootcert=FILE with the certificate of the authority that signed it",
    ),
    "another authority, when it is there": (
        {"sslmode": "require", "sslrootcert": "{folder}/other.crt"},
        "the server's certificate is not signed by an authority of {folder}/other.crt",
        "sslrootcert=FILE",
    ),
    "the authorities of the machine": (
        {"sslmode": "verify-full", "sslrootcert": "system"},
        "the server's certificate is not signed by an authority of this machine's list",
        "sslrootcert=FILE",
    ),
    "another name": (
        {"sslmode": "verify-full", "sslrootcert": "{folder}/ca.crt", "host": "127.0.0.1"},
        "the server's certificate is for localhost, db.example: not for 127.0.0.1",
        "connect by that name (localhost), or have a certificate made for 127.0.0.1",
    ),
    "no file": (
        {"sslmode": "verify-ca", "sslrootcert": "{folder}/none.crt"},
        "there is no file of authorities to check the server's certificate by: {folder}/none.crt",
        "sslrootcert=FILE of your authority, or sslrootcert=system",
    ),
    "no file in the home folder": (
        {"sslmode": "verify-full"},
        "there is no file of authorities to check the server's certificate by: "
        "/nonexistent/.postgresql/root.crt",
        "sslrootcert=FILE",
    ),
    "a file of something else": (
        {"sslmode": "verify-full", "sslrootcert": "{folder}/names"},
        "the file cannot be used",
        "sslrootcert=FILE",
    ),
}


@needs_server
@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_about_a_certificate_is_said(case, status, server):
    facts, said, fix = WRONG[case]
    told = status(**{name: value.format(folder=server.folder) for name, value in facts.items()})
    assert told.returncode == 78
    assert told.stderr.startswith("error[E-CONFIG]")
    assert said.format(folder=server.folder) in told.stderr
    assert f"fix: {fix}" in told.stderr


@needs_server
def test_an_expired_certificate_and_a_server_without_tls_are_told(status, server):
    facts = {"sslmode": "verify-full", "sslrootcert": server.folder / "ca.crt"}
    server.stop()
    try:
        server.start("late")
        told = status(**facts)
        assert (told.returncode, "certificate has expired" in told.stderr) == (78, True)
        server.stop()
        server.start(None)
        told = status(**facts)
        assert told.returncode == 78
        assert "the server does not offer TLS" in told.stderr
    finally:
        server.stop()
        server.start("good")
    told = status(**{**facts, "port": 1})
    assert (told.returncode, "error[E-CONNECT]" in told.stderr) == (69, True)


@needs_server
@pytest.mark.skipif(own_address() is None, reason="this machine has no address but the loopback's")
def test_plain_text_over_the_network_warns_once(status, server, program):
    plain = {"host": own_address(), "sslmode": "disable"}
    told = status(**plain)
    assert (told.returncode, told.stderr.count(PLAIN)) == (0, 1)
    assert told.stderr.startswith(f"warning: the connection to {own_address()}:{server.port}/")
    assert "sslmode=verify-full" in told.stderr
    assert PLAIN not in status("-q", **plain).stderr
    assert PLAIN not in status(host=own_address()).stderr  # libpq prefers TLS
    assert PLAIN not in status(host="127.0.0.1", sslmode="disable").stderr
    url = f"host={own_address()} port={server.port} user=mcc dbname=postgres sslmode=disable"
    state = State(database_url=url, err=io.StringIO())
    state.bare_connection.close()
    state.opened = None  # as a watcher does that lost its connection
    state.bare_connection.close()
    assert state.err.getvalue().count(PLAIN) == 1
