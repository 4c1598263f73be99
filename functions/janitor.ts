/**
 * Cleans up, on a schedule: one bounded step an invocation, as long as its time allows. It may run twice at once, and die at
 * any point. It needs to read, write and delete items and objects.
 */
import { janitorCallsPerRunMax, janitorQuietPauseMsMax, janitorSpareMs } from '../lib/base/limits.ts'
import { lambdaCall } from '../lib/http/lambda-call.ts'
import { Janitor } from '../lib/janitor/janitor.ts'
import { bucket } from './bucket.ts'
import { brokerSettings, clock, entropy, report, topics } from './environment.ts'
import { groupMembers } from './group-members.ts'
import { connected, meta } from './stores.ts'
import { watch } from './watching.ts'

const janitor = new Janitor({ meta, ...bucket, clock, entropy, topics, offsets: groupMembers, onLoss: report }, () => {
  const { offsetsRetentionMinutes, producerIdExpirationMs } = brokerSettings.config
  const [offsetsRetentionMs, producerExpirationMs] = [offsetsRetentionMinutes * 60_000, producerIdExpirationMs]
  return { offsetsRetentionMs, producerExpirationMs, quietPauseMsMax: janitorQuietPauseMsMax }
})
// Without metrics: Lambda's own say how long it took, and these would cost something while nobody calls.
const watched = watch('janitor')

async function clean(msMax: number) {
  await brokerSettings.freshen().catch(report)
  const done = await janitor.step({ budget: { callsMax: janitorCallsPerRunMax, msMax } })
  for (const fault of done.faults) report(fault)
  await Promise.all([connected, bucket.connected])
  return { atRest: done.atRest, calls: done.calls, counts: done.counts, unreadable: done.unreadable }
}

/** The event says nothing that is needed. The answer, for the log: what was done. What it throws is an error of Lambda's. */
export async function handler(event: unknown, context: { getRemainingTimeInMillis(): number }) {
  let done: Awaited<ReturnType<typeof clean>> | undefined
  await watched(lambdaCall(event, context), async () => {
    done = await clean(Math.max(0, context.getRemainingTimeInMillis() - janitorSpareMs))
    return 200
  })
  return done
}
