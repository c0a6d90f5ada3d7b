"""The completion scripts of bash, zsh, fish and PowerShell, and the answers they receive.

Candidates come from the database, so anyone who can name a brand writes them. They must reach the
command line as one literal word, whatever they hold: bash and PowerShell insert a candidate as it
is, so mcc quotes it for the place where it goes; zsh and fish quote what they insert. Candidates
with control characters are not offered.

A script sends the command line up to the cursor in `MCC_COMPLETE_LINE`. The answer's first line is
its kind (`words`; `open`, after which the shell inserts no space; `files`; `folders`); each further
line is a candidate, for zsh, fish and PowerShell with a tab and a description.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from typer import _completion_shared
from typer._click.shell_completion import (
    CompletionItem,
    ShellComplete,
    _resolve_context,
    _resolve_incomplete,
    add_completion_class,
)

from mcc_cli.cli.framework.parameters import text
from mcc_cli.output.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterable

LINE, REPLACED = "MCC_COMPLETE_LINE", "MCC_COMPLETE_REPLACED"
OPTION = re.compile(r"(--[\w-]+=)(.*)", re.DOTALL)
_PLAIN = re.compile(r"[\w@%+,./:=-]", re.ASCII)
_PATHS = {"FILE": "files", "PATH": "files", "DIR": "folders"}

BASH = r"""
%(complete_func)s() {
    local kind line
    COMPREPLY=()
    {
        IFS= read -r kind
        while IFS= read -r line; do
            COMPREPLY+=("$line")
        done
    } < <(MCC_COMPLETE_LINE="${COMP_LINE:0:COMP_POINT}" MCC_COMPLETE_REPLACED="$2" \
          %(autocomplete_var)s=complete_bash "$1" 2>/dev/null)
    case $kind in
        files) compopt -o default ;;
        folders) compopt -o dirnames ;;
        open) compopt -o nospace ;;
    esac
}

complete -F %(complete_func)s %(prog_name)s
"""

ZSH = r"""
#compdef %(prog_name)s

