FROM scratch
COPY tcp-echo /bin/tcp-echo
ENV PATH=/bin
ENTRYPOINT ["/bin/tcp-echo"]
