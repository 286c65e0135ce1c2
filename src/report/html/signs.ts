import type { Verdict } from '../../run/result.ts'
import { html, type Markup } from './markup.ts'

/** A verdict in words, for those who do not see the sign. */
export const VERDICT_WORDS: Readonly<Record<Verdict, string>> = {
  pass: 'as declared',
  fail: 'not as declared',
  inconclusive: 'inconclusive',
}

/** A verdict as a sign that differs in shape as well as in colour. */
export function verdictSign(verdict: Verdict): Markup {
  return html`<svg class="sign ${verdict}" role="img" aria-label="${VERDICT_WORDS[verdict]}"><use href="#i-${verdict}"/></svg>`
}

/** A picture beside words that say the same. */
export function icon(name: 'mtls' | 'plain' | 'tls-failed' | 'copy' | 'theme' | 'close' | 'left' | 'right' | 'clock'): Markup {
  return html`<svg class="icon" aria-hidden="true"><use href="#i-${name}"/></svg>`
}

/** Every sign once; the page refers to them. */
export const SPRITE = html`<svg class="sprite" aria-hidden="true" width="0" height="0">
<symbol id="i-pass" viewBox="0 0 16 16"><circle cx="8" cy="8" r="8" class="disc"/><path d="m4.4 8.3 2.4 2.4 4.8-5" class="stroke"/></symbol>
<symbol id="i-fail" viewBox="0 0 16 16"><path d="M5 0h6l5 5v6l-5 5H5l-5-5V5z" class="disc"/><path d="m5 5 6 6m0-6-6 6" class="stroke"/></symbol>
<symbol id="i-inconclusive" viewBox="0 0 16 16"><path d="M7.1 1.1a1 1 0 0 1 1.8 0l6.9 13a1 1 0 0 1-.9 1.4H1.1a1 1 0 0 1-.9-1.4z" class="disc"/><path d="M8 5.6v4.2M8 12.5v.2" class="stroke"/></symbol>
<symbol id="i-mtls" viewBox="0 0 16 16"><path d="M4.5 7V5a3.5 3.5 0 0 1 7 0v2" class="line"/><rect x="3" y="7" width="10" height="7" rx="1.6" class="full"/></symbol>
<symbol id="i-plain" viewBox="0 0 16 16"><path d="M4.5 7V5a3.5 3.5 0 0 1 6.8-1.2" class="line"/><rect x="3.7" y="7.7" width="8.6" height="5.6" rx="1.2" class="line"/></symbol>
<symbol id="i-tls-failed" viewBox="0 0 16 16"><path d="M4.5 7V5a3.5 3.5 0 0 1 7 0v2" class="line"/><rect x="3.7" y="7.7" width="8.6" height="5.6" rx="1.2" class="line"/><path d="m2 2 12 12" class="line"/></symbol>
<symbol id="i-copy" viewBox="0 0 16 16"><rect x="5.5" y="5.5" width="8" height="8.5" rx="1.5" class="line"/><path d="M10.5 3.5v-1h-8v9h1" class="line"/></symbol>
<symbol id="i-theme" viewBox="0 0 16 16"><circle cx="8" cy="8" r="6.2" class="line"/><path d="M8 1.8a6.2 6.2 0 0 1 0 12.4z" class="full"/></symbol>
<symbol id="i-close" viewBox="0 0 16 16"><path d="m3.5 3.5 9 9m0-9-9 9" class="line"/></symbol>
<symbol id="i-left" viewBox="0 0 16 16"><path d="M10 3 5 8l5 5" class="line"/></symbol>
<symbol id="i-right" viewBox="0 0 16 16"><path d="m6 3 5 5-5 5" class="line"/></symbol>
<symbol id="i-clock" viewBox="0 0 16 16"><circle cx="8" cy="8" r="6.2" class="line"/><path d="M8 4.5V8l2.4 1.6" class="line"/></symbol>
</svg>`
