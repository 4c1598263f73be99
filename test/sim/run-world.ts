/**
 * Runs one world to its end, and judges it. While clients are busy, everything goes wrong that the weather has; then it clears
 * up, all that is under way arrives, and a process that knows nothing reads what there is.
 */
import { partitionKey } from '../../lib/log/keys.ts'
import { afterwards, guests } from './afterwards.ts'
import { checkPartition } from './checks/check-log.ts'
import { settleNames } from './checks/check-names.ts'
import { isAskedFor, retentionProblem } from './checks/check-retention.ts'
import { linearize } from './checks/linearizable.ts'
import { fleetingIdempotent, fleetingProducer, fleetingReader, host } from './clients/fleeting.ts'
import { groupMember } from './clients/members.ts'
import { cleaner, elector, fate, reader, trimmer } from './clients/others.ts'
import { idempotentProducer, mixedProducer, plainProducer } from './clients/producers.ts'
import { GroupRecord } from './group-record.ts'
import { amountsOf, type SimOptions, simDefaults } from './sim-options.ts'
import type { StoryLine } from './story.ts'
import { nameOf } from './witness.ts'
import { described, World } from './world.ts'

export interface Outcome {
  readonly seed: number
  /** What must not be, in words; none is as it should be. */
  readonly violations: readonly string[]
  /** What happened, where it was asked for. */
  readonly story: readonly StoryLine[]
  /** Whoever and whatever took part, by the names that `SimOptions.without` takes. */
  readonly parts: readonly string[]
  /** What went wrong, by the names that `SimOptions.only` takes. */
  readonly mishaps: readonly string[]
  readonly counts: Readonly<Record<string, number>>
}

/** The same seed and options: the same outcome, to the letter. */
export async function runWorld(seed: number, options: Partial<SimOptions> = {}): Promise<Outcome> {
  const world = new World(seed, { ...simDefaults, ...options })
  const parts: string[] = []
  let undecided = 0
  try {
    watchesRetention(world)
    await world.scheduler.run(world.start())
    await world.scheduler.run(everybody(world, parts))
    await clearUp(world)
    const last = world.startProcess(0)
    await world.scheduler.run(afterwards(world, last))
    last.life.kill()
    await world.witness.settled()
    undecided = judge(world)
  } catch (fault) {
    world.history.violation(`the world: ${described(fault)}`)
  }
  const { history, story, mishaps, counts, scheduler } = world
  return {
    seed,
    violations: history.violations,
    story: story.lines,
    parts,
    mishaps: mishaps.happened,
    counts: {
      ...counts,
      topics: world.topics.count,
      operations: history.operations.length,
      steps: scheduler.steps,
      undecided,
    },
  }
}

/** As in `features.ts`: in small worlds what costs most is half as frequent. */
const groupShareOf = ({ size }: SimOptions): number => (size === 'small' ? 0.1 : 0.2)

function everybody(world: World, parts: string[]): Promise<unknown> {
  const { features } = world
  const { fraction } = world.entropy('clients')
  const { producers, readers } = amountsOf(world.options)
  const named = (name: string) => {
    parts.push(name)
    return name
  }
  const all: Promise<void>[] = []
  const hasGroup = fraction() < groupShareOf(world.options)
  if (hasGroup) {
    world.readPauseMs = 1_500
    const { group } = features
    const record = new GroupRecord(world, group, fraction() < 0.5 ? 'eager' : 'cooperative')
    const members = 2 + Math.floor(fraction() * 2)
    for (let nth = 0; nth < members; nth++) {
      const isStatic = features.hasStaticMembers && fraction() < 0.7
      all.push(groupMember(world, record, named(`${group}-${nth}`), group, isStatic))
    }
  }
  for (let nth = 0; nth < (hasGroup ? 1 : producers); nth++) {
    const isPlain = fraction() < 0.4
    const isMixed = fraction() < 0.15
    if (isPlain) all.push(plainProducer(world, named(`plain-${nth}`)))
    else if (isMixed) all.push(mixedProducer(world, named(`both-${nth}`), nth))
    else all.push(idempotentProducer(world, named(`idem-${nth}`), nth))
  }
  if (features.hasFleetingTopic) {
    all.push(host(world, named('host')), host(world, named('other host')), fleetingReader(world, named('guest-reader')))
    all.push(fleetingProducer(world, named('guest')), fleetingIdempotent(world, named('guest-idem'), 100))
  }
  for (let nth = 0; nth < readers; nth++) all.push(reader(world, named(`reader-${nth}`)))
  const cleaners = Math.floor(fraction() * 3)
  const needed = features.retention || features.hasFleetingTopic ? 1 : 0
  for (let nth = 0; nth < Math.max(cleaners, needed); nth++) all.push(cleaner(world, named(`cleaner-${nth}`)))
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

/** What no client asks for is judged when it happens. */
function watchesRetention(world: World): void {
  const { retention } = world.features
  if (!retention) return
  world.witness.whenTrimmed = (truth, logStart, process) => {
    if (isAskedFor(world.history, truth, logStart)) return
    world.counts.expiries++
    const problem = retentionProblem(retention, { truth, logStart, latestMs: world.scheduler.now() + world.aheadMs })
    if (problem) world.history.violation(`${process}: ${problem}`)
  }
}

/** Answers how many histories were too much for the search. */
function judge(world: World): number {
  const { history, ids, witness, options, features } = world
  let undecided = 0
  settleNames(world)
  world.topics.judgeDeletions()
  const operationsOf = Map.groupBy(history.operations, ({ id }) => partitionKey(id))
  for (const id of [...ids, ...guests(world, () => true)]) {
    const key = partitionKey(id)
    const operations = operationsOf.get(key) ?? []
    const truth = witness.truths.get(key)
    // Of a topic that is gone the bytes may be swept before a late writer names them: nobody knows then what they were.
    const isUnread = truth && Array.from(truth.values).includes(undefined as never)
    if (isUnread && world.topics.byPartition(key)?.until !== undefined) continue
    checkPartition(history, truth, operations)
    if (options.size !== 'small') continue
    const linearized = linearize(operations, { expires: features.retention !== undefined })
    if (linearized.is === 'undecided') undecided++
    if (linearized.is === 'not linearizable') {
      history.violation(
        `${nameOf(id)} has no order in which all could have happened; stuck at ${linearized.stuck.join('; ')}`,
      )
    }
  }
  return undecided
}
