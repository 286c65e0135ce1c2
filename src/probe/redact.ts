/** Stands for a token wherever one would be kept. */
export const TOKEN_STANDIN = '$TOKEN'

/** A JWT in compact form: header and payload begin with `{"`. Its signature may be missing. */
const JWT = /\beyJ[\w-]{4,}\.eyJ[\w-]*\.[\w-]*/g

/** The text without the token that was sent, and without whatever else looks like one: an app may echo what it got. */
export function redact(text: string, token: string | undefined): string {
  return (token ? text.replaceAll(token, TOKEN_STANDIN) : text).replace(JWT, TOKEN_STANDIN)
}

const HIDDEN = '[redacted]'
const PRIVATE_KEY = /-----BEGIN ([A-Z ]*)PRIVATE KEY-----[\s\S]*?(?:-----END \1PRIVATE KEY-----|$)/g
const CREDENTIALS = /\b(Bearer|Basic)(\s+)[\w.~+/=-]+/gi
/** The private members of a JSON Web Key, RFC 7518 section 6. */
const PRIVATE_MEMBER = /(\\*"(?:d|p|q|dp|dq|qi|k)\\*"\s*:\s*\\*")[\w-]{16,}/g

/** Any text that a cluster gave, without tokens, credentials and the private parts of keys and certificates. */
export function redactSecrets(text: string): string {
  return redact(text, undefined).replace(PRIVATE_KEY, HIDDEN).replace(CREDENTIALS, `$1$2${HIDDEN}`).replace(PRIVATE_MEMBER, `$1${HIDDEN}`)
}
