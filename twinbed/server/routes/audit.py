"""The audit, for administrators."""

import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from twinbed.server.access import permitted
from twinbed.server.context import Shared
from twinbed.server.permissions import Act
from twinbed.server.problems import responses
from twinbed.server.store.people import Person

router = APIRouter(prefix="/api/audit", tags=["audit"])

Reader = Annotated[Person, Depends(permitted(Act.READ_AUDIT))]


class RecordShown(BaseModel):
    """A row of the audit."""

    seq: int = Field(examples=[7])
    wall: datetime.datetime
    who: str = Field(examples=["Ada"])
    what: str = Field(examples=["signed in"])
    detail: dict[str, Any]
    hash: str = Field(description="SHA-256 of the hash before it and of its own canonical JSON.")


class CheckShown(BaseModel):
    """What a check of the whole chain found."""

    ok: bool
    entries: int = Field(description="Rows that hold.")
    broken_at: int | None = Field(default=None, description="The first row that was edited, removed or moved.")
    head: str = Field(description="The hash of the last row that holds: note it elsewhere.")
    bed: str | None = Field(default=None, description="A bed whose log is not as the audit vouches for it.")
    broken_link: int | None = Field(default=None, description="Its first link that was edited, removed or moved.")


@router.get("", responses=responses(401, 403, 422))
def audit(
    context: Shared,
    reader: Reader,
    after: Annotated[int, Query(ge=0, lt=2**63, description="Rows after this one.")] = 0,
) -> list[RecordShown]:
    """What was done, by whom: 200 rows; where there are fewer, no more follow. Times are in UTC and say so."""
    return [RecordShown(**vars(record)) for record in context.store.audit.records(after)]


@router.get("/check", responses=responses(401, 403))
def check(context: Shared, reader: Reader) -> CheckShown:
    """Checks the whole chain, and with it those of the logs of all beds."""
    return CheckShown(**vars(context.store.audit.check()))
