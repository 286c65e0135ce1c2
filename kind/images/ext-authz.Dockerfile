FROM scratch
COPY extauthz /bin/extauthz
ENV PATH=/bin
ENTRYPOINT ["/bin/extauthz"]
