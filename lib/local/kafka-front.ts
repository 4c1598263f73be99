/**
 * The Kafka protocol's listener of a process. Its port is taken before anything is served: a start that fails has shown
 * nothing, and a broker can tell clients its own port.
 */
import { nextTick } from 'node:process'
import type { Clock } from '../base/clock.ts'
import type { BrokerConfigs } from '../cluster/broker-config.ts'
import type { FrameMemory } from '../gateway/frame-memory.ts'
import { Gateway } from '../gateway/gateway.ts'
import type { GatewayLog } from '../gateway/gateway-log.ts'
import type { KafkaListener } from './kafka-listener.ts'
import { listenRefusal } from './listen-refusal.ts'

export interface KafkaFront {
  /** Listening; `serve` is for whoever has the broker. */
  readonly gateway: Gateway
  /** What is listened on, `127.0.0.1:9092`. */
  readonly address: string
  /** What clients are told. */
  readonly advertised: { readonly host: string; readonly port: number }
}

/** What DescribeConfigs shows of the listener: where it came to be, whatever was set. */
export function listenerConfigs({ address, advertised }: KafkaFront): BrokerConfigs {
  return {
    listeners: `PLAINTEXT://${address}`,
    'advertised.listeners': `PLAINTEXT://${addressOf(advertised.host, advertised.port)}`,
  }
}

/** Takes the listener's port, or throws a `StartRefused`. */
export async function openKafkaFront(
  { host, port, advertised }: KafkaListener,
  { clock, log, memory }: { readonly clock: Clock; readonly log: GatewayLog; readonly memory?: FrameMemory },
): Promise<KafkaFront> {
  const gateway = new Gateway({ clock, log, defer: nextTick, ...(memory && { memory }) })
  let taken: number
  try {
    taken = await gateway.listen({ host, port })
  } catch (fault) {
    throw fault instanceof Error ? listenRefusal(fault, 'kafka', host, port) : fault
  }
  return {
    gateway,
    address: addressOf(host, taken),
    advertised: { host: advertised.host, port: advertised.port === 0 ? taken : advertised.port },
  }
}

const addressOf = (host: string, port: number) => `${host.includes(':') ? `[${host}]` : host}:${port}`
