# A kind node without the images of its control plane, which preload-images.sh puts in.
FROM scratch
ADD root.tar /
COPY kubeadm kubelet kubectl /usr/bin/
ARG VERSION
RUN echo "${VERSION}" > /kind/version
ENV container=docker
STOPSIGNAL SIGRTMIN+3
ENTRYPOINT ["/usr/local/bin/entrypoint", "/sbin/init"]
