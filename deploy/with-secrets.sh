#!/bin/sh
# Runs a command with secrets from files: each file of /run/secrets (or $SECRETS_DIR) whose name is that of a variable (A-Z, 0-9, _) becomes
# that variable. Files keep secrets out of `docker inspect`, of the compose file and of the shell's history.
set -eu
for file in "${SECRETS_DIR:-/run/secrets}"/[A-Z]*; do
    name=$(basename "$file")
    case $name in *[!A-Z0-9_]*) continue ;; esac
    if [ -f "$file" ]; then
        value=$(cat "$file")
        export "$name=$value"
    fi
done
exec "$@"
