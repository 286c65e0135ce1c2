import { command } from './build/command.ts'

interface Release {
  readonly name: string
  /** Folder or archive. */
  readonly chart: string
  readonly namespace: string
  /** Values files, later ones win. */
  readonly files: readonly string[]
  /** Values that win over the files. */
  readonly values?: Readonly<Record<string, unknown>> | undefined
}

interface HelmOptions {
  readonly helm: string
  readonly kubeconfig: string
  readonly context: string
  readonly signal: AbortSignal
}

/**
 * Installs or upgrades a release and does not wait for its pods: Helm looks every two seconds, our own waits more often.
 * @throws MeshproofError `command-failed` with Helm's last words.
 */
export async function helmInstall({ name, chart, namespace, files, values = {} }: Release, options: HelmOptions): Promise<void> {
  const { helm, kubeconfig, context, signal } = options
  const target = ['--kubeconfig', kubeconfig, '--kube-context', context, '--namespace', namespace, '--create-namespace']
  const valued = [...files.flatMap((file) => ['--values', file]), '--values', '-']
  await command(helm, ['upgrade', '--install', name, chart, ...target, ...valued], {
    signal,
    // JSON is YAML, and Helm reads `-` from stdin.
    input: JSON.stringify(values),
    deadlineMs: 120_000,
    purpose: `install ${name} with Helm`,
    next: `helm history ${name} --namespace ${namespace} --kubeconfig ${kubeconfig}`,
  })
}

/** Removes a release, and waits until its objects are told to go. @throws MeshproofError `command-failed` with Helm's last words. */
export async function helmUninstall({ name, namespace }: Pick<Release, 'name' | 'namespace'>, options: HelmOptions): Promise<void> {
  const { helm, kubeconfig, context, signal } = options
  const target = ['--kubeconfig', kubeconfig, '--kube-context', context, '--namespace', namespace]
  await command(helm, ['uninstall', name, ...target], {
    signal,
    deadlineMs: 120_000,
    purpose: `remove ${name} with Helm`,
    next: `helm list --namespace ${namespace} --kubeconfig ${kubeconfig}`,
  })
}
