/**
 * Where this process listens for Kafka clients, and what they are told: Kafka's `listeners` and `advertised.listeners`, with
 * the options of a command above them.
 */

import type { BrokerConfig } from '../cluster/broker-config.ts'
import { type Listener, readListeners } from '../cluster/listeners.ts'
import { StartRefused } from './start-refused.ts'

export interface KafkaListenerOptions {
  /** 0: a free one. Above what `listeners` says. */
  readonly kafkaPort?: number
  readonly host?: string
  /** `host:port`. Above what `advertised.listeners` says. */
  readonly advertised?: string
}

export interface KafkaListener {
  readonly host: string
  readonly port: number
  /** What clients are told; port 0 is the one that is listened on. */
  readonly advertised: { readonly host: string; readonly port: number }
}

/** Of no address in particular: a name is told to clients in its place, as Kafka does. */
const isEverywhere = (host: string) => host === '' || host === '0.0.0.0' || host === '::'

/** `listenersSet`: whether `settings.listeners` is more than the default. Throws a `StartRefused`. */
export function kafkaListener(
  options: KafkaListenerOptions,
  settings: Pick<BrokerConfig, 'listeners' | 'advertisedListeners'>,
  { listenersSet, hostname }: { readonly listenersSet: boolean; readonly hostname: string },
): KafkaListener {
  const set = listenersSet ? plaintext(settings.listeners ?? [], 'listeners') : undefined
  const host = options.host ?? set?.host ?? '127.0.0.1'
  const port = options.kafkaPort ?? set?.port ?? 9092
  const told =
    options.advertised === undefined
      ? plaintext(settings.advertisedListeners ?? [], 'advertised.listeners')
      : plaintext([`PLAINTEXT://${options.advertised}`], '--advertised')
  const advertisedHost = told?.host ?? (isEverywhere(host) ? hostname : host)
  if (isEverywhere(advertisedHost)) {
    throw new StartRefused(
      'settings-illegal',
      `Clients cannot connect to '${advertisedHost}': it is no host’s address.`,
    )
  }
  return { host: host === '' ? '::' : host, port, advertised: { host: advertisedHost, port: told?.port ?? port } }
}

/** The one listener there is. Gregor listens once, without TLS. */
function plaintext(entries: readonly string[], name: string): Listener | undefined {
  const reading = readListeners(entries)
  if ('problem' in reading) throw new StartRefused('settings-illegal', `${name}: ${reading.problem}`)
  // A combined KRaft server's file has its controller's listener beside the broker's.
  const listeners = reading.listeners.filter((listener) => listener.name !== 'CONTROLLER')
  if (listeners.length > 1) {
    throw new StartRefused('settings-illegal', `${name} names ${listeners.length} listeners; one is listened on.`)
  }
  return listeners[0]
}
