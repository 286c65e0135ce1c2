# Runs in the new root of the app images. istio-proxy is the user that Istio's sidecar runs as.
set -eu
useradd --create-home --uid 1337 istio-proxy
echo 'istio-proxy ALL=NOPASSWD: ALL' >> /etc/sudoers
