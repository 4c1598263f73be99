/**
 * Brokers: the processes that serve the Kafka protocol. Which of them are alive is a matter of leases (`leased-brokers.ts`)
 * and decides who is named to clients; never what is in the log.
 */

/** Broker 0 are the functions together: always there, and not reachable over TCP. */
export const functionsBrokerId = 0

export interface BrokerNode {
  /** 0 and up; Kafka's `node.id`. */
  readonly id: number
  /** What clients connect to: Kafka's `advertised.listeners`. */
  readonly host: string
  readonly port: number
  readonly rack: string | null
}

export interface Brokers {
  /** This process. */
  readonly self: number
  /** Those that are alive as this process knows it, this one among them, ascending by id. Answered from memory. */
  live(): readonly BrokerNode[]
}
