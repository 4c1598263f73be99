/** Those who read, trim, clean up and elect, for as long as somebody writes; and fate. */
import { elect } from '../../../lib/log/election.ts'
import { newHead, parseHead } from '../../../lib/log/head.ts'
import { headKey } from '../../../lib/log/keys.ts'
import { OutcomeUnknown, StoreUnavailable } from '../../../lib/store/errors.ts'
import type { SimProcess } from '../process.ts'
import { hourMs, spread } from '../weather.ts'
import { described, lost, stayingTopic, type World } from '../world.ts'
import { ends, read, trim } from './asking.ts'
import { drawLine } from './draw-line.ts'

import { LogLine } from './log-line.ts'

/** After so many deaths nobody would ever come to an end who waits for a process to live for a moment. */
const crashesMax = 150

const anyOf = <T>(all: readonly T[], fraction: number): T => all[Math.floor(fraction * all.length)] as T

/** Follows all partitions, each time by whichever process, from where it is. */
export function reader(world: World, client: string): Promise<void> {
  const position = new Map<number, number>()
  const line = drawLine(world, client, world.entropy(`${client}'s line`), () => true)
  const asking = { world, client, line }
  return world.meanwhile(client, async (entropy) => {
    for (const id of world.ids) {
      const at = position.get(id.partition) ?? 0
      const target = { topic: stayingTopic, id }
      const process = world.anyProcess(entropy)
      const { answer } = await read(asking, process, target, at, entropy)
      if (answer.is === 'read') position.set(id.partition, at + answer.values.length)
      if (answer.is === 'out-of-range') {
        const start = answer.start ?? (await ends(asking, process, target))?.start
        if (start !== undefined && at > start) {
          world.history.violation(`${client} at ${at} is told that the log ends at ${answer.end ?? 'less'}`)
        }
        if (start !== undefined) position.set(id.partition, start)
      }
      // From the beginning again, at times: what was read once is read again the same.
      if (entropy.fraction() < 0.1) position.set(id.partition, Math.floor(at * entropy.fraction()))
    }
    await world.sleep(entropy.fraction() * world.readPauseMs)
  })
}

/** Raises the log's start to somewhere below where the log is said to end; at times to the very end. */
export function trimmer(world: World, client: string): Promise<void> {
  const asking = { world, client, line: new LogLine(world) }
  return world.meanwhile(client, async (entropy) => {
    await world.sleep(entropy.fraction() * 1_000)
    const process = world.anyProcess(entropy)
    const target = world.anyTarget(entropy)
    const found = await ends(asking, process, target)
    if (found?.end === undefined) return
    const before = entropy.fraction() < 0.2 ? 'high-watermark' : Math.floor(found.end * entropy.fraction() * 1.1)
    await trim(asking, process, target, before)
  })
}

/** Lets a process take a step of the janitor's, with a budget that ends anywhere. */
export function cleaner(world: World, client: string): Promise<void> {
  return world.meanwhile(client, async (entropy) => {
    await world.sleep(entropy.fraction() * 2.5 * world.readPauseMs)
    const process = world.anyProcess(entropy)
    const budget = { callsMax: 1 + Math.floor(entropy.fraction() ** 2 * 80), msMax: hourMs }
    const report = await world.call(process, 20_000, () => process.janitor.step({ budget }))
    if (report === lost) return
    world.story.tell(() => {
      const done = Object.entries(report.counts).filter(([, count]) => count > 0)
      return `${client} cleans by ${process.name}: ${done.map(([what, count]) => `${count} ${what}`).join(', ') || 'nothing'}`
    }, 'cleaning')
    for (const fault of report.faults) {
      const { cause } = fault
      const isDown = cause instanceof OutcomeUnknown || cause instanceof StoreUnavailable
      if (!isDown) world.history.violation(`${process.name} cleans: ${described(cause)}`)
    }
  })
}

