# One image for both processes: `bot` (Slack in, jobs out) and `worker` (jobs in, sites changed over SSH).
FROM node:20-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN npm run build && npm prune --omit=dev --ignore-scripts

FROM node:20-bookworm-slim
# ssh: sites that need short-lived certificates; ssh-keygen: looking a host up in known_hosts.
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates openssh-client tini \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /app
ENV NODE_ENV=production PORT=3000 JAWS_OPS_CONFIG=/app/config
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json manifest.json LICENSE ./
COPY config ./config
COPY runbooks ./runbooks
COPY templates ./templates
COPY public ./public
USER node
EXPOSE 3000
# tini reaps what ssh leaves behind and passes SIGTERM on, so that a worker can hand its job over.
ENTRYPOINT ["tini", "--", "node", "--max-semi-space-size=4", "dist/cli.js"]
CMD ["start"]
HEALTHCHECK --interval=15s --timeout=3s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
