#!/usr/bin/env bash
# The whole portal on one machine: nginx, WEB_PROCESSES servers and one worker, on a PostgreSQL and a Redis that run.
#
#   DATABASE_URL=postgres://... REDIS_URL=redis://... docs/deploy/one-machine.sh
#
# All other settings come from the environment, too (docs/settings.md). What ends by itself is started again; SIGTERM or
# SIGINT ends everything in order. For a service that starts with the machine take the units in systemd/, which have
# the same settings.
#
#   WEB_PROCESSES  servers behind nginx (2)           SERVER  daphne or uvicorn (daphne)
#   PORT           where nginx listens (8080)         RUN     folder for sockets and caches (var/run)
#   PYTHON         the interpreter (.venv/bin/python) NGINX   the program (nginx)
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$here/../.."
: "${DATABASE_URL:?Set DATABASE_URL to your PostgreSQL.}" "${REDIS_URL:?Set REDIS_URL to your Redis.}"
WEB_PROCESSES=${WEB_PROCESSES:-2} SERVER=${SERVER:-daphne} PORT=${PORT:-8080}
RUN=${RUN:-$PWD/var/run} PYTHON=${PYTHON:-$PWD/.venv/bin/python} NGINX=${NGINX:-nginx}
# For the commands as for the servers: manage.py alone would take the settings of development.
export DJANGO_SETTINGS_MODULE=${DJANGO_SETTINGS_MODULE:-portal.settings.production}
export TASKS_IN_WORKER=1 LOG_SEQUENCER_IN_PROCESS=0 TRUSTED_PROXY_COUNT=${TRUSTED_PROXY_COUNT:-1}
export STATIC_DIR=${STATIC_DIR:-$PWD/var/static}
mkdir -p "$RUN"

"$PYTHON" manage.py migrate --noinput --verbosity 0
"$PYTHON" manage.py collectstatic --noinput --verbosity 0

cat > "$RUN/forwarded.conf" <<'FORWARDED'
proxy_set_header Host $http_host;
proxy_set_header X-Forwarded-For $remote_addr;
proxy_set_header X-Forwarded-Proto $scheme;
FORWARDED
servers=""
for number in $(seq "$WEB_PROCESSES"); do
    servers+="        server unix:$RUN/web-$number.sock max_fails=1 fail_timeout=2s;\n"
done
sed -e "s|@RUN@|$RUN|g" -e "s|@PORT@|$PORT|g" -e "s|@STATIC@|$STATIC_DIR|g" -e "s|@SERVERS@|$servers|" \
    "$here/nginx.conf" > "$RUN/nginx.conf"

ending=0
keep_running() {
    local child=0
    trap 'ending=1; [ "$child" = 0 ] || kill -TERM "$child" 2>/dev/null || true' TERM INT
    while [ "$ending" = 0 ]; do
        "$@" & child=$!
        wait "$child" || true
        # Interrupted by a signal, wait returns before its child has ended.
        while kill -0 "$child" 2>/dev/null; do wait "$child" || true; done
        [ "$ending" = 1 ] || { echo "$1 ended and is started again" >&2; sleep 1; }
    done
}

web() {
    rm -f "$RUN/web-$1.sock"
    case "$SERVER" in
        daphne) exec "$PYTHON" -m daphne -u "$RUN/web-$1.sock" --proxy-headers portal.asgi:application ;;
        uvicorn) exec "$PYTHON" -m uvicorn --uds "$RUN/web-$1.sock" --log-level warning --no-access-log \
            --ws portal.uvicorn_sockets:Sockets portal.asgi:application ;;
        *) echo "SERVER is daphne or uvicorn" >&2; exit 2 ;;
    esac
}

children=()
for number in $(seq "$WEB_PROCESSES"); do
    keep_running web "$number" & children+=($!)
done
keep_running "$PYTHON" manage.py worker & children+=($!)
keep_running "$NGINX" -c "$RUN/nginx.conf" -p "$RUN" -g "daemon off;" & children+=($!)

trap 'kill -TERM "${children[@]}" 2>/dev/null || true' TERM INT
echo "The portal is at http://127.0.0.1:$PORT/ (servers: $WEB_PROCESSES x $SERVER)."
wait "${children[@]}" || true
# The first wait ends with the signal; this one with the children.
wait
