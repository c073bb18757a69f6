"""Signing in and out, and who one is."""

import re
import unicodedata
from typing import Annotated, Literal

from fastapi import APIRouter, Request, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from twinbed.server.access import Asker, forget_session, keep_session, session_token
from twinbed.server.context import Context, Shared
from twinbed.server.errors import Refused
from twinbed.server.guards import address
from twinbed.server.limits import neighbourhood
from twinbed.server.passwords import LONGEST, check_password
from twinbed.server.permissions import Role
from twinbed.server.problems import responses
from twinbed.server.store.people import Person, key

router = APIRouter(prefix="/api", tags=["session"])

_TOKEN = 43
_WRONG = Refused(
    401, "wrong", "Name or password is wrong.", "An administrator can give you a new link.",
    korean=("이름이나 비밀번호가 맞지 않습니다.", "관리자에게 새 링크를 받을 수 있습니다."),
)  # fmt: skip


_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
"""Letters and marks that show nothing (Unicode: Default_Ignorable_Code_Point, and the empty pattern of Braille)."""


def _printable(text: str) -> str:
    text = unicodedata.normalize("NFC", text.strip())
    if not text or not text.isprintable() or _UNSEEN.search(text):
        raise ValueError("a name has letters that can be seen, and no others")
    return text


Name = Annotated[str, Field(min_length=1, max_length=64, examples=["Ada"]), AfterValidator(_printable)]
Password = Annotated[str, Field(max_length=LONGEST, examples=["a cellar full of warm lanterns"])]


class Body(BaseModel):
    """What a request carries; fields that are not known are refused."""

    model_config = ConfigDict(extra="forbid")


class SignIn(Body):
    """Name and password."""

    name: Annotated[str, Field(max_length=64, examples=["Ada"])]
    password: Password


class Link(Body):
    """A one-time link: its token alone asks what is needed."""

    token: Annotated[str, Field(max_length=2 * _TOKEN, examples=["x" * _TOKEN])]
    name: Name | None = None
    password: Password | None = None


class Preferences(Body):
    """How somebody wants the pages."""

    language: Literal["en", "ko"] | None = None
    theme: Literal["dark", "light"] | None = None


class NewPassword(Body):
    """The password there is, and the one to be."""

    password: Password
    new_password: Password


class Me(BaseModel):
    """Who is signed in."""

    id: int = Field(examples=[1])
    name: str = Field(examples=["Ada"])
    role: Role
    language: str = Field(examples=["en"])
    theme: str = Field(examples=["dark"])


class Needs(BaseModel):
    """What a link needs before it signs in."""

    needs: list[Literal["name", "password"]] = Field(examples=[["name", "password"]])
    role: Role
    name: str | None = Field(default=None, description="Whose account it is, if there is one.")


@router.post("/sign-in", responses=responses(401, 403, 422, 429))
def sign_in(body: SignIn, request: Request, response: Response, context: Shared) -> Me:
    """Signs in. A new session takes the place of the one that this browser had."""
    where, name = neighbourhood(address(request.scope, context.settings)), key(body.name)
    _take(context, where, name)
    found = context.store.people.credentials(body.name)
    person, kept = (None, None) if found is None else found
    if not context.passwords.fits(kept, body.password) or person is None or not person.active:
        whose = {} if person is None else {"name": person.name}  # what is no name may be a password
        context.store.audit.append("twinbed", "sign-in refused", address=where, **whose)
        raise _WRONG
    _give_back(context, where, name)
    if kept is not None and context.passwords.is_old(kept):
        context.store.people.rehash(person.id, context.passwords.hash(body.password))
    before = session_token(request, context)
    keep_session(response, context.store.sessions.begin(person.id, context.lifetimes, instead_of=before), context)
    return _me(person)


@router.post("/sign-in/link", responses=responses(401, 403, 409, 422, 429))
def sign_in_by_link(body: Link, request: Request, response: Response, context: Shared) -> Me | Needs:
    """Uses a one-time link: makes an account, or sets a new password, and signs in."""
    where = neighbourhood(address(request.scope, context.settings))
    context.tries_of_address.take(where)
    invitation = context.store.invitations.open(body.token)
    if invitation is None:
        raise _spent()
    context.tries_of_address.give_back(where)
    name = invitation.person or body.name
    if name is None or body.password is None:
        needs = ["password"] if invitation.person else ["name", "password"]
        return Needs(needs=needs, role=invitation.role, name=invitation.person)  # pyright: ignore[reportArgumentType]
    check_password(body.password, name)
    hashed = context.passwords.hash(body.password)
    before = session_token(request, context)
    used = context.store.invitations.use(body.token, name, hashed, context.lifetimes, instead_of=before)
    if used is None:
        raise _spent()
    keep_session(response, used[1], context)
    return _me(used[0])


@router.post("/sign-out", status_code=204, responses=responses(403))
def sign_out(request: Request, response: Response, context: Shared) -> None:
    """Ends the session, if there is one."""
    token = session_token(request, context)
    if token is not None:
        context.store.sessions.end(token)
    forget_session(response, context)


@router.get("/me", responses=responses(401))
def me(person: Asker) -> Me:
    """Who is signed in."""
    return _me(person)


@router.patch("/me", responses=responses(401, 403, 422))
def prefer(body: Preferences, person: Asker, context: Shared) -> Me:
    """Keeps the language and the theme of the pages."""
    return _me(context.store.people.prefer(person.id, language=body.language, theme=body.theme))


@router.post("/me/password", responses=responses(401, 403, 422, 429))
def change_password(body: NewPassword, person: Asker, request: Request, response: Response, context: Shared) -> Me:
    """Changes one's password; all sessions of this person end, and a new one begins here."""
    where, name = neighbourhood(address(request.scope, context.settings)), key(person.name)
    _take(context, where, name)
    found = context.store.people.credentials(person.name)
    if found is None or not context.passwords.fits(found[1], body.password):
        raise Refused(403, "wrong", "The password is wrong.", korean=("비밀번호가 맞지 않습니다.", ""))
    _give_back(context, where, name)
    check_password(body.new_password, person.name)
    context.store.people.set_password(person.id, context.passwords.hash(body.new_password))
    keep_session(response, context.store.sessions.begin(person.id, context.lifetimes), context)
    return _me(person)


def _take(context: Context, where: str, name: str) -> None:
    """Counts a try before it is made, so that many at once are no more than the limit."""
    context.tries_of_pair.take(f"{where} {name}")
    context.tries_of_address.take(where)
    context.tries_of_name.take(name)


def _give_back(context: Context, where: str, name: str) -> None:
    """A right password was no guess."""
    context.tries_of_pair.forget(f"{where} {name}")
    context.tries_of_address.give_back(where)
    context.tries_of_name.give_back(name)


def _spent() -> Refused:
    return Refused(
        401, "link", "This link does not work (any more).", "Ask an administrator for a new one.",
        korean=("이 링크는 (더 이상) 쓸 수 없습니다.", "관리자에게 새 링크를 요청해 주십시오."),
    )  # fmt: skip


def _me(person: Person) -> Me:
    return Me(id=person.id, name=person.name, role=person.role, language=person.language, theme=person.theme)
