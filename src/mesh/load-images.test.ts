import { expect, test } from 'vitest'
import { readSnapshotter } from './load-images.ts'

test.each([
  ['[plugins."io.containerd.grpc.v1.cri".containerd]\n    snapshotter = "overlayfs"\n', 'overlayfs'],
  ["[plugins.'io.containerd.cri.v1.images']\n  snapshotter = 'fuse-overlayfs'\n", 'fuse-overlayfs'],
  ['disable_snapshot_annotations = true\n', 'overlayfs'],
])('reads the snapshotter of containerd’s old and new configuration', (config, expected) => {
  expect(readSnapshotter(config)).toBe(expected)
})
