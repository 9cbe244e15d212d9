#!/bin/sh
# The real servers, browsers and tools that the tests start, from Debian's own packages.
# As root it installs what is missing; otherwise it says what is missing and goes on.
set -eu
here=$(cd "$(dirname "$0")" && pwd)

# program that shows it is there -> package that brings it
wanted='
mariadbd:mariadb-server
chromium:chromium
java:default-jdk-headless
mvn:maven
node:nodejs
npm:npm
strace:strace
logrotate:logrotate
nginx:nginx-light
wrk:wrk
setpriv:util-linux
curl:curl
openssl:openssl
xz:xz-utils
bzip2:bzip2
zstd:zstd
'
missing=''
for pair in $wanted; do
    command -v "${pair%%:*}" >/dev/null 2>&1 || missing="$missing ${pair#*:}"
done
ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || missing="$missing postgresql"

if [ -n "$missing" ]; then
    if [ "$(id -u)" != 0 ]; then
        echo "Not installed, so their tests are skipped:$missing" >&2
        echo "  sudo apt-get install$missing" >&2
    else
        # Servers are started by the tests alone: keep the packages from starting their own.
        policy=/usr/sbin/policy-rc.d
        made=''
        if [ ! -e "$policy" ]; then
            printf '#!/bin/sh\nexit 101\n' >"$policy"
            chmod +x "$policy"
            made=yes
        fi
        export DEBIAN_FRONTEND=noninteractive
        apt-get update -qq
        # shellcheck disable=SC2086
        apt-get install -y -qq --no-install-recommends $missing >/dev/null
        [ -z "$made" ] || rm -f "$policy"
    fi
fi

for step in "$here"/*/install.sh; do
    [ -e "$step" ] || continue
    sh "$step"
done
