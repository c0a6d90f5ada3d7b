"""`mcc help TOPIC`: what is true of every command."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from mcc_cli.cli import shared
from mcc_cli.errors import MEANINGS, MccError

FILTERS = """\
--where FIELD OPERATOR VALUE, repeatable; all of them must hold.

  status=published            equal
  status=draft,in_review      one of these
  brand=NULL                  has no value; brand!=NULL has one
  status!=archived            not equal, also rows without a value
  title~guide                 contains, whatever the case; !~ does not contain
  seo_score>=80               > >= < <= for numbers, dates, times and text
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


def command() -> Any:
    """The command `help`."""

    def run(
        topic: Annotated[
            str | None,
            typer.Argument(
                metavar="TOPIC",
                help="exit-codes, filters or keys.",
                autocompletion=lambda: list(TOPICS),
            ),
        ] = None,
    ) -> None:
        if topic is None:
            typer.echo(f"topics: {', '.join(TOPICS)}; commands: mcc --help")
            return
        if topic not in TOPICS:
            from mcc_cli.services.suggest import did_you_mean

            raise MccError(
                "E-USAGE",
                f"there is no help on {topic!r}",
                hint=did_you_mean(topic, TOPICS) or f"topics: {', '.join(TOPICS)}",
            )
        typer.echo(TOPICS[topic], nl=False)

    return shared.command(
        run,
        "help",
        help="Read about exit codes, filters and keys.",
        rich_help_panel="Tools",
        epilog="Example: mcc help exit-codes",
    )


def _exit_codes() -> str:
    return "".join(f"{int(code):>4}  {meaning}\n" for code, meaning in MEANINGS.items())


TOPICS = {"exit-codes": _exit_codes(), "filters": FILTERS, "keys": KEYS}