/** Elects whom it likes, by views that may be old. */
export function elector(world: World, client: string): Promise<void> {
  const views = new Map<number, ReturnType<typeof parseHead>>()
  return world.meanwhile(client, async (entropy) => {
    await world.sleep(entropy.fraction() * 1_000)
    const { clock, meta } = world.anyProcess(entropy)
    const process = world.anyProcess(entropy)
    const id = anyOf(world.ids, entropy.fraction())
    const isFresh = entropy.fraction() < 0.75
    const leader = process.brokerId
    const electing = async () => {
      const item = isFresh ? await meta.get(headKey(id), { strong: true }) : undefined
      const view = item ? parseHead(item) : (views.get(id.partition) ?? parseHead(newHead(id)))
      views.set(id.partition, view)
      const elected = await elect({ meta, clock }, id, view, leader)
      if (elected && elected.epoch <= view.epoch)
        world.history.violation(`elected ${elected.epoch} after ${view.epoch}`)
    }
    await world.call(process, 5_000, () => electing().catch(expected))
  })
}

function expected(fault: unknown): void {
  if (!(fault instanceof OutcomeUnknown || fault instanceof StoreUnavailable)) throw fault
}

/** Kills processes and starts them again, stops them and lets them go on, sets clocks, and lets hours pass. */
export function fate(world: World, client: string): Promise<void> {
  const { weather, mishaps } = world
  let turns = 0
  return world.meanwhile(client, async () => {
    // Of its own for each turn: whatever is taken out of one, the next ones are the same.
    const turn = `${client}/${turns++}`
    const entropy = world.entropy(turn)
    const { fraction } = entropy
    const happens = (chance: number, kind: 'crash' | 'pause' | 'skew' | 'night') =>
      chance < weather[kind] && mishaps.happens(kind, turn)
    await world.sleep(1 + fraction() * weather.fateMsMax)
    // Those who died by themselves.
    for (const [place, process] of world.processes.entries()) if (process.life.isDead) world.startProcess(place)
    const place = Math.floor(fraction() * world.processes.length)
    const process = world.processes[place] as SimProcess
    if (happens(fraction(), 'skew')) world.setClock(process, entropy)
    if (happens(fraction(), 'crash') && world.counts.crashes < crashesMax) {
      world.crash(process, 'all of a sudden')
      world.startProcess(place)
    }
    if (happens(fraction(), 'pause')) pause(world, process, spread(entropy, 20_000))
    if (happens(fraction() * 3, 'night')) await sleepAll(world, spread(entropy, 30 * hourMs), fraction)
  })
}

/** For a while it stands still; where it is replaced meanwhile, it comes back as a zombie. */
function pause(world: World, process: SimProcess, ms: number): void {
  if (process.life.isDead || process.life.isFrozen) return
  world.counts.pauses++
  world.story.tell(() => `${process.name} stands still`)
  process.life.freeze()
  const goOn = () => {
    if (process.life.isDead || !process.life.isFrozen) return
    world.story.tell(() => `${process.name} goes on`)
    process.life.thaw()
  }
  world.scheduler.after(ms, () => (world.night ? void world.night.then(goOn) : goOn()))
}

/** Everything stands still for hours. In the morning some processes are new. */
async function sleepAll(world: World, ms: number, fraction: () => number): Promise<void> {
  world.counts.nights++
  world.story.tell(() => `for ${ms} ms nobody does anything`)
  let wake = () => {}
  world.night = new Promise((resolve) => {
    wake = resolve
  })
  const slept = [...world.processes, ...world.zombies].filter(({ life }) => !life.isDead && !life.isFrozen)
  for (const { life } of slept) life.freeze()
  await world.scheduler.sleep(ms)
  world.night = undefined
  for (const [place, process] of world.processes.entries()) {
    if (fraction() < 0.5) continue
    world.story.tell(() => `${process.name} is replaced`)
    // The old one is a zombie that nobody asks any more, but that finishes what it had begun.
    world.startProcess(place)
    world.zombies.push(process)
    world.scheduler.after(spread({ fraction }, 5_000), () => world.crash(process, 'at last'))
  }
  world.story.tell(() => 'everybody goes on')
  for (const { life } of slept) life.thaw()
  wake()
}
