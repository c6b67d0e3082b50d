# The market in one image. `docker compose up` (docker-compose.yml) puts it together with database and proxy.
FROM python:3.11-slim AS build
WORKDIR /src
RUN python -m venv /opt/market
COPY requirements.lock ./
# Versions and hashes come from the lock alone; the project itself is built by the locked setuptools, nothing else is fetched.
RUN /opt/market/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY market market
COPY search search
COPY locales locales
RUN /opt/market/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps --no-build-isolation .

FROM python:3.11-slim
# A number instead of a name: orchestrators can then see that it is not root.
RUN groupadd --gid 10001 market \
    && useradd --uid 10001 --gid market --no-create-home --shell /usr/sbin/nologin market \
    && install -d -o market -g market /data
COPY --from=build /opt/market /opt/market
ENV PATH=/opt/market/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    MARKET_ENVIRONMENT=production \
    MARKET_DATA_DIR=/data
WORKDIR /data
USER 10001:10001
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
# /healthz asks the process alone. A database that is away must not get the container restarted; /readyz tells of that.
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=4 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4).read()"]
CMD ["market", "serve", "--host", "0.0.0.0", "--port", "8000"]
