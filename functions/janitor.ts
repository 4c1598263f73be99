/**
 * Cleans up, on a schedule: one bounded step an invocation, as long as its time allows. It may run twice at once, and die at
 * any point. It needs to read, write and delete items and objects.
 */
import { janitorCallsPerRunMax, janitorSpareMs } from '../lib/base/limits.ts'
import { Janitor } from '../lib/janitor/janitor.ts'
import { brokerSettings, clock, entropy, groupMembers, report, topics } from './environment.ts'
import { connected, meta, objects } from './stores.ts'

const janitor = new Janitor({ meta, objects, clock, entropy, topics, offsets: groupMembers, onLoss: report }, () => {
  const { offsetsRetentionMinutes, producerIdExpirationMs } = brokerSettings.config
  return { offsetsRetentionMs: offsetsRetentionMinutes * 60_000, producerExpirationMs: producerIdExpirationMs }
})

/** The event says nothing that is needed. The answer, for the log: what was done. */
export async function handler(_event: unknown, context: { getRemainingTimeInMillis(): number }) {
  const msMax = Math.max(0, context.getRemainingTimeInMillis() - janitorSpareMs)
  await brokerSettings.freshen().catch(report)
  const done = await janitor.step({ budget: { callsMax: janitorCallsPerRunMax, msMax } })
  for (const fault of done.faults) report(fault)
  await connected
  return { atRest: done.atRest, calls: done.calls, counts: done.counts, unreadable: done.unreadable }
}
