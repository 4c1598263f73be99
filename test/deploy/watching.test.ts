/** What a deployed function says arrives in CloudWatch Logs, by its own role, and is found again by the id of its call. */
import { describe, expect, test, vi } from 'vitest'
import { call, type Deployment, guarded, logLines } from './deployment.ts'

describe.skipIf(guarded.length === 0)('the log of what is deployed (npm run test:deploy)', () => {
  test.each(guarded)('$name: a call is one line of metrics with its id', async (deployment: Deployment) => {
    const id = `find-${crypto.randomUUID()}`
    await call(deployment, 'GET', '/topics/there-is-none', { headers: { 'x-correlation-id': id } })
    const found = await vi.waitFor(
      async () => {
        const lines = await logLines(deployment, deployment.outputs.TopicsLogGroup ?? '')
        const line = lines.find((each) => each.includes(id))
        if (line === undefined) throw new Error(`${lines.length} lines, none of which has the id`)
        return line
      },
      { timeout: 60_000, interval: 500 },
    )
    expect(JSON.parse(found)).toMatchObject({
      service: 'gregor',
      function: 'topics',
      status: '404',
      correlation_id: id,
      ClientErrors: 1,
      Duration: expect.any(Number),
    })
  })
})
