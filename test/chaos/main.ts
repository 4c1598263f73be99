/**
 * `npm run test:chaos`: real processes under real faults, and what their clients were told held against what is there.
 * `--kills 1000` for as many (default 100), `--seed S` for the same faults again, `--only local,full-disk,gateways` for some of
 * it. The last line counts; what is wrong is told with its seed and its story, and makes the exit status 1.
 */
import { parseArgs } from 'node:util'
import { localTrial } from './local-trial.ts'
import type { Trial } from './trial.ts'

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '100' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    only: { type: 'string' },
  },
})
const kills = Number(values.kills)
const seed = Number(values.seed)

const trials: Readonly<Record<string, () => Promise<Trial[]>>> = {
  local: async () => [
    await localTrial({ durability: 'process', kills: Math.ceil(kills * 0.4), seed }),
    await localTrial({ durability: 'power', kills: Math.ceil(kills * 0.4), seed: seed + 1 }),
  ],
}
const wanted = values.only?.split(',') ?? Object.keys(trials)
console.log(`seed ${seed}, ${kills} kills`)
const done = (await Promise.all(wanted.map((name) => trials[name]?.() ?? []))).flat()

for (const { name, seed: own, wrongs, story } of done) {
  if (wrongs.length === 0 && process.env.STORY === undefined) continue
  console.log(`\n${name} (seed ${own}) is WRONG:\n${wrongs.slice(0, 20).join('\n')}\nThe story:\n${story.join('\n')}`)
}
for (const { name, counts } of done)
  console.log(
    `${name}: ${Object.entries(counts)
      .map(([what, n]) => `${n} ${what}`)
      .join(', ')}`,
  )
