"""People and their links, for administrators."""

import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from pydantic import BaseModel, Field

from twinbed.server.access import permitted
from twinbed.server.context import Context, Shared
from twinbed.server.errors import Refused
from twinbed.server.permissions import Act, Role
from twinbed.server.problems import responses
from twinbed.server.routes.session import Body, Name
from twinbed.server.store.people import Person

router = APIRouter(prefix="/api", tags=["people"])

Keeper = Annotated[Person, Depends(permitted(Act.KEEP_PEOPLE))]
Number = Annotated[int, Path(ge=1, lt=2**63)]
LinkId = Annotated[str, Path(pattern="^[0-9a-f]{1,16}$", examples=["0123456789abcdef"])]
Hours = Annotated[float, Field(gt=0.0, le=24.0 * 30.0, allow_inf_nan=False, examples=[48])]
_HOUR_S = 3600.0
_LINK_H = 48.0


class PersonShown(BaseModel):
    """An account."""

    id: int = Field(examples=[2])
    name: str = Field(examples=["Grace"])
    role: Role
    active: bool
    last_seen: datetime.datetime | None


class NewPerson(Body):
    """An account to be."""

    name: Name
    role: Role


class Change(Body):
    """What is to be changed of an account."""

    role: Role | None = None
    active: bool | None = None


class Invite(Body):
    """A link to be."""

    role: Role
    expires_h: Hours = _LINK_H


class LinkShown(BaseModel):
    """A one-time link; it is shown this once."""

    link: str = Field(examples=["http://127.0.0.1:8321/#/sign-in/" + "x" * 43])
    role: Role
    expires_at: datetime.datetime


class InvitationShown(BaseModel):
    """A one-time link that nobody has used yet."""

    id: str = Field(examples=["0123456789abcdef"])
    role: Role
    name: str | None = Field(description="Of the account whose password it sets; null where it makes a new account.")
    made_by: str
    made_at: datetime.datetime
    expires_at: datetime.datetime


class PersonMade(PersonShown):
    """A new account, and the link with which its person sets a password."""

    link: str
    expires_at: datetime.datetime


@router.get("/people", responses=responses(401, 403))
def people(context: Shared, keeper: Keeper) -> list[PersonShown]:
    """All accounts."""
    return [_shown(person) for person in context.store.people.all()]


@router.post("/people", status_code=201, responses=responses(401, 403, 409, 422))
def make_person(body: NewPerson, request: Request, context: Shared, keeper: Keeper) -> PersonMade:
    """Makes an account, and a link with which its person sets a password."""
    person = context.store.people.make(body.name, body.role, by=keeper.name)
    link = _link(context, request, person.role, _LINK_H, keeper, person)
    return PersonMade(**_shown(person).model_dump(), link=link.link, expires_at=link.expires_at)


@router.patch("/people/{id}", responses=responses(401, 403, 404, 409, 422))
def change_person(id: Number, body: Change, context: Shared, keeper: Keeper) -> PersonShown:
    """Gives another role, closes or opens an account. A closed one is signed out everywhere at once."""
    return _shown(context.store.people.change(id, by=keeper.name, role=body.role, active=body.active))


@router.post("/people/{id}/link", status_code=201, responses=responses(401, 403, 404, 409, 422))
def link_for_person(id: Number, request: Request, context: Shared, keeper: Keeper) -> LinkShown:
    """Makes a link with which somebody sets a new password."""
    person = context.store.people.person(id)
    if not person.active:
        raise Refused(
            409,
            "closed",
            "This account is closed.",
            "Open it first.",
            korean=("닫힌 계정입니다.", "먼저 계정을 열어 주십시오."),
        )
    return _link(context, request, person.role, _LINK_H, keeper, person)


@router.post("/invitations", status_code=201, responses=responses(401, 403, 422))
def invite(body: Invite, request: Request, context: Shared, keeper: Keeper) -> LinkShown:
    """Makes a link with which somebody makes an account of a role."""
    return _link(context, request, body.role, body.expires_h, keeper, None)


@router.get("/invitations", responses=responses(401, 403))
def invitations(context: Shared, keeper: Keeper) -> list[InvitationShown]:
    """One-time links that can be used still, those to new passwords too; not the secrets, which are not kept."""
    return [InvitationShown(**vars(link)) for link in context.store.invitations.waiting()]


@router.delete("/invitations/{id}", status_code=204, responses=responses(401, 403, 404, 422))
def withdraw(id: LinkId, context: Shared, keeper: Keeper) -> None:
    """Lets a one-time link work no more."""
    context.store.invitations.withdraw(id, by=keeper.name)


def _link(
    context: Context, request: Request, role: Role, expires_h: float, keeper: Person, person: Person | None
) -> LinkShown:
    now = datetime.datetime.now(datetime.UTC)
    token = context.store.invitations.make(role, expires_h * _HOUR_S, by=keeper.name, person=person)
    origin = request.headers.get("origin", "")  # checked: it is one of ours
    expires_at = now + datetime.timedelta(hours=expires_h)
    return LinkShown(link=f"{origin}/#/sign-in/{token}", role=role, expires_at=expires_at)


def _shown(person: Person) -> PersonShown:
    return PersonShown(
        id=person.id, name=person.name, role=person.role, active=person.active, last_seen=person.last_seen
    )
