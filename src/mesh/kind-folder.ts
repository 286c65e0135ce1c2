import { fileURLToPath } from 'node:url'

/** The folder of the cluster configuration, Helm values, app manifests and versions. Ends in a slash. */
export const KIND_FOLDER = fileURLToPath(new URL('../../kind/', import.meta.url))
