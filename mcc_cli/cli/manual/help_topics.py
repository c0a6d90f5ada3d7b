"""`mcc help TOPIC`: what is true of every command."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mcc_cli.cli.framework import config_keys, env_vars, help_page, shared_flags
from mcc_cli.cli.framework.verb import verb
from mcc_cli.errors import MEANINGS, MccError

if TYPE_CHECKING:
    from mcc_cli.cli.framework.state import State

FILTERS = """\
--where FIELD OPERATOR VALUE, repeatable; all of them must hold.

  status=published            equal
  status=draft,in_review      one of these
  brand=NULL                  has no value; brand!=NULL has one
  status!=archived            not equal, also rows without a value
  title~guide                 contains, whatever the case; !~ does not contain
  seo_score>=80               > >= < <= for numbers, dates, times and text
  severity>=high              and for choices that rank: see mcc audits describe
  brand=Acme                  a reference by its key; brand_id=3 by its number
  brand.website~example       a column of the row referred to, as deep as needed
  focus_keywords=seo          a list that has this element
  linked_service=seo          content that is linked to it; =NULL linked to none
  title="Hello, world"        a value with a comma; "NULL" in quotes is text

--search TEXT looks in every text column. --sort -updated_at,name orders; rows
without a value come last. --limit N --after KEY turns pages.
"""

KEYS = """\
KEY names a row: its natural key, or its id.

  mcc brands show Acme                       the natural key
  mcc sub-services show seo/technical-seo    keys of several parts, joined by /
  mcc brands show 3                          an id
  mcc brands show id=3                       an id, where keys are digits too

Tasks, keywords, backlinks, url-errors and audits have longer natural keys than
what people type; where one KEY fits several rows, mcc lists their ids (exit 6).
References take the same: --brand Acme, --service seo, --brand 3.
"""

LOGS = """\
--log-format json (or MCC_LOG_FORMAT, or defaults.log-format in config.toml)
makes each line that mcc writes to stderr one JSON object; bars and questions
are off. stdout stays what it is.

  time       when, ISO 8601
  level      info, warning or error
  command    mcc keywords import
  run        the code of the run, from where it begins: mcc runs show CODE
  message    what people read

An error has the keys of --json besides (code, place, value, hint, fix, file,
line, column, rows, count, retryable, exit, …), and with -v its traceback; with
--json as well, this event is the one JSON error. The last event of an import,
seed or ingest has its counts as numbers. -q keeps everything but errors back.
What another program writes (psql, a command of watch --exec) is its own.
"""


def _complete(ctx: typer.Context) -> list[str]:
    """The topics, and the commands below those that are named already."""
    group: Any = ctx.find_root().command
    words = ctx.params.get("words") or []
    for word in words:
        group = group.get_command(ctx, word) if hasattr(group, "get_command") else None
    below = group.list_commands(ctx) if hasattr(group, "list_commands") else []
    return [*([] if words else TOPICS), *below]


@dataclass(kw_only=True)
class HelpOptions:
    """The options of `help`."""

    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[TOPIC|COMMAND…]",
            help="config, exit-codes, filters, flags, keys or logs; or a command: services list.",
            autocompletion=_complete,
        ),
    ] = None


def show_help(state: State, options: HelpOptions) -> None:
    """Write a topic, or the help of a command."""
    words = options.words or []
    if not words:
        topics = ", ".join(TOPICS)
        state.out.write(f"topics: {topics}; commands: mcc --help, mcc help COMMAND\n")
    elif len(words) == 1 and words[0] in TOPICS:
        state.out.write(TOPICS[words[0]]())
    else:
        root = state.context.find_root()
        if len(words) == 1 and words[0] not in root.command.entries:
            from mcc_cli.services.records.did_you_mean import did_you_mean

            known = [*TOPICS, *root.command.entries]
            raise MccError(
                "E-USAGE",
                f"there is no help on {words[0]!r}",
                hint=did_you_mean(words[0], known) or f"topics: {', '.join(TOPICS)}",
            )
        state.out.write(help_page.of_words(root, words) + "\n")


def command() -> Any:
    """The command `help`."""
    return verb(
        "help",
        HelpOptions,
        show_help,
        help="Read about settings, exit codes, filters, keys and logs, or about a command.",
        rich_help_panel="Tools",
        epilog="Example: mcc help exit-codes",
        context_settings={"default_map": {}},  # it explains how to correct a wrong file
    )


def _flags() -> str:
    names = help_page.shared_flags(shared_flags.shared())
    return f"Every command takes these flags, before or after its name:\n\n{names}"


def _exit_codes() -> str:
    return "".join(f"{int(code):>4}  {meaning}\n" for code, meaning in MEANINGS.items())


def _block(text: str) -> str:
    """Words as lines that stand a little to the right."""
    return textwrap.fill(
        text, 76, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False
    )


def _config() -> str:
    flags = _block(", ".join(config_keys.KEYS))
    reasons = "\n".join(
        f"{reason}:\n{_block(', '.join(typed.split()))}"
        for reason, typed in env_vars.REASONS.items()
    )
    return f"""\
