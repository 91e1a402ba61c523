# As the public image: its user's cookie and name, then the server as the process itself.
set -eu
export RABBITMQ_BASE=/var/lib/rabbitmq RABBITMQ_MNESIA_BASE=/var/lib/rabbitmq/mnesia
export RABBITMQ_LOG_BASE=/var/lib/rabbitmq/log RABBITMQ_LOGS=- RABBITMQ_PID_FILE=/var/lib/rabbitmq/pid
export RABBITMQ_CONFIG_FILES=/etc/rabbitmq/conf.d
if [ "$(id -u)" = 0 ]; then exec setpriv --reuid rabbitmq --regid rabbitmq --init-groups sh "$0" "$@"; fi
exec /usr/lib/rabbitmq/bin/"$@"
