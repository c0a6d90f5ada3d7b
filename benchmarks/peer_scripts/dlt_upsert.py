"""dlt at its fastest for a file: Arrow tables sent as CSV by COPY, then merged by key.

`dlt_upsert.py URL FILE`. dlt makes and owns its tables, so it cannot load into the live one, and
the references stay text.
"""

from __future__ import annotations

import sys
import tempfile
from typing import TYPE_CHECKING

import dlt
from dlt.common.runtime import anon_tracker
from pyarrow import csv

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa


def main() -> None:
    """Run the pipeline in a folder of its own, as on a first run."""
    url, file = sys.argv[1:]
    # even without telemetry dlt keeps an id for it, which for root is a file in /var
    anon_tracker.get_anonymous_id = lambda: "none"
    # dlt asks for a host and a password; libpq takes the socket of ?host= and needs none
    url = url.replace("mcc@/", "mcc:none@localhost/", 1)

    @dlt.resource(
        name="keywords",
        write_disposition={"disposition": "merge", "strategy": "upsert"},
        primary_key=["keyword", "language", "country"],
    )
    def keywords() -> Iterator[pa.Table]:
        blanks = csv.ConvertOptions(strings_can_be_null=True)
        yield csv.read_csv(file, convert_options=blanks)

    with tempfile.TemporaryDirectory() as folder:
        pipeline = dlt.pipeline(
            "peer",
            pipelines_dir=folder,
            destination=dlt.destinations.postgres(url),
            dataset_name="dlt_peer",
        )
        pipeline.run(keywords(), loader_file_format="csv")


if __name__ == "__main__":
    main()
