# One image for `serve`, `worker` and `db upgrade`: the command chooses. Only /tmp has to be writable.
# A release names its base by digest: --build-arg BASE=python@sha256:…
ARG BASE=python:3.13-slim-bookworm

FROM ${BASE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
COPY requirements /requirements
RUN python -m venv /opt/build && \
    /opt/build/bin/pip install --require-hashes --only-binary=:all: --requirement /requirements/build.txt && \
    python -m venv /opt/approvals && \
    /opt/approvals/bin/pip install --require-hashes --only-binary=:all: --requirement /requirements/image.txt
WORKDIR /source
COPY pyproject.toml README.md LICENSE ./
COPY approvals approvals
COPY migrations migrations
COPY templates templates
RUN /opt/build/bin/python -m hatchling build -t wheel -d /wheel && \
    /opt/approvals/bin/pip install --no-deps --no-index /wheel/*.whl && \
    /opt/approvals/bin/pip uninstall --yes pip

FROM ${BASE}
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin approvals
COPY --from=build /opt/approvals /opt/approvals
ENV PATH=/opt/approvals/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    APPROVALS_LISTEN=0.0.0.0:8000 \
    APPROVALS_LOG_FORMAT=json
USER 10001:10001
WORKDIR /tmp
EXPOSE 8000
STOPSIGNAL SIGTERM
# only of `serve`; a worker answers to nobody, and its container switches this off
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s \
  CMD python -m approvals.entrypoints.http.readiness "$APPROVALS_LISTEN"
ENTRYPOINT ["approvals"]
CMD ["serve"]
