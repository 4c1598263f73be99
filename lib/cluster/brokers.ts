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
  /**
   * Those that are alive as this process knows it, ascending by id; never empty. This one is among them unless its own lease
   * has lapsed while others live. Answered from memory.
   */
  live(): readonly BrokerNode[]
  /**
   * Since when, in ms of this process's clock, this broker has held its lease without a break; `undefined`: it does not hold
   * it now (it was paused, or the store is away), so others may have been elected in its place and it leads nothing. What was
   * known of leaders before that time is to be looked up again.
   */
  leasedSinceMs(): number | undefined
}
