/** Which function an API sends a request to: the rule that a deployment writes as its gateway's routes. */
import type { FunctionName } from '../../cdk/gregor-props.ts'

/** `janitor` is called by a schedule, never over HTTP. */
export function functionFor(method: string, path: string): Exclude<FunctionName, 'janitor'> {
  if (path === '/kafka') return 'kafka'
  // Of the two that could answer it: whether objects can be read, it alone can say.
  if (method === 'GET' && path === '/healthz') return 'fetch'
  if (path.startsWith('/groups/') || /^\/v3\/clusters\/[^/]+\/consumer-groups(\/|$)/.test(path)) return 'commit'
  if (method === 'POST' && path.startsWith('/topics/')) return 'produce'
  if (method === 'GET' && /^\/topics\/[^/]+\/partitions\/[^/]+\/(records|offsets)$/.test(path)) return 'fetch'
  return 'topics'
}
