FROM scratch
COPY kyverno-authz /bin/kyverno-authz
ENV PATH=/bin
ENTRYPOINT ["/bin/kyverno-authz"]
