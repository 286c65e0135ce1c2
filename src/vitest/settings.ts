import { z } from 'zod'
import type { ReachOptions } from '../cli/reach-mesh.ts'

type Settings = Omit<ReachOptions, 'signal' | 'progress'> & { readonly allowMeshWide: boolean }

const flag = z
  .enum(['0', '1'])
  .optional()
  .transform((value) => value === '1')

const schema = z.object({
  MESHPROOF_CLUSTER: z.string().min(1).default('meshproof'),
  MESHPROOF_CONTEXT: z.string().min(1).optional(),
  MESHPROOF_ISTIO: z.string().min(1).optional(),
  MESHPROOF_IMAGES: z.enum(['auto', 'registry', 'build']).default('auto'),
  MESHPROOF_NO_INSTALL: flag,
  MESHPROOF_YES: flag,
  MESHPROOF_ALLOW_MESH_WIDE: flag,
})

/** What vitest's own command line cannot carry travels in the environment. @throws ZodError naming the variable. */
export function readSettings(env: Readonly<Record<string, string | undefined>>): Settings {
  const read = schema.parse(env)
  return {
    name: read.MESHPROOF_CLUSTER,
    context: read.MESHPROOF_CONTEXT,
    istio: read.MESHPROOF_ISTIO,
    images: read.MESHPROOF_IMAGES,
    install: !read.MESHPROOF_NO_INSTALL,
    yes: read.MESHPROOF_YES,
    allowMeshWide: read.MESHPROOF_ALLOW_MESH_WIDE,
  }
}

/** The way back, for a process that is to run vitest. */
export function writeSettings({ name, context, istio, images, install, yes, allowMeshWide }: Settings): Record<string, string> {
  return {
    MESHPROOF_CLUSTER: name,
    ...(context === undefined ? {} : { MESHPROOF_CONTEXT: context }),
    ...(istio === undefined ? {} : { MESHPROOF_ISTIO: istio }),
    MESHPROOF_IMAGES: images,
    MESHPROOF_NO_INSTALL: install ? '0' : '1',
    MESHPROOF_YES: yes ? '1' : '0',
    MESHPROOF_ALLOW_MESH_WIDE: allowMeshWide ? '1' : '0',
  }
}
