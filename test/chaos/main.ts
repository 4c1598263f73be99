/**
 * `npm run test:chaos`: real processes under real faults, and what their clients were told held against what is there.
 * `--kills 1000` for as many (default 100), `--seed S` for the same faults again, `--only local,full-disk,gateways` for some of
 * it. The last line counts; what is wrong is told with its seed and its story, and makes the exit status 1.
 */
import { parseArgs } from 'node:util'
import { fullDiskTrial } from './full-disk-trial.ts'
import { gatewayTrial } from './gateway-trial.ts'
import { localTrial } from './local-trial.ts'
import type { Trial } from './trial.ts'

const wrongsShownMax = 20

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '100' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    only: { type: 'string', default: 'local,full-disk,gateways' },
    'unavailable-seconds': { type: 'string', default: '60' },
  },
})
const kills = Number(values.kills)
const seed = Number(values.seed)
const { GREGOR_TEST_DYNOXIDE: dynamo = '', GREGOR_TEST_MINISTACK: s3 = '' } = process.env
/** A gateway takes a few times as long to come back as a local cluster does. */
const share = { local: 0.43, gateways: 0.14 }

const skip = (name: string, skipped: string): Trial => ({ name, seed, skipped, story: [], wrongs: [], counts: {} })

/** Side by side: most of their time they wait. */
const trials: Readonly<Record<string, () => Promise<Trial>[]>> = {
  local: () =>
    (['process', 'power'] as const).map((durability, n) =>
      localTrial({ durability, kills: Math.ceil(kills * share.local), seed: seed + n }),
    ),
  'full-disk': () => [fullDiskTrial({ rounds: Math.ceil(kills * 0.06), seed })],
  gateways: () => {
    if (dynamo === '' || s3 === '')
      return [Promise.resolve(skip('gateways', 'there are no stores: npm run test:chaos'))]
    const unavailableMs = Number(values['unavailable-seconds']) * 1_000
    return [gatewayTrial({ dynamo, s3, kills: Math.ceil(kills * share.gateways), seed, unavailableMs })]
  },
}

function report({ name, seed: own, wrongs, story, counts, skipped }: Trial): void {
  if (skipped !== undefined) {
    console.log(`${name}: skipped, ${skipped}`)
    return
  }
  const counted = Object.entries(counts).map(([what, n]) => `${n} ${what}`)
  console.log(`${name}: ${counted.join(', ')}`)
  if (wrongs.length === 0) return
  const shown = wrongs.slice(0, wrongsShownMax)
  if (wrongs.length > shown.length) shown.push(`... and ${wrongs.length - shown.length} more`)
  // What is wrong comes last, where whoever sees only the end of a long log finds it.
  console.log(`\nThe story of ${name}:\n${story.join('\n')}\n\n${name} is wrong:\n${shown.join('\n')}`)
  console.log(`Again: npm run test:chaos -- --seed ${seed} (its own seed is ${own})\n`)
}

console.log(`test:chaos, seed ${seed}: ${kills} kills`)
const done = await Promise.all(values.only.split(',').flatMap((name) => trials[name]?.() ?? []))
for (const trial of done) report(trial)
const sum = (what: string) => done.reduce((total, { counts }) => total + (counts[what] ?? 0), 0)
const wrongs = done.reduce((total, trial) => total + trial.wrongs.length, 0)
console.log(
  `${sum('kills')} kills, ${sum('freezes')} freezes, ${sum('storms')} storms, ${sum('full disks')} full disks; ` +
    `${sum('records acknowledged')} records acknowledged, ${sum('audits')} audits, ${wrongs} violations`,
)
process.exitCode = wrongs > 0 || done.length === 0 ? 1 : 0
