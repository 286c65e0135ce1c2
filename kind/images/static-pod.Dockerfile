# A program of the control plane, found on the PATH as kubeadm's manifests name it.
FROM scratch
ARG PROGRAM
COPY ${PROGRAM} /usr/local/bin/${PROGRAM}
ENV PATH=/usr/local/bin
