/**
 * Breaks recorded requests and sends them to a broker: each is answered with a frame that a client can read, or closes its
 * connection; nothing is ever a bug. Run by the tests with a few thousand, by hand with more:
 * `node test/broker/fuzz.ts 1000000 [seed]`.
 */
import { allHandlers } from '../../lib/broker/all-handlers.ts'
import { ClosesConnection } from '../../lib/broker/handler.ts'
import { decodeResponse, openRequest } from '../../lib/wire/messages.ts'
import { MalformedFrame } from '../../lib/wire/wire-errors.ts'
import { broken, type Choose } from '../wire/fuzz.ts'
import { recordedFrame, recordedPairs } from '../wire/recorded.ts'
import { seeded } from '../world/seeded.ts'
import { SimClock } from '../world/sim-clock.ts'
import { BrokerWorld, overTcp } from './world.ts'

export interface FuzzReport {
  readonly answered: number
  readonly closed: number
}

/** A cluster grows with what frames create in it, so that it is a new one now and then. */
const framesPerCluster = 200

const recorded = recordedPairs.filter(({ key }) => allHandlers.some(({ api }) => api.key === key))

/** What recorded frames name most. */
const topicNames = ['sweep', 'rec-2.1.1']

/** @param keys the APIs to try; all that are served where they are left out. */
export async function fuzz(frames: number, seed: number, keys?: ReadonlySet<number>): Promise<FuzzReport> {
  const { fraction } = seeded(seed)
  const choose: Choose = (below) => Math.floor(fraction() * below)
  const counts = { answered: 0, closed: 0 }
  const corpus = recorded.filter(({ key }) => keys === undefined || keys.has(key))
  const sources = new Map(corpus.map(({ request }) => [request, recordedFrame(request)]))
  let cluster = await newCluster()
  for (let index = 0; index < frames; index++) {
    if (index % framesPerCluster === 0) cluster = await newCluster()
    const pair = corpus[choose(corpus.length)]
    if (pair === undefined) throw new Error('no recorded frames')
    const bytes = broken(sources.get(pair.request) as Buffer, choose)
    try {
      counts[await outcomeOf(cluster, bytes)]++
      const [reported] = cluster.world.reported
      if (reported !== undefined) throw reported
    } catch (cause) {
      throw new Error(`seed ${seed}, frame ${index}, from ${pair.request}: ${bytes.toString('hex')}`, { cause })
    }
  }
  return counts
}

async function newCluster() {
  const clock = new SimClock()
  const world = new BrokerWorld({ clock })
  for (const name of topicNames) await clock.run(world.createTopic(name, 3))
  return { clock, world }
}

async function outcomeOf(
  { clock, world }: Awaited<ReturnType<typeof newCluster>>,
  bytes: Buffer,
): Promise<keyof FuzzReport> {
  try {
    const { response } = await clock.run(world.broker.handle(Buffer.from(bytes), overTcp()))
    if (response !== 'no-response') {
      const opened = openRequest(Buffer.from(bytes))
      // An ApiVersions of the future is answered too, in version 0.
      const { api, header } = opened
      if (api && opened.kind === 'request') {
        decodeResponse(api, header.requestApiVersion, Buffer.concat(response).subarray(4))
      }
    }
    return 'answered'
  } catch (fault) {
    if (fault instanceof MalformedFrame || fault instanceof ClosesConnection) return 'closed'
    throw fault
  }
}

if (import.meta.main) {
  const [frames = '100000', seed = '1', ...keys] = process.argv.slice(2)
  console.log(await fuzz(Number(frames), Number(seed), keys.length === 0 ? undefined : new Set(keys.map(Number))))
}
