"""The FastAPI application: the chat door, and small pages around it."""

from typing import TYPE_CHECKING, Any

from pipeline.router.menu import Entry
from pipeline.serving.chat import ChatDoor
from pipeline.serving.errors import ApiError
from pipeline.serving.exchange import refuse_foreign
from pipeline.serving.menus import ROUTER
from pipeline.serving.openapi import document
from pipeline.serving.service import Service

if TYPE_CHECKING:
    from fastapi import FastAPI, Request, Response

CHAT = "/v1/chat/completions"
PRICES = ("input_per_million", "output_per_million", "cached_input_per_million")


def make_app(service: Service) -> "FastAPI":
    """The application of a service."""
    from fastapi import FastAPI
    from starlette.routing import Route

    # Its pages of documentation load scripts from elsewhere.
    app = FastAPI(title="xRouter", docs_url=None, redoc_url=None, redirect_slashes=False)
    app.router.routes.insert(0, Route(CHAT, ChatDoor(service), methods=["POST"]))
    app.openapi = document  # type: ignore[method-assign]
    _add_errors(app)
    _add_pages(app, service)
    _add_models(app, service)
    return app


def _add_errors(app: "FastAPI") -> None:
    from fastapi.responses import JSONResponse
    from starlette.exceptions import HTTPException

    async def ours(_: "Request", error: Exception) -> "Response":
        assert isinstance(error, ApiError)
        return JSONResponse(error.body(), error.status, error.headers())

    async def theirs(_: "Request", error: Exception) -> "Response":
        assert isinstance(error, HTTPException)
        found = ApiError(
            error.status_code, f"{error.detail}; GET /openapi.json lists what there is"
        )
        return JSONResponse(found.body(), found.status, error.headers)

    app.add_exception_handler(ApiError, ours)
    app.add_exception_handler(HTTPException, theirs)


def _add_pages(app: "FastAPI", service: Service) -> None:
    from fastapi import Request, Response
    from fastapi.responses import JSONResponse

    async def health() -> Response:
        return JSONResponse({"status": "ok"})

    async def ready() -> Response:
        trouble = service.trouble()
        # What is wrong with a file is in the log: this page is open to everybody.
        notes = [
            f"{file.what} has a fault and was not read again"
            for file in service.files
            if file.fault
        ]
        body = {"ready": trouble is None, "trouble": trouble, "notes": notes}
        return JSONResponse(body, 200 if trouble is None else 503)

    async def metrics(request: Request) -> Response:
        _known(service, request)
        kind = "text/plain; version=1.0.0; charset=utf-8"
        return Response(service.books.metrics.text(), media_type=kind)

    app.add_api_route("/health", health, methods=["GET"])
    app.add_api_route("/ready", ready, methods=["GET"])
    app.add_api_route("/metrics", metrics, methods=["GET"])


def _add_models(app: "FastAPI", service: Service) -> None:
    from fastapi import Request, Response
    from fastapi.responses import JSONResponse

    async def models(request: Request) -> Response:
        _known(service, request)
        found = [_router(service), *map(_model, service.menus.whole.entries)]
        return JSONResponse({"object": "list", "data": found})

    async def model(request: Request, model_id: str) -> Response:
        _known(service, request)
        entry = service.menus.whole.by_model(model_id)
        if model_id == ROUTER:
            return JSONResponse(_router(service))
        if entry is None:
            message = "there is no such model; GET /v1/models lists them"
            raise ApiError(404, message, code="model_not_found", param="model")
        return JSONResponse(_model(entry))

    app.add_api_route("/v1/models", models, methods=["GET"])
    app.add_api_route("/v1/models/{model_id}", model, methods=["GET"])


def _known(service: Service, request: "Request") -> None:
    """Let in who may see this.

    Raises:
        ApiError: Nobody we know.
    """
    if service.keys is None:
        refuse_foreign(dict(request.scope["headers"]))
    service.key_of(request.headers.get("authorization", ""))


def _router(service: Service) -> dict[str, Any]:
    about = {"policy": service.policy, "pool": service.settings.router.pool}
    return {"id": ROUTER, "object": "model", "created": 0, "owned_by": "xrouter", "xrouter": about}


def _model(entry: Entry) -> dict[str, Any]:
    row = entry.row
    about = {name: row[name] for name in ("tier", *PRICES, "context_window", "max_output_tokens")}
    prefix, slash, _ = str(row["litellm_model"]).partition("/")
    return {
        "id": entry.model_id,
        "object": "model",
        "created": 0,
        "owned_by": prefix if slash else "xrouter",
        "xrouter": about,
    }