%(complete_func)s() {
    local kind line
    local -a answer values shown after
    answer=("${(@f)$(MCC_COMPLETE_LINE="${(j: :)words[1,CURRENT-1]} ${QIPREFIX}${PREFIX}" \
        %(autocomplete_var)s=complete_zsh %(prog_name)s 2>/dev/null)}")
    kind=$answer[1]
    case $kind in
        files) _files; return ;;
        folders) _files -/; return ;;
        open) after=(-S '') ;;
    esac
    for line in "${(@)answer[2,-1]}"; do
        values+=("${line%%%%$'\t'*}")
        shown+=("${line/$'\t'/  -- }")
    done
    (( $#values )) && compadd "${(@)after}" -l -d shown -a values
}

compdef %(complete_func)s %(prog_name)s
"""

FISH = r"""
function %(complete_func)s
    set -lx MCC_COMPLETE_LINE (commandline -cp | string collect)
    set -l answer (env %(autocomplete_var)s=complete_fish %(prog_name)s 2>/dev/null)
    switch "$answer[1]"
        case files
            __fish_complete_path (commandline -ct)
        case folders
            __fish_complete_directories (commandline -ct)
        case '*'
            printf '%%s\n' $answer[2..-1]
    end
end

complete --command %(prog_name)s --no-files --arguments '(%(complete_func)s)'
"""

POWERSHELL = r"""
Set-PSReadLineKeyHandler -Chord Tab -Function MenuComplete
Register-ArgumentCompleter -Native -CommandName %(prog_name)s -ScriptBlock {
    param($word, $ast, $cursor)
    $Env:MCC_COMPLETE_LINE = $ast.ToString().PadRight($cursor).Substring(0, $cursor)
    $Env:%(autocomplete_var)s = "complete_powershell"
    %(prog_name)s | Select-Object -Skip 1 | ForEach-Object {
        $value, $help = $_ -split "`t", 2
        if (-not $help) { $help = $value }
        $kind = 'System.Management.Automation.CompletionResult'
        New-Object $kind $value, $value, 'ParameterValue', $help
    }
    Remove-Item Env:%(autocomplete_var)s, Env:MCC_COMPLETE_LINE
}
"""


@dataclass
class Line:
    """A command line up to the cursor: its complete words, and the word that is being typed.

    `kept` is the part of that word that the shell leaves as it is, and `quote` the quotation mark
    that is open at its end (`'`, `"` or nothing).
    """

    words: list[str]
    word: str
    kept: str
    quote: str


def read_line(text: str, kept: int | None = None, *, fish: bool = False) -> Line:
    """Split a command line as the shell does; the shell leaves `kept` characters of it in place."""
    kept = len(text) if kept is None else kept
    words: list[str] = []
    word: str | None = None
    quote = ""
    at_kept = ("", "")
    place = 0
    while place <= len(text):
        if place == kept:
            at_kept = (word or "", quote)
        if place == len(text):
            break
        sign = text[place]
        place += 1
        escapes = {"": None, "'": "'\\" if fish else "", '"': '"\\$`'}[quote]
        if sign == "\\" and place < len(text) and (escapes is None or text[place] in escapes):
            word = (word or "") + text[place]
            place += 1
        elif sign == "\\" and place == len(text) and escapes is None:
            word = word or ""
        elif sign == quote:
            quote = ""
        elif not quote and sign in "'\"":
            quote, word = sign, word or ""
        elif not quote and sign.isspace():
            if word is not None:
                words.append(word)
            word = None
        else:
            word = (word or "") + sign
    return Line(words, word or "", *at_kept)


def bash_quoted(text: str, quote: str = "", *, first: bool = True) -> str:
    """Text as bash reads it literally where the quotation mark `quote` is open.

    `first` says whether the text begins a word. readline closes an open quote after the candidate,
    unless the candidate ends with that quotation mark: then it is closed here.
    """
    if quote == "'":
        quoted = text.replace("'", "'\\''")
    elif quote == '"':  # a backslash would stay before "!", which interactive shells expand
        quoted = re.sub(r'(["\\$`])', r"\\\1", text).replace("!", "\"'!'\"")
    else:
        quoted = "".join(
            sign if _PLAIN.match(sign) or ord(sign) > 127 else f"\\{sign}" for sign in text
        )
        return f"\\{quoted}" if first and quoted[:1] == "=" else quoted
    return quoted + quote if quoted.endswith(quote) else quoted


def powershell_quoted(text: str) -> str:
    """Text as PowerShell reads it literally; it takes typographic quotes for its own."""
    if re.fullmatch(r"[\w./:=+-]+", text, re.ASCII):
        return text
    return "'" + re.sub("(['\u2018\u2019\u201a\u201b])", r"\1\1", text) + "'"


class Shell(ShellComplete):
    """What every shell's completion does; a shell has its script and how a candidate is written."""

    name = ""
    source_template = ""
    fish = False

    def source_vars(self) -> dict[str, Any]:
        """The names in the script."""
        return {
            "complete_func": self.func_name,
            "autocomplete_var": self.complete_var,
            "prog_name": self.prog_name,
        }

    @cached_property
    def line(self) -> Line:
        """The command line that the script sent."""
        given = os.environ.get(LINE, "")
        replaced = os.environ.get(REPLACED, "")
        kept = len(given) - len(replaced) if given.endswith(replaced) else len(given)
        return read_line(given, kept, fish=self.fish)

    def get_completion_args(self) -> tuple[list[str], str]:
        """The words after `mcc`, and the one that is being typed."""
        return self.line.words[1:], self.line.word

    def complete(self) -> str:
        """The answer to the script."""
        kind, items = self.candidates(*self.get_completion_args())
        return "\n".join([kind, *filter(None, map(self.format_completion, items))])

    def candidates(self, words: list[str], word: str) -> tuple[str, list[CompletionItem]]:
        """The kind of answer, and what can stand for `word` after these words."""
        context = _resolve_context(self.cli, self.ctx_args, self.prog_name, words)
        after_marker = "--" in words
        target, rest = _resolve_incomplete(context, words, word)
        items = list(target.shell_complete(context, rest))
        if any(item.type in ("file", "dir") for item in items):
            return ("folders" if items[0].type == "dir" else "files"), []
        is_argument = getattr(target, "param_type_name", "") == "argument"
        option = OPTION.fullmatch(word)
        before = option[1] if option and rest != word else ""
        safe = [
            CompletionItem(before + item.value, help=text(item.help) or None)
            for item in items
            if item.value
            and item.value == visible(item.value)
            and not (is_argument and item.value.startswith("-") and not after_marker)
        ]
        metavar = str(getattr(target, "metavar", None) or "")
        if not items:
            kinds = [kind for mark, kind in _PATHS.items() if mark in metavar]
            return (kinds[0] if kinds else "words"), []
        return ("open" if _is_open(safe) else "words"), safe

    def format_completion(self, item: CompletionItem) -> str:
        """The line of a candidate; empty if it does not continue what the shell keeps."""
        return f"{item.value}\t{visible(item.help)}" if item.help else item.value


class Bash(Shell):
    """bash inserts a candidate in place of the text after its last word break."""

    name = "bash"
    source_template = BASH

    def format_completion(self, item: CompletionItem) -> str:
        """The rest of the candidate, quoted for its place."""
        kept, value = self.line.kept, item.value
        if not value.startswith(kept):
            return ""
        return bash_quoted(value[len(kept) :], self.line.quote, first=not kept)


class Zsh(Shell):
    """zsh quotes what `compadd` inserts."""

    name = "zsh"
    source_template = ZSH


class Fish(Shell):
    """fish quotes what it inserts."""

    name = "fish"
    source_template = FISH
    fish = True


class PowerShell(Shell):
    """PowerShell inserts a candidate as it is."""

    name = "powershell"
    source_template = POWERSHELL

    def format_completion(self, item: CompletionItem) -> str:
        """The candidate as a literal."""
        value = powershell_quoted(item.value)
        return f"{value}\t{visible(item.help)}" if item.help else value


SHELLS: dict[str, type[Shell]] = {
    "bash": Bash,
    "zsh": Zsh,
    "fish": Fish,
    "powershell": PowerShell,
    "pwsh": PowerShell,
}


def register() -> None:
    """Use these scripts and answers in place of Typer's, whose bash script quotes nothing."""
    for name, shell in SHELLS.items():
        add_completion_class(shell, name)
        _completion_shared._completion_scripts[name] = shell.source_template


def _is_open(items: Iterable[CompletionItem]) -> bool:
    """Whether every candidate waits for a value: `status=`."""
    values = [item.value for item in items]
    return bool(values) and all(value.endswith("=") for value in values)
