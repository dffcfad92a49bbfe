#!/bin/sh
# Uploads a model, has it measured and approved, rolls it out, and waits for the end; the exit code is that of `fleetwright rollout wait`:
# 0 succeeded, 1 failed or refused, 2 wrong usage, 3 aborted and rolled back, 4 needs approval, 5 timed out.
#   FLEETWRIGHT_URL, MODEL, VERSION, FILE       needed
#   FLEETWRIGHT_TOKEN or FLEETWRIGHT_ID_TOKEN   an API token, or an OIDC ID token of this run, which is exchanged for ten minutes
#   FLEETWRIGHT                                 the command line (default: fleetwright)
#   EVALUATION_SET                              labelled inputs (`fleetwright dataset`); the version is measured on them and approved. Without
#                                               it somebody has approved the version, or ROLLOUT_OPTIONS has --allow-unapproved
#   VARIANT (default: model)  WAVES (default: 100)  TIMEOUT in seconds (default: 540)
#   ROLLOUT_OPTIONS                             more options of `rollout create`, such as --class cpu
#   SUMMARY, JUNIT                              files to write, when set
set -eu

need() {
    eval "value=\${$1:-}"
    [ -n "$value" ] || {
        echo "release: $1 is not set" >&2
        exit 2
    }
}

for name in FLEETWRIGHT_URL MODEL VERSION FILE; do
    need "$name"
done
fleetwright=${FLEETWRIGHT:-fleetwright}
export FLEETWRIGHT_URL

if [ -z "${FLEETWRIGHT_TOKEN:-}" ]; then
    need FLEETWRIGHT_ID_TOKEN
    FLEETWRIGHT_TOKEN=$("$fleetwright" token exchange)
fi
export FLEETWRIGHT_TOKEN

set -- --variant "${VARIANT:-model}"
[ -z "${EVALUATION_SET:-}" ] || set -- "$@" --evaluation-set "$EVALUATION_SET"
"$fleetwright" model push "$MODEL" "$VERSION" "$FILE" "$@"
[ -z "${EVALUATION_SET:-}" ] || "$fleetwright" model promote "$MODEL" "$VERSION"
answer=$("$fleetwright" rollout create "$MODEL" "$VERSION" --waves "${WAVES:-100}" --format json ${ROLLOUT_OPTIONS:-})
rollout=$(printf '%s\n' "$answer" | sed -n 's/.*"rollout":"\([^"]*\)".*/\1/p')
[ -n "$rollout" ] || {
    echo "release: no rollout in the answer: $answer" >&2
    exit 1
}
echo "rollout $rollout"
set -- --timeout "${TIMEOUT:-540}"
[ -z "${SUMMARY:-}" ] || set -- "$@" --summary "$SUMMARY"
[ -z "${JUNIT:-}" ] || set -- "$@" --junit "$JUNIT"
exec "$fleetwright" rollout wait "$rollout" "$@"
