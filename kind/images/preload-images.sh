# Runs in a node container: reads an image archive on stdin into its containerd, then gives each image its public name.
# Arguments: archive-name public-name, and so on in pairs.
set -eu
containerd > /tmp/containerd.log 2>&1 &
pid=$!
tries=0
until ctr version > /dev/null 2>&1; do
  tries=$((tries + 1))
  [ "$tries" -lt 600 ] || { cat /tmp/containerd.log >&2; exit 1; }
  sleep 0.1
done
ctr --namespace k8s.io images import --no-unpack - > /dev/null
while [ $# -gt 1 ]; do
  ctr --namespace k8s.io images tag "$1" "$2" > /dev/null
  ctr --namespace k8s.io images rm "$1" > /dev/null
  shift 2
done
ctr --namespace k8s.io images ls --quiet
kill "$pid"
wait "$pid" || true
rm -f /tmp/containerd.log
