"""Who asks, and whether they may. For routes and for the live socket alike."""

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Response
from fastapi.requests import HTTPConnection

from twinbed.server.context import Context, Shared
from twinbed.server.errors import Refused
from twinbed.server.permissions import Act, may, roles, with_article
from twinbed.server.store.people import Person


def session_token(connection: HTTPConnection, context: Context) -> str | None:
    """The secret of the session, if the browser has one."""
    return connection.cookies.get(context.settings.cookie)


def signed_in(connection: HTTPConnection, context: Shared) -> Person:
    """The person who asks.

    Raises:
        Refused: 401, nobody is signed in.
    """
    token = session_token(connection, context)
    person = None if token is None else context.store.sessions.person(token, context.lifetimes)
    if person is None:
        raise Refused(
            401,
            "not_signed_in",
            "Nobody is signed in.",
            "POST /api/sign-in with name and password.",
            korean=("로그인하지 않았습니다.", "이름과 비밀번호로 로그인해 주십시오."),
        )
    return person


Asker = Annotated[Person, Depends(signed_in)]


def require(person: Person, act: Act) -> None:
    """Refuses what a person may not do.

    Raises:
        Refused: 403.
    """
    if not may(person.role, act):
        who = ", ".join(roles(act))
        korean = ("이 역할로는 할 수 없습니다.", "권한이 있는 사람에게 요청해 주십시오.")
        raise Refused(
            403,
            "not_allowed",
            f"{with_article(person.role).capitalize()} may not {act}.",
            f"Ask one of these: {who}.",
            korean=korean,
        )


def permitted(act: Act) -> Callable[[Person, Context], Person]:
    """A dependency: the person who asks, who may do something. Who may not is in the audit, and who asks on the 10th,
    100th and so on time."""

    def requirement(person: Asker, context: Shared) -> Person:
        try:
            require(person, act)
        except Refused:
            times = context.refusals.count((person.name, act.value))
            if times is not None:
                more = {} if times == 1 else {"times": times}
                context.store.audit.append(person.name, "not allowed", act=act.value, **more)
            raise
        return person

    return requirement


def keep_session(response: Response, token: str, context: Context) -> None:
    """Gives the browser the secret of its session."""
    response.set_cookie(
        context.settings.cookie,
        token,
        max_age=int(context.lifetimes.longest_s),
        path="/",
        secure=context.settings.secure,
        httponly=True,
        samesite="strict",
    )


def forget_session(response: Response, context: Context) -> None:
    """Takes the secret back."""
    response.delete_cookie(
        context.settings.cookie, path="/", secure=context.settings.secure, httponly=True, samesite="strict"
    )
