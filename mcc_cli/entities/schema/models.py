"""Every SQLModel class by its table: found by looking, so that a new file is enough."""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING

from sqlmodel import SQLModel

import mcc_cli.entities as entities
from mcc_cli.entities import schema

if TYPE_CHECKING:
    from mcc_cli.entities.schema.facts import Entity


NOT_DESCRIPTIONS = ("catalog", "models", "build_catalog")


def declared() -> list[Entity]:
    """The entities and link tables that the modules of both folders describe."""
    result: list[Entity] = []
    for package in (entities, schema):
        for module in sorted(module.name for module in pkgutil.iter_modules(package.__path__)):
            if module in NOT_DESCRIPTIONS:
                continue
            names = vars(importlib.import_module(f"{package.__name__}.{module}"))
            result += [names["ENTITY"]] if "ENTITY" in names else names.get("ENTITIES", ())
    return result


DECLARED = declared()
MODELS: dict[str, type[SQLModel]] = {
    str(mapper.class_.__tablename__): mapper.class_ for mapper in SQLModel._sa_registry.mappers
}
