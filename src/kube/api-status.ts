import { MeshproofError } from '../error.ts'
import type { ApiAnswer } from './request.ts'

/** What an API server says instead of an object: `kind: Status`. */
export interface ApiStatus {
  readonly code: number
  readonly reason: string
  readonly message: string
}

/** Reads a Status from an answer; a body that is none (a proxy's page) is cut to 300 characters. */
export function statusOf({ status, body }: Pick<ApiAnswer, 'status' | 'body'>): ApiStatus {
  if (typeof body === 'object' && body !== null && 'kind' in body && body.kind === 'Status') {
    const { message, reason } = body as { message?: string; reason?: string }
    return { code: status, reason: reason ?? '', message: message ?? reason ?? `HTTP ${status}` }
  }
  const text = (typeof body === 'string' ? body : JSON.stringify(body)).trim().slice(0, 300)
  return { code: status, reason: '', message: text === '' ? `HTTP ${status}` : text }
}

/** The error for an answer that is not what was asked for. `what` reads after "the API server refused to". */
export function apiError(what: string, answer: Pick<ApiAnswer, 'status' | 'body'>): MeshproofError {
  const status = statusOf(answer)
  const seen = `${status.code}${status.reason && ` ${status.reason}`}: ${status.message}`
  if (status.code === 401) {
    return new MeshproofError({
      code: 'api-unauthorized',
      message: `the API server refused to ${what}: it does not accept the kubeconfig's credentials`,
      seen,
      next: 'kubectl auth whoami',
    })
  }
  if (status.code === 403) {
    return new MeshproofError({
      code: 'api-forbidden',
      message: `the API server refused to ${what}`,
      seen,
      next: 'kubectl auth can-i --list',
    })
  }
  if (status.code === 429) {
    return new MeshproofError({ code: 'api-busy', message: `the API server is too busy to ${what}`, seen })
  }
  if (status.message.includes('failed calling webhook')) {
    return new MeshproofError({
      code: 'webhook-unreachable',
      message: `the API server could not ask its admission webhook to ${what}`,
      seen,
      next: 'kubectl get pods -n istio-system; is istiod ready?',
    })
  }
  return new MeshproofError({ code: 'api-error', message: `the API server refused to ${what}`, seen })
}
