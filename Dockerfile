# syntax=docker/dockerfile:1
# The gateway as a container image. scripts/check reads this file and runs its build outside a container.
#
#   docker build --tag mcp-gateway .                                  the gateway
#   docker build --tag mcp-gateway-local --target runtime-local .     with the sample functions and their local Lambda
#   docker run --publish 127.0.0.1:3000:3000 --publish 127.0.0.1:3001:3001 --volume mcp-gateway:/var/lib/mcp-gateway \
#       --env AWS_REGION=eu-central-1 mcp-gateway
#
# Settings: mount /etc/mcp-gateway/gateway.toml and /etc/mcp-gateway/targets, or set MCP_GATEWAY_<SECTION>_<KEY>. Agents that
# reach it under another name than localhost: MCP_GATEWAY_AGENTS_ALLOWED_HOSTS. The command line: docker exec … mcp-gateway …

FROM swift:6.3-bookworm AS build
WORKDIR /src
COPY scripts/setup scripts/
COPY Package.swift ./
RUN scripts/setup build
COPY Sources Sources
COPY Tests Tests
RUN swift build --configuration release --static-swift-stdlib --product mcp-gateway
RUN strip -o .build/mcp-gateway .build/release/mcp-gateway

FROM debian:bookworm-slim AS runtime
LABEL org.opencontainers.image.title="mcp-gateway" \
    org.opencontainers.image.licenses="Apache-2.0"
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates curl libcjose0 libcurl4 libjansson4 libsqlite3-0 \
        libssl3 libstdc++6 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /var/lib/mcp-gateway --create-home --shell /usr/sbin/nologin mcp-gateway \
    && mkdir -p /etc/mcp-gateway/targets
COPY --from=build /src/.build/mcp-gateway /usr/local/bin/mcp-gateway
# Only this container's own network: publish the ports no further than they should be seen.
ENV MCP_GATEWAY_AGENTS_LISTEN=0.0.0.0:3000 \
    MCP_GATEWAY_ADMIN_LISTEN=0.0.0.0:3001 \
    MCP_GATEWAY_STORE_PATH=/var/lib/mcp-gateway/gateway.db \
    MCP_GATEWAY_TARGETS_DIRECTORY=/etc/mcp-gateway/targets
WORKDIR /etc/mcp-gateway
VOLUME /var/lib/mcp-gateway
USER mcp-gateway
EXPOSE 3000 3001
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s \
    CMD ["curl", "--fail", "--silent", "--max-time", "2", "http://127.0.0.1:3001/healthz"]
ENTRYPOINT ["mcp-gateway"]
CMD ["serve"]

# The sample functions run on the container's own local Lambda, which listens on its loopback alone.
FROM runtime AS runtime-local
USER root
RUN apt-get update \
    && apt-get install --yes --no-install-recommends python3 python3-venv \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /opt/mcp-gateway
COPY targets targets
RUN python3 -m venv .venv \
    && .venv/bin/pip install --no-cache-dir --requirement targets/requirements.txt --constraint targets/constraints.txt
ENV MCP_GATEWAY_TARGETS_DIRECTORY=/opt/mcp-gateway/targets
USER mcp-gateway
CMD ["serve", "--local"]

# What `docker build` makes when no stage is named.
FROM runtime
