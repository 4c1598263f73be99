/** All clients of one cluster: producers of both kinds on every partition, and a group that reads and commits. */
import { ClusterClient, pause } from '../failover/cluster-client.ts'
import { NoAnswer } from '../failover/wire-connection.ts'
import { Auditor } from './auditor.ts'
import type { Chance } from './chance.ts'
import { GroupMember } from './group-member.ts'
import { History } from './history.ts'
import { ChaosProducer } from './producer.ts'

const partitions = 3
const members = 2
/** Everybody must get on again this soon after the last fault, ms. */
const recoveryMsMax = 60_000
const pollMs = 20

export interface WorkloadParts {
  readonly bootstrap: readonly string[]
  readonly topic: string
  readonly chance: Chance
  /** The longest that a producer rests after a round, ms. */
  readonly pauseMsMax: number
}

export class Workload {
  readonly history = new History()
  readonly #parts: WorkloadParts
  readonly #auditor: Auditor
  readonly #producers: ChaosProducer[] = []
  readonly #members: GroupMember[]
  /** Not a member: it only asks. */
  readonly #asker: GroupMember
  readonly #running: Promise<unknown>[] = []
  #consuming: Promise<unknown>[] = []
  #crash: unknown

  constructor(parts: WorkloadParts) {
    this.#parts = parts
    const { bootstrap, topic, chance } = parts
    const { history } = this
    this.#auditor = new Auditor({ bootstrap, topic, partitions, history, chance: chance.fork() })
    const member = (name: string) =>
      new GroupMember({ name, bootstrap, topic, groupId: 'readers', chance: chance.fork(), history })
    this.#members = Array.from({ length: members }, (_, n) => member(`member ${n}`))
    this.#asker = member('asker')
  }

  async start(): Promise<void> {
    const { bootstrap, topic, chance, pauseMsMax } = this.#parts
    const client = new ClusterClient(bootstrap)
    await client.createTopic(topic, partitions)
    client.close()
    for (let partition = 0; partition < partitions; partition++) {
      for (const kind of ['idempotent', 'plain'] as const) {
        const name = `${kind[0]}${partition}`
        const { history } = this
        const parts = { name, bootstrap, topic, partition, chance: chance.fork(), history, pauseMsMax }
        this.#producers.push(await ChaosProducer.open(parts, kind))
      }
    }
    this.#running.push(...this.#producers.map((producer) => this.#guarded(producer.run())))
    this.#consuming = this.#members.map((member) => this.#guarded(member.run()))
  }

  /** A bug of the driver, or an answer that cannot be read, ends the run. */
  async #guarded(run: Promise<void>): Promise<void> {
    try {
      await run
    } catch (fault) {
      this.#crash ??= fault
    }
  }

  /** Until each producer has had something acknowledged that it has sent from now on. Answers who has not. */
  async recovered(): Promise<string[]> {
    // One round may have been under way: what it brings was sent before.
    const wanted = this.#producers.map(({ acknowledged }) => acknowledged + 1)
    const late = () => this.#producers.filter(({ acknowledged }, n) => acknowledged < (wanted[n] ?? 0))
    await this.#until(() => late().length === 0)
    return late().map(({ name }) => `${name} got nothing acknowledged for ${recoveryMsMax} ms after the fault`)
  }

  async audit(extent: 'some again' | 'all again'): Promise<string[]> {
    try {
      await this.#until(async () => (await this.#committed()) !== undefined)
      return await this.#auditor.audit(extent)
    } catch (fault) {
      return [...this.history.wrongs, String(fault instanceof Error ? fault.message : fault)]
    }
  }

  /** No new batches; all is decided, read, and committed by the group. Answers what is not. */
  async finish(): Promise<string[]> {
    for (const producer of this.#producers) producer.stop()
    const undecided = () => this.#producers.filter(({ isDecided }) => !isDecided)
    await this.#until(() => undecided().length === 0)
    const wrongs = undecided().map(({ name }) => `${name} was not told what became of its last batches`)
    wrongs.push(...(await this.audit('all again')))
    if (wrongs.length === 0 && !(await this.#groupIsThrough()))
      wrongs.push('the group did not reach the end of the log')
    return wrongs
  }

  async #groupIsThrough(): Promise<boolean> {
    const ends = this.#auditor.endOffsets
    return this.#until(async () => {
      const committed = await this.#committed()
      return ends.every((end, partition) => committed?.get(partition) === end)
    })
  }

  /** What the group has committed, which is held against what its members were told; `undefined`: nobody answered. */
  #committed(): Promise<ReadonlyMap<number, number> | undefined> {
    return this.#asker.committedOffsets([...Array(partitions).keys()])
  }

  close(): void {
    for (const each of [...this.#producers, ...this.#members, this.#asker]) each.close()
    this.#auditor.close()
  }

  async ended(): Promise<void> {
    await Promise.all([...this.#running, ...this.#consuming])
  }

  /** For the last line; the names are words. */
  get counts(): Readonly<Record<string, number>> {
    const { acknowledgedRecords, refusedTries, unansweredTries, commits } = this.history
    return {
      'records acknowledged': acknowledgedRecords,
      'tries refused': refusedTries,
      'tries unanswered': unansweredTries,
      'records consumed': this.#members.reduce((sum, { records }) => sum + records, 0),
      'offsets committed': commits,
      'times a member began anew': this.#members.reduce((sum, { rejoined }) => sum + rejoined, 0),
      'batches read again': this.#auditor.batchesReadAgain,
      audits: this.#auditor.audits,
    }
  }

  /** False: not in all that time. */
  async #until(isDone: () => boolean | Promise<boolean>): Promise<boolean> {
    for (const sinceMs = Date.now(); Date.now() - sinceMs < recoveryMsMax; await pause(pollMs)) {
      if (await isDone()) return true
      if (this.#crash !== undefined) throw this.#crash
    }
    return false
  }
}

/** Calls until somebody answers. */
export async function insisting<T>(call: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await call()
    } catch (fault) {
      if (!(fault instanceof NoAnswer) || tries > 100) throw fault
      await pause(100)
    }
  }
}
