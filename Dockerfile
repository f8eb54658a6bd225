# syntax=docker/dockerfile:1
# One image for one-off audits (`audit`), the daemon (`schedule`) and everything else the program does:
#   docker build -t costwarden .
#   docker run --rm --read-only costwarden demo
# The Node version is that of the development dependency `node`; a test compares them. To pin the bytes as well:
#   --build-arg NODE_IMAGE=node:24.21.0-bookworm-slim@sha256:...
ARG NODE_IMAGE=node:24.21.0-bookworm-slim

FROM ${NODE_IMAGE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
 # Types and source maps are for editors: half of the files.
 && find node_modules -type f \( -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' -o -name '*.map' \) -delete \
 && find node_modules -type d -empty -delete \
 # Plug-ins below node_modules find `costwarden/check` here and share its modules with the program.
 && ln -s .. node_modules/costwarden

FROM ${NODE_IMAGE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="costwarden" \
      org.opencontainers.image.description="Cloud cost-anomaly and hygiene auditor for AWS organizations" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"

# Nothing is installed at run time. Uid 1000 is the base image's own user without rights; by number, so that an
# orchestrator can see that it is not root.
RUN rm -rf /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack \
      /usr/local/bin/yarn /usr/local/bin/yarnpkg /opt/yarn-* \
 && mkdir -p /var/lib/costwarden \
 && chown 1000:1000 /var/lib/costwarden

COPY --from=dependencies /app/node_modules /app/node_modules
COPY package.json LICENSE CHANGELOG.md /app/
COPY config /app/config
COPY deploy /app/deploy
COPY checks /app/checks
COPY src /app/src

# The only place that is written to: `state.file`, `--out`, the demo's temporary state. Relative paths of the config
# start here.
ENV NODE_ENV=production NODE_DISABLE_COMPILE_CACHE=1 TMPDIR=/var/lib/costwarden
WORKDIR /var/lib/costwarden
VOLUME ["/var/lib/costwarden"]
USER 1000:1000

# Exec form: node itself gets SIGTERM. A small young generation keeps memory flat, and the limit of the old one leaves
# room for all else in a task of 1 GB: a run that needed more would say so instead of being killed.
ENTRYPOINT ["node", "--max-semi-space-size=8", "--max-old-space-size=256", "/app/src/bin.js"]
CMD ["--help"]
