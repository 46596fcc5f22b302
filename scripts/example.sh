#!/usr/bin/env bash
# Installs, builds, and shows the bundled example: the rules wanted, then the diff against a saved
# state of a Docker host. Needs Node 20 and nothing else: no root, no iptables, no Docker.
set -euo pipefail
cd "$(dirname "$0")/.."
# Not npm ci: it refuses a lock file without every other platform's optional packages.
[ -d node_modules ] || npm install --no-save --no-audit --no-fund
npm run --silent build
node dist/natmap.js render --docker snapshot.json
# Exit code 1 says that there are differences, which is what is shown here.
node dist/natmap.js diff --docker snapshot.json --live examples/live.v4 --live6 examples/live.v6 || [ $? = 1 ]
