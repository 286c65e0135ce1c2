import type { IncomingMessage } from 'node:http'
import { statusOf } from './api-status.ts'

/** The Status in the body of a refused WebSocket upgrade; ws by itself would throw it away. */
export async function refusal(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of response) {
    chunks.push(chunk)
    if (chunks.length > 64) break
  }
  const text = Buffer.concat(chunks).toString('utf8')
  const status = response.statusCode ?? 0
  try {
    return `${status}: ${statusOf({ status, body: JSON.parse(text) }).message}`
  } catch {
    return `${status}: ${statusOf({ status, body: text }).message}`
  }
}
