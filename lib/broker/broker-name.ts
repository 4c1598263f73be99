/** Brokers as resources of configs: named by their ids, and each asked about itself only. */
import type { BrokerServices } from './services.ts'

/** Why this does not name the broker that is asked, in Kafka's words, or `undefined`. `what` the id is called. */
export function ownBrokerProblem(
  { brokers }: BrokerServices,
  name: string,
  what: 'Node id' | 'Broker id',
  expected = `expected ${brokers.self}`,
): string | undefined {
  if (!/^[+-]?\d{1,10}$/.test(name)) return `${what} must be an integer, but it is: ${name}`
  if (Number(name) === brokers.self) return undefined
  return `Unexpected broker id, ${expected}, but received ${name}`
}
