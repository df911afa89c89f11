#!/bin/sh
# The head of a Ray cluster, with the models deployed on it. Ends when Ray does, so that whoever started it starts it again.
set -eu
ray start --head --port=6379 --num-cpus="${RAY_HEAD_CPUS:-1}" --include-dashboard=false --disable-usage-stats --block &
head=$!
trap 'kill "$head" 2>/dev/null || true' TERM INT
until assistant cluster up --ray auto --host 0.0.0.0; do
    kill -0 "$head" || exit 1
    sleep 5
done
wait "$head"
