/** Stands for a token wherever one would be kept. */
export const TOKEN_STANDIN = '$TOKEN'

/** A JWT in compact form: header and payload begin with `{"`. Its signature may be missing. */
const JWT = /\beyJ[\w-]{4,}\.eyJ[\w-]*\.[\w-]*/g

/** The text without the token that was sent, and without whatever else looks like one: an app may echo what it got. */
export function redact(text: string, token: string | undefined): string {
  return (token ? text.replaceAll(token, TOKEN_STANDIN) : text).replace(JWT, TOKEN_STANDIN)
}
