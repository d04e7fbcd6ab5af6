# One image for `serve`, `worker` and `db upgrade`: the command chooses. Only /tmp has to be writable.
FROM python:3.13-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/approvals
WORKDIR /source
COPY pyproject.toml README.md LICENSE ./
COPY approvals approvals
COPY migrations migrations
COPY templates templates
RUN /opt/approvals/bin/pip install '.[postgres]' && \
    /opt/approvals/bin/pip uninstall --yes pip

FROM python:3.13-slim-bookworm
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin approvals
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
  CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/readyz', timeout=4)"]
ENTRYPOINT ["approvals"]
CMD ["serve"]
