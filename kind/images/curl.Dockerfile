# Stands in for the public curl image, which is Alpine's: nc and wget are BusyBox's there.
ARG BASE
FROM ${BASE}
RUN ln -sf /bin/busybox /usr/local/bin/nc && ln -sf /bin/busybox /usr/local/bin/wget
CMD ["curl"]
