"""The HTTP interface, put together."""

from collections.abc import Iterable

from fastapi import FastAPI

from jfjoch.broker.http import (
    analysis_settings,
    configuration,
    control,
    generator_image,
    masks,
    plots,
    previews,
    pulses,
    statistics,
    status,
    streams,
)
from jfjoch.broker.http.declared_responses import EVERYWHERE
from jfjoch.broker.http.errors import add_exception_handlers
from jfjoch.broker.http.facade import BrokerFacade
from jfjoch.broker.http.openapi import API_VERSION, TITLE, set_openapi
from jfjoch.http.body_limit import BINARY_LIMIT_BYTES, BodyLimit
from jfjoch.http.request_limit import RequestLimit
from jfjoch.http.same_origin import SameOrigin

_BINARY_PATHS = (
    generator_image.PATH,
    generator_image.TIFF_PATH,
    masks.USER_MASK_PATH,
    masks.USER_MASK_TIFF_PATH,
)


def create_app(broker: BrokerFacade, host_names: Iterable[str] = ()) -> FastAPI:
    """Return the ASGI application that serves ``broker``.

    ``host_names``: names, besides localhost and IP addresses, under which it is reached.
    """
    # The pages FastAPI offers for trying things out load scripts from other hosts: left out.
    app = FastAPI(
        title=TITLE, version=API_VERSION, responses=EVERYWHERE, docs_url=None, redoc_url=None
    )
    app.state.broker = broker
    for group in (
        analysis_settings,
        control,
        status,
        statistics,
        configuration,
        generator_image,
        masks,
        plots,
        previews,
        pulses,
        streams,
    ):
        app.include_router(group.router)
    add_exception_handlers(app)
    set_openapi(app)
    # The last one added sees a request first.
    app.add_middleware(BodyLimit, limits_bytes=dict.fromkeys(_BINARY_PATHS, BINARY_LIMIT_BYTES))
    app.add_middleware(RequestLimit)
    app.add_middleware(SameOrigin, host_names=frozenset(host_names))
    return app
