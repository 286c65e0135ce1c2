# Stands in for the public BusyBox image: every command that BusyBox has is BusyBox's, but for the shell.
ARG BASE
FROM ${BASE}
RUN /bin/busybox --install -s /usr/local/bin && rm -f /usr/local/bin/sh
