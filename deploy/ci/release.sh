#!/bin/sh
# Uploads a model, has it measured and approved, rolls it out, and waits for the end; the exit code is that of `fleetwright rollout wait`:
# 0 succeeded, 1 failed or refused, 2 wrong usage, 3 aborted and rolled back, 4 needs approval, 5 timed out.
#   FLEETWRIGHT_URL, MODEL, VERSION, FILE       needed
#   FLEETWRIGHT_TOKEN or FLEETWRIGHT_ID_TOKEN   an API token, or an OIDC ID token of this run, which is exchanged for ten minutes, and again
#                                               before the wait
#   AUDIENCE                                    asks GitHub for an ID token at each exchange, since one lasts for minutes only
#   FLEETWRIGHT                                 the command line (default: fleetwright)
#   EVALUATION_SET                              labelled inputs (`fleetwright dataset`); the version is measured on them and approved. Without
#                                               it somebody has approved the version, or ROLLOUT_OPTIONS has --allow-unapproved
#   VARIANT (default: model)  TIMEOUT in seconds (default: 540)
#   WAVES (default: the server's, 100)          growing percentages; empty when a policy in ROLLOUT_OPTIONS has the waves
#   ROLLOUT_OPTIONS                             more options of `rollout create`, such as --class cpu, split at blanks; when they are more than
#                                               one line, each line is one argument, which may have blanks in it
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

exchange() {
    if [ -n "${AUDIENCE:-}" ] && [ -n "${ACTIONS_ID_TOKEN_REQUEST_URL:-}" ]; then
        id_token=$(curl -fsS -H "Authorization: Bearer $ACTIONS_ID_TOKEN_REQUEST_TOKEN" "$ACTIONS_ID_TOKEN_REQUEST_URL&audience=$AUDIENCE")
        FLEETWRIGHT_ID_TOKEN=$(printf '%s\n' "$id_token" | sed -n 's/.*"value": *"\([^"]*\)".*/\1/p')
        export FLEETWRIGHT_ID_TOKEN
    fi
    need FLEETWRIGHT_ID_TOKEN
    "$fleetwright" token exchange
}

exchanged=
if [ -z "${FLEETWRIGHT_TOKEN:-}" ]; then
    exchanged=yes
    FLEETWRIGHT_TOKEN=$(exchange)
fi
export FLEETWRIGHT_TOKEN

set -- --variant "${VARIANT:-model}"
[ -z "${EVALUATION_SET:-}" ] || set -- "$@" --evaluation-set "$EVALUATION_SET"
"$fleetwright" model push "$MODEL" "$VERSION" "$FILE" "$@"
[ -z "${EVALUATION_SET:-}" ] || "$fleetwright" model promote "$MODEL" "$VERSION"

set -- --format json
[ -z "${WAVES:-}" ] || set -- "$@" --waves "$WAVES"
options=$(printf '%s' "${ROLLOUT_OPTIONS:-}") # Without line ends at its end.
newline='
'
case $options in
    *"$newline"*) IFS=$newline ;;
esac
set -f
set -- "$@" $options
set +f
unset IFS
answer=$("$fleetwright" rollout create "$MODEL" "$VERSION" "$@")
rollout=$(printf '%s\n' "$answer" | sed -n 's/.*"rollout":"\([^"]*\)".*/\1/p')
[ -n "$rollout" ] || {
    echo "release: no rollout in the answer: $answer" >&2
    exit 1
}
echo "rollout $rollout"

# A long push may have taken most of the token's time.
if [ -n "$exchanged" ]; then
    if again=$(exchange); then
        FLEETWRIGHT_TOKEN=$again
    else
        echo "release: no new token for the wait, it goes on with the first one" >&2
    fi
fi
set -- --timeout "${TIMEOUT:-540}"
[ -z "${SUMMARY:-}" ] || set -- "$@" --summary "$SUMMARY"
[ -z "${JUNIT:-}" ] || set -- "$@" --junit "$JUNIT"
exec "$fleetwright" rollout wait "$rollout" "$@"
