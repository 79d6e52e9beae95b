# edi-lint as a container that can write nothing but /tmp, and needs no network:
#   docker build --tag edi-lint .
#   docker run --rm --read-only --tmpfs /tmp --network none --volume "$PWD:/data:ro" edi-lint check .
# Output goes to standard output, or to a folder that is mounted to be written to.
FROM python:3.13-slim AS build
RUN apt-get update \
    && apt-get install --yes --no-install-recommends gcc libc6-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY . .
RUN python -m venv /opt/edi-lint \
    && /opt/edi-lint/bin/pip install --no-cache-dir --disable-pip-version-check . \
    && EDI_LINT_ENGINE=kernel /opt/edi-lint/bin/edi-lint --version \
    && /opt/edi-lint/bin/pip uninstall --yes pip

FROM python:3.13-slim
LABEL org.opencontainers.image.title="edi-lint" \
    org.opencontainers.image.description="Linter and transformer for X12 837P professional claim files" \
    org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /opt/edi-lint /opt/edi-lint
# Code tables and the ledger are kept where EDI_LINT_DATA points, in a folder of their own.
ENV PATH=/opt/edi-lint/bin:$PATH PYTHONDONTWRITEBYTECODE=1 EDI_LINT_DATA=/var/lib/edi-lint
RUN install --directory --owner 65532 --group 65532 --mode 0700 /var/lib/edi-lint
WORKDIR /data
USER 65532:65532
ENTRYPOINT ["edi-lint"]
CMD ["--help"]
