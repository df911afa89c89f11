#!/bin/sh
# One backup: $BACKUP/TIME/{database.dump,data.tar,SHA256SUMS}, in place only when it is whole; older than $KEEP_DAYS days are deleted.
# The database first: a file that comes after it is not asked for, and one that the database knows is there already. Vectors in Milvus and
# indexes are not saved: they are made again from the database.
set -eu
DATA=${DATA:-/data} BACKUP=${BACKUP:-/backup}
now=$(date -u +%Y-%m-%dT%H%M%SZ)
rm -rf "$BACKUP"/.unfinished
mkdir "$BACKUP/.unfinished"
pg_dump --dbname="$DATABASE" --format=custom --file="$BACKUP/.unfinished/database.dump"
pg_restore --list "$BACKUP/.unfinished/database.dump" >/dev/null
tar -C "$DATA" --exclude=./indexes --exclude=./server.json --exclude=./lock --exclude=./guests -cf "$BACKUP/.unfinished/data.tar" .
(cd "$BACKUP/.unfinished" && sha256sum database.dump data.tar >SHA256SUMS)
sync
mv "$BACKUP/.unfinished" "$BACKUP/$now"
find "$BACKUP" -mindepth 1 -maxdepth 1 -type d -mtime "+$KEEP_DAYS" -exec rm -rf {} +
echo "saved $BACKUP/$now"
