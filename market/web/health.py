"""For machines that watch us: is the process there, and does it have what it needs."""

from datetime import datetime

from fastapi import APIRouter, Request
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from market.kernel.clock import utc_now
from market.kernel.outbox import measure_backlog
from market.web.resources import Resources, resources_of
from search.port import SearchUnavailable

router = APIRouter()


@router.get("/healthz", name="web.health")
async def show_health() -> JSONResponse:
    return JSONResponse({"status": "ok"})


@router.get("/readyz", name="web.ready")
async def show_readiness(request: Request) -> JSONResponse:
    """503 only where the database does not answer: without the engine pages still open, from the database."""
    report = await run_in_threadpool(_look, resources_of(request), utc_now())
    ready = report["database"] == "ok"
    return JSONResponse({"status": "ok" if ready else "unavailable", **report}, status_code=200 if ready else 503)


@router.get("/metrics", name="web.metrics")
async def show_metrics(request: Request) -> Response:
    """Of this process alone. For everybody who reaches it, as the two above: the proxy keeps it inside."""
    figures = await run_in_threadpool(resources_of(request).metrics.write)
    return Response(figures, headers={"Content-Type": CONTENT_TYPE_LATEST, "Cache-Control": "no-store"})


def _look(resources: Resources, now: datetime) -> dict[str, object]:
    report: dict[str, object] = {}
    try:
        with resources.database.reading() as session:
            session.execute(text("SELECT 1"))
            backlog = measure_backlog(session)
        report["database"] = "ok"
        lag = (now - backlog.oldest).total_seconds() if backlog.oldest else 0.0
        report["outbox"] = {
            "waiting": backlog.waiting,
            "set_aside": backlog.set_aside,
            "lag_seconds": round(max(lag, 0.0), 1),
        }
    except SQLAlchemyError as problem:
        report["database"] = type(problem).__name__
    try:
        status = resources.search.status()
        report["search"] = {"engine": status.engine, "documents": status.documents, "embedder": status.embedder}
    except SearchUnavailable:
        report["search"] = "unavailable"
    return report
