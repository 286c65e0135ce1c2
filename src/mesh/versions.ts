import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { isNode, LineCounter, parseDocument } from 'yaml'
import { z } from 'zod'
import { EXIT, MeshproofError, type Where } from '../error.ts'

const VERSIONS_FILE = fileURLToPath(new URL('../../kind/versions.yaml', import.meta.url))

const version = z.string().regex(/^\d+\.\d+\.\d+$/, 'a version of three numbers, such as 1.31.1')
const image = z
  .string()
  .regex(/^[a-z0-9.-]+\.[a-z]+\/[\w./-]+:[\w.-]+$/, 'an image with its registry and tag, such as docker.io/kindest/node:v1.34.3')
const app = z.strictObject({ image, optional: z.literal(true).optional() })

const schema = z
  .strictObject({
    default: z.string(),
    kubernetes: z.strictObject({
      registry: z.strictObject({ node: image }),
      build: z.strictObject({ version, etcd: version, coredns: version, pause: image }),
    }),
    tools: z.strictObject({
      kind: z.strictObject({ version, least: version }),
      helm: z.strictObject({ version, least: version }),
      kubectl: z.strictObject({ least: version }),
    }),
    apps: z.strictObject({
      httpbin: app.extend({ build: version }),
      'tcp-echo': app,
      'ext-authz': app,
      curl: app,
      busybox: app,
      capture: app,
      productpage: app,
      details: app,
      'reviews-v1': app,
      'reviews-v2': app,
      'reviews-v3': app,
      ratings: app,
      'testapp-1': app,
      'testapp-2': app,
      'kyverno-authz': app.extend({ build: version }),
    }),
    suite: z.string(),
    istio: z.strictObject({
      charts: z.url(),
      lines: z.record(
        z.string().regex(/^\d+\.\d+(\.\d+)?$/, 'an Istio line or one version of it, such as 1.31 or 1.31.1'),
        z.strictObject({
          registry: z.strictObject({ version, hub: z.string() }),
          // Without it a line can only be pulled.
          build: z
            .strictObject({
              module: z.string().regex(/^v\d/, 'a Go module version, which starts with v'),
              envoy: version,
              wrapper: z.string().optional(),
            })
            .optional(),
        }),
      ),
    }),
  })
  .superRefine((versions, context) => {
    if (!(versions.default in versions.istio.lines)) {
      const known = Object.keys(versions.istio.lines).join(', ')
      context.addIssue({ code: 'custom', path: ['default'], message: `must be one of the lines below: ${known}` })
    } else if (!versions.istio.lines[versions.default]?.build) {
      const message = 'the default line must be one that can be built: the sample apps come out of it'
      context.addIssue({ code: 'custom', path: ['istio', 'lines', versions.default], message })
    }
  })

/** What `kind/versions.yaml` pins. */
export type Versions = z.infer<typeof schema>

/** The pins of one Istio line. */
type LinePins = Versions['istio']['lines'][string]

/** @throws MeshproofError `versions-invalid` with the place in the file. */
export async function readVersions(file: string = VERSIONS_FILE): Promise<Versions> {
  return parseVersions(await readFile(file, 'utf8'), file)
}

/** The pins of one line. @throws MeshproofError `istio-line-unknown`, naming the lines there are. */
export function pinsOf(versions: Versions, line: string): LinePins {
  const pins = versions.istio.lines[line]
  if (pins) return pins
  throw new MeshproofError({
    code: 'istio-line-unknown',
    message: `Istio ${line} is not pinned`,
    expected: `one of ${Object.keys(versions.istio.lines).join(', ')}`,
    seen: line,
    next: `use one of them, or add the line to ${VERSIONS_FILE}`,
    exit: EXIT.usage,
  })
}

/** What a line is built from. @throws MeshproofError `istio-line-not-built` for one that can only be pulled; those of `pinsOf`. */
export function buildPinsOf(versions: Versions, line: string): NonNullable<LinePins['build']> {
  const { build } = pinsOf(versions, line)
  if (build) return build
  const built = Object.entries(versions.istio.lines).flatMap(([name, pins]) => (pins.build ? [name] : []))
  throw new MeshproofError({
    code: 'istio-line-not-built',
    message: `Istio ${line} can only be pulled: ${VERSIONS_FILE} does not say what it is built from`,
    expected: `one of ${built.join(', ')} where no container registry answers`,
    next: 'use one of them, a machine that reaches a registry, or add a `build` to the line',
    exit: EXIT.usage,
  })
}

/** Pure part of `readVersions`. */
export function parseVersions(text: string, file: string): Versions {
  const counter = new LineCounter()
  const document = parseDocument(text, { lineCounter: counter })
  const [syntax] = [...document.errors, ...document.warnings]
  if (syntax) throw invalid(syntax.message.split('\n')[0] ?? syntax.code, place(syntax.pos[0]))

  const parsed = schema.safeParse(document.toJS())
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const path = issue?.path.map((part) => String(part)) ?? []
  throw invalid(`${path.join('.') || 'the file'}: ${issue?.message ?? 'not understood'}`, place(offsetOf(path)))

  function place(offset: number): Where {
    const { line, col } = counter.linePos(offset)
    return { file, line, column: col }
  }

  // A missing key has no place of its own: the nearest parent that is there stands for it.
  function offsetOf(path: readonly string[]): number {
    for (let depth = path.length; depth > 0; depth -= 1) {
      const node = document.getIn(path.slice(0, depth), true)
      if (isNode(node) && node.range) return node.range[0]
    }
    return 0
  }
}

function invalid(seen: string, where: Where): MeshproofError {
  return new MeshproofError({
    code: 'versions-invalid',
    message: 'The list of versions cannot be used',
    seen,
    where,
    next: 'correct that line',
    exit: EXIT.usage,
  })
}
