import { MeshproofError } from '../error.ts'

/** One line of `doctor`. */
export interface Check {
  readonly title: string
  /** `warn`: works, but less can be proven or done than could be. `fail`: no run can work. */
  readonly state: 'ok' | 'warn' | 'fail'
  readonly seen: string
  /** What to do about it; a command where there is one. */
  readonly next?: string | undefined
}

/** A known fault of a check is its result; anything else is a bug and comes out. */
export async function checked(title: string, work: () => Promise<Omit<Check, 'title'>>): Promise<Check> {
  try {
    return { title, ...(await work()) }
  } catch (error) {
    if (!(error instanceof MeshproofError)) throw error
    const seen = [error.message, error.seen].filter((text) => text !== undefined).join(': ')
    return { title, state: 'fail', seen, next: error.next }
  }
}
