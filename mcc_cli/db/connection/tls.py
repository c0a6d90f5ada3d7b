"""What is wrong with a server's certificate, and whether a connection can be read on its way.

libpq says of a certificate that is refused little more than that. So the server is asked for it
again, and OpenSSL says what it has against it.
"""

from __future__ import annotations

import contextlib
import ipaddress
import socket
from pathlib import Path
from typing import TYPE_CHECKING

from mcc_cli.errors import MccError

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator, Mapping

SSL_REQUEST = bytes.fromhex("0000000804d2162f")  # PostgreSQL's question for TLS; it answers S or N
SECONDS = 3
DEMANDED = ("require", "verify-ca", "verify-full")
ISSUER = {18, 19, 20, 21}  # OpenSSL's numbers: self-signed, or an issuer that is not known
EARLY, LATE = 9, 10


def exposed(address: str, *, encrypted: bool) -> bool:
    """Whether others could read a connection to this address: an IP address, empty for a socket."""
    if encrypted or not address or address.startswith(("/", "@")):
        return False
    result = ipaddress.ip_address(address)
    mapped = result.ipv4_mapped if isinstance(result, ipaddress.IPv6Address) else None
    return not (mapped or result).is_loopback


def fault(facts: Mapping[str, str]) -> MccError | None:
    """What keeps TLS from being made with one of these hosts; None where it is something else.

    `facts` are libpq's parameters as they came into force. The MccError is E-CONFIG.
    """
    mode = facts.get("sslmode", "")
    if mode not in DEMANDED:
        return None
    names, addresses, ports = (
        facts.get(name, "").split(",") for name in ("host", "hostaddr", "port")
    )
    for place in range(max(len(names), len(addresses))):
        name = names[place] if place < len(names) else ""
        address = addresses[place] if place < len(addresses) else ""
        port = ports[place if len(ports) > 1 else 0] or "5432"
        if not (name or address) or name.startswith(("/", "@")):
            continue
        result = _look(name or address, address or name, int(port), mode, facts)
        if result is not None:
            return result
    return None


def _look(
    name: str, address: str, port: int, mode: str, facts: Mapping[str, str]
) -> MccError | None:
    import ssl

    where = f"{name}:{port}"
    root = facts.get("sslrootcert") or str(Path.home() / ".postgresql" / "root.crt")
    checked = mode != "require" or (root != "system" and Path(root).exists())
    try:
        context = _context(root) if checked else _trusting()
    except (OSError, ssl.SSLError) as error:
        return _no_root(root, where, error)
    try:
        with _secured(address, port, context, name) as made:
            about = made.getpeercert() or {}
            names = [str(item[1]) for item in about.get("subjectAltName", ())]
        if mode == "verify-full":
            context.check_hostname = True
            with _secured(address, port, context, name):
                pass
    except _NoTlsError:
        return MccError(
            "E-CONFIG",
            "the server does not offer TLS, which this connection requires",
            place=where,
            hint=f"sslmode={mode}",
            fix="switch it on there (ssl = on); only a network that you trust can do without",
        )
    except ssl.SSLCertVerificationError as error:
        return _refused(error, name, where, root, names if context.check_hostname else [])
    except ssl.SSLError as error:
        return MccError(
            "E-CONFIG",
            "no TLS version or cipher in common with the server",
            place=where,
            hint=str(error.reason or error),
            fix="compare ssl_min_protocol_version and ssl_max_protocol_version of both sides",
        )
    except OSError:
        return None  # nobody answers there, or no PostgreSQL
    return None


def _refused(
    error: ssl.SSLCertVerificationError, name: str, where: str, root: str, names: list[str]
) -> MccError:
    if names:
        text = f"the server's certificate is for {', '.join(names)}: not for {name}"
        fix = f"connect by that name ({names[0]}), or have a certificate made for {name}"
    elif error.verify_code in ISSUER:
        text = f"the server's certificate is not signed by an authority of {_shown(root)}"
        fix = "sslrootcert=FILE with the certificate of the authority that signed it"
        fix += "" if root == "system" else ", or sslrootcert=system for a public one"
    elif error.verify_code == LATE:
        text = "the server's certificate has expired"
        fix = "have it renewed on the server"
    elif error.verify_code == EARLY:
        text = "the server's certificate is not valid yet"
        fix = "compare the clocks of both machines"
    else:
        text = "the server's certificate is refused"
        fix = "see what the server sends: openssl s_client -starttls postgres -connect " + where
    return MccError("E-CONFIG", text, place=where, hint=error.verify_message, fix=fix)


def _no_root(root: str, where: str, error: Exception) -> MccError:
    missing = isinstance(error, FileNotFoundError)
    what = "there is no file" if missing else "the file cannot be used"
    return MccError(
        "E-CONFIG",
        f"{what} of authorities to check the server's certificate by: {root}",
        place=where,
        hint=None if missing else str(error),
        fix="sslrootcert=FILE of your authority, or sslrootcert=system for a public one",
    )


def _shown(root: str) -> str:
    return "this machine's list" if root == "system" else root


def _context(root: str) -> ssl.SSLContext:
    import ssl

    context = ssl.create_default_context(cafile=None if root == "system" else root)
    context.check_hostname = False
    # As libpq does: what OpenSSL checks unless told otherwise.
    context.verify_flags &= ~ssl.VerifyFlags.VERIFY_X509_STRICT
    return context


def _trusting() -> ssl.SSLContext:
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class _NoTlsError(Exception):
    """The server answered that it has no TLS."""


@contextlib.contextmanager
def _secured(
    address: str, port: int, context: ssl.SSLContext, name: str
) -> Iterator[ssl.SSLSocket]:
    with socket.create_connection((address, port), SECONDS) as raw:
        raw.sendall(SSL_REQUEST)
        answer = raw.recv(1)
        if answer == b"N":
            raise _NoTlsError
        if answer != b"S":
            raise ConnectionResetError(answer)
        with context.wrap_socket(raw, server_hostname=name) as made:
            yield made
