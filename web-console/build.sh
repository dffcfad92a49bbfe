#!/bin/sh
# Builds (or tests) the web console, doing only what is out of date. Maven calls it; it runs by hand as well:
#   sh build.sh          installs packages when the lock file changed, builds dist when an input changed
#   sh build.sh test     runs the tests; the report goes to target/surefire-reports/TEST-vitest.xml
# The packages come from the registry that npm is set up with; the lock file names none.
set -u
cd "$(dirname "$0")" || exit 1

LOG=target/npm.log
STAMP=dist/.built
INPUTS="src public index.html package.json package-lock.json vite.config.js tsconfig.json build.sh"

fail() {
    echo "web-console: $*" >&2
    exit 1
}

# Quiet when all is well; everything the command said when it is not.
quietly() {
    what=$1
    shift
    if ! "$@" >"$LOG" 2>&1; then
        cat "$LOG" >&2
        fail "$what failed (command: $*)"
    fi
}

# True when any file or folder named after the reference is newer than it, or the reference is missing.
stale() {
    reference=$1
    shift
    [ ! -e "$reference" ] || [ -n "$(find "$@" -newer "$reference" -print)" ]
}

command -v npm >/dev/null 2>&1 || fail "npm is missing: install Node.js 20.19 or newer, it brings npm"
node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' ||
    fail "Node.js $(node --version) is too old: 20.19 or newer is needed"
mkdir -p target || exit 1

if stale node_modules/.package-lock.json package-lock.json; then
    echo "web-console: installing packages"
    quietly "installing packages" npm ci --ignore-scripts --no-audit --no-fund
    # npm keeps the time of an unchanged file in some versions: the mark must be newer than the lock file.
    touch node_modules/.package-lock.json
fi

case "${1:-build}" in
build)
    # shellcheck disable=SC2086 # a list of names
    if stale "$STAMP" $INPUTS; then
        echo "web-console: building dist"
        # Taken before the build, so that an edit made during it counts as newer.
        touch target/build-began
        quietly "the build" npm run --silent build
        # Names carry a hash of their content: what an earlier build left in the jar's folder would stay for ever.
        rm -rf target/classes/META-INF/resources
        mv target/build-began "$STAMP"
    fi
    ;;
test)
    mkdir -p target/surefire-reports
    rm -f target/surefire-reports/TEST-vitest.xml
    quietly "the tests" npm run --silent test
    sed -n 's/^ *\(Tests \{1,\}[0-9].*\)/web-console: \1/p' "$LOG"
    ;;
*)
    fail "unknown task \"$1\": build or test"
    ;;
esac
