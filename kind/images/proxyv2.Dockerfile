# Istio's agent with upstream Envoy: what Istio's own Envoy adds (alpn, metadata exchange, stats) is not in it.
ARG BASE
FROM ${BASE}
COPY envoy /usr/local/bin/envoy
COPY pilot-agent /usr/local/bin/pilot-agent
COPY envoy_bootstrap.json /var/lib/istio/envoy/envoy_bootstrap_tmpl.json
ENTRYPOINT ["/usr/local/bin/pilot-agent"]
