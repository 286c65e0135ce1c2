import { expect, test } from 'vitest'
import { html, trusted } from './markup.ts'

test('every value is escaped, in text and in attributes', () => {
  const value = `<b class="x" id='y'>&`
  expect(html`<p title="${value}">${value}</p>`.text).toMatchInlineSnapshot(
    `"<p title="&lt;b class=&quot;x&quot; id=&#39;y&#39;&gt;&amp;">&lt;b class=&quot;x&quot; id=&#39;y&#39;&gt;&amp;</p>"`,
  )
})

test('markup in markup stays, lists are joined, what is not there is left out', () => {
  const items = ['a', '<b>'].map((one) => html`<li>${one}</li>`)
  expect(html`<ul>${items}${undefined}${false}${0}</ul>`.text).toBe('<ul><li>a</li><li>&lt;b&gt;</li>0</ul>')
  expect(html`${trusted('<i>')}`.text).toBe('<i>')
})

test('a text that only looks like markup is text', () => {
  const forged = JSON.parse('{"text": "<script>"}') as string
  expect(() => html`${forged}`).toThrow()
})

test('signs that hide or that turn the direction of text are named', () => {
  expect(html`${'deny\u202egpj.a\u0000b\ud800\r\n\tc'}`.text).toBe('deny⟨U+202E⟩gpj.a⟨U+0000⟩b⟨U+D800⟩\n\tc')
})
