# shellcheck shell=sh
# To be sourced: what --version tells of the source, from git where there is one. Named in the environment, it is taken so.
if [ -z "${WARD_REVISION:-}" ] && git rev-parse --git-dir >/dev/null 2>&1; then
    WARD_REVISION=$(git rev-parse --short=12 HEAD)
    git diff --quiet HEAD -- || WARD_REVISION=$WARD_REVISION-modified
    SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
    export WARD_REVISION SOURCE_DATE_EPOCH
fi
