#!/usr/bin/env bash
# Starts TensorFlow Serving in Docker, asks it by gRPC and by REST, and stops it.
#
#   export/serving/smoke_test.sh [exported]
#
# The argument is the folder with the exported models; union_27 must be among them, as
# models.config says. These may be set in the environment:
#
#   IMAGE         tensorflow/serving:2.19.1
#   PYTHON        python that has this project
#   GRPC_PORT     8500, a free port of this machine
#   REST_PORT     8501, likewise
#   WAIT_SECONDS  60, for the server to load the model
#
# Exit codes: 0, all is well; 1, the server or an answer is wrong; 2, it was not tried.

set -euo pipefail

readonly exported=${1:-exported}
readonly model=union_27
readonly image=${IMAGE:-tensorflow/serving:2.19.1}
readonly python=${PYTHON:-python}
readonly grpc_port=${GRPC_PORT:-8500}
readonly rest_port=${REST_PORT:-8501}
readonly wait_seconds=${WAIT_SECONDS:-60}
readonly container=set_contrastive_smoke_test_$$
readonly rest=http://127.0.0.1:$rest_port
readonly query="red-solid-circle green-*-square | blue-void-square red-void-circle | \
red-void-square red-solid-* | green-dashed-circle *-*-square | \
blue-solid-triangle blue-void-circle | red-dashed-square green-solid-circle | \
green-void-circle red-*-triangle | blue-dashed-square *-solid-square"

fail() {
  echo "smoke_test.sh: error: $1" >&2
  exit "${2:-1}"
}

for command in docker curl "$python"; do
  command -v "$command" > /dev/null || fail "$command is not installed" 2
done
[[ -d $exported/$model ]] || fail "expected exported models, got no $exported/$model" 2
exported_path=$(cd "$exported" && pwd)
config_path=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$config_path/../.."

stop() {
  local code=$?
  docker inspect "$container" > /dev/null 2>&1 || return
  if ((code != 0)); then
    echo "The last lines of the server:" >&2
    docker logs --tail 20 "$container" >&2 || true
  fi
  docker rm --force "$container" > /dev/null || true
}
trap stop EXIT

echo "Starting $image"
docker run --detach --name "$container" \
  --publish "127.0.0.1:$grpc_port:8500" \
  --publish "127.0.0.1:$rest_port:8501" \
  --env MALLOC_MMAP_MAX_=0 \
  --env MALLOC_TRIM_THRESHOLD_=2147483647 \
  --env MALLOC_TOP_PAD_=134217728 \
  --mount "type=bind,source=$exported_path,target=/models,readonly" \
  --mount "type=bind,source=$config_path,target=/config,readonly" \
  "$image" \
  --model_config_file=/config/models.config \
  --enable_batching \
  --batching_parameters_file=/config/batching_parameters.txt \
  --monitoring_config_file=/config/monitoring.config \
  --tensorflow_intra_op_parallelism=1 \
  > /dev/null || fail "docker could not start $image" 2

echo "Waiting for $model, $wait_seconds seconds at most"
SECONDS=0
until curl --silent --noproxy '*' --max-time 5 "$rest/v1/models/$model" \
  | grep --quiet '"state": "AVAILABLE"'; do
  [[ $(docker inspect --format '{{.State.Running}}' "$container") == true ]] \
    || fail "the server has ended"
  ((SECONDS < wait_seconds)) || fail "$model is not available"
  sleep 1
done

ask() {
  "$python" -m export.client --protocol="$1" --target="127.0.0.1:$2" \
    --model="$model" --query="$query" --top=5
}

echo "Asking by gRPC"
by_grpc=$(ask grpc "$grpc_port") || fail "no answer by gRPC"
echo "$by_grpc"
echo "Asking by REST"
by_rest=$(ask rest "$rest_port") || fail "no answer by REST"
[[ $by_grpc == "$by_rest" ]] || fail "gRPC and REST differ; REST says: $by_rest"

echo "Asking for what is no query"
refusal=$(curl --silent --noproxy '*' --max-time 10 \
  --data '{"signature_name": "rank_text", "inputs": {"query": ["hexagon"]}}' \
  "$rest/v1/models/$model:predict")
[[ $refusal == *hexagon* ]] || fail "the refusal does not name the query: $refusal"

echo "Reading the counters"
counters=$(curl --silent --fail --noproxy '*' --max-time 10 \
  "$rest/monitoring/prometheus/metrics") || fail "no counters for Prometheus"
[[ $counters == *:tensorflow:* ]] || fail "no counters of TensorFlow: $counters"

echo "All is well"
