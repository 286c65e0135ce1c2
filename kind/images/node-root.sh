# Runs in the new root of the node image, after kind's own files were put into it.
set -eu

# Units that make no sense in a container.
rm -f /lib/systemd/system/sysinit.target.wants/systemd-tmpfiles-setup.service
rm -f /lib/systemd/system/multi-user.target.wants/* /lib/systemd/system/local-fs.target.wants/* /lib/systemd/system/basic.target.wants/*
rm -f /etc/systemd/system/*.wants/* /lib/systemd/system/sockets.target.wants/*udev* /lib/systemd/system/sockets.target.wants/*initctl*
echo ReadKMsg=no >> /etc/systemd/journald.conf
ln -sf /lib/systemd/systemd /sbin/init
systemctl enable kubelet containerd undo-mount-hacks
systemctl mask systemd-binfmt

# kind's entrypoint and containerd's unit look in /usr/local/bin, the plugins' configuration in /opt/cni/bin.
for program in containerd containerd-shim-runc-v2 ctr; do ln -sf "/usr/bin/$program" "/usr/local/bin/$program"; done
mkdir -p /opt/cni/bin /etc/cni/net.d /etc/kubernetes/manifests
cp /usr/lib/cni/* /opt/cni/bin/

# Where CAP_SYS_RESOURCE is missing, neither limits nor scores below the runtime's own can be set.
sed -i 's/restrict_oom_score_adj = false/restrict_oom_score_adj = true/' /etc/containerd/config.toml
ctr oci spec |
  jq '.hooks.createContainer += [{"path": "/kind/bin/mount-product-files.sh"}] | del(.process.rlimits)' > /etc/containerd/cri-base.json
