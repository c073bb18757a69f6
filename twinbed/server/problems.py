"""Errors as the interface has them: a status, and `{"error": {"code", "message", "advice"}}`."""

import http
import logging
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from twinbed.core.errors import NotFound, TwinbedError
from twinbed.server.errors import Busy, CannotKeep, Refused, StoreError, Taken

_log = logging.getLogger("twinbed.server")
_SAID = 3
"""Wrong fields that are named."""


class Problem(BaseModel):
    """What went wrong."""

    code: str = Field(description="A word for programs.", examples=["not_found"])
    message: str = Field(description="What is wrong.", examples=["There is no bed 'x'."])
    advice: str = Field(description="What to do; may be empty.", examples=["GET /api/beds lists the beds."])
    message_ko: str = Field(description="The message in Korean.", examples=["병상 'x'이(가) 없습니다."])
    advice_ko: str = Field(description="The advice in Korean; may be empty.")


class Answer(BaseModel):
    """How every error is answered."""

    error: Problem


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The errors of a route, for the description of the interface."""
    return {status: {"model": Answer, "description": http.HTTPStatus(status).phrase} for status in statuses}


def answer(refused: Refused) -> JSONResponse:
    """The answer to a request that is refused."""
    message_ko, advice_ko = refused.korean
    error = {"code": refused.code, "message": refused.message, "advice": refused.advice}
    error |= {"message_ko": message_ko, "advice_ko": advice_ko}
    headers = {} if refused.wait_s is None else {"Retry-After": str(refused.wait_s)}
    return JSONResponse({"error": error}, refused.status, headers)


def as_refused(error: TwinbedError) -> Refused:
    """The status of an error of the library."""
    if isinstance(error, Refused):
        return error
    message = str(error)[:1].upper() + str(error)[1:]
    if isinstance(error, NotFound):
        return Refused(404, "not_found", message, korean=("찾는 것이 없습니다.", "목록에서 다시 골라 주십시오."))
    if isinstance(error, Taken):
        return Refused(409, "taken", message, korean=("이미 쓰이고 있는 이름입니다.", "다른 이름을 골라 주십시오."))
    if isinstance(error, Busy):
        _log.warning("%s", error)
        korean = ("데이터베이스가 사용 중입니다. 아무것도 기록하지 않았습니다.", "잠시 뒤에 다시 시도해 주십시오.")
        message = "The data base is busy; nothing was done."
        return Refused(503, "busy", message, "Try again in a moment.", wait_s=1, korean=korean)
    if isinstance(error, StoreError) and not isinstance(error, CannotKeep):
        _log.error("%s", error)
        return Refused(
            503,
            "store",
            "The data base cannot be used.",
            "See the log of the server, and try again.",
            korean=("데이터베이스를 쓸 수 없습니다.", "서버의 로그를 확인하고 다시 시도해 주십시오."),
        )
    return Refused(422, "invalid", message, korean=(f"받아들일 수 없는 요청입니다: {message}", ""))


def too_large() -> Refused:
    """The answer to a body that is too large."""
    return Refused(
        413,
        "too_large",
        "This body is too large.",
        "Send less at once.",
        korean=("보낸 내용이 너무 큽니다.", "한 번에 더 적게 보내 주십시오."),
    )


def add_handlers(app: FastAPI) -> None:
    """Makes an application answer errors so."""
    app.add_exception_handler(TwinbedError, _of_twinbed)
    app.add_exception_handler(RequestValidationError, _of_validation)
    app.add_exception_handler(HTTPException, _of_http)


async def _of_twinbed(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, TwinbedError)
    return answer(as_refused(error))


async def _of_validation(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    wrong = [f"{'.'.join(str(part) for part in e['loc'][1:]) or 'body'}: {e['msg']}" for e in error.errors()]
    more = f" (and {len(wrong) - _SAID} more)" if len(wrong) > _SAID else ""
    message = "; ".join(wrong[:_SAID]) + more
    return answer(
        Refused(
            422,
            "invalid",
            message,
            "GET /api/openapi.json says what each request takes.",
            korean=(f"받아들일 수 없는 요청입니다: {message}", ""),
        )
    )


async def _of_http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    if error.status_code == too_large().status:
        return answer(too_large())
    if error.status_code == http.HTTPStatus.BAD_REQUEST:
        return answer(
            Refused(
                422,
                "invalid",
                "The body is not JSON.",
                "GET /api/openapi.json says what is taken.",
                korean=("보낸 내용이 JSON이 아닙니다.", "GET /api/openapi.json에서 형식을 볼 수 있습니다."),
            )
        )
    phrase = http.HTTPStatus(error.status_code).phrase
    code = phrase.lower().replace(" ", "_")
    reply = answer(
        Refused(
            error.status_code,
            code,
            f"{phrase}.",
            "GET /api/openapi.json lists what there is.",
            korean=(
                f"요청을 처리할 수 없습니다({error.status_code}).",
                "GET /api/openapi.json에서 무엇이 있는지 볼 수 있습니다.",
            ),
        )
    )
    reply.headers.update(error.headers or {})
    return reply
