"""The schema's revisions, oldest first: the names of the files in `migrations/versions`."""

from mcc_cli.resources import folder

REVISIONS = tuple(
    sorted(path.name[:4] for path in (folder("migrations") / "versions").glob("[0-9]*.py"))
)
