/** A client of a cluster in memory, for tests: nothing listens, requests are values. */
import { GregorClient, type GregorClientOptions } from '../../lib/client/client.ts'
import { type TestCluster, testCluster } from '../http/cluster.ts'

type Answer = (request: Request) => Response | undefined | Promise<Response | undefined>

/** A client of an app in memory; `before` may answer in its place, as a proxy or a broken network would. */
export function connect(options: Partial<GregorClientOptions> & { cluster?: TestCluster; before?: Answer } = {}) {
  const { cluster = testCluster(), before, ...rest } = options
  const requests: Request[] = []
  const fetch = async (input: unknown, init?: RequestInit) => {
    const request = new Request(input as string, init)
    requests.push(request)
    request.signal.throwIfAborted()
    return (await before?.(request.clone())) ?? cluster.app.fetch(request)
  }
  const client = new GregorClient({
    url: 'http://gregor/',
    fetch: fetch as typeof globalThis.fetch,
    retry: { backoffMs: 1 },
    ...rest,
  })
  return { client, cluster, requests }
}
