import { readFile } from 'node:fs/promises'
import { parse } from 'yaml'
import { z } from 'zod'
import { KIND_FOLDER } from './kind-folder.ts'

const schema = z.object({ apps: z.object({ capture: z.object({ image: z.string() }) }) })

/** The image with tcpdump, as `kind/versions.yaml` pins it. */
export async function captureImage(): Promise<string> {
  return schema.parse(parse(await readFile(`${KIND_FOLDER}versions.yaml`, 'utf8'))).apps.capture.image
}
