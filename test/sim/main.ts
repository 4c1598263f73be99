/**
 * `npm run sim -- --worlds N [--seed S]` runs N worlds from seed S on, a random one if none is given, on all cores. `--seed S`
 * alone runs that one world, and tells the shortest story that still goes wrong. `--size small|medium|large`; `--seconds T`
 * ends after that time, however many worlds that were. The last line is `N worlds, 0 violations`, or the seeds; then the exit
 * status is 1.
 */
import { randomInt } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { runMany } from './run-many.ts'
import { shrink } from './shrink.ts'
import type { Size } from './sim-options.ts'
import { concise } from './story.ts'

const storiesMax = 3
const seedsShownMax = 10

const { values } = parseArgs({
  options: {
    worlds: { type: 'string' },
    seed: { type: 'string' },
    size: { type: 'string', default: 'small' },
    seconds: { type: 'string' },
    workers: { type: 'string' },
  },
})
const size = values.size as Size
if (!['small', 'medium', 'large'].includes(size)) throw new Error(`not a size: ${size}`)
const seed = values.seed === undefined ? randomInt(2 ** 31) : Number(values.seed)
const isOne = values.seed !== undefined && values.worlds === undefined && values.seconds === undefined

if (isOne) {
  const isGood = await tell(seed)
  process.stdout.write(isGood ? '1 world, 0 violations\n' : `1 world, violated by seed ${seed}\n`)
  process.exitCode = isGood ? 0 : 1
} else {
  const seconds = values.seconds === undefined ? undefined : Number(values.seconds)
  const worlds = values.worlds === undefined ? (seconds === undefined ? 1_000 : undefined) : Number(values.worlds)
  const workers = Number(values.workers ?? availableParallelism())
  const { done, failed, counts } = await runMany({ seed, size, workers, worlds, seconds, progress })
  for (const each of failed.slice(0, storiesMax)) await tell(each)
  const all = Object.entries(counts).map(([name, count]) => `${count} ${name}`)
  process.stdout.write(`seeds ${seed} to ${seed + done - 1}, ${size}: ${all.join(', ')}\n`)
  const seeds =
    failed.length > 0 ? `violated by ${failed.length === 1 ? 'seed' : 'seeds'} ${failed.join(', ')}` : '0 violations'
  process.stdout.write(`${done} worlds, ${seeds}\n`)
  process.exitCode = failed.length > 0 ? 1 : 0
}

/** False when something is violated: then its story is written. */
async function tell(which: number): Promise<boolean> {
  const shrunk = await shrink(which, { size })
  if (!shrunk) return true
  const { outcome, options } = shrunk
  process.stdout.write(`\nseed ${which}, without ${[...options.without].join(', ') || 'nothing'}:\n`)
  for (const line of concise(outcome.story)) process.stdout.write(`${line}\n`)
  process.stdout.write(`again: npm run sim -- --seed ${which}${size === 'small' ? '' : ` --size ${size}`}\n\n`)
  return false
}

function progress(done: number, failed: readonly number[], ms: number): void {
  const seeds = failed.length > 0 ? ` (${failed.slice(0, seedsShownMax).join(', ')})` : ''
  const rate = Math.round((done / ms) * 1_000)
  process.stderr.write(`${done} worlds, ${failed.length} violated${seeds}, ${rate} a second\n`)
}
