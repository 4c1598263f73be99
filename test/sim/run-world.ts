/**
 * Runs one world to its end, and judges it. While clients are busy, everything goes wrong that the weather has; then it clears
 * up, all that is under way arrives, and a process that knows nothing reads what there is.
 */
import { offset, type PartitionId } from '../../lib/base/ids.ts'
import { partitionKey } from '../../lib/log/keys.ts'
import { recordsOf } from '../log/world.ts'
import { checkPartition } from './checks/check-log.ts'
import { linearize } from './checks/linearizable.ts'
import { groupMember } from './clients/members.ts'
import { cleaner, elector, fate, reader, trimmer } from './clients/others.ts'
import { idempotentProducer, plainProducer } from './clients/producers.ts'
import { GroupRecord } from './group-record.ts'
import type { SimProcess } from './process.ts'
import { amountsOf, type SimOptions, simDefaults } from './sim-options.ts'
import { nameOf } from './witness.ts'
import { described, World } from './world.ts'

export interface Outcome {
  readonly seed: number
  /** What must not be, in words; none is as it should be. */
  readonly violations: readonly string[]
  /** What happened, where it was asked for. */
  readonly story: readonly string[]
  /** Whoever and whatever took part, by the names that `SimOptions.without` takes. */
  readonly parts: readonly string[]
  /** Faults that struck, or would have. */
  readonly strikes: number
  readonly counts: Readonly<Record<string, number>>
}

/** The same seed and options: the same outcome, to the letter. */
export async function runWorld(seed: number, options: Partial<SimOptions> = {}): Promise<Outcome> {
  const world = new World(seed, { ...simDefaults, ...options })
  const parts: string[] = []
  let undecided = 0
  try {
    await world.scheduler.run(world.start())
    await world.scheduler.run(everybody(world, parts))
    await clearUp(world)
    const last = world.startProcess(0)
    for (const id of world.ids) await world.scheduler.run(readsAll(world, last, id))
    last.life.kill()
    undecided = judge(world)
  } catch (fault) {
    world.history.violation(`the world: ${described(fault)}`)
  }
  const { history, story, strikes, counts, scheduler } = world
  return {
    seed,
    violations: history.violations,
    story: story.lines,
    parts,
    strikes,
    counts: { ...counts, operations: history.operations.length, steps: scheduler.steps, undecided },
  }
}

function everybody(world: World, parts: string[]): Promise<unknown> {
  const { fraction } = world.entropy('clients')
  const { producers, readers } = amountsOf(world.options)
  const named = (name: string) => {
    parts.push(name)
    return name
  }
  const all: Promise<void>[] = []
  const hasGroup = fraction() < 0.2
  if (hasGroup) {
    world.readPauseMs = 1_500
    const kind = fraction() < 0.5 ? 'classic' : 'consumer'
    const record = new GroupRecord(world, kind)
    const members = 2 + Math.floor(fraction() * 2)
    for (let nth = 0; nth < members; nth++) all.push(groupMember(world, record, named(`${kind}-${nth}`), kind))
  }
  for (let nth = 0; nth < (hasGroup ? 1 : producers); nth++) {
    const isPlain = fraction() < 0.4
    all.push(
      isPlain ? plainProducer(world, named(`plain-${nth}`)) : idempotentProducer(world, named(`idem-${nth}`), nth),
    )
  }
  for (let nth = 0; nth < readers; nth++) all.push(reader(world, named(`reader-${nth}`)))
  const cleaners = Math.floor(fraction() * 3)
  for (let nth = 0; nth < cleaners; nth++) all.push(cleaner(world, named(`cleaner-${nth}`)))
  if (fraction() < 0.4) all.push(trimmer(world, named('trimmer')))
  if (fraction() < 0.4) all.push(elector(world, named('elector')))
  all.push(fate(world, named('fate')))
  return Promise.all(all)
}

/** Nothing fails any more; what is under way arrives. */
async function clearUp(world: World): Promise<void> {
  world.isOver = true
  const processes = [...world.processes, ...world.zombies]
  for (const { life } of processes) life.thaw()
  await world.scheduler.run(world.scheduler.sleep(2_000))
  for (const { life } of processes) life.kill()
  await world.scheduler.runOut()
  await world.witness.settled()
}

/** From the log's start to its end: what lies there is what was written. */
async function readsAll(world: World, process: SimProcess, id: PartitionId): Promise<void> {
  const { history, witness } = world
  const truth = witness.truths.get(partitionKey(id))
  const values = truth?.values ?? []
  const from = truth?.logStart ?? 0
  const invoked = history.moment()
  for (let at = from; ; ) {
    const read = await process.log.read(id, offset(at), { maxBytes: 100_000 })
    if (read.outcome !== 'read') return history.violation(`${nameOf(id)} cannot be read at ${at}: ${read.outcome}`)
    for (const record of read.chunks.flatMap(recordsOf)) {
      if (record.offset < at) continue
      if (record.offset !== at) return history.violation(`${nameOf(id)} has ${record.offset} at ${at}`)
      if (record.value !== values[at])
        history.violation(`${nameOf(id)} has ${record.value} at ${at}, not ${values[at]}`)
      at++
    }
    if (read.chunks.length > 0) continue
    if (at !== values.length) history.violation(`${nameOf(id)} ends at ${at}, not ${values.length}`)
    const answer = { is: 'read', values: values.slice(from, at), end: at } as const
    const asked = { kind: 'read', client: 'everybody', process: process.name, id, from, invoked, answer } as const
    history.add({ ...asked, returned: history.moment() })
    return
  }
}

/** Answers how many histories were too much for the search. */
function judge({ history, ids, witness, options }: World): number {
  let undecided = 0
  for (const id of ids) {
    const operations = history.operations.filter(({ id: { partition } }) => partition === id.partition)
    checkPartition(history, witness.truths.get(partitionKey(id)), operations)
    if (options.size !== 'small') continue
    const linearized = linearize(operations)
    if (linearized.is === 'undecided') undecided++
    if (linearized.is === 'not linearizable') {
      history.violation(
        `${nameOf(id)} has no order in which all could have happened; stuck at ${linearized.stuck.join('; ')}`,
      )
    }
  }
  return undecided
}
