FROM scratch
COPY go-httpbin /bin/go-httpbin
ENV PATH=/bin
ENTRYPOINT ["/bin/go-httpbin"]
