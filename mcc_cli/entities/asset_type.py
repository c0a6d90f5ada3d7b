"""Asset types: the kinds of files a team produces."""

from mcc_cli.entities.schema.base import ActiveStatus, Record, choice, text, texts
from mcc_cli.entities.schema.describe import describe


class AssetType(Record, table=True):
    """A kind of file, with the size and formats it comes in."""

    __tablename__ = "asset_types"

    asset_type: str = text("Name of the kind, such as Web banner.", unique=True)
    dimension: str | None = text("Size it has, such as 1200x628 px.")
    file_formats: list[str] = texts("File formats it is delivered in, such as png.")
    description: str | None = text("What such assets are used for.")
    status: ActiveStatus = choice("Inactive kinds keep their history.", default="active")


ENTITY = describe(
    AssetType,
    name="asset-types",
    area="master",
    position=4,
    singular="asset type",
    help="Kinds of files the team produces.",
    label=("asset_type",),
    shown=("asset_type", "dimension", "file_formats", "description", "status"),
    example="--asset-type 'Story cover' --dimension 1080x1920",
    groups={"Asset type": "asset_type dimension file_formats description status"},
)
