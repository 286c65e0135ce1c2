import { formatDecider } from './format.ts'
import { type Problem, partOfWord, problemAt } from './problem.ts'
import type { DraftCell } from './read-expect.ts'

/** A port-forward ends inside the pod, on its loopback interface: what can be asked that way, and what can be seen of it? */
export function lintForward({ cell: { to, question, declared }, source, destination, declaration }: DraftCell): Problem[] {
  const problems: Problem[] = []
  if (to.kind !== 'pod') {
    const next = to.kind === 'service' ? `write \`pod/${to.text}\`, with the pod's own port` : 'write `pod/app.namespace:port`'
    problems.push(problemAt(destination, { code: 'bad-destination', message: 'a port-forward goes to a pod', next }))
  }
  if (question.kind === 'tcp') {
    const message = 'a port-forward is asked over HTTP only'
    problems.push(problemAt(source, { code: 'bad-source', message, next: 'ask from `app.namespace`, or with `http:`' }))
  }
  if (declared.wire) {
    const message = `a port-forward comes over the pod's own loopback, so \`${declared.wire}\` cannot be seen`
    problems.push(problemAt(partOfWord(declaration, declared.wire), { code: 'no-capture', message, next: 'declare no wire here' }))
  }
  if (declared.by && declared.by.kind !== 'app') {
    const by = formatDecider(declared.by)
    const message = `a port-forward passes the sidecar by: \`${by}\` cannot decide on it`
    const part = declaration.text.split(' by ')[1] ?? ''
    problems.push(problemAt(partOfWord(declaration, `by ${part}`), { code: 'decider-misfit', message, next: 'only `by app` can be' }))
  }
  return problems
}