config.toml (mcc config path prints its path; MCC_CONFIG names another file):

  default_profile = "staging"    the database where nothing else names one

  [profiles.staging]             for --profile staging
  database_url = "postgresql://mcc@db.example/marketing?sslmode=verify-full"
  schema = "mcc"                 mcc's tables, next to those of other programs

  [defaults]                     what flags are set to if you do not type them
  limit = 100
  log-format = "json"

  [alias]                        mcc overdue --limit 5
  overdue = "tasks list --where status!=done --sort due_date"

Flags on the command line override environment variables, which override the
file; --explain-config shows the flags of a command and where their values
come from.

A flag reads the variable of its name: --lock-wait reads MCC_LOCK_WAIT; --as
reads MCC_ACTOR. A switch is true or false. A repeatable flag takes one value
on each line, in the file a list: where = ["status=draft", "code=X"]. If a flag
means something else in another command, the variable contains the name of the
command: MCC_WATCH_STATE, MCC_INGEST_COUNTRY, MCC_IMPORT_FORMAT.

A default applies to every command that reads the variable with that name; for
example, limit applies to every command that reads MCC_LIMIT. These flags can
have one:

{flags}

Column flags (--name, --status) have no variable and no default. Neither do
these flags, which can be set only on the command line, because

{reasons}

In commands that change, delete or link rows, --where and --search can be set
only on the command line.

A file with a password in it that others can read is refused: chmod 600.
"""


def _values() -> str:
    from mcc_cli.services.records.type_rules import JSON_LIMITS

    return f"""\
How values are written, in flags, in files, in --from-json and in filters:

  whole number    1250, digits only
  number          1250.50, no more decimals than the column has; never rounded
  date            2026-03-31
  time            2026-03-31T09:00:00Z, any offset; 2026-03-31 is midnight UTC
  yes or no       true, false; yes, no; on, off; 1, 0
  choice          one of the words that mcc ENTITY describe lists
  JSON            any document,
                  {JSON_LIMITS.partition(",")[0]},
                  {JSON_LIMITS.partition(", ")[2]}
  list            seo,local seo    items with commas or | between them
                  "a, b"|c         an item that has a comma or | in quotes
                  ["a, b", "c"]    the same as JSON; [] is the empty list
  reference       the key of the row, or its id

A flag of a list can be repeated. Links in files (services, sub_services) are
lists of keys. In filters, focus_keywords=seo,ppc finds rows with one of these.

In files, a cell that is blank, or holds nothing but white space of any kind,
leaves its column alone; \\N is no value, \\E the empty text or the empty list
of links. A text that is one of these itself, or is white space, has a backslash
in front of it. In a file that begins with a byte order mark, one apostrophe in
front of = + - @ or another apostrophe is removed (export --spreadsheet puts it
there); the summary says in how many cells: unguarded=2.

Keys are compared in one Unicode form (NFC), and stored as they are given.
"""


TOPICS: dict[str, Callable[[], str]] = {
    "config": _config,
    "exit-codes": _exit_codes,
    "filters": lambda: FILTERS,
    "flags": _flags,
    "keys": lambda: KEYS,
    "logs": lambda: LOGS,
    "values": _values,
}
