/** What a connection is given by the gateway that has accepted it: who it is, and what all connections share. */
import type { Clock } from '../base/clock.ts'
import type { Broker } from '../broker/broker.ts'
import type { FrameMemory } from './frame-memory.ts'
import type { GatewayLog } from './gateway-log.ts'
import type { GatewayMetrics } from './gateway-metrics.ts'
import type { MemoryBudget } from './memory-budget.ts'
import type { Pulse } from './pulse.ts'

export interface ConnectionPlace {
  readonly broker: Pick<Broker, 'handle'>
  readonly clock: Clock
  readonly pulse: Pulse
  readonly log: GatewayLog
  readonly metrics: GatewayMetrics
  readonly budget: MemoryBudget
  /** Runs the action when what is settled now has settled: `process.nextTick`. */
  readonly defer: (action: () => void) => void
  /** The client's address, `127.0.0.1`, and with its port, for log lines. */
  readonly address: string
  readonly peer: string
  readonly frameBytesMax: number
  readonly memory: FrameMemory
  /** The connection has so many more bytes, or fewer, that its client does not take. */
  readonly noteUnsent: (change: number) => void
  readonly closed: () => void
}
