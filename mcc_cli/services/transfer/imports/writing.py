"""The good rows of a staged file into the table, or only their number if they are not to stay."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from psycopg.errors import ProgramLimitExceeded

from mcc_cli.services.transfer.imports import (
    bulk,
    changes,
    checks,
    foreign_keys,
    foreign_rules,
    link_cells,
    link_changes,
    merge,
    refused_rows,
    rejects,
    report,
    uniques,
)

if TYPE_CHECKING:
    from mcc_cli.db.connection.connect import Connection
    from mcc_cli.files.source import Source
    from mcc_cli.services.transfer.imports.checks import Tally
    from mcc_cli.services.transfer.imports.load import Options
    from mcc_cli.services.transfer.imports.report import Report
    from mcc_cli.services.transfer.imports.row_query import Plan
    from mcc_cli.services.transfer.imports.staging import Staged


@dataclass
class Writer:
    """Writes the typed rows of one file, whose cells are checked."""

    connection: Connection
    plan: Plan
    source: Source
    staged: Staged
    tally: Tally
    options: Options

    def run(self) -> Report:
        """Write the rows, or count them if they would not stay; the report of either."""
        checks.rules_and_keys(self.connection, self.plan, self.tally)
        result = self._report()
        if self._is_to_write(result):
            return self._write_good()
        self._count(result)
        return result

    def _write_good(self) -> Report:
        """Write the good rows. Only the index knows how long a key can be, so it is tried."""
        together = True
        while True:
            result = self._report()
            try:
                with self.connection.transaction():
                    self._write(result, together=together)
            except foreign_keys.DanglingError:
                together = False  # the row triggers name the row
            except refused_rows.REFUSALS as error:
                long = isinstance(error, ProgramLimitExceeded)
                if not (long and uniques.too_long(self.connection, self.plan)):
                    refused_rows.reject(self.connection, self.plan, self._try, error)
                result = self._report()
                if not self._is_to_write(result):
                    self._count(result)
                    return result
            else:
                return result

    def _try(self) -> None:
        """Write the rows that are not rejected, to see whether the table takes them."""
        self._write(report.Report(self.plan.entity.name, rejected=1), together=False)

    def _is_to_write(self, found: Report) -> bool:
        """Whether the rows are written: they stay, or only the table can say what it refuses.

        A file that is refused is not written. A dry run is, and is rolled back, with `full`, if
        rows are created for references, or if the table has rules that mcc did not make.
        """
        if found.written or self.options.full:
            return True
        if found.limit or (found.rejected and not found.kept):
            return False
        if self.options.create_missing:
            return True
        reason = foreign_rules.first(self.connection, self.plan.entity)
        if reason is None and foreign_rules.has_long_keys(self.connection, self.plan):
            reason = "a text that may be too long for an index"
        if reason:
            self.options.explain(f"the rows are written and rolled back, because of {reason}")
        return reason is not None

    def _report(self) -> Report:
        """What is known before the rows are written."""
        result = report.collect(self.connection, self.plan, self.source, self.staged)
        result.read = self.staged.rows + self.staged.same
        result.rejected = rejects.count(self.connection)
        result.dry_run = self.options.dry_run
        result.kept = self.options.keep_good and not self.staged.cut
        if self.staged.cut:
            message = f"nothing after line {self.staged.cut} can be read, so nothing is written"
            result.warnings.append(message)
        result.limit = result.passes(self.options.most_errors)
        if self.options.diff:
            create = self.options.mode != "update"
            result.changes = changes.find(self.connection, self.plan, self.staged, create=create)
        return result

    @property
    def _new(self) -> int:
        """How many rows are to be created, rejected ones included."""
        return self.tally.new if self.options.mode != "update" else 0

    def _count(self, found: Report) -> None:
        """Count what would be written, from the staged rows."""
        if self.tally.differing:
            found.updated, found.cleared = merge.count_updates(self.connection, self.plan)
        if self._new:
            found.created = merge.count_inserts(self.connection)
        self._change_links(found, write=False)

    def _write(self, found: Report, *, together: bool = True) -> None:
        """Write what differs, and count it; `together` proves foreign keys as sets."""
        connection, entity, written = self.connection, self.plan.entity, self._new
        if any(cell.target.column.references for cell in merge.settable(self.plan)):
            written += self.tally.differing
        if self._new or self.tally.differing:
            self.options.phase(
                f"writing {self._new:,} new and {self.tally.differing:,} changed rows"
            )
        with (
            foreign_keys.proved_together(connection, entity, written if together else 0) as proved,
            bulk.without_indexes(
                connection, entity, really=self.options.bulk and self._new > 0, proved=proved
            ),
        ):
            if self.tally.differing:
                found.updated, found.cleared = merge.update(connection, self.plan)
            if self._new:
                found.created = merge.insert(
                    connection, self.plan, clean=not found.rejected, ordered=self.tally.sorted
                )
        self._change_links(found, write=True)
        connection.execute("SET CONSTRAINTS ALL IMMEDIATE")

    def _change_links(self, found: Report, *, write: bool) -> None:
        """Change the links, or count what would change; then what is unchanged is known."""
        mode, actor = self.options.mode, self.options.actor
        found.links = link_cells.change(self.connection, self.plan, mode, actor, write=write)
        if found.links:
            found.updated += found.links.rows
            if found.changes:
                link_changes.add(
                    self.connection,
                    self.plan,
                    self.staged,
                    found.changes,
                    found.links,
                    written=write,
                )
        found.unchanged = found.read - found.rejected - found.created - found.updated
