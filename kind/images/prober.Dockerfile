FROM scratch
COPY prober /prober
ENTRYPOINT ["/prober"]
