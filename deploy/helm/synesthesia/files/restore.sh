#!/bin/sh
# Puts $BACKUP/$FROM back: what the database holds is replaced, all of it or nothing; files are added to those that are there.
# No API may run meanwhile.
set -eu
export PGOPTIONS='-c client_min_messages=warning'
DATA=${DATA:-/data} BACKUP=${BACKUP:-/backup}
cd "$BACKUP/$FROM"
sha256sum -c SHA256SUMS
schemas=$(pg_restore --list database.dump | sed -n 's/.* SCHEMA - \([a-z_0-9]*\) .*/\1/p')
{
    for schema in $schemas; do
        [ "$schema" = public ] || echo "DROP SCHEMA IF EXISTS \"$schema\" CASCADE;"
    done
    # A statement that fails undoes everything.
    pg_restore --no-owner --file=- database.dump || echo "the dump could not be read;"
} | psql --dbname="$DATABASE" --quiet --single-transaction --set=ON_ERROR_STOP=1 >/dev/null
tar -C "$DATA" --keep-newer-files -xf data.tar
rm -rf "${DATA:?}/indexes"
echo "restored $BACKUP/$FROM"
