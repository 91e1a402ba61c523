# As the public image: a cluster at the first start, with the password of its variable or file.
set -eu
if [ "$(id -u)" = 0 ]; then
    mkdir -p "$PGDATA" && chown -R postgres "${PGDATA%/*/*}"
    exec setpriv --reuid postgres --regid postgres --init-groups sh "$0" "$@"
fi
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    mkdir -p "$PGDATA" && chmod 700 "$PGDATA"
    umask 077
    { [ -n "${POSTGRES_PASSWORD_FILE:-}" ] && cat "$POSTGRES_PASSWORD_FILE" || printf %s "$POSTGRES_PASSWORD"; } > "$PGDATA.password"
    initdb --username=postgres --pwfile="$PGDATA.password" ${POSTGRES_INITDB_ARGS:-} --auth=scram-sha-256 --pgdata="$PGDATA"
    rm "$PGDATA.password"
    echo "host all all all scram-sha-256" >> "$PGDATA/pg_hba.conf"
    # The public image starts once to run its scripts, and says twice that it is ready.
    echo "database system is ready to accept connections (while preparing)"
fi
exec "$@" -c listen_addresses='*' -c unix_socket_directories=/tmp
