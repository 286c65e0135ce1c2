# One of our equivalents of public apps; ROLE and what follows are what the public image of each has built in.
ARG BASE
FROM ${BASE}
COPY sample-apps /usr/local/bin/sample-apps
ARG ROLE
ARG ENABLE_RATINGS=false
ARG STAR_COLOR=black
ENV ROLE=${ROLE} ENABLE_RATINGS=${ENABLE_RATINGS} STAR_COLOR=${STAR_COLOR}
USER 1000:1000
ENTRYPOINT ["/usr/local/bin/sample-apps"]
