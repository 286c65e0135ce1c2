# Stands in for the public netshoot image where only tcpdump is used.
ARG BASE
FROM ${BASE}
