"""An example for the help of each verb; with the demo data every one of them works."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mcc_cli.entities.schema.facts import Column, Entity

# For each entity: the flags of a new row, and the key of one that the demo has.
EXAMPLES = {
    "users": ("--email kim@agency.example --name 'Kim Weber'", "jonas.brehm@klarpfad.example"),
    "projects": ("--project-name 'Spring launch' --brand Klarpfad", "'Authority programme UK'"),
    "campaigns": ("--campaign-name 'Expert quotes'", "'Crawl budget study'"),
    "tasks": ("--name 'Write the brief' --project 'Authority programme UK'", "1"),
    "services": ("--service-name 'Local SEO' --brand Northlight", "technical-seo"),
    "sub-services": (
        "--service technical-seo --sub-service-name 'Edge SEO'",
        "technical-seo/log-file-analysis",
    ),
    "content": ("--title 'Guide to hreflang' --brand Northlight", "structured-data-handbook"),
    "service-pages": (
        "--url https://www.northlight.example/edge-seo --page-title 'Edge SEO'",
        "https://www.northlight.example/services/technical-seo",
    ),
    "countries": ("--code NZ --country-name 'New Zealand'", "GB"),
    "brands": ("--name 'Fern & Fjord' --code FF", "Northlight"),
    "content-types": ("--content-type Podcast", "1"),
    "asset-types": ("--asset-type 'Story cover' --dimension 1080x1920", "1"),
    "platforms": ("--platform-name Bluesky --scheduling manual", "LinkedIn"),
    "industry-sectors": ("--industry Energy --sector Geothermal", "1"),
    "personas": ("--persona-name 'Nora, shop owner' --funnel-stage decision", "1"),
    "forms": ("--form-name 'Callback request' --form-type lead", "1"),
    "keywords": ("--keyword 'edge seo' --country GB --search-volume 320", "1"),
    "backlinks": ("--source-url https://blog.example/seo --da-score 41.5", "1"),
    "competitors": ("--domain rival.example --competitor-name Rival", "1"),
    "url-errors": ("--url https://www.northlight.example/gone --error-type not_found", "1"),
    "audits": (
        "--url https://www.northlight.example/ --error-type meta-description --severity high",
        "1",
    ),
    "qc-runs": ("--qc-checklist 1 --service technical-seo", "1"),
    "qc-checklists": (
        """--checklist-name 'Newsletter' --items '[{"label": "Links work", "weight": 2}]'""",
        "1",
    ),
    "workflow-stages": ("--workflow-name Video --stage-label Script --stage-order 5", "1"),
}


def example(entity: Entity, verb: str) -> str:
    """One line to paste, as the end of a command's help."""
    return f"Example: {line(entity, verb)}"


def line(entity: Entity, verb: str) -> str:
    """The command of the example."""
    start = f"mcc {entity.name} {verb}"
    flags, key = EXAMPLES[entity.name]
    match verb:
        case "list":
            column = _telling(entity)
            value = column.choices[0] if column.choices else "true"
            return f"{start} --where {column.field}={value} --sort -updated_at --format csv"
        case "create":
            return f"{start} {flags}"
        case "update":
            column = _telling(entity)
            off = f"--no-{column.flag[2:]}"
            change = f"{column.flag} {column.choices[-1]}" if column.choices else off
            return f"{start} {key} {change}"
        case "delete":
            return f"{start} {key} --cascade --dry-run"
        case "export":
            column = _telling(entity)
            value = column.choices[0] if column.choices else "true"
            return f"{start} --where {column.field}={value} --format jsonl"
        case "import":
            return f"{start} {entity.name}.csv --dry-run"
        case "describe":
            return f"{start} --json"
    return f"{start} {key}"


def _telling(entity: Entity) -> Column:
    """The column people filter by: the status, else one with choices, else a yes or no."""
    return (
        entity.column("status")
        or next((c for c in entity.columns if c.choices), None)
        or next(c for c in entity.columns if c.type == "boolean")
    )
